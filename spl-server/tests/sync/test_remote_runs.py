"""A run over HTTP, from the call to the result, with a machine that speaks for itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

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
    calling = asyncio.create_task(alice.ask("POST", "/remote-runs?wait=20", {"object": "add", "args": [1], "kwargs": {"b": 2}}))
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
