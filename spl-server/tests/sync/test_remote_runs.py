"""A run over HTTP, from the call to the result, with a machine that speaks for itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from daemon_server.runs.tables import runs

if TYPE_CHECKING:
    from conftest import People, Person

pytestmark = pytest.mark.anyio

BUNDLE = """\
spl: 1
entrypoint: add
python:
  requires: '>=3.13'
functions:
- name: add
  in: main
  inputs:
  - {name: a, type: int}
  - {name: b, type: int, default: '1'}
modules:
- name: main
  path: main.py
  source: |
    def add(a: int, b: int = 1):
        return a + b
"""


@dataclass
class Caller:
    client: httpx.AsyncClient
    token: str
    person: Person | None = None

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.client.request(
            method, path, json=body, headers={"Authorization": f"Bearer {self.token}", **headers}, timeout=60
        )


@dataclass
class Machine(Caller):
    """The daemon's side, by hand."""

    id: str = ""
    connection: str = ""
    polls: int = 0
    held: list[dict[str, str]] = field(default_factory=list)

    async def connect(self, **said: Any) -> dict[str, Any]:
        answer = await self.ask("POST", "/connections/connect", {"boot_id": "boot", "capacity": 4, **said})
        assert answer.status_code == 200, answer.text
        self.connection = answer.json()["connection_id"]
        return dict(answer.json())

    async def poll(self, wait: float = 0.0, capacity: int = 4, **said: Any) -> dict[str, Any]:
        self.polls += 1
        asked = {"connection_id": self.connection, "poll": self.polls, "wait": wait, "capacity": capacity}
        answer = await self.ask("POST", "/sync", {**asked, "held": self.held, **said})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def start(self, job: dict[str, Any]) -> httpx.Response:
        return await self.ask("POST", f"/remote-runs/{job['run_id']}/start", {"fence": job["fence"]})

    async def tell(self, job: dict[str, Any], kind: str, **data: Any) -> dict[str, Any]:
        self.polls += 1
        event = {"id": f"evt-{self.polls}", "kind": kind, "run_id": job["run_id"], "fence": job["fence"], "data": data}
        told = {"connection_id": self.connection, "poll": 0, "events": [event]}
        answer = await self.ask("POST", "/sync", told)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["events"][0])


@pytest.fixture
async def alice(any_client: httpx.AsyncClient, people: People) -> Caller:
    """Alice, who has published `add`."""
    person = people.user("alice")
    caller = Caller(any_client, people.token(person), person)
    answer = await caller.ask(
        "POST", "/owners/alice/libraries/default/objects", {"yaml": BUNDLE, "name": "add", "env": "default"}
    )
    assert answer.status_code == 201, answer.text
    return caller


@pytest.fixture
async def box(any_client: httpx.AsyncClient, people: People, alice: Caller) -> Machine:
    """Alice's machine, connected."""
    machine_id, token = people.machine(alice.person)
    machine = Machine(any_client, token, id=machine_id)
    await machine.connect()
    return machine


async def test_a_call_is_run_by_the_machine_and_answers_with_its_value(alice: Caller, box: Machine) -> None:
    body = {"object": "add", "args": [1], "kwargs": {"b": 2}}
    calling = asyncio.create_task(alice.ask("POST", "/remote-runs?wait=20", body))
    (job,) = (await box.poll(wait=20))["jobs"]
    assert (job["args"], job["kwargs"], job["object"]["name"]) == ([1], {"b": 2}, "add")
    started = await box.start(job)
    assert started.json()["capability"].startswith("splc_")
    assert (await box.tell(job, "log", stream="stdout", offset=0, text="hello\n"))["status"] == "ok"
    assert (await box.tell(job, "finished", state="succeeded", result=3))["status"] == "ok"

    answer = await calling

    assert answer.status_code == 200, answer.text
    run = answer.json()
    assert (run["state"], run["status"], run["result"], run["mode"]) == ("succeeded", "succeeded", 3, "server")
    logs = (await alice.ask("GET", f"/remote-runs/{run['id']}/logs")).json()
    assert (logs["text"], logs["ended"]) == ("hello\n", True)
    events = (await alice.ask("GET", f"/remote-runs/{run['id']}/events")).json()
    assert [event["kind"] for event in events["items"]] == ["created", "claimed", "started", "ended"]
    assert [event["seq"] for event in events["items"]] == [1, 2, 3, 4]
    detail = (await alice.ask("GET", f"/remote-runs/{run['id']}/detail")).json()
    assert detail["attempts"][0]["outcome"] == "succeeded"
    listed = (await alice.ask("GET", "/remote-runs?state=ended")).json()
    assert [line["id"] for line in listed["items"]] == [run["id"]]
    stream = await alice.ask("GET", f"/remote-runs/{run['id']}/events", Accept="text/event-stream")
    assert stream.text.count("event: state") == 4 and "event: log" in stream.text
    assert (await alice.ask("GET", f"/remote-runs/{run['id']}/result")).json() == 3


