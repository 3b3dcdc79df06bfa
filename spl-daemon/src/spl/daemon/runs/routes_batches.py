"""Batches over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response

from spl.daemon.http.context import Daemon
from spl.daemon.http.dependencies import DaemonDep
from spl.daemon.http.routing import Router
from spl.daemon.runs.batches import RESULTS_PER_ANSWER
from spl.daemon.runs.calls import batch_request, read
from spl.daemon.runs.schemas import BatchCancelled, BatchCreate, BatchCreated, BatchResults, BatchView

router = Router(tags=["runs"])

BatchId = Annotated[str, Path(max_length=64)]


def _schema() -> dict[str, Any]:
    """The body's schema, whole, since nothing else of the document refers to its parts."""
    schema = BatchCreate.model_json_schema()
    definitions = schema.pop("$defs", {})
    schema["properties"]["calls"]["items"] = definitions["Call"]
    return schema


BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _schema()}}}}


@router.post("/batches", status_code=201, openapi_extra=BODY, response_model=BatchCreated)
async def start_batch(request: Request) -> dict[str, Any]:
    """Call an object many times. All of the runs are on the disk before this answers, or none is."""
    daemon: Daemon = request.app.state.daemon
    body = await read(request, BatchCreate)
    shared, arguments = await batch_request(daemon, body)
    batch, total = await daemon.runs.batches.submit(shared, arguments)
    return {"id": batch, "total": total}


@router.get("/batches/{batch_id}", response_model=BatchView)
async def show_batch(batch_id: BatchId, daemon: DaemonDep) -> dict[str, Any]:
    """How far a batch is."""
    return await daemon.runs.batches.counts(batch_id)


@router.get("/batches/{batch_id}/results", response_model=BatchResults)
async def batch_results(
    batch_id: BatchId,
    daemon: DaemonDep,
    after: Annotated[int, Query(ge=0, lt=2**53, description="The `next` of the answer before.")] = 0,
    wait: Annotated[float, Query(ge=0)] = 0.0,
    order: Literal["index", "done"] = "index",
    limit: Annotated[int, Query(ge=1, le=RESULTS_PER_ANSWER)] = RESULTS_PER_ANSWER,
) -> Response:
    """The next results, in the order of the calls or of their ends; with `wait`, once there are any."""
    wait = min(wait, daemon.settings.max_wait_seconds)
    body = await daemon.runs.batches.results(batch_id, after, wait, order, limit)
    return Response(body, media_type="application/json")


@router.post("/batches/{batch_id}/cancel", response_model=BatchCancelled)
async def cancel_batch(batch_id: BatchId, daemon: DaemonDep) -> dict[str, Any]:
    """Stop all runs of a batch that have not ended."""
    return {"cancelled": await daemon.runs.batches.cancel(batch_id)}
