"""A server in this process, at the transport port: it runs functions in threads, in the shapes of the server's API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from spl.core.errors import (
    ArtifactNotFound,
    BlobNotFound,
    DaemonUnreachable,
    Forbidden,
    LibraryNotFound,
    MachineOffline,
    ObjectNotFound,
    SPLError,
)
from spl.core.server_errors import UnknownBlob
from spl.core.wire.base import Request, Response, encode_json
from spl.core.wire.blobs import references

from ..client.daemon import ENDED, FakeDaemon

Query = dict[str, str]
ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = []


def route(method: str, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    pattern = re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>.+?)", path) + "$")

    def register(handler: Callable[..., Any]) -> Callable[..., Any]:
        ROUTES.append((method, pattern, handler))
        return handler

    return register


class FakeServer(FakeDaemon):
    """What a test can look at and change, beside what a fake daemon has.

    Attributes:
        prefix: what comes before every path; a daemon's proxy has one.
        breaks: how many bytes of an artifact come before its connection breaks, per request.
        uploaded: hashes that this user sent.
    """

    def __init__(self, home: Path, prefix: str = "") -> None:
        super().__init__(home)
        self.prefix = prefix
        self.breaks: list[int] = []
        self.uploaded: set[str] = set()
        self.documents: dict[str, list[dict[str, Any]]] = {}
        self.stream_pieces: list[list[bytes]] = []

    def send(self, request: Request) -> Response:
        self.heard.append(request)
        if self.away:
            raise self.away.pop(0)
        parts = urlsplit(request.path)
        if not parts.path.startswith(self.prefix):
            return Response(404, {}, b"not below the prefix: " + request.path.encode())
        path = parts.path.removeprefix(self.prefix)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        for method, pattern, handler in ROUTES:
            found = pattern.match(path)
            if found and method == request.method:
                return self._answer(handler, request, query, {k: unquote(v) for k, v in found.groupdict().items()})
        return Response(404, {}, b"no such route: " + request.path.encode())

    def _answer(self, handler: Callable[..., Any], request: Request, query: Query, parts: dict[str, str]) -> Response:
        try:
            answer = handler(self, request, query, **parts)
        except SPLError as error:
            return Response(error.status, {}, json.dumps(error.problem()).encode())
        if not isinstance(answer, bytes):
            return Response(200 if answer is not None else 204, {}, b"" if answer is None else encode_json(answer))
        if request.into is None:
            return Response(200, {}, answer)
        piece = answer[request.offset :]
        broken = self.breaks.pop(0) if self.breaks else None
        with request.into.open("ab" if request.offset else "wb") as file:
            file.write(piece[:broken])
        if broken is not None:
            raise DaemonUnreachable("The connection broke.", sent=True) from ConnectionResetError("reset")
        return Response(206 if request.offset else 200)

    @contextmanager
    def stream(self, request: Request) -> Iterator[Iterator[bytes]]:
        self.heard.append(request)
        yield iter(self.stream_pieces.pop(0))

    def run_view(self, run: dict[str, Any]) -> dict[str, Any]:
        asked = run["asked"]
        view = {name: value for name, value in run.items() if name != "asked"}
        began = run["state"] != "queued"
        return view | {
            "mode": "server",
            "status": run["state"],
            "owner": asked.get("owner", "me"),
            "library": asked.get("library", "default"),
            "caller": "me",
            "target_machine": asked.get("target_machine"),
            "machine": {"id": "mch_1", "name": asked.get("target_machine") or "gpu-01"} if began else None,
            "attempt": 1 if began else 0,
            "waiting": None if began else {"code": "machine_offline", "text": "gpu-01 is away"},
            "retry_of": run.get("retry_of"),
            "can": ["cancel", "retry"],
        }

    def begin(self, body: dict[str, Any], batch: str | None = None, index: int | None = None) -> dict[str, Any]:
        if body.get("owner") == "mallory":
            raise ObjectNotFound("There is no such object.")
        if body.get("offline_policy") == "fail" and self.held:
            raise MachineOffline("gpu-01 is away.")
        for blob in references([body["args"], body["kwargs"]]):
            if blob["sha256"] not in self.uploaded:
                raise UnknownBlob()
        run = super().begin(body, batch, index)
        number = run["id"].removeprefix("run-")
        if not run["id"].startswith("run_"):
            self.runs[f"run_{number}"] = self.runs.pop(run["id"])
            run["id"] = f"run_{number}"
            if body.get("idempotency_key"):
                self.keys[body["idempotency_key"]] = run["id"]
        return run


@route("GET", "/whoami")
def whoami(server: FakeServer, request: Request, query: Query) -> Any:
    return {"kind": "user", "user": "me", "scopes": ["catalog:read"]}


@route("POST", "/remote-runs")
def start(server: FakeServer, request: Request, query: Query) -> Any:
    run = server.begin(json.loads(request.body))
    server.wait(query, lambda: run["state"] in ENDED)
    return server.run_view(run)


@route("GET", "/remote-runs")
def list_runs(server: FakeServer, request: Request, query: Query) -> Any:
    found = [server.run_view(run) for run in reversed(server.runs.values())]
    kept = [run for run in found if query.get("state") in (None, run["state"])]
    return {"items": [{k: v for k, v in run.items() if k not in ("result", "error")} for run in kept], "next": None}


@route("GET", "/remote-runs/{run_id}/artifacts/{name}")
def artifact(server: FakeServer, request: Request, query: Query, run_id: str, name: str) -> Any:
    if name not in server.files:
        raise ArtifactNotFound(name)
    return server.files[name]


@route("GET", "/remote-runs/{run_id}/artifacts")
def artifacts(server: FakeServer, request: Request, query: Query, run_id: str) -> Any:
    return {"items": server.find(run_id)["artifacts"], "next": None}


@route("GET", "/remote-runs/{run_id}/blobs/{sha256}")
def run_blob(server: FakeServer, request: Request, query: Query, run_id: str, sha256: str) -> Any:
    server.find(run_id)
    return server.blobs.path(sha256).read_bytes()


@route("GET", "/remote-runs/{run_id}/detail")
def detail(server: FakeServer, request: Request, query: Query, run_id: str) -> Any:
    events = [{"seq": 1, "kind": "state", "at": 1, "data": {"state": "queued"}}]
    return {"run": server.run_view(server.find(run_id)), "attempts": [], "events": events, "placement": {}}


@route("GET", "/remote-runs/{run_id}/logs")
def logs(server: FakeServer, request: Request, query: Query, run_id: str) -> Any:
    text = "printed" if query["stream"] == "stdout" else ""
    offset = int(query["offset"])
    return {"text": text[offset:], "next_offset": len(text), "size": len(text), "ended": True}


@route("POST", "/remote-runs/{run_id}/cancel")
def cancel(server: FakeServer, request: Request, query: Query, run_id: str) -> Any:
    run = server.find(run_id)
    server.change(run, state="cancelled", reason="cancelled", error={"message": "It was cancelled."})
    return server.run_view(run)


@route("POST", "/remote-runs/{run_id}/retry")
def retry(server: FakeServer, request: Request, query: Query, run_id: str) -> Any:
    assert json.loads(request.body)["idempotency_key"]
    again = server.begin(
        {**server.find(run_id)["asked"], "idempotency_key": json.loads(request.body)["idempotency_key"]}
    )
    again["retry_of"] = run_id
    return server.run_view(again)


@route("GET", "/remote-runs/{run_id}")
def read_run(server: FakeServer, request: Request, query: Query, run_id: str) -> Any:
    run = server.find(run_id)
    server.wait(query, lambda: run["state"] in ENDED)
    return server.run_view(run)


@route("POST", "/remote-batches")
def start_batch(server: FakeServer, request: Request, query: Query) -> Any:
    asked = json.loads(request.body)
    calls = asked.pop("calls")
    asked.pop("idempotency_key")
    batch = f"bat_{len(server.batches) + 1}"
    server.batches[batch] = [server.begin({**asked, **call}, batch, n)["id"] for n, call in enumerate(calls)]
    return {"id": batch, "total": len(calls)}


@route("GET", "/remote-batches/{batch}/results")
def batch_results(server: FakeServer, request: Request, query: Query, batch: str) -> Any:
    runs = [server.runs[run_id] for run_id in server.batches[batch]]
    server.wait(query, lambda: all(run["state"] in ENDED for run in runs))
    items = [
        {k: run.get(k) for k in ("state", "reason", "result", "error")} | {"index": n, "run_id": run["id"]}
        for n, run in enumerate(runs)
    ]
    return {"items": items, "next": len(items), "done": True}


@route("GET", "/remote-batches/{batch}")
def read_batch(server: FakeServer, request: Request, query: Query, batch: str) -> Any:
    return {"id": batch, "total": len(server.batches[batch]), "version": 4}


@route("HEAD", "/blobs/{sha256}")
def has_blob(server: FakeServer, request: Request, query: Query, sha256: str) -> Any:
    if sha256 not in server.uploaded:
        raise BlobNotFound(sha256)


@route("PUT", "/blobs/{sha256}")
def put_blob(server: FakeServer, request: Request, query: Query, sha256: str) -> Any:
    assert server.blobs.put_file(request.body).sha256 == sha256
    server.uploaded.add(sha256)


@route("GET", "/objects/{name}/signature")
def signature(server: FakeServer, request: Request, query: Query, name: str) -> Any:
    return _card(server, name, query) | {"object": name, "function": query.get("function")}


@route("GET", "/objects/{name}/versions")
def versions(server: FakeServer, request: Request, query: Query, name: str) -> Any:
    return {"items": [{"version": 1, "latest": True, "env": "default", "entrypoint": name}], "next": None}


@route("GET", "/objects/{name}")
def read_object(server: FakeServer, request: Request, query: Query, name: str) -> Any:
    card = _card(server, name, query)
    if query.get("include_yaml"):
        if query.get("owner") not in (None, "me"):
            raise Forbidden("You may not read the source.")
        card["yaml"] = "spl: 1\n"
    return card


@route("GET", "/objects")
def list_objects(server: FakeServer, request: Request, query: Query) -> Any:
    items = [_card(server, name, query) | {"updated_at": 1, "created_at": 1} for name in server.objects]
    return {"items": items, "next": None}


def _card(server: FakeServer, name: str, query: Query) -> dict[str, Any]:
    from ..client.daemon_routes import _card as local

    return local(server, name) | {"owner": query.get("owner", "me"), "library": query.get("library", "default")}


@route("GET", "/owners/{owner}/libraries/{library}")
def read_library(server: FakeServer, request: Request, query: Query, owner: str, library: str) -> Any:
    if library == "nowhere":
        raise LibraryNotFound()
    return {"owner": owner, "name": library, "visibility": "private"}


def _kept(method: str, path: str) -> None:
    """A route that keeps what it is told and tells it."""

    def handler(server: FakeServer, request: Request, query: Query, **parts: str) -> Any:
        said = json.loads(request.body) if request.body else {}
        server.documents.setdefault(f"{method} {path}", []).append({**parts, **query, **said})
        if method == "GET":
            return {"items": server.documents.get(f"POST {path}", []), "next": None}
        return said | {"id": "x1", "token": "splu_secretsecret", "code": "sple_secret", "command": "join U sple_secret"}

    route(method, path)(handler)


for _method, _path in (
    ("POST", "/libraries"), ("GET", "/libraries"), ("POST", "/daemon-enrollment"), ("GET", "/machines"),
    ("POST", "/tokens"), ("DELETE", "/tokens/{id}"), ("PUT", "/grants"), ("DELETE", "/grants"),
    ("GET", "/access/explain"),
    ("POST", "/teams"), ("POST", "/owners/{owner}/libraries/{library}/objects"),
    ("PUT", "/owners/{owner}/libraries/{library}/objects/{name}/tags/{tag}"),
    ("PATCH", "/owners/{owner}/libraries/{library}"),
):  # fmt: skip
    _kept(_method, _path)
