"""Runs in the database. This is the one module that writes `runs.state`, and it only takes edges of the lifecycle."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Update, bindparam, insert, select, update

from daemon_server.db.session import Session
from daemon_server.runs.lifecycle import LEASED, TERMINAL, Edge
from daemon_server.runs.records import Json, Standing
from daemon_server.runs.tables import attempts, in_states, run_events, run_payloads, run_results, runs

type Data = Mapping[str, Json]
type Tell = Callable[[Row[Any]], Data]

# What every move gives back of the rows that it moved: enough to tell of them and to wake who waits.
MOVED: Final = (
    "id", "event_seq", "state", "reason", "fence", "attempt", "machine_id", "target_machine_id", "lane", "batch_id",
    "caller_id", "owner_id", "machine_owner_id", "starts", "phase",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Move:
    """A statement that takes one edge. Its guard is the edge's: the states before it, and the fence if it has one."""

    edge: Edge
    statement: Update


def move(edge: Edge, *where: ColumnElement[bool], many: bool = False, **values: Any) -> Move:
    """A move along an edge, by the parameters `run_id` and, where the edge is fenced, `with_fence` and `by_machine`.

    Args:
        where: what else has to hold.
        many: whether `where` alone says which rows; the server's own loops move many at once.
        values: what else changes.
    """
    guard: list[ColumnElement[bool]] = [runs.c.state.in_(sorted(edge.before)), *where]
    if not many:
        guard.append(runs.c.id == bindparam("run_id"))
        if edge.fenced:
            guard.append(runs.c.fence == bindparam("with_fence"))
        if edge.fenced and edge.who == "machine":
            guard.append(runs.c.machine_id == bindparam("by_machine"))
    statement = update(runs).where(*guard)
    changed = {"state": edge.after, "event_seq": runs.c.event_seq + 1, **values}
    return Move(edge, statement.values(changed).returning(*(runs.c[name] for name in MOVED)))


def take(session: Session, step: Move, parameters: Mapping[str, Any], tell: Tell | None = None) -> Sequence[Row[Any]]:
    """Take the edge; the rows that took it, each with its event written and those who wait for it woken."""
    moved = session.rows(step.statement, parameters)
    if moved:
        record(session, step.edge.event, moved, tell)
    return moved


def record(session: Session, kind: str, moved: Sequence[Row[Any]], tell: Tell | None = None) -> None:
    """Write the event of rows that just took their next number for it."""
    now = session.now
    told = [{**_told(row), **(tell(row) if tell else {})} for row in moved]
    events = zip(moved, told, strict=True)
    rows = [
        {"run_id": row.id, "seq": row.event_seq, "kind": kind, "at": now, "data": _text(data)} for row, data in events
    ]
    session.execute(_EVENT, rows)
    for row in moved:
        awake(session, row)


def awake(session: Session, row: Row[Any]) -> None:
    """Wake whoever waits for news of a run."""
    session.wake(f"run:{row.id}")
    for user in dict.fromkeys((row.caller_id, row.owner_id, row.machine_owner_id)):
        if user is not None:
            session.wake(f"user:{user}")
    if row.state in TERMINAL:
        session.wake(f"ended:{row.id}")
        if row.batch_id is not None:
            session.wake(f"batch:{row.batch_id}")


def add(session: Session, rows: Sequence[Mapping[str, Any]], payloads: Sequence[Mapping[str, Any]]) -> None:
    """Put new runs in, each with its first event."""
    session.execute(_INSERT, rows)
    session.execute(_PAYLOAD, payloads)
    created = {"run_id": "", "seq": 1, "kind": "created", "at": session.now, "data": _text({"state": "queued"})}
    session.execute(_EVENT, [{**created, "run_id": row["id"]} for row in rows])


def conclude(
    session: Session,
    run_id: str,
    fence: int | None,
    *,
    result: str | None = None,
    error: str | None = None,
    artifacts: str | None = None,
) -> None:
    """Record the outcome beside a run that just ended."""
    row = {"run_id": run_id, "fence": fence, "result": result, "error": error, "artifacts": artifacts}
    session.execute(_OUTCOME, row)


def standing(session: Session, run_id: str, *, lock: bool = False) -> Standing | None:
    """Where a run stands; with `lock`, nobody else moves it until this unit is over."""
    statement = _STANDING_LOCKED if lock and session.dialect == "postgresql" else _STANDING
    row = session.row(statement, {"run_id": run_id})
    return None if row is None else Standing(*tuple(row))


def attempt_of(session: Session, run_id: str, fence: int, machine_id: str) -> Row[Any] | None:
    """The attempt, if this machine had it: (attempt, outcome, reason, capability_id)."""
    return session.row(_ATTEMPT, {"with_fence": fence, "of_run": run_id, "by_machine": machine_id})


def close_attempts(session: Session, closed: Sequence[Mapping[str, Any]]) -> None:
    """Write how attempts ended: `with_fence`, `outcome`, `reason`."""
    blank = {"observed_started": None, "observed_ended": None, "at": session.now}
    session.execute(_CLOSE, [{**blank, **one} for one in closed])


def keep_late(session: Session, fence: int, evidence: Data) -> None:
    """Keep what came too late, beside the attempt it belongs to."""
    session.execute(_LATE, {"with_fence": fence, "evidence": _text(evidence)})


def _told(row: Row[Any]) -> Data:
    told: dict[str, Json] = {"state": row.state, "attempt": row.attempt}
    if row.reason is not None:
        told["reason"] = row.reason
    if row.machine_id is not None:
        told["machine_id"] = row.machine_id
    return told


def _text(data: Data) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


_EVENT = insert(run_events)
_INSERT = insert(runs)
_PAYLOAD = insert(run_payloads)
_OUTCOME = insert(run_results)
_STANDING = select(*(runs.c[name] for name in Standing.__dataclass_fields__)).where(runs.c.id == bindparam("run_id"))
_STANDING_LOCKED = _STANDING.with_for_update()
_ATTEMPT = select(attempts.c.attempt, attempts.c.outcome, attempts.c.reason, attempts.c.capability_id).where(
    attempts.c.fence == bindparam("with_fence"),
    attempts.c.run_id == bindparam("of_run"),
    attempts.c.machine_id == bindparam("by_machine"),
)
_CLOSE = (
    update(attempts)
    .where(attempts.c.fence == bindparam("with_fence"), attempts.c.outcome.is_(None))
    .values(
        outcome=bindparam("how"),
        reason=bindparam("why"),
        ended_at=bindparam("at"),
        observed_started_at=bindparam("observed_started"),
        observed_ended_at=bindparam("observed_ended"),
    )
)
_LATE = (
    update(attempts)
    .where(attempts.c.fence == bindparam("with_fence"), attempts.c.late.is_(None))
    .values(late=bindparam("evidence"))
)
IS_LEASED: Final = in_states(*LEASED)