async def test_somebody_else_learns_nothing_of_a_run(alice: Caller, box: Machine, people: People) -> None:
    run = (await alice.ask("POST", "/remote-runs", {"object": "add", "args": [1]})).json()
    eve = Caller(alice.client, people.token(people.user("eve")))

    for method, path in (("GET", ""), ("GET", "/detail"), ("GET", "/events"), ("GET", "/logs"), ("POST", "/cancel")):
        answer = await eve.ask(method, f"/remote-runs/{run['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "run_not_found")
    assert (await eve.ask("GET", "/remote-runs")).json()["items"] == []


async def test_a_cancel_reaches_the_machine_and_a_retry_is_a_new_run(alice: Caller, box: Machine) -> None:
    run = (await alice.ask("POST", "/remote-runs", {"object": "add", "args": [1]})).json()
    (job,) = (await box.poll())["jobs"]
    await box.start(job)
    box.held = [{"run_id": job["run_id"], "fence": job["fence"]}]
    waiting = asyncio.create_task(box.poll(wait=20, capacity=0))
    cancelled = await alice.ask("POST", f"/remote-runs/{run['id']}/cancel")
    told = await waiting
    await box.tell(job, "finished", state="cancelled")
    again = await alice.ask("POST", f"/remote-runs/{run['id']}/retry", {"idempotency_key": "once"})
    same = await alice.ask("POST", f"/remote-runs/{run['id']}/retry", {"idempotency_key": "once"})

    assert cancelled.json()["state"] == "cancelling"
    assert told["cancel"] == box.held
    assert (again.status_code, again.json()["retry_of"]) == (201, run["id"])
    assert same.json()["id"] == again.json()["id"] != run["id"]


async def test_a_newer_poll_has_the_older_one_answer_at_once(alice: Caller, box: Machine) -> None:
    older = asyncio.create_task(box.poll(wait=25))
    await asyncio.sleep(0)
    newer = asyncio.create_task(box.poll(wait=25))
    assert (await asyncio.wait_for(older, 10))["jobs"] == []
    await alice.ask("POST", "/remote-runs", {"object": "add", "args": [1]})

    assert len((await asyncio.wait_for(newer, 10))["jobs"]) == 1


async def test_a_key_makes_one_run_and_wrong_arguments_none(alice: Caller, box: Machine) -> None:
    body = {"object": "add", "args": [1], "idempotency_key": "k"}
    first, again = [(await alice.ask("POST", "/remote-runs", body)).json() for _ in range(2)]
    other = await alice.ask("POST", "/remote-runs", {**body, "args": [2]})
    wrong = await alice.ask("POST", "/remote-runs", {"object": "add", "kwargs": {"c": 1}})

    assert first["id"] == again["id"]
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_arguments")
    assert (await alice.ask("GET", "/remote-runs/counts")).json()["total"] == 1


async def test_a_batch_gives_its_results_in_order(alice: Caller, box: Machine) -> None:
    calls = [{"args": [index]} for index in range(3)]
    batch = (await alice.ask("POST", "/remote-batches", {"object": "add", "calls": calls})).json()
    for job in reversed((await box.poll())["jobs"]):
        await box.start(job)
        await box.tell(job, "finished", state="succeeded", result=job["args"][0] + 1)

    results = (await alice.ask("GET", f"/remote-batches/{batch['id']}/results?wait=5")).json()

    assert [item["result"] for item in results["items"]] == [1, 2, 3]
    assert results["done"]


async def test_a_log_is_read_by_its_lines_and_searched(alice: Caller, box: Machine) -> None:
    run = (await alice.ask("POST", "/remote-runs", {"object": "add", "args": [1]})).json()
    (job,) = (await box.poll(wait=20))["jobs"]
    await box.start(job)
    text = "".join(f"line {number}\n" for number in range(1, 31))
    await box.tell(job, "log", stream="stdout", offset=0, text=text)
    logs = f"/remote-runs/{run['id']}/logs"

    tail = (await alice.ask("GET", f"{logs}?tail=2")).json()
    assert (tail["text"], tail["line"], tail["ended"]) == ("line 29\nline 30\n", 29, False)
    piece = (await alice.ask("GET", f"{logs}?line=3&limit=14")).json()
    assert (piece["text"], piece["line"]) == ("line 3\nline 4\n", 3)
    assert (await alice.ask("GET", logs)).json()["line"] is None
    found = (await alice.ask("GET", f"{logs}/find?text=LINE 2&limit=2")).json()
    assert found == {"items": [{"line": 2, "text": "line 2"}, {"line": 20, "text": "line 20"}], "next": 20}
    for wrong in ("?tail=0", "?tail=10001", "?line=0", "?tail=1&line=1", "?offset=0&tail=1", "/find", "/find?text="):
        assert (await alice.ask("GET", logs + wrong)).status_code == 422, wrong


async def test_what_a_run_was_called_with_is_told_to_who_may_read_it(alice: Caller, box: Machine) -> None:
    run = (await alice.ask("POST", "/remote-runs", {"object": "add", "args": [1], "kwargs": {"b": 2}})).json()
    detail = (await alice.ask("GET", f"/remote-runs/{run['id']}/detail")).json()

    assert detail["input"] == {"args": [1], "kwargs": {"b": 2}, "bytes": 10, "complete": True}

    large = (await alice.ask("POST", "/remote-runs", {"object": "add", "args": ["x" * 70_000]})).json()
    told = (await alice.ask("GET", f"/remote-runs/{large['id']}/detail")).json()["input"]
    assert (told["args"], told["complete"], told["bytes"] > 64 * 1024) == ([], False, True)


async def test_a_list_comes_in_the_order_that_was_asked_for_whole_and_without_doubles(
    alice: Caller, box: Machine, people: People
) -> None:
    times = [(None, None), (5, 9), (3, 20), (3, None), (1, 2), (5, 9), (7, 8)]
    made = [(await alice.ask("POST", "/remote-runs", {"object": "add", "args": [n]})).json()["id"] for n in range(7)]

    def work(session) -> None:
        for run_id, (started, finished) in zip(made, times, strict=True):
            session.execute(runs.update().where(runs.c.id == run_id).values(started_at=started, finished_at=finished))

    people.database.transact(work)
    known = dict(zip(made, times, strict=True))
    values = {
        "started": lambda run_id: known[run_id][0] or 0,
        "finished": lambda run_id: known[run_id][1] or 0,
        "duration": lambda run_id: -1 if None in known[run_id] else known[run_id][1] - known[run_id][0],
    }
    for name, value in values.items():
        for sort, back in ((name, False), (f"-{name}", True)):
            got, cursor = [], ""
            while cursor is not None:
                page = (await alice.ask("GET", f"/remote-runs?sort={sort}&limit=2{cursor}")).json()
                got += [run["id"] for run in page["items"]]
                cursor = page["next"] and f"&cursor={page['next']}"
            assert got == sorted(made, key=lambda run_id: (value(run_id), run_id), reverse=back), sort
    assert (await alice.ask("GET", "/remote-runs?sort=colour")).status_code == 422


async def test_a_machine_tells_how_far_the_nodes_of_its_run_are(alice: Caller, box: Machine) -> None:
    run = (await alice.ask("POST", "/remote-runs", {"object": "add", "args": [1]})).json()
    (job,) = (await box.poll(wait=20))["jobs"]
    await box.start(job)
    elsewhere = {"run_id": "run_x", "machine": "other", "secret": "not this"}
    nodes = [
        {"node": "a", "state": "ended", "seconds": 0.25},
        {"node": "b", "state": "running", "elsewhere": elsewhere},
    ]

    assert (await box.tell(job, "node", nodes=nodes))["status"] == "ok"
    for nonsense in ("text", [1, {"node": 2}], None, [{"node": "c" * 9_000, "state": "exploded", "seconds": "long"}]):
        assert (await box.tell(job, "node", nodes=nonsense))["status"] == "ok"

    events = (await alice.ask("GET", f"/remote-runs/{run['id']}/events")).json()["items"]
    told = [event["data"]["nodes"] for event in events if event["kind"] == "node"]
    kept = {"run_id": "run_x", "machine": "other"}
    assert told[0] == [nodes[0], {"node": "b", "state": "running", "elsewhere": kept}]
    assert told[1:] == [[], [], [], [{"node": "c" * 500}]]


async def test_a_machine_is_told_which_events_a_server_takes(box: Machine) -> None:
    assert set((await box.connect())["event_kinds"]) >= {"phase", "progress", "node", "log", "nack", "finished"}


async def test_the_clock_of_a_machine_is_compared_with_ours(alice: Caller, box: Machine) -> None:
    await box.connect(snapshot={"clock_ms": 1_000, "platform": "moon"})

    seen = (await alice.ask("GET", f"/machines/{box.id}")).json()["snapshot"]

    assert seen["clock_skew_ms"] < -1_000_000
    assert "clock_ms" not in seen
