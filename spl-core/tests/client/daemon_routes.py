"""What the fake daemon answers, route by route."""

from __future__ import annotations

import inspect
import json
from typing import Any

from spl.core.errors import (
    ArtifactNotFound,
    BlobNotFound,
    EnvironmentNotFound,
    ObjectNotFound,
    QueueFull,
    ServerNotConnected,
)
from spl.core.wire.base import Request

from .daemon import ENDED, FakeDaemon, route

Query = dict[str, str]


@route("GET", "/health")
def health(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    return {"status": "ok"}


@route("GET", "/status")
def status(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    return {"url": "http://127.0.0.1:1", "objects": len(daemon.objects), "workers": {"max": 2, "busy": 0}}


def _not_connected(daemon: FakeDaemon, request: Request, query: Query, path: str = "") -> Any:
    raise ServerNotConnected()


for method in ("GET", "POST", "PUT", "DELETE", "HEAD"):
    route(method, "/server/api/{path}")(_not_connected)
route("POST", "/server/{path}")(_not_connected)


@route("GET", "/server")
def server(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    return {"connected": False, "status": "not_connected", "server_url": None, "machine_id": None}


@route("POST", "/envs")
def register(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    asked = json.loads(request.body)
    daemon.envs[asked["name"]] = {**asked, "version": "3.13.0"}
    return daemon.envs[asked["name"]]


@route("GET", "/envs")
def envs(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    return {"items": list(daemon.envs.values())}


@route("DELETE", "/envs/{name}")
def remove_env(daemon: FakeDaemon, request: Request, query: Query, name: str) -> Any:
    del daemon.envs[name]


@route("POST", "/objects")
def publish(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    asked = json.loads(request.body)
    if asked["env"] not in daemon.envs:
        raise EnvironmentNotFound(f"No environment {asked['env']!r} is registered.")
    daemon.published.append(asked)
    return {
        "name": asked.get("name") or "main",
        "version": len(daemon.published),
        "kind": "function",
        "entrypoint": "add",
        "env": asked["env"],
        "created": True,
        "capture": asked.get("capture"),
        "environment_build": {"spec_hash": "ab", "status": "building"},
    }


@route("GET", "/objects")
def list_objects(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    names = sorted(name for name in daemon.objects if query.get("q", "") in name)
    begin = int(query.get("cursor") or 0)
    items = [{**_card(daemon, name), "created_at": 1, "updated_at": 1} for name in names[begin : begin + 2]]
    return {"items": items, "next": str(begin + 2) if begin + 2 < len(names) else None}


@route("GET", "/objects/{name}/ready")
def ready(daemon: FakeDaemon, request: Request, query: Query, name: str) -> Any:
    return daemon.readiness.pop(0) if len(daemon.readiness) > 1 else daemon.readiness[0]


@route("GET", "/objects/{name}/versions")
def versions(daemon: FakeDaemon, request: Request, query: Query, name: str) -> Any:
    return {"items": [{"version": 1, "latest": True, "env": "default", "entrypoint": name}], "next": None}


@route("GET", "/objects/{name}/signature")
def signature(daemon: FakeDaemon, request: Request, query: Query, name: str) -> Any:
    return _card(daemon, name) | {"function": query.get("function"), "object": name}


@route("GET", "/objects/{name}")
def read_object(daemon: FakeDaemon, request: Request, query: Query, name: str) -> Any:
    return _card(daemon, name)


@route("DELETE", "/objects/{name}")
def forget(daemon: FakeDaemon, request: Request, query: Query, name: str) -> Any:
    del daemon.objects[name]
    return {"name": name, "versions": [1]}


def _card(daemon: FakeDaemon, name: str) -> dict[str, Any]:
    if name not in daemon.objects:
        raise ObjectNotFound(f"No object {name!r} is published here.")
    function, kind = daemon.objects[name], daemon.kinds[name]
    inputs = [
        {
            "name": parameter.name,
            "type": parameter.annotation if isinstance(parameter.annotation, str) else None,
            "required": parameter.default is parameter.empty,
            "default": None if parameter.default is parameter.empty else repr(parameter.default),
            "kind": "standard",
        }
        for parameter in inspect.signature(function).parameters.values()
    ]
    read = 'result.value["default"]' if kind == "pipeline" else "result.value"
    output = {"name": "result" if kind == "pipeline" else "default", "selector": None, "type": None, "read": read}
    return {
        "name": name,
        "display_name": name,
        "kind": kind,
        "version": 1,
        "env": "default",
        "doc": inspect.getdoc(function) or "",
        "inputs": inputs,
        "outputs": [output],
        "aliases": ["result"] if kind == "pipeline" else [],
        "functions": [],
    }


@route("POST", "/runs")
def start(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    run = daemon.begin(json.loads(request.body))
    daemon.wait(query, lambda: run["state"] in ENDED)
    return _told(run)


@route("GET", "/runs")
def list_runs(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    found = [run for run in reversed(daemon.runs.values()) if query.get("state") in (None, run["state"])]
    begin, limit = int(query.get("cursor") or 0), min(2, int(query["limit"]))
    bare = [{k: v for k, v in _told(run).items() if k not in ("result", "error")} for run in found]
    return {"items": bare[begin : begin + limit], "next": str(begin + limit) if begin + limit < len(found) else None}


@route("POST", "/runs/wait")
def wait_for_runs(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    asked = json.loads(request.body)
    known = [run_id for run_id in asked["ids"] if run_id in daemon.runs]

    def ended() -> list[Any]:
        return [daemon.runs[run_id] for run_id in known if daemon.runs[run_id]["state"] in ENDED]

    daemon.wait({"wait": str(asked["wait"])}, lambda: bool(ended()) or len(known) < len(asked["ids"]))
    unknown = [run_id for run_id in asked["ids"] if run_id not in known]
    return {"items": [_told(run) for run in ended()], "unknown": unknown}


@route("GET", "/runs/{run_id}/logs")
def logs(daemon: FakeDaemon, request: Request, query: Query, run_id: str) -> Any:
    run = daemon.find(run_id)
    texts = run.setdefault("printed", {"stdout": "", "stderr": ""})
    offset = int(query["offset"])
    daemon.wait(query, lambda: len(texts[query["stream"]]) > offset or run["state"] in ENDED)
    text = texts[query["stream"]][offset : offset + 4]
    size = len(texts[query["stream"]])
    return {"text": text, "next_offset": offset + len(text), "size": size, "ended": run["state"] in ENDED}


@route("POST", "/runs/{run_id}/cancel")
def cancel(daemon: FakeDaemon, request: Request, query: Query, run_id: str) -> Any:
    run = daemon.find(run_id)
    daemon.change(run, state="cancelled", reason="cancelled", error={"message": "It was cancelled."})
    return _told(run)


@route("GET", "/runs/{run_id}/artifacts/{name}")
def artifact(daemon: FakeDaemon, request: Request, query: Query, run_id: str, name: str) -> Any:
    if name not in daemon.files:
        raise ArtifactNotFound(name)
    return daemon.files[name]


@route("GET", "/runs/{run_id}")
def read_run(daemon: FakeDaemon, request: Request, query: Query, run_id: str) -> Any:
    run = daemon.find(run_id)
    daemon.wait(query, lambda: run["state"] in ENDED)
    return _told(run)


@route("POST", "/batches")
def start_batch(daemon: FakeDaemon, request: Request, query: Query) -> Any:
    asked = json.loads(request.body)
    calls, key = asked.pop("calls"), asked.pop("idempotency_key")
    if key in daemon.keys:
        return {"id": daemon.keys[key], "total": len(calls)}
    going = sum(run["state"] not in ENDED for run in daemon.runs.values())
    if going + len(calls) > daemon.room:
        raise QueueFull("Too many runs are waiting.")
    batch = f"batch-{len(daemon.batches) + 1}"
    daemon.batches[batch] = [daemon.begin({**asked, **call}, batch, n)["id"] for n, call in enumerate(calls)]
    daemon.keys[key] = batch
    return {"id": batch, "total": len(calls)}


@route("GET", "/batches/{batch}/results")
def batch_results(daemon: FakeDaemon, request: Request, query: Query, batch: str) -> Any:
    runs = [daemon.runs[run_id] for run_id in daemon.batches[batch]]
    after = int(query["after"])

    def available() -> list[dict[str, Any]]:
        if query["order"] == "done":
            return [run for run in runs if run["state"] in ENDED and not run.get("given")]
        ended = 0
        while ended < len(runs) and runs[ended]["state"] in ENDED:
            ended += 1
        return runs[after:ended]

    daemon.wait(query, lambda: bool(available()))
    items = available()[:3]
    for run in items:
        run["given"] = True
    told = [
        {k: run.get(k) for k in ("state", "reason", "result", "error")}
        | {"index": run["batch_index"], "run_id": run["id"]}
        for run in items
    ]
    return {"items": told, "next": after + len(items), "done": after + len(items) == len(runs)}


@route("GET", "/batches/{batch}")
def read_batch(daemon: FakeDaemon, request: Request, query: Query, batch: str) -> Any:
    return {"id": batch, "total": len(daemon.batches[batch]), "version": 4}


@route("POST", "/batches/{batch}/cancel")
def cancel_batch(daemon: FakeDaemon, request: Request, query: Query, batch: str) -> Any:
    for run_id in daemon.batches[batch]:
        daemon.change(daemon.runs[run_id], state="cancelled", reason="cancelled")
    return {"id": batch}


@route("HEAD", "/blobs/{sha256}")
def has_blob(daemon: FakeDaemon, request: Request, query: Query, sha256: str) -> Any:
    if not daemon.blobs.has(sha256):
        raise BlobNotFound(sha256)


@route("PUT", "/blobs/{sha256}")
def put_blob(daemon: FakeDaemon, request: Request, query: Query, sha256: str) -> Any:
    assert daemon.blobs.put_file(request.body).sha256 == sha256


@route("GET", "/blobs/{sha256}")
def get_blob(daemon: FakeDaemon, request: Request, query: Query, sha256: str) -> Any:
    return daemon.blobs.path(sha256).read_bytes()


def _told(run: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in run.items() if name != "asked"}
