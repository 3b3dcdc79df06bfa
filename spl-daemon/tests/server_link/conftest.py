"""A daemon as a process, connected to a server that stands in for the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spl.client import SPLClient
from spl.core.capture import capture
from spl.core.ir.files import dump_bundle
from spl.core.ir.hashing import content_hash

from . import functions
from .real import Server
from .stand_in import MACHINE_TOKEN, StandIn

LEASE_SECONDS = 3.0

BRIEF = {
    "SPL_SERVER_MACHINE_LEASE_SECONDS": str(LEASE_SECONDS),
    "SPL_SERVER_RUN_LEASE_SECONDS": str(LEASE_SECONDS),
    "SPL_SERVER_CLAIM_LEASE_SECONDS": str(LEASE_SECONDS),
    "SPL_SERVER_REAPER_SECONDS": "0.2",
    "SPL_SERVER_RETRY_GRACE_SECONDS": "0.5",
    "SPL_SERVER_SYNC_SECONDS": "0.5",
    "SPL_SERVER_MAX_WAIT_SECONDS": "1",
}


@pytest.fixture
def server() -> Iterator[StandIn]:
    """A server that listens."""
    server = StandIn()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def source(server: StandIn) -> Callable[..., dict[str, Any]]:
    """`source("add")`: a function of `functions` in the server's catalogue."""

    def put(name: str, **where: Any) -> dict[str, Any]:
        bundle = capture(getattr(functions, name)).bundle
        found: dict[str, Any] = server.put_source(dump_bundle(bundle), content_hash(bundle), name=name, **where)
        return found

    return put


def connect(daemon: Any, server: StandIn, **options: Any) -> dict[str, Any]:
    body = {"server_url": server.url, "machine_token": MACHINE_TOKEN, **options}
    answer = daemon.request("POST", "/server/connect", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def linked(daemon_factory: Callable[..., Any], server: StandIn, tmp_path: Path) -> Any:
    """A daemon with this Python as `default`, connected."""
    daemon = daemon_factory(kill_grace_seconds=1)
    with_env(daemon)
    connect(daemon, server)
    return daemon


def with_env(daemon: Any) -> None:
    client = SPLClient(base_url=daemon.url)
    client.register_env("default")
    client.close()


@pytest.fixture
def real_server(tmp_path: Path) -> Iterator[Server]:
    pytest.importorskip("daemon_server")
    server = Server(tmp_path / "server")
    yield server
    server.stop()


@pytest.fixture
def joined(daemon_factory: Callable[..., Any], real_server: Server) -> Any:
    """A daemon that has joined, with this Python as `default`."""
    daemon = daemon_factory(kill_grace_seconds=1)
    with_env(daemon)
    code = real_server.ask("POST", "/daemon-enrollment", {"name": "box"})["code"]
    answer = daemon.request("POST", "/server/join", json={"server_url": real_server.url, "code": code})
    assert answer.json()["status"] == "connected", answer.text
    return daemon


@pytest.fixture
def brief_server(tmp_path: Path) -> Iterator[Server]:
    """A server that suspects within seconds."""
    pytest.importorskip("daemon_server")
    server = Server(tmp_path / "server", BRIEF)
    yield server
    server.stop()
