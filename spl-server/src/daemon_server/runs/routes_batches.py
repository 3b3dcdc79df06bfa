"""Batches over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query

from daemon_server.db.session import Session
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule
from daemon_server.runs import batches, calling
from daemon_server.runs.batches import Order
from daemon_server.runs.schemas import BatchCancelled, BatchCreate, BatchCreated, BatchResults, BatchView
from daemon_server.runs.spilled import hashes_of
from daemon_server.runs.waiting import until

router = Router(tags=["runs"])

CREATES = Rule(user="run:create", machine="machine:call", execution=True, capability=True)
READS = Rule(user="run:read", machine="machine:call", execution=True, capability=True)
CANCELS = Rule(user="run:cancel", machine="machine:call")
# One answer carries at most so many results: a few hundred kilobytes where they are small.
RESULTS_PER_ANSWER = 500

BatchId = Annotated[str, Path(max_length=64)]


@router.post("/remote-batches", rule=CREATES, status_code=201, response_model=BatchCreated)
async def start_batch(body: BatchCreate, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """Call an object many times. All of the runs are on the disk before this answers, or none is."""
    desk = calling.Desk(server.settings, server.pepper)
    hashes = [await hashes_of(server.blobs, [call.args, call.kwargs]) for call in body.calls]
    batch, total = await server.db.write(lambda session: batches.create(session, desk, principal, body, hashes))
    return {"id": batch, "total": total}


@router.get("/remote-batches/{batch_id}", rule=READS, response_model=BatchView)
async def show_batch(batch_id: BatchId, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """How far a batch is."""
    return await server.db.read(lambda session: batches.view(session, principal, batch_id))


@router.get("/remote-batches/{batch_id}/results", rule=READS, response_model=BatchResults)
async def batch_results(
    batch_id: BatchId,
    principal: PrincipalDep,
    server: ServerDep,
    after: Annotated[int, Query(ge=0, lt=2**31, description="The `next` of the answer before.")] = 0,
    wait: Annotated[float, Query(ge=0, le=3600)] = 0.0,
    order: Order = "index",
    limit: Annotated[int, Query(ge=1, le=RESULTS_PER_ANSWER)] = RESULTS_PER_ANSWER,
) -> dict[str, Any]:
    """The next results, in the order of the calls or of their ends; with `wait`, once there are any."""

    def look(session: Session) -> dict[str, Any]:
        return batches.results(session, principal, batch_id, after, order, limit)

    seconds = server.settings.wait_ms(wait) / 1000
    return await until(server, f"batch:{batch_id}", seconds, look, lambda page: bool(page["items"]) or page["done"])


@router.post("/remote-batches/{batch_id}/cancel", rule=CANCELS, response_model=BatchCancelled)
async def cancel_batch(batch_id: BatchId, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """Stop all runs of a batch that have not ended."""
    return {"cancelled": await server.db.write(lambda session: batches.cancel(session, principal, batch_id))}
