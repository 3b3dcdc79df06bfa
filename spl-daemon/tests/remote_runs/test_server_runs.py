"""What is said to a server for a remote node, and what is made of its answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spl.core.errors import ObjectNotFound, ServerNotConnected
from spl.daemon import remote_runs
from spl.daemon.remote_runs import ServerRuns, every_blob, request_of
from spl.daemon.runs.origin import Remote
from spl.daemon.runs.remote_nodes.nodes import RemoteNode
from spl.daemon.runs.remote_nodes.port import RemoteCall, RemoteOutcome
from spl.daemon.server_link.api import Refusal
from spl.daemon.server_link.exchange import Answer, Unreachable
from spl.runtime.blobs import Blobs
from spl.runtime.values import dumps, encode, spill

pytestmark = pytest.mark.anyio

ORIGIN = Remote(
    origin="https://s", owner="alice", run_id="run_p", fence="7", attempt=1, object="alice/risk/report", caller="bob"
)
NODE = RemoteNode("score", "score_customer", owner="alice", library="risk", version="3", target_machine="gpu")


@dataclass
class Said:
    method: str
    path: str
    document: Any
    token: str
    body: bytes = b""


@dataclass(eq=False)
class Server:
    """Answers from a list, and keeps what it was asked, with whose credential."""

    answers: list[Any] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def answer(self, status: int, document: Any = None) -> Answer:
        return Answer(status, {}, b"" if document is None else json.dumps(document).encode())

    def next(self) -> Any:
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


class Exchange:
    def __init__(self, server: Server) -> None:
        self.server = server

    async def ask(
        self, method: str, path: str, *, token: str, body: Any = None, headers: Any = None, seconds: float
    ) -> Answer:
        server = self.server
        content = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            async for piece in body:
                content += piece
        sha256 = path.rpartition("/")[2]
        if path.startswith("/blobs/"):
            server.said.append(Said(method, path, None, token, content))
            if method == "HEAD":
                return server.answer(200 if sha256 in server.blobs else 404, {"code": "blob_not_found"})
            server.blobs[sha256] = content
            return server.answer(201)
        server.said.append(Said(method, path, json.loads(content) if content else None, token))
        return server.answer(200, server.next())

    @asynccontextmanager
    async def stream(self, method: str, path: str, *, token: str, headers: Any) -> AsyncIterator[Any]:
        self.server.said.append(Said(method, path, None, token))
        yield Stream(self.server.blobs[path.rpartition("/")[2]])


class Stream:
    status = 200
    headers: dict[str, str] = {}

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def pieces(self) -> AsyncIterator[bytes]:
        yield self.content


class Link:
    """A link that is up."""

    def __init__(self, server: Server) -> None:
        from spl.daemon.server_link.api import ServerApi
        from spl.daemon.server_link.line import Line
        from spl.daemon.server_link.records import Record

        record = Record("c", "https://s", "alice", "https://s/api", "m", None, "{}", "[]", 1, 1, 0, None)
        self.record = record
        self.now: Line | Exception = Line(record, ServerApi(Exchange(server), "machine-token"))  # type: ignore[arg-type]

    def status(self) -> dict[str, Any]:
        return {"server_url": self.record.url}

    async def line(self) -> Any:
        if isinstance(self.now, Exception):
            raise self.now
        return self.now

    def capability(self, local_run: str) -> str | None:
        return "capability" if local_run == "from-the-server" else None


def view(state: str = "succeeded", **more: Any) -> dict[str, Any]:
    found = {"id": "run_1", "object": "score_customer", "owner": "alice", "library": "risk", "version": 3}
    return {**found, "state": state, "reason": "ok", "machine": {"id": "m1", "name": "gpu"}, "kind": "function", **more}


def call(node: RemoteNode = NODE, arguments: bytes = b'{"x":1}', **more: Any) -> RemoteCall:
    return RemoteCall(node=node, arguments=arguments, key="r:1:1", **{"parent": "r", **more})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


@pytest.fixture
def runs(server: Server, blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> ServerRuns:
    monkeypatch.setattr(remote_runs, "AGAIN_SECONDS", 0.0)
    return ServerRuns(Link(server), blobs)  # type: ignore[arg-type]


async def outcome(runs: ServerRuns, asked: RemoteCall, on_known: Callable[[Any], None] = lambda _: None) -> Any:
    return await runs.call(asked, on_known)


async def test_a_node_is_asked_for_as_it_is_named(runs, server):
    server.answers = [view(result=5)]

    found = await outcome(runs, call())

    assert isinstance(found, RemoteOutcome)
    assert (found.state, json.loads(found.body), found.kind) == ("succeeded", 5, "function")
    assert found.about["machine"] == "gpu" and found.about["object"] == "alice/risk/score_customer"
    (said,) = server.said
    assert said.token == "machine-token"
    assert said.document == {
        "object": "score_customer",
        "owner": "alice",
        "library": "risk",
        "version": 3,
        "target_machine": "gpu",
        "kwargs": {"x": 1},
        "parent_run_id": "r",
        "idempotency_key": "r:1:1",
    }


async def test_a_run_from_the_server_shows_its_own_capability(runs, server):
    server.answers = [view(result=5)]

    await outcome(runs, call(origin=ORIGIN, parent="from-the-server"))

    assert [said.token for said in server.said] == ["capability"]


async def test_it_is_waited_for_and_told_where_it_stands(runs, server):
    waiting = {"code": "machine_offline", "text": "gpu is away"}
    server.answers = [view("queued", waiting=waiting), view("queued", waiting=waiting), view("running"), view(result=1)]
    known: list[Any] = []

    await outcome(runs, call(), known.append)

    assert [one["state"] for one in known] == ["queued", "running", "succeeded"]
    assert known[0]["waiting"] == waiting


async def test_a_server_that_goes_away_meanwhile_is_waited_for(runs, server):
    lost = Unreachable("gone", sent=True)
    server.answers = [lost, view("running"), lost, lost, view(result=1)]

    found = await outcome(runs, call())

    assert found.state == "succeeded"
    posts = [said for said in server.said if said.method == "POST"]
    assert len(posts) == 2 and posts[0].document == posts[1].document


async def test_what_the_server_refuses_is_the_nodes_error(runs, server):
    problem = Answer(404, {}, json.dumps({"code": "object_not_found", "detail": "No such object."}).encode())
    server.answers = [Refusal(problem)]

    with pytest.raises(ObjectNotFound, match="No such object"):
        await outcome(runs, call())


async def test_without_a_connection_it_says_so(runs):
    runs._link.now = ServerNotConnected()

    with pytest.raises(ServerNotConnected):
        await outcome(runs, call())


async def test_a_failure_brings_its_error_and_a_lost_run_one_of_words(runs, server):
    error = {
        "type": "ValueError",
        "message": "no",
        "frames": [{"file": "f", "line": 1, "function": "f", "source": "s"}],
    }
    server.answers = [view("failed", error=error), view("lost", error=None, reason="lost")]

    failed, lost = await outcome(runs, call()), await outcome(runs, call())

    assert (failed.state, json.loads(failed.body)) == ("failed", error)
    assert (lost.state, json.loads(lost.body)["message"]) == ("lost", "The run run_1 lost (lost).")


async def test_cancelling_the_wait_cancels_the_run_there(runs, server):
    reached = asyncio.Event()
    server.answers = [view("running")]
    hold = asyncio.Event()

    async def slow(*arguments: Any, **more: Any) -> Any:
        reached.set()
        await hold.wait()

    task = asyncio.create_task(outcome(runs, call(), lambda _: setattr(runs._link.now.api, "request", slow)))
    await reached.wait()
    del runs._link.now.api.request
    server.answers = [view("cancelling")]

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.gather(*runs._cancelling)

    assert server.said[-1].path == "/remote-runs/run_1/cancel"


async def test_cancelling_before_the_server_has_answered_finds_the_run_by_its_key(runs, server):
    reached = asyncio.Event()

    async def slow(*arguments: Any, **more: Any) -> Any:
        reached.set()
        await asyncio.Event().wait()

    runs._link.now.api.request = slow
    task = asyncio.create_task(outcome(runs, call()))
    await reached.wait()
    del runs._link.now.api.request
    server.answers = [view("running"), view("cancelling")]

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.gather(*runs._cancelling)

    again, cancel = server.said
    assert again.document["idempotency_key"] == "r:1:1"
    assert cancel.path == "/remote-runs/run_1/cancel"


async def test_large_values_go_and_come_as_blobs_within_blobs(runs, server, blobs, tmp_path):
    np = pytest.importorskip("numpy")
    value = {"text": "x" * 400_000, "array": np.arange(100_000)}
    doc = spill(encode(value, blobs), blobs)
    sent = {one["sha256"] for one in every_blob(doc, blobs)}
    assert len(sent) == 2
    server.answers = [view(result=doc)]

    await outcome(runs, call(arguments=dumps({"x": doc})))

    assert set(server.blobs) == sent
    elsewhere = Blobs(tmp_path / "elsewhere")
    there = ServerRuns(Link(server), elsewhere)  # type: ignore[arg-type]
    server.answers = [view(result=doc)]
    await outcome(there, call())
    assert all(elsewhere.has(sha256) for sha256 in sent)


def test_a_bare_node_of_a_pipeline_from_the_server_means_its_owners_objects():
    node = RemoteNode("n", "happiness")

    assert request_of(call(node, origin=ORIGIN))["owner"] == "alice"
    assert "owner" not in request_of(call(node))
