from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spl.client import SPLClient
from spl.core.wire.endpoint import Endpoint, write_endpoint

from . import daemon_routes
from .daemon import FakeDaemon


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No daemon of this machine is found by accident."""
    for name in ("SPL_DAEMON_URL", "SPL_DAEMON_TOKEN", "SPL_DAEMON_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    return tmp_path / "state"


@pytest.fixture
def daemon(tmp_path: Path) -> FakeDaemon:
    """A daemon elsewhere: its folders are not this client's to use."""
    return FakeDaemon(tmp_path / "home")


@pytest.fixture
def client(daemon: FakeDaemon) -> Iterator[SPLClient]:
    with SPLClient("http://127.0.0.1:8765", transport=lambda endpoint: daemon) as client:
        yield client
    wait_until(lambda: not [one for one in threading.enumerate() if one.name == "spl-waiter"], "the waiter ended")


@pytest.fixture
def local_client(daemon: FakeDaemon) -> Iterator[SPLClient]:
    """A client whose daemon has its home on this machine."""
    (daemon.home / "blobs").mkdir(parents=True)
    endpoint = Endpoint("http://127.0.0.1:8765", daemon.token, home=str(daemon.home))
    write_endpoint(daemon.home / "daemon-endpoint.json", endpoint)
    with SPLClient(daemon_home=daemon.home, transport=lambda endpoint: daemon) as client:
        yield client


def wait_until(holds: Callable[[], bool], description: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not in {seconds} s: {description}"
        time.sleep(0.005)
