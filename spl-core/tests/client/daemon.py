"""A daemon in this process, at the transport port: it keeps objects, runs functions in threads, speaks the API."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from spl.core.errors import (
    ArtifactNotFound,
    BlobNotFound,
    DaemonUnreachable,
    EnvironmentNotFound,
    InvalidArguments,
    ObjectNotFound,
    RunNotFound,
    SPLError,
    Unauthorized,
)
from spl.core.wire.base import Request, Response, encode_json
from spl.runtime.blobs import Blobs
from spl.runtime.traceback import describe
from spl.runtime.values import decode, encode

ENDED = ("succeeded", "failed", "cancelled", "timed_out")
ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = []


def route(method: str, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    pattern = re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>.+?)", path) + "$")

    def register(handler: Callable[..., Any]) -> Callable[..., Any]:
        ROUTES.append((method, pattern, handler))
        return handler

    return register


@dataclass
class FakeDaemon:
    """What a test can look at and change.

    Attributes:
        held: while set, runs stay queued.
        heard: every request, in order.
        away: raised instead of answering, as often as it says.
    """

    home: Path
    token: str = "spld_token"
    objects: dict[str, Callable[..., Any]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    published: list[dict[str, Any]] = field(default_factory=list)
    envs: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    batches: dict[str, list[str]] = field(default_factory=dict)
    readiness: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    heard: list[Request] = field(default_factory=list)
    away: list[DaemonUnreachable] = field(default_factory=list)
    held: bool = False
    room: int = 1_000_000

    def __post_init__(self) -> None:
        self.blobs = Blobs(self.home / "blobs")
        self.changed = threading.Condition()

    # --- the transport port -------------------------------------------------------------------------------------------

    def send(self, request: Request) -> Response:
        self.heard.append(request)
        if self.away:
            raise self.away.pop(0)
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        for method, pattern, handler in ROUTES:
            found = pattern.match(parts.path)
            if found and method == request.method:
                return self._answered(handler, request, query, {k: unquote(v) for k, v in found.groupdict().items()})
        return Response(404, {}, b"no such route: " + request.path.encode())

    @contextmanager
    def stream(self, request: Request) -> Iterator[Iterator[bytes]]:
        self.heard.append(request)
        yield iter([b"event: state\n", b'data: {"state": "succeeded"}\n', b"\n"])

    def close(self) -> None:
        """Nothing is held."""

    def _answered(
        self, handler: Callable[..., Any], request: Request, query: dict[str, str], parts: dict[str, str]
    ) -> Response:
        try:
            answer = handler(self, request, query, **parts)
        except SPLError as error:
            return Response(error.status, {}, json.dumps(error.problem()).encode())
        if isinstance(answer, bytes):
            if request.into is None:
                return Response(200, {}, answer)
            request.into.write_bytes(answer)
            return Response(200)
        return Response(200 if answer is not None else 204, {}, encode_json(answer) if answer is not None else b"")

    def paths(self, method: str = "") -> list[str]:
        return [urlsplit(request.path).path for request in self.heard if request.method.startswith(method)]

    # --- running ------------------------------------------------------------------------------------------------------

    def add(self, function: Callable[..., Any], name: str = "", kind: str = "function") -> None:
        self.objects[name or function.__name__] = function
        self.kinds[name or function.__name__] = kind

    def release(self) -> None:
        """Let the runs begin that were held back."""
        with self.changed:
            self.held = False
            waiting = [run for run in self.runs.values() if run["state"] == "queued"]
        for run in waiting:
            self._begin(run)

    def begin(self, body: dict[str, Any], batch: str | None = None, index: int | None = None) -> dict[str, Any]:
        if body["object"] not in self.objects:
            raise ObjectNotFound(f"No object {body['object']!r} is published here.")
        try:
            inspect.signature(self.objects[body["object"]]).bind(*body["args"], **body["kwargs"])
        except TypeError as error:
            raise InvalidArguments(f"The arguments don't fit {body['object']!r}: {error}.") from None
        key = body.get("idempotency_key")
        if key in self.keys:
            return self.runs[self.keys[key]]
        run = {
            "id": f"run-{len(self.runs) + 1}",
            "object": body["object"],
            "version": body.get("version", 1),
            "function": body.get("function"),
            "output": body.get("output"),
            "mode": "local",
            "state": "queued",
            "phase": "waiting",
            "reason": None,
            "batch_id": batch,
            "batch_index": index,
            "created_at": int(time.time() * 1000),
            "timings": {},
            "progress": None,
            "artifacts": [],
            "asked": body,
        }
        self.runs[run["id"]] = run
        if key:
            self.keys[key] = run["id"]
        if not self.held:
            self._begin(run)
        return run

    def _begin(self, run: dict[str, Any]) -> None:
        threading.Thread(target=self._perform, args=(run,), daemon=True).start()

    def _perform(self, run: dict[str, Any]) -> None:
        asked = run["asked"]
        self.change(run, state="running", phase="running")
        try:
            args = [decode(doc, self.blobs) for doc in asked["args"]]
            kwargs = {name: decode(doc, self.blobs) for name, doc in asked["kwargs"].items()}
            value = self.objects[run["object"]](*args, **kwargs)
            outcome = {"state": "succeeded", "reason": "ok", "result": encode(value, self.blobs)}
        except Exception as error:
            told = describe(error, hide=(__file__,))
            for frame in told["frames"]:
                frame["file"] = f"{self.home}/bundles/0a1b/src/main.py"
            outcome = {"state": "failed", "reason": "user_exception", "error": told}
        with self.changed:
            if run["state"] not in ENDED:
                files = [_file(name, content) for name, content in self.files.items()]
                run.update(outcome, phase=None, timings={"run_ms": 1.25}, artifacts=files)
            self.changed.notify_all()

    def change(self, run: dict[str, Any], **changes: Any) -> None:
        with self.changed:
            if run["state"] not in ENDED:
                run.update(changes)
            self.changed.notify_all()

    def wait(self, query: dict[str, str], until: Callable[[], bool]) -> None:
        with self.changed:
            self.changed.wait_for(until, timeout=min(float(query.get("wait", 0)), 10.0))

    def find(self, run_id: str) -> dict[str, Any]:
        if run_id not in self.runs:
            raise RunNotFound(f"There is no run {run_id!r}.")
        return self.runs[run_id]


def _file(name: str, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"name": name, "size": len(content), "sha256": digest, "media_type": "text/plain"}
