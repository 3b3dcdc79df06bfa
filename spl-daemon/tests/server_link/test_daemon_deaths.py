"""What becomes of a server's runs when the daemon that has them ends: an honest end, or another attempt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from spl.client import SPLClient

from . import functions
from .conftest import with_env
from .real import Server, publish
from .stand_in import StandIn

Factory = Callable[..., Any]
Source = Callable[..., dict[str, Any]]
Wait = Callable[..., Any]

AT_LEAST_ONCE = {"mode": "at_least_once", "max_attempts": 3}


@pytest.fixture
def box(daemon_factory: Factory, brief_server: Server) -> Any:
    """A daemon that has joined a server which suspects within seconds."""
    daemon = daemon_factory(kill_grace_seconds=1, drain_seconds=0.5)
    with_env(daemon)
    code = brief_server.ask("POST", "/daemon-enrollment", {"name": "box"})["code"]
    daemon.request("POST", "/server/join", json={"server_url": brief_server.url, "code": code}).raise_for_status()
    publish(daemon, "again")
    return daemon


def begun(server: Server, trace: Path, wait_until: Wait, **options: Any) -> str:
    """A run whose function has begun."""
    body = {"object": "again", "kwargs": {"path": str(trace)}, **options}
    run_id: str = server.ask("POST", "/remote-runs", body)["id"]
    wait_until(trace.exists, description="the start of the function", seconds=60)
    return run_id


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_run_that_may_begin_again_does_when_its_daemon_ends(
    box: Any, brief_server: Server, daemon_factory: Factory, wait_until: Wait, tmp_path: Path, how: str
) -> None:
    trace = tmp_path / "trace"
    run_id = begun(brief_server, trace, wait_until, delivery=AT_LEAST_ONCE)

    getattr(box, how)()
    daemon_factory(kill_grace_seconds=1)

    ended = brief_server.ended(run_id, wait_until)
    assert (ended["state"], ended["result"], ended["attempt"]) == ("succeeded", "begun 2 times", 2)
    assert trace.read_text() == "started\n" * 2


def test_a_run_that_may_begin_once_ends_honestly_and_its_worker_with_it(
    box: Any, brief_server: Server, daemon_factory: Factory, wait_until: Wait, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    run_id = begun(brief_server, trace, wait_until)
    workers = box.children()
    assert workers

    box.kill()
    daemon_factory(kill_grace_seconds=1)

    ended = brief_server.ended(run_id, wait_until)
    assert (ended["state"], ended["reason"], ended["error"]["type"]) == ("failed", "worker_crashed", "Interrupted")
    assert "half done" in ended["error"]["message"]
    assert trace.read_text() == "started\n"
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_a_run_that_waits_for_a_place_is_told_as_waiting_and_handed_back_when_its_daemon_dies(
    daemon_factory: Factory, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    daemon = daemon_factory(kill_grace_seconds=1, max_workers=1)
    with_env(daemon)
    daemon.request("POST", "/server/connect", json={"server_url": server.url, "machine_token": "splm_" + "m" * 50})
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    with SPLClient(base_url=daemon.url) as client:
        client.publish(functions.note, name="note").ready(timeout=60)
        server.sources_held = True
        row = server.offer(source("note"), kwargs={"path": str(theirs)})
        wait_until(lambda: any("/objects/" in path for _, path in server.asked), description="the job to be taken")
        client.start("note", kwargs={"path": str(ours), "seconds": 600})
        wait_until(ours.exists, description="the start of the local run", seconds=60)
        server.sources_held = False

    def told() -> bool:
        return any(event["kind"] == "phase" and event["phase"] == "waiting" for event in row.telemetry)

    wait_until(told, description="that it waits", seconds=60)
    assert row.starts == 1
    daemon.kill()
    daemon_factory(kill_grace_seconds=1, max_workers=1)

    wait_until(lambda: row.nacks, description="the attempt to be handed back", seconds=60)
    assert row.nacks == ["daemon_restarted"]
    assert (row.finished, theirs.exists()) == (None, False), "it provably never began"
