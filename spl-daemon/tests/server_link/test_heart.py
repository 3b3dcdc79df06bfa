"""The heartbeat beside the event loop: a machine that is busy is not taken for one that is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spl.daemon.server_link.clocks import skew_ms
from spl.daemon.server_link.heart import LATE_SHARE, STUCK_SECONDS, Pulse, is_due

from .conftest import LEASE_SECONDS, with_env
from .real import Server, publish

DEFECTS = Path(__file__).parents[1] / "faults" / "defects"
# More than three leases: a machine that does not beat is suspected well within it.
BUSY_SECONDS = 10.0


def busy_while_a_run_goes_on(
    defect: str, server: Server, daemon_factory: Callable[..., Any], wait_until: Callable[..., Any], folder: Path
) -> tuple[dict[str, Any], list[str], set[str]]:
    """A run that ended, the kinds of its events, and how its machine was shown while the daemon's loop was busy."""
    busy, trace = folder / "busy", folder / "trace"
    environment = {
        "PYTHONPATH": str(DEFECTS),
        "SPL_TEST_DEFECT": defect,
        "SPL_TEST_BUSY": str(busy),
        "SPL_TEST_BUSY_SECONDS": str(BUSY_SECONDS),
    }
    daemon = daemon_factory(kill_grace_seconds=1, environment=environment)
    with_env(daemon)
    code = server.ask("POST", "/daemon-enrollment", {"name": "box"})["code"]
    daemon.request("POST", "/server/join", json={"server_url": server.url, "code": code}).raise_for_status()
    publish(daemon, "note")
    run = server.submit("note", path=str(trace), seconds=BUSY_SECONDS + LEASE_SECONDS)
    wait_until(trace.exists, description="the start of the function", seconds=60)
    busy.touch()
    shown: set[str] = set()

    def over() -> dict[str, Any] | None:
        shown.update(machine["status"] for machine in server.ask("GET", "/machines")["items"])
        found: dict[str, Any] = server.ask("GET", f"/remote-runs/{run['id']}?wait=0.2")
        return found if found["finished_at"] is not None else None

    ended = wait_until(over, description="the end of the run", seconds=120)
    events = server.ask("GET", f"/remote-runs/{run['id']}/events?limit=500")["items"]
    return ended, [event["kind"] for event in events], shown


def test_a_loop_that_is_busy_for_three_leases_keeps_them(
    brief_server: Server, daemon_factory: Callable[..., Any], wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    ended, kinds, shown = busy_while_a_run_goes_on("busy_loop", brief_server, daemon_factory, wait_until, tmp_path)

    assert ended["state"] == "succeeded"
    assert "suspected" not in kinds
    assert shown == {"online"}


def test_without_the_heartbeat_it_would_be_suspected(
    brief_server: Server, daemon_factory: Callable[..., Any], wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    ended, kinds, shown = busy_while_a_run_goes_on(
        "busy_loop_without_heart", brief_server, daemon_factory, wait_until, tmp_path
    )

    assert ended["state"] == "succeeded", "it is suspected, and comes back"
    assert "suspected" in kinds
    assert "recovered" in kinds
    assert "offline" in shown


def pulse(*, renewed: float, turned: float = 1000.0) -> Pulse:
    return Pulse("con_1", 45.0, renewed, turned, [])


def test_nothing_is_sent_while_polls_renew_in_time() -> None:
    assert not is_due(pulse(renewed=1000.0), 1000.0 + 45.0 * LATE_SHARE - 0.1)
    assert is_due(pulse(renewed=1000.0), 1000.0 + 45.0 * LATE_SHARE + 0.1)


def test_a_loop_that_will_never_turn_again_is_given_up() -> None:
    now = 1000.0 + STUCK_SECONDS

    assert is_due(pulse(renewed=now - 40, turned=1000.1), now)
    assert not is_due(pulse(renewed=now - 40, turned=1000.0), now)


@pytest.mark.parametrize(
    ("server_time", "skew"),
    [(1_000, 0), (1_200, 0), (999, 1), (400, 600), (1_201, -1), (90_000, -88_800)],
)
def test_a_skew_is_what_the_way_there_and_back_can_not_explain(server_time: int, skew: int) -> None:
    assert skew_ms(asked_at=1_000, answered_at=1_200, server_time=server_time) == skew
