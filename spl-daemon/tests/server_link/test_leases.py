"""A lease is kept while anything of an attempt is still here; a run that may start elsewhere ends before it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from spl.daemon.outbox import Entry
from spl.daemon.server_link.address import Address
from spl.daemon.server_link.api import ServerApi
from spl.daemon.server_link.exchange import Exchange
from spl.daemon.server_link.line import Line
from spl.daemon.server_link.records import Record

from .stand_in import StandIn

Source = Callable[..., dict[str, Any]]
Wait = Callable[..., Any]


def test_a_run_that_may_start_elsewhere_ends_before_its_lease_and_one_that_may_not_goes_on(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    bundle = source("note")
    kwargs = {"path": str(tmp_path / "trace"), "seconds": 300}
    server.offer(bundle, kwargs=kwargs, delivery={"mode": "at_least_once"})
    server.offer(bundle, kwargs=kwargs)

    def states() -> list[str]:
        return sorted(run["state"] for run in linked.request("GET", "/runs").json()["items"])

    wait_until(lambda: states() == ["running", "running"], description="both runs", seconds=60)
    server.stop()

    wait_until(lambda: states() == ["cancelled", "running"], description="the end of the repeatable one", seconds=60)
    server.start()
    wait_until(
        lambda: linked.request("GET", "/server").json()["status"] == "connected", description="the server", seconds=60
    )
    assert states() == ["cancelled", "running"]
    assert [row.finishes for row in server.runs.values()] == [0, 0]


def test_an_attempt_whose_end_is_not_acknowledged_is_told_as_held_until_the_server_disowns_it() -> None:
    address = Address.parse("http://127.0.0.1:9")
    record = Record("r", address.origin, "alice", address.origin, "m", None, "{}", "[]", 1, 1, 0, None)
    line = Line(record, ServerApi(Exchange(address, user_agent="test"), ""))
    line.deliver(Entry("e1", address.origin, "alice", "finished", "run_1", "7", "{}", 1))
    line.deliver(Entry("e2", address.origin, "alice", "nack", "run_2", "8", "{}", 1))

    assert line.ended() == [{"run_id": "run_1", "fence": "7", "phase": "finalizing"}]

    line.disown("7")

    assert line.ended() == []
