"""Calls that are made while the server is away: on the disk at once, one run each when it is back, honest meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from spl.client import AsyncSPLClient, SPLClient
from spl.core.errors import ObjectNotFound, RunCancelled, RunFailed, ServerNotConnected, ServerUnreachable
from spl.daemon.outbox import kept

from .conftest import connect
from .real import Server, publish
from .stand_in import StandIn

Factory = Callable[..., Any]
Wait = Callable[..., Any]

HERE = {"owner": "alice", "library": "default"}
DEFECTS = Path(__file__).parents[1] / "faults" / "defects"


@pytest.fixture
def alice(joined: Any) -> Iterator[SPLClient]:
    """A client of the daemon that has joined; `add` and `large` are with the server."""
    publish(joined, "add", "note")
    with SPLClient(base_url=joined.url) as client:
        yield client


def away(server: Server, daemon: Any, wait_until: Wait) -> None:
    """Have no server, and a daemon that knows it."""
    server.kill()
    wait_until(lambda: daemon.request("GET", "/server").json()["status"] == "offline", description="being offline")


def back(server: Server, daemon: Any, wait_until: Wait) -> None:
    """Have the server again, and a daemon that knows it: its tries may be many seconds apart by now."""
    server.start()
    wait_until(
        lambda: daemon.request("GET", "/server").json()["status"] == "connected", description="a connection", seconds=60
    )


def there(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.ask("GET", "/remote-runs?limit=100")["items"]
    return found


def test_a_call_waits_for_the_server_and_becomes_one_run(
    alice: SPLClient, joined: Any, real_server: Server, wait_until: Wait
) -> None:
    away(real_server, joined, wait_until)

    run = alice.queue("add", kwargs={"a": 2, "b": 3}, offline_policy="queue", **HERE)

    assert (run.status, run.mode, run.waiting["code"]) == ("waiting_for_server", "server", "waiting_for_server")
    assert real_server.url in run.waiting["text"]
    (listed,) = alice.runs(scope="waiting")
    assert (listed["id"], listed["state"], listed["object"]) == (run.id, "waiting_for_server", "add")
    assert joined.request("GET", "/server/outbox").json()["calls"] == 1
    kept_id = run.id

    real_server.start()

    assert run.result(timeout=60) == 5
    (only,) = there(real_server)
    assert (only["id"], only["state"]) == (run.id, "succeeded")
    assert alice.run(kept_id).result(timeout=30) == 5, "the id that was given first is good for ever"
    assert list(alice.runs(scope="waiting")) == []


def test_with_the_server_there_it_is_its_run_at_once(alice: SPLClient, real_server: Server) -> None:
    run = alice.queue("add", kwargs={"a": 2, "b": 3}, offline_policy="queue", **HERE)

    assert run.id.startswith("run_")
    assert run.result(timeout=60) == 5
    assert [row["id"] for row in there(real_server)] == [run.id]


def test_a_daemon_that_dies_while_it_waits_sends_it_when_both_are_back(
    alice: SPLClient, joined: Any, real_server: Server, wait_until: Wait, daemon_factory: Factory
) -> None:
    away(real_server, joined, wait_until)
    run = alice.queue("add", kwargs={"a": 20, "b": 3}, offline_policy="queue", **HERE)

    joined.kill()
    real_server.start()
    again = daemon_factory(kill_grace_seconds=1)

    with SPLClient(base_url=again.url) as client:
        assert client.run(run.id).result(timeout=60) == 23
    assert len(there(real_server)) == 1


def test_a_daemon_that_dies_between_sending_and_noting_makes_no_second_run(
    joined: Any, real_server: Server, wait_until: Wait, daemon_factory: Factory, tmp_path: Path
) -> None:
    publish(joined, "add")
    assert joined.stop() == 0
    deadly = {"PYTHONPATH": str(DEFECTS), "SPL_TEST_DEFECT": "dies_before_noting"}
    dying = daemon_factory(kill_grace_seconds=1, environment=deadly)
    wait_until(lambda: dying.request("GET", "/server").json()["status"] == "connected", description="a connection")
    body = {"object": "add", "kwargs": {"a": 4, "b": 5}, "idempotency_key": "only-once"}

    with pytest.raises(httpx.TransportError):
        dying.request("POST", "/server/kept-runs", json=body)
    dying.process.wait(30)
    assert len(there(real_server)) == 1, "the server had it before the daemon died"
    with closing(sqlite3.connect(dying.home.database)) as connection:
        assert connection.execute("SELECT state, run_id FROM kept_calls").fetchall() == [("sending", None)]

    back = daemon_factory(kill_grace_seconds=1)

    def noted() -> Any:
        found = back.request("POST", "/server/kept-runs", json=body).json()
        return found if found["id"].startswith("run_") else None

    run = wait_until(noted, description="the note that it was sent", seconds=60)
    assert real_server.ended(run["id"], wait_until)["result"] == 9
    assert [row["id"] for row in there(real_server)] == [run["id"]]


def test_a_call_that_has_not_left_is_cancelled_here(
    alice: SPLClient, joined: Any, real_server: Server, wait_until: Wait
) -> None:
    away(real_server, joined, wait_until)
    run = alice.queue("add", kwargs={"a": 2, "b": 3}, offline_policy="queue", **HERE)
    other = alice.queue("add", kwargs={"a": 1, "b": 1}, offline_policy="queue", **HERE)

    assert run.cancel()
    assert (run.status, run.reason) == ("cancelled", "cancelled")
    with pytest.raises(RunCancelled, match="before the server had it"):
        run.result(timeout=5)

    real_server.start()

    assert other.result(timeout=60) == 2
    assert [row["id"] for row in there(real_server)] == [other.id]
    assert alice.run(run.id).status == "cancelled"


def test_a_call_that_may_have_left_is_cancelled_at_the_server(
    alice: SPLClient, joined: Any, real_server: Server, wait_until: Wait, daemon_factory: Factory, tmp_path: Path
) -> None:
    away(real_server, joined, wait_until)
    trace = tmp_path / "trace"
    run = alice.queue("note", kwargs={"path": str(trace), "seconds": 60.0}, offline_policy="queue", **HERE)
    joined.kill()
    with closing(sqlite3.connect(joined.home.database)) as connection, connection:
        connection.execute("UPDATE kept_calls SET state = 'sending'")  # as a daemon leaves it that dies while it sends
    back = daemon_factory(kill_grace_seconds=1)

    with SPLClient(base_url=back.url) as client:
        same = client.run(run.id)
        assert same.cancel()
        assert same.status == "cancelling"
        real_server.start()
        same.wait(timeout=60)
        assert same.status == "cancelled"
    (only,) = there(real_server)
    assert only["state"] == "cancelled"


def test_a_call_expires_when_the_server_stays_away(
    joined: Any, real_server: Server, wait_until: Wait, daemon_factory: Factory
) -> None:
    publish(joined, "add")
    assert joined.stop() == 0
    brief = daemon_factory(kill_grace_seconds=1, server_keep_seconds=1.0)
    away(real_server, brief, wait_until)
    with SPLClient(base_url=brief.url) as client:
        run = client.queue("add", kwargs={"a": 2, "b": 3}, offline_policy="queue", **HERE)
        assert run.status == "waiting_for_server"

        with pytest.raises(RunFailed, match="longer than the call may wait"):
            run.result(timeout=60)

        assert run.status == "expired"
        back(real_server, brief, wait_until)
        after = client.queue("add", kwargs={"a": 1, "b": 1}, offline_policy="queue", **HERE)
        wait_until(lambda: after.refresh().id.startswith("run_"), description="the next call to arrive", seconds=60)
    assert [row["id"] for row in there(real_server)] == [after.id]


def test_what_was_published_meanwhile_is_there_before_what_calls_it(
    alice: SPLClient, joined: Any, real_server: Server, wait_until: Wait
) -> None:
    away(real_server, joined, wait_until)
    publish(joined, "large")
    big = "x" * 2_000_000

    run = alice.queue("large", kwargs={"size": 300_000}, offline_policy="queue", **HERE)
    refused = alice.queue("large", kwargs={"size": big}, offline_policy="queue", **HERE)
    real_server.start()

    assert sum(map(len, run.result(timeout=90))) == 300_000
    with pytest.raises(RunFailed):  # its argument arrived whole, and is no number
        refused.result(timeout=90)
    assert len(there(real_server)) == 2


def test_a_server_that_does_not_take_it_says_so_in_its_own_words(
    alice: SPLClient, joined: Any, real_server: Server, wait_until: Wait
) -> None:
    with pytest.raises(ObjectNotFound):
        alice.queue("nothing", offline_policy="queue", **HERE)
    assert list(alice.runs(scope="waiting")) == []
    away(real_server, joined, wait_until)

    run = alice.queue("nothing", offline_policy="queue", **HERE)
    real_server.start()

    with pytest.raises(RunFailed, match="nothing"):
        run.result(timeout=60)
    assert (run.status, run.reason) == ("failed", "refused_by_server")
    assert there(real_server) == []


def test_without_being_asked_nothing_is_kept(
    alice: SPLClient, joined: Any, real_server: Server, wait_until: Wait
) -> None:
    away(real_server, joined, wait_until)

    began = time.monotonic()
    with pytest.raises(ServerUnreachable):
        alice.queue("add", kwargs={"a": 2, "b": 3}, **HERE)
    assert time.monotonic() - began < 3
    assert list(alice.runs(scope="waiting")) == []


def test_a_daemon_that_knows_no_server_keeps_nothing(daemon: Any) -> None:
    with SPLClient(base_url=daemon.url) as client, pytest.raises(ServerNotConnected, match="Running 'add'"):
        client.queue("add", offline_policy="queue", **HERE)


def test_the_same_key_is_the_same_call_and_never_another_one(daemon: Any, server: StandIn, wait_until: Wait) -> None:
    connect(daemon, server)
    server.stop()
    wait_until(lambda: daemon.request("GET", "/server").json()["status"] == "offline", description="being offline")
    body = {"object": "add", "kwargs": {"a": 1}, "idempotency_key": "k"}

    first, second = (daemon.request("POST", "/server/kept-runs", json=body).json()["id"] for _ in range(2))
    other = daemon.request("POST", "/server/kept-runs", json={**body, "kwargs": {"a": 2}})

    assert first == second
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_a_kept_call_answers_like_a_run_of_the_server(daemon: Any, server: StandIn, wait_until: Wait) -> None:
    connect(daemon, server)
    server.stop()
    wait_until(lambda: daemon.request("GET", "/server").json()["status"] == "offline", description="being offline")
    run = daemon.request("POST", "/server/kept-runs", json={"object": "add", "idempotency_key": "k"}).json()
    at = f"/server/api/remote-runs/{run['id']}"

    told = {rest: daemon.request("GET", at + rest) for rest in ("", "/detail", "/logs", "/artifacts", "/events")}
    assert {rest: answer.status_code for rest, answer in told.items()} == dict.fromkeys(told, 200)
    assert told["/detail"].json()["run"]["state"] == "waiting_for_server"
    assert not told["/logs"].json()["ended"]
    assert daemon.request("GET", at + "/result").json()["code"] == "result_not_ready"
    assert daemon.request("POST", at + "/retry").status_code == 409
    assert daemon.request("GET", at + "/blobs/" + "0" * 64).status_code == 404
    assert daemon.request("GET", "/server/api/remote-runs/que_none").json()["code"] == "run_not_found"
    assert daemon.request("POST", at + "/cancel").json()["state"] == "cancelled"
    assert daemon.request("GET", at + "/logs").json()["ended"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"object": ""},
        {"idempotency_key": None},
        {"machine_subtoken": "spls_secret"},
        {"offline_policy": "fail"},
        {"args": "no list"},
        {"timeout_seconds": -1},
    ],
)
def test_what_is_no_call_is_refused_before_it_is_kept(daemon: Any, server: StandIn, wrong: dict[str, Any]) -> None:
    connect(daemon, server)
    body = {"object": "add", "idempotency_key": "k", **wrong}

    answer = daemon.request("POST", "/server/kept-runs", json=body)

    assert answer.status_code == 422
    assert "spls_secret" not in answer.text
    assert daemon.request("GET", "/server/kept-runs").json()["items"] == []


def test_there_is_an_end_to_how_much_is_kept(daemon_factory: Factory, server: StandIn, wait_until: Wait) -> None:
    daemon = daemon_factory()
    connect(daemon, server)
    server.stop()
    wait_until(lambda: daemon.request("GET", "/server").json()["status"] == "offline", description="being offline")
    with closing(sqlite3.connect(daemon.home.database, timeout=10)) as connection, connection:
        connection.executemany(
            "INSERT INTO kept_calls VALUES ('que_' || ?1, 'o', 'p', ?1, '{}', 'waiting', 0, NULL, NULL, 0, ?2, NULL)",
            [(str(number), 2**53) for number in range(kept.MOST_CALLS)],
        )

    answer = daemon.request("POST", "/server/kept-runs", json={"object": "add", "idempotency_key": "k"})

    assert (answer.status_code, answer.json()["code"]) == (503, "queue_full")


def test_the_asyncio_client_keeps_calls_too(
    alice: SPLClient, joined: Any, real_server: Server, wait_until: Wait
) -> None:
    away(real_server, joined, wait_until)

    async def main() -> Any:
        async with AsyncSPLClient(base_url=joined.url) as client:
            run = await client.queue("add", kwargs={"a": 2, "b": 5}, offline_policy="queue", **HERE)
            assert run.state == "waiting_for_server"
            assert [row["id"] for row in await client.runs(scope="waiting")] == [run.id]
            await asyncio.to_thread(real_server.start)
            return await run.result()

    assert asyncio.run(main()) == 7


def test_a_machine_that_its_server_does_not_accept_any_more_says_so_and_keeps_nothing_new(
    daemon: Any, server: StandIn, wait_until: Wait
) -> None:
    connect(daemon, server)
    server.stop()
    wait_until(lambda: daemon.request("GET", "/server").json()["status"] == "offline", description="being offline")
    body = {"object": "add", "idempotency_key": "k"}
    run = daemon.request("POST", "/server/kept-runs", json=body).json()
    server.machine_tokens.clear()
    server.start()

    wait_until(lambda: daemon.request("GET", "/server").json()["status"] == "refused", description="being refused")

    waiting = daemon.request("GET", f"/server/api/remote-runs/{run['id']}").json()["waiting"]
    assert "does not accept this machine" in waiting["text"]
    answer = daemon.request("POST", "/server/kept-runs", json={**body, "idempotency_key": "another"})
    assert (answer.status_code, answer.json()["code"]) == (503, "server_refused")


def command(daemon: Any, *words: str) -> Any:
    """What `spl-daemon <words> --json` says."""
    whole = [sys.executable, "-m", "spl.daemon", *words, "--json", "--url", daemon.url]
    done = subprocess.run(whole, capture_output=True, text=True, check=False, env=os.environ)
    return json.loads(done.stdout)


def test_the_command_line_shows_what_waits(daemon: Any, server: StandIn, wait_until: Wait) -> None:
    connect(daemon, server)
    server.stop()
    wait_until(lambda: daemon.request("GET", "/server").json()["status"] == "offline", description="being offline")
    run = daemon.request("POST", "/server/kept-runs", json={"object": "add", "idempotency_key": "k"}).json()

    (listed,) = command(daemon, "run-list", "--scope", "waiting")
    assert (listed["id"], listed["state"]) == (run["id"], "waiting_for_server")
    checks = {check["name"]: check["found"] for check in command(daemon, "doctor")["checks"]}
    assert "1 call kept for it" in checks["server"]
    assert command(daemon, "run-cancel", run["id"])["state"] == "cancelled"
    assert command(daemon, "run-show", run["id"])["state"] == "cancelled"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
def test_however_both_sides_die_each_call_becomes_one_run(
    joined: Any, real_server: Server, wait_until: Wait, daemon_factory: Factory, seed: int
) -> None:
    """Calls come in while the server and the daemon are killed at random moments; none is lost, none is made twice."""
    publish(joined, "add")
    chance = random.Random(seed)
    daemon, kept_ids = joined, dict[str, int]()
    for number in range(24):
        match chance.randrange(6):
            case 0:
                real_server.kill()
            case 1:
                if real_server.process.poll() is not None:
                    real_server.start()
            case 2:
                daemon.kill()
                daemon = daemon_factory(kill_grace_seconds=1)
        body = {"object": "add", "kwargs": {"a": number, "b": 1}, "idempotency_key": f"call {number}"}
        kept_ids[daemon.request("POST", "/server/kept-runs?wait=0", json=body).json()["id"]] = number
    if real_server.process.poll() is not None:
        real_server.start()
    wait_until(lambda: daemon.request("GET", "/server").json()["connected"], description="a connection", seconds=60)

    ended = {}
    with SPLClient(base_url=daemon.url) as client:
        for run_id, number in kept_ids.items():
            ended[number] = client.run(run_id).wait(timeout=120).raw
    for number, run in ended.items():  # one that had begun when its daemon died is told as that, and not begun again
        assert run.get("result") == number + 1 or run["reason"] == "worker_crashed", run
    assert len({run["id"] for run in ended.values()}) == 24
    assert {run["id"] for run in ended.values()} == {row["id"] for row in there(real_server)}
