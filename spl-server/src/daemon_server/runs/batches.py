"""Runs that were submitted together, and their results as they come."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Literal

from sqlalchemy import Row, bindparam, func, insert, or_, select

from daemon_server import ids
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Invalid
from daemon_server.runs import calling, ending, submitting
from daemon_server.runs.configuration import limits_of
from daemon_server.runs.lifecycle import TERMINAL, is_over
from daemon_server.runs.problems import BatchNotFound
from daemon_server.runs.schemas import BatchCreate
from daemon_server.runs.tables import batches, run_results, runs

type Order = Literal["index", "done"]

_ENDED = runs.c.state.in_(sorted(TERMINAL))
_OF = runs.c.batch_id == bindparam("batch")
_COUNTS = select(runs.c.state, func.count().label("n")).where(_OF).group_by(runs.c.state)
_ITEMS = select(
    runs.c.batch_index, runs.c.id, runs.c.state, runs.c.reason, run_results.c.result, run_results.c.error
).outerjoin(run_results, run_results.c.run_id == runs.c.id)
_BY_INDEX = (
    _ITEMS.where(_OF, runs.c.batch_index >= bindparam("after")).order_by(runs.c.batch_index).limit(bindparam("most"))
)
_BY_END = (
    _ITEMS.where(_OF, _ENDED)
    .order_by(runs.c.finished_at, runs.c.batch_index)
    .limit(bindparam("most"))
    .offset(bindparam("after"))
)
_STILL = select(runs.c.id).where(_OF, runs.c.state.not_in(sorted(TERMINAL)), runs.c.state != "cancelling")


def create(
    session: Session,
    desk: calling.Desk,
    principal: Principal,
    body: BatchCreate,
    hashes: Sequence[Collection[str]],
) -> tuple[str, int]:
    """Accept a run for each call, all or none; the batch's id and size.

    Raises:
        as `calling.create` does
        Invalid: there are too many calls.
    """
    most = desk.settings.max_batch_calls
    if len(body.calls) > most:
        raise Invalid(f"{len(body.calls)} calls are too many for one batch of at most {most}.", limit=most)
    key, digest = body.idempotency_key, calling.digest(body)
    known = submitting.known(session, calling.key_owner(principal), key, digest)
    if known is not None and known[1] is not None:
        return known[1], int(_found(session, principal, known[1]).total)
    shared = calling.shared_of(session, desk, principal, body)
    batch_id = ids.new("bat")
    made = calling.batch_runs(shared, body, batch_id)
    row = {
        "id": batch_id,
        "object": shared.new.object,
        "owner": shared.new.owner,
        "library": shared.new.library,
        "version": shared.new.version,
        "function": shared.new.function,
        "total": len(made),
        "caller_id": principal.user_id,
        "owner_id": shared.new.owner_id,
        "token_id": principal.token_id,
        "created_at": session.now,
    }
    session.execute(insert(batches), row)
    if made:
        submitting.submit(session, made, limits_of(desk.settings))
        for new, referred in zip(made, hashes, strict=True):
            calling.attach(session, principal, new.id, referred)
    if key is not None:
        submitting.keep_key(session, calling.key_owner(principal), key, digest, batch_id=batch_id)
    return batch_id, len(made)


def view(session: Session, principal: Principal, batch_id: str) -> dict[str, Any]:
    """How far a batch is.

    Raises:
        BatchNotFound
    """
    row = _found(session, principal, batch_id)
    counts = {found.state: found.n for found in session.rows(_COUNTS, {"batch": batch_id})}
    ended = sum(count for state, count in counts.items() if is_over(state))
    names = ("id", "object", "owner", "library", "version", "function", "total", "created_at")
    described = {name: getattr(row, name) for name in names}
    return {**described, "counts": counts, "ended": ended, "done": ended >= row.total}


def results(
    session: Session, principal: Principal, batch_id: str, after: int, order: Order, limit: int
) -> dict[str, Any]:
    """The next results: by `index` as far as there is no gap, or in the order of their ends."""
    total = int(_found(session, principal, batch_id).total)
    query = _BY_INDEX if order == "index" else _BY_END
    items: list[dict[str, Any]] = []
    for row in session.rows(query, {"batch": batch_id, "after": after, "most": limit}):
        if not is_over(row.state):
            break
        items.append(_item(row))
    following = after + len(items)
    return {"items": items, "next": following, "done": following >= total}


def cancel(session: Session, principal: Principal, batch_id: str) -> int:
    """Cancel what has not ended; how many that were."""
    _found(session, principal, batch_id)
    found = [row.id for row in session.rows(_STILL, {"batch": batch_id})]
    for run_id in found:
        ending.cancel(session, run_id)
    return len(found)


def _found(session: Session, principal: Principal, batch_id: str) -> Row[Any]:
    mine = batches.c.token_id == principal.token_id
    if principal.kind in ("user", "session", "machine"):
        mine = or_(batches.c.caller_id == principal.user_id, batches.c.owner_id == principal.user_id)
    row = session.row(select(batches).where(batches.c.id == batch_id, mine))
    if row is None:
        raise BatchNotFound(f"There is no batch {batch_id[:80]!r} that you may see.")
    return row


def _item(row: Row[Any]) -> dict[str, Any]:
    item: dict[str, Any] = {"index": row.batch_index, "run_id": row.id, "state": row.state, "reason": row.reason}
    if row.result is not None:
        item["result"] = json.loads(row.result)
    item["error"] = None if row.error is None else json.loads(row.error)
    return item
