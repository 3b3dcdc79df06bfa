"""Runs over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import FileResponse

from spl.core.errors import ArtifactNotFound, InvalidRequest, ResultNotReady, RunFailed
from spl.daemon.http.context import Daemon
from spl.daemon.http.dependencies import DaemonDep
from spl.daemon.http.paging import Cursor, Limit, cursor_of, position
from spl.daemon.http.routing import Router
from spl.daemon.runs import routes_batches, routes_blobs, routes_detail
from spl.daemon.runs.calls import read, run_request, wait_of
from spl.daemon.runs.folder import Stream
from spl.daemon.runs.lifecycle import STATES, TERMINAL, UNFINISHED, State
from spl.daemon.runs.records import Payload, RunRecord
from spl.daemon.runs.schemas import (
    ArtifactPage,
    LogPiece,
    RunCreate,
    RunPage,
    RunPrune,
    RunsPruned,
    RunView,
)
from spl.daemon.runs.store import Filter

router = Router(tags=["runs"])

# One piece of a log: a few thousand lines, and little to hold.
LOG_BYTES = 256 * 1024

# What browsers may show is what was declared; what they may do with it is nothing.
ARTIFACT_HEADERS = {"Content-Security-Policy": "sandbox"}

RunId = Annotated[str, Path(max_length=64)]
Wait = Annotated[float, Query(ge=0, description="Seconds to wait for news before answering.")]

BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": RunCreate.model_json_schema(ref_template="#/components/schemas/{model}")}
        },
    },
    "parameters": [
        {
            "name": "wait",
            "in": "query",
            "required": False,
            "schema": {"type": "number", "minimum": 0, "default": 0},
            "description": "Seconds to wait for the end of the run before answering.",
        }
    ],
}


@router.post(
    "/runs",
    openapi_extra=BODY,
    response_model=None,
    responses={
        200: {"model": RunView, "description": "It has ended."},
        202: {"model": RunView, "description": "It has not."},
    },
)
async def start_run(request: Request) -> Response:
    """Call an object. The run is on the disk before this answers; with `wait`, the answer may carry its end."""
    daemon: Daemon = request.app.state.daemon
    body = await read(request, RunCreate)
    wait = wait_of(request, daemon.settings.max_wait_seconds)
    run = await daemon.runs.submit(await run_request(daemon, body))
    if isinstance(run, str):
        return _answer(*await daemon.runs.document(run, wait))
    if wait and not daemon.runs.supervisor.is_held_back(run):
        await run.wait(wait)
    return _answer(run.ended, run.document())


@router.get("/runs", response_model=RunPage)
async def list_runs(
    daemon: DaemonDep,
    state: Annotated[
        str | None, Query(max_length=200, description="One or several, with commas; also `active`, `ended`.")
    ] = None,
    object: Annotated[str | None, Query(max_length=500)] = None,
    batch: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Runs, newest first, without what they carry."""
    wanted = Filter(_states(state), object, batch)
    found = await daemon.runs.page(wanted, limit + 1, position(cursor, int, str))
    items = found[:limit]
    following = cursor_of(items[-1]["created_at"], items[-1]["id"]) if len(found) > limit else None
    return _json({"items": items, "next": following})


@router.post("/runs/prune", response_model=RunsPruned)
async def prune_runs(body: RunPrune, daemon: DaemonDep) -> dict[str, Any]:
    """Forget runs that have ended: rows, logs and artifacts."""
    states: frozenset[State] = frozenset(body.states) if body.states is not None else TERMINAL
    pruned = await daemon.runs.retention.prune(
        older_than_days=body.older_than_days, states=states, dry_run=body.dry_run
    )
    return {"runs": pruned.runs, "bytes": pruned.bytes, "dry_run": body.dry_run}


@router.get("/runs/{run_id}", response_model=RunView)
async def show_run(run_id: RunId, daemon: DaemonDep, wait: Wait = 0.0) -> Response:
    """One run with what it carries; with `wait`, once it has ended."""
    _, body = await daemon.runs.document(run_id, min(wait, daemon.settings.max_wait_seconds))
    return _body(body)


@router.delete("/runs/{run_id}", status_code=204)
async def delete_run(run_id: RunId, daemon: DaemonDep) -> None:
    """Forget a run that has ended, and what it left."""
    await daemon.runs.delete(run_id)


