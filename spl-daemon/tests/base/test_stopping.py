"""How a daemon ends while it has work: politely once, at once when asked again."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spl.client import SPLClient


def nap(seconds: float, mark: str) -> str:
    import time
    from pathlib import Path

    Path(mark).touch()
    time.sleep(seconds)
    return "rested"


@pytest.fixture
def working(daemon_factory: Any, tmp_path: Path, wait_until: Any) -> Iterator[Any]:
    """`working(seconds)`: a daemon, a client of it, and the id of a run that has begun to sleep."""
    clients: list[SPLClient] = []

    def begin(seconds: float, **settings: Any) -> tuple[Any, SPLClient, str]:
        daemon = daemon_factory(**settings)
        client = SPLClient(base_url=daemon.url)
        clients.append(client)
        client.register_env("default")
        client.publish(nap, name="nap")
        mark = tmp_path / "asleep"
        run = client.start("nap", kwargs={"seconds": seconds, "mark": str(mark)})
        wait_until(mark.exists, description="the run to begin", seconds=60)
        daemon.children()
        return daemon, client, run.id

    yield begin
    for client in clients:
        client.close()


def test_what_runs_may_finish(working: Any, daemon_factory: Any) -> None:
    daemon, _, run = working(1.0)

    assert daemon.stop() == 0

    successor = daemon_factory()
    found = successor.request("GET", f"/runs/{run}").json()
    assert (found["state"], found["result"]) == ("succeeded", "rested")


def test_while_it_drains_it_answers_but_takes_nothing_new(working: Any, wait_until: Any) -> None:
    daemon, _, _ = working(3.0)
    body = {"object": "nap", "kwargs": {"seconds": 0, "mark": "x"}}
    daemon.process.send_signal(signal.SIGTERM)
    wait_until(lambda: daemon.request("GET", "/status").json()["status"] == "draining", description="the drain")

    refused = daemon.request("POST", "/runs", json=body)

    assert (refused.status_code, refused.json()["code"]) == (503, "draining")
    assert refused.headers["retry-after"]
    assert daemon.process.wait(30) == 0


def test_what_takes_too_long_is_ended_and_says_so(working: Any, daemon_factory: Any) -> None:
    daemon, _, run = working(600.0, drain_seconds=0.2, kill_grace_seconds=0.5)

    assert daemon.stop() == 0

    found = daemon_factory().request("GET", f"/runs/{run}").json()
    assert found["reason"] == "interrupted"


def test_the_second_signal_means_now(working: Any, wait_until: Any) -> None:
    daemon, _, _ = working(600.0, drain_seconds=300, kill_grace_seconds=0.5)
    daemon.process.send_signal(signal.SIGTERM)
    wait_until(lambda: daemon.request("GET", "/status").json()["status"] == "draining", description="the drain")
    begun = time.monotonic()

    daemon.process.send_signal(signal.SIGTERM)

    assert daemon.process.wait(60) == 0
    assert time.monotonic() - begun < 30
    assert not daemon.home.endpoint_file.exists()
