"""Remote nodes on machines of the connected server: the link's side of what runs ask for.

arguments' blobs ──> POST /remote-runs ──> GET /remote-runs/{id}?wait=... ──> the value's blobs

A run that came from the server shows its own capability there, every other one this machine's credential.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from spl.core.errors import ServerUnreachable, SPLError
from spl.daemon.objects.naming import LATEST
from spl.daemon.runs.ends import error_text
from spl.daemon.runs.remote_nodes.port import OnKnown, RemoteCall, RemoteOutcome
from spl.daemon.server_link import ServerLink
from spl.daemon.server_link.api import Refusal, ServerApi, unreachable
from spl.daemon.server_link.arguments import every_blob, send_blobs
from spl.daemon.server_link.blobs import bring
from spl.daemon.server_link.exchange import Unreachable
from spl.daemon.server_link.line import Line
from spl.runtime.blobs import Blobs

log = logging.getLogger(__name__)

# The first answer says which run it is and what it waits for, or, of a short one, already its end.
FIRST_WAIT_SECONDS = 0.25
# One long poll: answered the moment the run ends, and else after so long with where it stands now.
WAIT_SECONDS = 5.0
# How much longer than its wait an answer may take.
PATIENCE_SECONDS = 15.0
# A server that is being replaced is back in less; a node is not failed for that.
START_PATIENCE_SECONDS = 60.0
# Between two tries.
AGAIN_SECONDS = 1.0
# What nobody waits for any more is told to the server, or not; the parent's end tells it again.
CANCEL_SECONDS = 5.0

ENDED = frozenset({"succeeded", "failed", "cancelled", "timed_out", "lost", "expired"})


class ServerRuns:
    """Runs remote nodes by way of the daemon's link to a server."""

    def __init__(self, link: ServerLink, blobs: Blobs) -> None:
        self._link = link
        self._blobs = blobs
        self._cancelling: set[asyncio.Task[None]] = set()

    @property
    def server_url(self) -> str | None:
        url = self._link.status()["server_url"]
        return str(url) if url else None

    async def call(self, asked: RemoteCall, on_known: OnKnown) -> RemoteOutcome:
        """Run a node on a machine of the server and wait for its end; cancelling this cancels the run there.

        Raises:
            ServerUnreachable: the server is away, and stays away.
            SPLError: it said no.
        """
        accepted = asyncio.Event()
        view: dict[str, Any] | None = None
        try:
            view = await self._started(asked, accepted)
            view = await self._ended(asked, view, on_known)
        except asyncio.CancelledError:
            if accepted.is_set():
                task = asyncio.create_task(self._cancel(asked, view), name=f"cancel {asked.key}")
                self._cancelling.add(task)
                task.add_done_callback(self._cancelling.discard)
            raise
        return await self._outcome(asked, view)

    async def _started(self, asked: RemoteCall, accepted: asyncio.Event) -> dict[str, Any]:
        """The accepted run. The request has a key: asked twice, it is the same run.

        `accepted` is set from when on there may be one.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + START_PATIENCE_SECONDS
        body = request_of(asked)
        while True:
            try:
                line = await self._line(asked)
                await self._send_blobs(line, body["kwargs"])
                accepted.set()
                return await self._json(line, "POST", f"/remote-runs?wait={FIRST_WAIT_SECONDS:g}", body)
            except ServerUnreachable:
                if clock() >= deadline:
                    raise
                await asyncio.sleep(AGAIN_SECONDS)

    async def _ended(self, asked: RemoteCall, view: dict[str, Any], on_known: OnKnown) -> dict[str, Any]:
        told: dict[str, Any] = {}
        path = f"{_path(view)}?wait={WAIT_SECONDS:g}"
        while True:
            known = about(view)
            if known != told:
                told = known
                on_known({**known, "waiting": view.get("waiting")})
            if view["state"] in ENDED:
                return view
            try:
                view = await self._json(await self._line(asked), "GET", path)
            except ServerUnreachable:  # the run goes on without us
                await asyncio.sleep(AGAIN_SECONDS)

    async def _outcome(self, asked: RemoteCall, view: Mapping[str, Any]) -> RemoteOutcome:
        if view["state"] != "succeeded":
            return RemoteOutcome(str(view["state"]), error_of(view), about=about(view))
        result = view.get("result")
        await self._fetch_blobs(await self._line(asked), str(view["id"]), result)
        kind = await self._kind(asked, view, result)
        return RemoteOutcome("succeeded", json.dumps(result, ensure_ascii=False).encode(), kind, about(view))

    async def _kind(self, asked: RemoteCall, view: Mapping[str, Any], result: object) -> str:
        """Whether the value stands under the names of a pipeline's ports; most values can't."""
        if view.get("kind"):
            return str(view["kind"])
        if asked.node.function is not None or not looks_like_ports(result):
            return "function"
        owner, library, name = (quote(str(view[part]), safe="") for part in ("owner", "library", "object"))
        path = f"/owners/{owner}/libraries/{library}/objects/{name}/signature?version={view['version']}"
        try:
            found = await self._json(await self._link.line(), "GET", path)
        except SPLError:  # its caller may run it, and this machine's owner may not read it
            return "pipeline"
        return str(found.get("kind") or "pipeline")

    async def _cancel(self, asked: RemoteCall, view: Mapping[str, Any] | None) -> None:
        """Cancel a run; one whose id was not answered yet is asked for by its key."""
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                line = await self._line(asked)
                if view is None:
                    view = await self._json(line, "POST", "/remote-runs", request_of(asked))
                await self._json(line, "POST", f"{_path(view)}/cancel")
        except Exception as error:  # it ends by itself, and the one who waited is gone
            log.warning("the remote run of %s could not be cancelled: %s", asked.key, error)

    # --- the way there

    async def _line(self, asked: RemoteCall) -> Line:
        """The way to the server, with the credential that this run may use there."""
        line = await self._link.line()
        capability = self._link.capability(asked.parent) if asked.origin is not None else None
        return line if capability is None else replace(line, api=ServerApi(line.api.exchange, capability))

    async def _json(self, line: Line, method: str, path: str, body: object = None) -> dict[str, Any]:
        try:
            answer = await line.api.request(method, path, body, seconds=WAIT_SECONDS + PATIENCE_SECONDS)
            found = answer.json()
        except Unreachable as error:
            raise unreachable(line.record.url, error) from error
        except Refusal as error:
            if error.passing:
                raise unreachable(line.record.url) from error
            raise error.error() from error
        return dict(found)

    # --- large values

    async def _send_blobs(self, line: Line, document: object) -> None:
        """Have the blobs of the arguments on the server."""
        try:
            await send_blobs(line, self._blobs, document)
        except Unreachable as error:
            raise unreachable(line.record.url, error) from error
        except Refusal as error:
            raise error.error() from error

    async def _fetch_blobs(self, line: Line, run_id: str, document: object) -> None:
        """Have the blobs of a value here, also those that a blob refers to."""
        try:
            await bring(line, self._blobs, run_id, document)
            inner = await asyncio.to_thread(lambda: list(every_blob(document, self._blobs, missing=True)))
            while any(not self._blobs.has(str(reference["sha256"])) for reference in inner):
                await bring(line, self._blobs, run_id, [{"$spl": "blob", "blob": one} for one in inner])
                inner = await asyncio.to_thread(lambda: list(every_blob(document, self._blobs, missing=True)))
        except Refusal as error:
            raise error.error() from error


def request_of(asked: RemoteCall) -> dict[str, Any]:
    """The body that starts a remote node's run. A node of a pipeline from the server means its owner's objects."""
    node = asked.node
    owner = node.owner
    if owner is None and node.library is None and asked.origin is not None:
        owner = asked.origin.object.partition("/")[0] or None
    given = {
        "object": node.name,
        "owner": owner,
        "library": node.library,
        "function": node.function,
        "version": _version(node.version),
        "target_machine": node.target_machine,
        "allow_pickle": asked.allow_pickle or None,
        "parent_run_id": asked.origin.run_id if asked.origin is not None else asked.parent,
    }
    body: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    body["kwargs"] = json.loads(asked.arguments)
    body["idempotency_key"] = asked.key
    return body


def about(view: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a run elsewhere."""
    machine = view.get("machine")
    name = machine.get("name") or machine.get("id") if isinstance(machine, Mapping) else machine
    path = "/".join(str(view[part]) for part in ("owner", "library", "object") if view.get(part))
    return {
        "run_id": view["id"],
        "machine": name,
        "object": path,
        "version": view.get("version"),
        "state": view["state"],
        "reason": view.get("reason"),
    }


def looks_like_ports(value: object) -> bool:
    """Whether a document may be a pipeline's result: `{"default": ...}`, or one such by alias."""
    if not isinstance(value, dict) or not value or "$spl" in value:
        return False
    return set(value) == {"default"} or all(
        isinstance(part, dict) and set(part) == {"default"} for part in value.values()
    )


def error_of(view: Mapping[str, Any]) -> bytes:
    """The error of a run that did not succeed, in a form that can be raised."""
    error = view.get("error")
    if isinstance(error, Mapping) and error.get("type"):
        return json.dumps(error, ensure_ascii=False).encode()
    state = str(view["state"]).replace("_", " ")
    return error_text(
        "RemoteRunFailed", f"The run {view['id']} {state} ({view.get('reason') or 'no reason'})."
    ).encode()


def _version(version: str) -> int | str | None:
    return None if version == LATEST else int(version) if version.isdecimal() else version


def _path(view: Mapping[str, Any]) -> str:
    return f"/remote-runs/{quote(str(view['id']), safe='')}"
