"""A server as the daemon's link sees it: the machine's side of the wire, in memory, on a loopback port, with faults.

It follows the rules that the link relies on (fences, idempotent polls and events) and counts what it is asked, so that
tests can say what must have happened and what must not.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MACHINE_TOKEN = "splm_" + "m" * 50
USER_TOKEN = "splu_" + "u" * 50
CODE = "sple_" + "c" * 50
OWNER = "alice"
MACHINE = "mch_one"


@dataclass
class RunRow:
    """One run as the stand-in has it."""

    id: str
    job: dict[str, Any]
    state: str = "queued"
    attempt: int = 0
    fence: str = ""
    starts: int = 0
    nacks: list[str] = field(default_factory=list)
    finished: dict[str, Any] | None = None
    finishes: int = 0
    telemetry: list[dict[str, Any]] = field(default_factory=list)


class StandIn:
    """The server. `fault(path, status)` makes the next request to a path fail in a chosen way."""

    def __init__(self) -> None:
        self.runs: dict[str, RunRow] = {}
        self.sources: dict[tuple[str, str, str, int], dict[str, Any]] = {}
        self.published: list[dict[str, Any]] = []
        self.blobs: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.inbox: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        self.connects: list[dict[str, Any]] = []
        self.policy: list[str] = []
        self.answers_by_poll: dict[int, list[dict[str, Any]]] = {}
        self.times = {"sync_seconds": 1, "wait_seconds": 5, "machine_lease_seconds": 9, "run_lease_seconds": 9,
                      "claim_lease_seconds": 5}  # fmt: skip
        self.scopes = ["machine:sync", "machine:publish", "machine:call"]
        self.cancel: dict[str, str] = {}
        self.stale: dict[str, str] = {}
        self.repeat_jobs = False
        self.ahead_ms = 0
        self.sources_held = False
        self.whoami_name = OWNER
        self.machine_tokens = [MACHINE_TOKEN]
        self.bearers: list[str] = []
        self.token_life_ms = 365 * 24 * 3_600_000
        self.issued_at_ms = now_ms()
        self._leaving = False
        self._faults: list[tuple[str, str]] = []
        self.harmed = 0
        self._fence = 0
        self._connection = 0
        self._poll = 0
        self._changed: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    # --- its own life

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def start(self) -> None:
        """Listen; on the same port as before, where there was one."""
        ready = threading.Event()
        self._leaving = False

        def serve() -> None:
            async def main() -> None:
                self._loop = asyncio.get_running_loop()
                self._changed = asyncio.Event()
                config = uvicorn.Config(
                    self._app(), host="127.0.0.1", port=self.port, log_level="error", lifespan="off",
                    timeout_graceful_shutdown=1,
                )  # fmt: skip
                self._server = server = uvicorn.Server(config)
                task = asyncio.create_task(server.serve())
                while not server.started and not task.done():
                    await asyncio.sleep(0.005)
                if server.started:
                    self.port = server.servers[0].sockets[0].getsockname()[1]
                ready.set()
                await task

            asyncio.run(main())

        self._thread = threading.Thread(target=serve, daemon=True)
        self._thread.start()
        assert ready.wait(10)
        assert self._server is not None and self._server.started

    def stop(self) -> None:
        """Be gone, with every connection."""
        if self._server is not None and self._thread is not None:
            self._leaving = True
            self._server.should_exit = True
            self._server.force_exit = True
            self._thread.join(10)
            assert not self._thread.is_alive()
            self._server = None

    def wake(self) -> None:
        assert self._loop is not None and self._changed is not None
        self._loop.call_soon_threadsafe(self._changed.set)

    def fault(self, path_part: str, kind: str) -> None:
        """Once: `lost` works the request off and breaks the connection, `500` answers that, `409` a stale claim,
        `garbage` works it off and answers what nobody can read.
        """
        self._faults.append((path_part, kind))

    # --- what tests say

    def offer(self, bundle: dict[str, Any], **call: Any) -> RunRow:
        """Queue a run of an object that was put with `put_source`."""
        run_id = f"run_{len(self.runs):020d}"
        about = {key: bundle[key] for key in ("owner", "library", "name", "version", "content_hash", "env")}
        job = {"run_id": run_id, "object": about, "function": None, "output": None, "args": [], "kwargs": {},
               "timeout_seconds": None, "priority": 0, "allow_pickle": False,
               "delivery": {"mode": "at_most_once"}, "caller": {"user": "bob"}, **call}  # fmt: skip
        row = self.runs[run_id] = RunRow(run_id, job)
        self.wake()
        return row

    def put_source(self, yaml: str, content_hash: str, *, name: str = "f", owner: str = OWNER, version: int = 1) -> Any:
        bundle = {"owner": owner, "library": "default", "name": name, "version": version, "content_hash": content_hash,
                  "env": "default", "yaml": yaml, "display_name": name}  # fmt: skip
        self.sources[owner, "default", name, version] = bundle
        return bundle

    def count(self, method: str, ends: str) -> int:
        return sum(1 for verb, path in self.asked if verb == method and path.endswith(ends))

    # --- routes

    def _app(self) -> Starlette:
        def route(path: str, handler: Callable[[Request], Any], *methods: str) -> Route:
            async def answered(request: Request) -> Response:
                return await self._answer(request, handler)

            return Route("/api" + path, answered, methods=list(methods))

        return Starlette(
            routes=[
                route("/whoami", self._whoami, "GET"),
                route("/machine-token/rotate", self._rotate, "POST"),
                route("/daemon-enrollment/redeem", self._redeem, "POST"),
                route("/connections/connect", self._connect, "POST"),
                route("/connections/disconnect", self._disconnect, "POST"),
                route("/sync", self._sync, "POST"),
                route("/remote-runs/{run}/start", self._start, "POST"),
                route("/remote-runs/{run}/blobs/{sha}", self._blob, "GET"),
                route("/remote-runs/{run}/artifacts", self._artifacts, "POST"),
                route("/uploads/{id}", self._upload, "PATCH"),
                route("/owners/{owner}/libraries/{library}/objects/{name}", self._source, "GET"),
                route("/owners/{owner}/libraries/{library}/objects", self._publish, "POST"),
                route("/objects", self._objects, "GET"),
                route("/blobs/{sha}", self._put_blob, "PUT"),
                route("/remote-runs", self._remote_runs, "POST"),
            ]
        )

    async def _answer(self, request: Request, handler: Callable[[Request], Any]) -> Response:
        path = request.url.path.removeprefix("/api")
        self.asked.append((request.method, path))
        fault = next((one for one in self._faults if one[0] in path), None)
        if fault is not None:
            self._faults.remove(fault)
            self.harmed += 1
            if fault[1] == "500":
                return problem(500, "internal_error", "broken")
            if fault[1] == "409":
                return problem(409, "stale_claim", "another attempt is the current one")
            if fault[1] == "401":
                return problem(401, "unauthorized", "the token was revoked")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        known = {*self.machine_tokens, USER_TOKEN, CODE}
        self.bearers.append(token)
        if token not in known:
            return problem(401, "unauthorized", "no such token")
        response: Response = await handler(request)
        if fault is not None and fault[1] == "garbage":
            return Response(b"{not json", 200)
        if fault is not None and fault[1] == "lost":
            raise ConnectionResetError("the answer is lost")
        return response

    async def _whoami(self, request: Request) -> Response:
        return JSONResponse(
            {"kind": "user", "user": self.whoami_name, "server_time": now_ms(),
             "expires_at": self.issued_at_ms + self.token_life_ms}
        )  # fmt: skip

    async def _rotate(self, request: Request) -> Response:
        self.machine_tokens.append("splm_" + str(len(self.machine_tokens)) * 50)
        self.issued_at_ms = now_ms()
        return JSONResponse({"machine_id": MACHINE, "machine_token": self.machine_tokens[-1]})

    async def _redeem(self, request: Request) -> Response:
        return JSONResponse({"machine_id": MACHINE, "machine_token": MACHINE_TOKEN, "server": {}})

    async def _connect(self, request: Request) -> Response:
        body = await request.json()
        self.connects.append(body)
        self.policy = body["policy"]["allow"]
        self._connection += 1
        held = [{**one, "verdict": self._verdict(one)} for one in body["held"]]
        return JSONResponse(
            {"connection_id": f"con_{self._connection}", "machine_id": MACHINE, "owner": OWNER,
             "server_time": now_ms() + self.ahead_ms,
             "generation": 1, "scopes": self.scopes, "times": self.times, "limits": {}, "held": held}
        )  # fmt: skip

    def _verdict(self, one: dict[str, Any]) -> str:
        row = self.runs.get(one["run_id"])
        return "continue" if row is not None and row.fence == one["fence"] else "stale"

    async def _disconnect(self, request: Request) -> Response:
        return JSONResponse({})

    async def _sync(self, request: Request) -> Response:
        body = await request.json()
        answers = [self._event(event) for event in body["events"]]
        jobs: list[dict[str, Any]] = []
        poll = body["poll"]
        if poll:
            self._poll = max(self._poll, poll)
            jobs = await self._jobs(poll, body["capacity"], body["wait"] if not answers else 0)
        cancel = [{"run_id": run, "fence": fence} for run, fence in self.cancel.items()]
        stale = [{"run_id": run, "fence": fence} for run, fence in self.stale.items()]
        return JSONResponse({"events": answers, "jobs": jobs, "cancel": cancel, "stale": stale, "draining": False})

    async def _jobs(self, poll: int, capacity: int, wait: float) -> list[dict[str, Any]]:
        assert self._changed is not None
        if poll in self.answers_by_poll:
            return self.answers_by_poll[poll]
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            jobs = [self._claim(row) for row in list(self.runs.values()) if row.state == "queued"][:capacity]
            if jobs:
                self.answers_by_poll[poll] = jobs
                return jobs * (2 if self.repeat_jobs else 1)
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or self._leaving or self._poll > poll or self.cancel or self.stale:
                return []
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), min(left, 0.05))
            except TimeoutError:
                continue

    def _claim(self, row: RunRow) -> dict[str, Any]:
        self._fence += 1
        row.state, row.attempt, row.fence = "claimed", row.attempt + 1, str((1 << 40) + self._fence)
        return {**row.job, "attempt": row.attempt, "fence": row.fence}

    async def _start(self, request: Request) -> Response:
        row = self.runs[request.path_params["run"]]
        body = await request.json()
        if body["fence"] != row.fence or row.state not in ("claimed", "running"):
            return problem(409, "stale_claim", "another attempt is the current one")
        row.starts += row.state == "claimed"
        row.state = "running"
        return JSONResponse({"run_id": row.id, "fence": row.fence, "capability": "splc_x"})

    def _event(self, event: dict[str, Any]) -> dict[str, Any]:
        known = self.inbox.get(event["id"])
        if known is not None:
            return {**known, "status": "duplicate" if known["status"] == "ok" else known["status"]}
        answer = {"id": event["id"], "status": self._apply(event)}
        self.inbox[event["id"]] = answer
        return answer

    def _apply(self, event: dict[str, Any]) -> str:
        row = self.runs.get(event["run_id"])
        if row is None:
            return "rejected"
        if event["fence"] != row.fence or row.finished is not None:
            return "stale"
        match event["kind"]:
            case "nack":
                row.nacks.append(event["data"]["reason"])
                row.state, row.fence = "handed_back", ""
            case "finished":
                row.finishes += 1
                row.finished, row.state = event["data"], event["data"]["state"]
            case _:
                row.telemetry.append({"kind": event["kind"], "seq": event["seq"], **event["data"]})
        return "ok"

    async def _source(self, request: Request) -> Response:
        while self.sources_held:
            await asyncio.sleep(0.01)
        at = request.path_params
        version = int(request.query_params.get("version", "1"))
        found = self.sources.get((at["owner"], at["library"], at["name"], version))
        return JSONResponse(found) if found else problem(404, "object_not_found", "there is none")

    async def _publish(self, request: Request) -> Response:
        body = await request.json()
        body |= request.path_params
        again = [one for one in self.published if one["content_hash"] == body["content_hash"]]
        if not again:
            self.published.append(body)
        number = 1 + self.published.index(again[0] if again else body)
        return JSONResponse({"id": f"ver_{number}", "name": body["name"], "version": number}, 200 if again else 201)

    async def _objects(self, request: Request) -> Response:
        return JSONResponse({"items": [], "next": None, "query": request.url.query})

    async def _remote_runs(self, request: Request) -> Response:
        return JSONResponse({"id": "run_x", "asked": await request.json()}, 202)

    async def _put_blob(self, request: Request) -> Response:
        data = await request.body()
        self.blobs[hashlib.sha256(data).hexdigest()] = data
        return JSONResponse({"sha256": request.path_params["sha"], "size": len(data)}, 201)

    async def _blob(self, request: Request) -> Response:
        data = self.blobs.get(request.path_params["sha"])
        return Response(data) if data is not None else problem(404, "blob_not_found", "there is none")

    async def _artifacts(self, request: Request) -> Response:
        items = []
        for item in (await request.json())["items"]:
            sha = item["sha256"]
            if sha in self.files:
                items.append({"name": item["name"], "role": item["role"], "status": "exists"})
                continue
            upload = self.uploads.setdefault(sha, {"data": b"", "size": item["size"]})
            items.append(
                {"name": item["name"], "role": item["role"], "status": "upload", "upload_id": sha,
                 "offset": len(upload["data"])}
            )  # fmt: skip
        return JSONResponse({"items": items})

    async def _upload(self, request: Request) -> Response:
        upload = self.uploads[request.path_params["id"]]
        offset = int(request.headers["upload-offset"])
        if offset != len(upload["data"]):
            headers = {"Upload-Offset": str(len(upload["data"]))}
            return problem(409, "upload_offset", "another offset", headers)
        piece = await request.body()
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        assert request.headers["content-digest"] == f"sha-256=:{digest}:"
        upload["data"] += piece
        if len(upload["data"]) == upload["size"]:
            self.files[hashlib.sha256(upload["data"]).hexdigest()] = upload["data"]
        return Response(status_code=204, headers={"Upload-Offset": str(len(upload["data"]))})


def now_ms() -> int:
    return int(time.time() * 1000)


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    content = json.dumps({"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail})
    return Response(content, status, headers=headers, media_type="application/problem+json")