@router.get("/runs/{run_id}/result", response_model=Any)
async def show_result(run_id: RunId, daemon: DaemonDep) -> Response:
    """The document of what the run returned, by itself."""
    record, payload = await daemon.runs.find(run_id)
    if not record.over:
        raise ResultNotReady(f"The run {run_id} is {record.state}.", hint="Wait for it: GET /runs/{id}?wait=25.")
    if payload.result is None:
        raise _failure(record, payload)
    return _body(payload.result.encode())


@router.post("/runs/{run_id}/cancel", response_model=RunView)
async def cancel_run(run_id: RunId, daemon: DaemonDep) -> Response:
    """Stop a run; one that has ended stays as it is."""
    return _body(await daemon.runs.cancel(run_id))


@router.get("/runs/{run_id}/logs", response_model=LogPiece)
async def read_logs(
    run_id: RunId,
    daemon: DaemonDep,
    stream: Stream = "stdout",
    offset: Annotated[int, Query(ge=0, lt=2**53)] = 0,
    limit: Annotated[int, Query(ge=4, le=LOG_BYTES, description="Bytes.")] = LOG_BYTES,
    wait: Wait = 0.0,
) -> dict[str, Any]:
    """A piece of what the run printed, from a byte offset on; with `wait`, once there is more or the run has ended."""
    return await daemon.runs.logs.read(run_id, stream, offset, limit, min(wait, daemon.settings.max_wait_seconds))


async def _known_run(run_id: RunId, daemon: DaemonDep) -> str:
    """A run that is there; asked before a stream begins, because then it is too late for a refusal."""
    if daemon.runs.live(run_id) is None:
        await daemon.runs.find(run_id)
    return run_id


@router.get("/runs/{run_id}/events", response_class=EventSourceResponse)
async def follow_run(run_id: Annotated[str, Depends(_known_run)], daemon: DaemonDep) -> AsyncIterator[ServerSentEvent]:
    """What happens to the run until it has ended: `state`, `phase`, `build`, `progress` and `log` events."""
    async for event in daemon.runs.events.of(run_id):
        kind = event.pop("event")
        yield ServerSentEvent(data=event, event=kind)


@router.get("/runs/{run_id}/artifacts", response_model=ArtifactPage)
async def list_artifacts(run_id: RunId, daemon: DaemonDep) -> dict[str, Any]:
    """The files that the run left."""
    _, payload = await daemon.runs.find(run_id)
    return {"items": json.loads(payload.artifacts or "[]"), "next": None}


@router.get("/runs/{run_id}/artifacts/{name:path}", response_class=FileResponse)
async def download_artifact(run_id: RunId, name: str, daemon: DaemonDep) -> FileResponse:
    """One file, whole or in ranges."""
    _, payload = await daemon.runs.find(run_id)
    known = {entry["name"]: entry for entry in json.loads(payload.artifacts or "[]")}
    path = daemon.runs.folder(run_id).artifact(name) if name in known else None
    if path is None:
        listed = ", ".join(list(known)[:20]) or "none"
        raise ArtifactNotFound(
            f"The run {run_id} has no artifact {name[:200]!r} here.", hint=f"Its artifacts: {listed}."
        )
    media_type = known[name]["media_type"]
    return FileResponse(path, media_type=media_type, filename=path.name, headers=ARTIFACT_HEADERS)


router.include_router(routes_batches.router)
router.include_router(routes_blobs.router)
router.include_router(routes_detail.router)


def _states(text: str | None) -> tuple[State, ...]:
    """The states a filter names."""
    groups: dict[str, tuple[State, ...]] = {"active": tuple(sorted(UNFINISHED)), "ended": tuple(sorted(TERMINAL))}
    found: list[State] = []
    for name in (text or "").split(",") if text else ():
        known: tuple[State, ...] = groups.get(name) or tuple(state for state in STATES if state == name)
        if not known:
            raise InvalidRequest(f"{name[:80]!r} is not a state of runs.", hint=f"The states: {', '.join(STATES)}.")
        found += known
    return tuple(found)


def _failure(record: RunRecord, payload: Payload) -> RunFailed:
    told = json.loads(payload.error or "{}")
    return RunFailed(
        f"The run {record.id} has no result, it {record.state.replace('_', ' ')}: {told.get('message', '')}",
        run_id=record.id,
        reason=record.reason or "",
        state=record.state,
    )


def _answer(ended: bool, body: bytes) -> Response:
    return Response(body, status_code=200 if ended else 202, media_type="application/json")


def _body(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _json(document: dict[str, Any]) -> Response:
    return _body(json.dumps(document, separators=(",", ":")).encode())
