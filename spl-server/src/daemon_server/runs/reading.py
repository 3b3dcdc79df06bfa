"""Runs as people read them: who may see which, one of them whole, pages of them, and how many there are."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, false, func, or_, select, tuple_

from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.machines.tables import machines
from daemon_server.runs.lifecycle import ACTIVE, TERMINAL, State, is_over
from daemon_server.runs.problems import RunNotFound
from daemon_server.runs.sorting import NEWEST, Sort, order_of
from daemon_server.runs.tables import attempts, in_states, run_events, run_payloads, run_results, runs

# A timeline in a detail; the rest is asked for page by page.
EVENTS_SHOWN: Final = 500
# What a person reads or edits; larger arguments are left out of a detail.
INPUT_SHOWN_BYTES: Final = 64 * 1024

_BASIS = (
    "id", "object", "owner", "library", "version", "kind", "function", "output", "state", "reason", "phase",
    "isolation", "priority", "batch_id", "batch_index", "caller", "target_machine_id", "machine_id", "attempt",
    "waiting", "waiting_text", "retry_of", "parent_run_id", "correlation_id", "max_attempts", "timeout_ms",
    "queue_expires_at", "created_at", "started_at", "finished_at", "timings", "progress", "caller_id", "owner_id",
    "machine_owner_id",
)  # fmt: skip
_NARROW = (
    select(*(runs.c[name] for name in _BASIS), machines.c.name.label("machine_name"))
    .select_from(runs)
    .outerjoin(machines, machines.c.id == runs.c.machine_id)
)
_WHOLE = (
    select(
        *(runs.c[name] for name in _BASIS),
        machines.c.name.label("machine_name"),
        run_results.c.result,
        run_results.c.error,
        run_results.c.artifacts,
    )
    .select_from(runs)
    .outerjoin(machines, machines.c.id == runs.c.machine_id)
    .outerjoin(run_results, run_results.c.run_id == runs.c.id)
    .where(runs.c.id == bindparam("run_id"))
)
_SEEN = select(
    runs.c.id, runs.c.state, runs.c.owner_id, runs.c.caller_id, runs.c.machine_owner_id, runs.c.machine_id,
    runs.c.caller_machine_id, runs.c.token_id, runs.c.parent_run_id, runs.c.event_seq, runs.c.attempt,
).where(runs.c.id == bindparam("run_id"))  # fmt: skip
_HAD = (
    select(attempts.c.fence)
    .where(attempts.c.run_id == bindparam("run_id"), attempts.c.machine_id == bindparam("machine"))
    .limit(1)
)
_EVENTS = (
    select(run_events.c.seq, run_events.c.kind, run_events.c.at, run_events.c.data)
    .where(run_events.c.run_id == bindparam("run_id"), run_events.c.seq > bindparam("after"))
    .order_by(run_events.c.seq)
    .limit(bindparam("most"))
)
_INPUT = select(run_payloads.c.args, run_payloads.c.kwargs).where(run_payloads.c.run_id == bindparam("run_id"))
_ATTEMPTS = (
    select(attempts, machines.c.name.label("machine_name"))
    .outerjoin(machines, machines.c.id == attempts.c.machine_id)
    .where(attempts.c.run_id == bindparam("run_id"))
    .order_by(attempts.c.attempt)
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs a list shows. Moments are epoch milliseconds."""

    states: tuple[State, ...] = ()
    object: str | None = None
    owner: str | None = None
    library: str | None = None
    machine: str | None = None
    caller: str | None = None
    since: int | None = None
    until: int | None = None
    q: str | None = None
    batch: str | None = None


def sees(session: Session, principal: Principal, row: Row[Any]) -> bool:
    """Whether a credential may read a run: its caller's, its library's owner's, and its machine's owner's may."""
    match principal.kind:
        case "user" | "session":
            return principal.user_id in (row.caller_id, row.owner_id, row.machine_owner_id)
        case "machine":
            if principal.machine_id in (row.machine_id, row.caller_machine_id):
                return True
            return session.scalar(_HAD, {"run_id": row.id, "machine": principal.machine_id}) is not None
        case "execution":
            return bool(row.token_id == principal.token_id)
        case "capability":
            return principal.run_id in (row.id, row.parent_run_id)
        case _:
            return False


def seen(session: Session, principal: Principal, run_id: str) -> Row[Any]:
    """A run that may be read: its id, state, event_seq and attempt, and whose it is.

    Raises:
        RunNotFound: there is none, or it is not for them to know.
    """
    row = session.row(_SEEN, {"run_id": run_id})
    if row is None or not sees(session, principal, row):
        raise RunNotFound(f"There is no run {run_id[:80]!r} that you may see.")
    return row


def view(session: Session, principal: Principal, run_id: str) -> tuple[bool, dict[str, Any]]:
    """Whether it has ended, and all of a run that `seen` let through."""
    row = session.row(_WHOLE, {"run_id": run_id})
    if row is None:
        raise RunNotFound(f"There is no run {run_id[:80]!r} that you may see.")
    document = summary(row, principal)
    if row.result is not None:
        document["result"] = json.loads(row.result)
    document["error"] = _loaded(row.error, None)
    document["artifacts"] = _loaded(row.artifacts, [])
    return is_over(row.state), document


def summary(row: Row[Any], principal: Principal) -> dict[str, Any]:
    """A run as lists show it."""
    over = is_over(row.state)
    waits = row.state == "queued" and row.waiting is not None
    return {
        **{name: getattr(row, name) for name in _PLAIN},
        "kind": "function" if row.function is not None else row.kind,
        "mode": "server",
        "status": row.state,
        "target_machine": row.target_machine_id,
        "machine": None
        if row.machine_id is None
        else {"id": row.machine_id, "name": row.machine_name or row.machine_id},
        "waiting": {"code": row.waiting, "text": row.waiting_text or ""} if waits else None,
        "delivery": {
            "mode": "at_least_once" if row.max_attempts > 1 else "at_most_once",
            "max_attempts": row.max_attempts,
        },
        "timeout_seconds": None if row.timeout_ms is None else row.timeout_ms / 1000,
        "timings": _loaded(row.timings, {}),
        "progress": _loaded(row.progress, None),
        "can": (["retry"] if over else ["cancel"]) if principal.is_person or principal.kind == "machine" else [],
    }


_PLAIN = (
    "id", "object", "owner", "library", "version", "function", "output", "state", "reason", "phase", "isolation",
    "priority", "batch_id", "batch_index", "caller", "attempt", "retry_of", "parent_run_id", "correlation_id",
    "queue_expires_at", "created_at", "started_at", "finished_at",
)  # fmt: skip


def page(
    session: Session,
    principal: Principal,
    wanted: Filter,
    *,
    limit: int,
    after: tuple[int, str] | None = None,
    sort: Sort = NEWEST,
) -> list[dict[str, Any]]:
    """Runs, newest first unless otherwise sorted.

    By their age, each way of seeing runs is a walk along an index of its own, and the walks are merged. There is no
    index for the other orders: what one sees is gone through once.
    """
    order = order_of(sort)
    seen_by = ways(principal) if order.is_indexed else [or_(*ways(principal))]
    columns = (order.column.desc(), runs.c.id.desc()) if order.descending else (order.column, runs.c.id)
    found: dict[str, Row[Any]] = {}
    walks: list[Sequence[Row[Any]]] = []
    for mine in seen_by:
        query = _narrowed(_NARROW, wanted).where(mine).order_by(*columns).limit(limit)
        if after is not None:
            here, there = tuple_(order.column, runs.c.id), tuple_(*map(_literal, after))
            query = query.where(here < there if order.descending else here > there)
        walks.append(session.rows(query))
    merged = heapq.merge(
        *walks,
        key=lambda row: (order.value(row.created_at, row.started_at, row.finished_at), row.id),
        reverse=order.descending,
    )
    for row in merged:
        found.setdefault(row.id, row)
        if len(found) >= limit:
            break
    return [summary(row, principal) for row in found.values()]


def counts(session: Session, principal: Principal, wanted: Filter) -> dict[str, int]:
    """How many runs of each state one sees."""
    query = select(runs.c.state, func.count().label("n")).where(or_(*ways(principal)))
    found = session.rows(_narrowed(query, wanted).group_by(runs.c.state))
    return {row.state: row.n for row in found}


def matching(session: Session, principal: Principal, wanted: Filter, limit: int) -> list[str]:
    """The newest runs that one sees."""
    return [line["id"] for line in page(session, principal, wanted, limit=limit)]


def ways(principal: Principal) -> list[ColumnElement[bool]]:
    """The ways in which a credential comes to see runs in lists."""
    match principal.kind:
        case "user" | "session":
            user = principal.user_id
            return [runs.c.caller_id == user, runs.c.owner_id == user, runs.c.machine_owner_id == user]
        case "machine":
            machine = principal.machine_id
            mine = runs.c.caller_id == principal.user_id
            return [
                and_(mine, runs.c.caller_machine_id == machine),
                and_(_OWNED(principal), runs.c.machine_id == machine),
            ]
        case _:
            return [false()]


def _OWNED(principal: Principal) -> ColumnElement[bool]:
    return runs.c.machine_owner_id == principal.user_id


def events(session: Session, run_id: str, after: int, most: int) -> list[dict[str, Any]]:
    """The events of a run that follow one, in their order."""
    rows = session.rows(_EVENTS, {"run_id": run_id, "after": after, "most": most})
    return [{"seq": row.seq, "kind": row.kind, "at": row.at, "data": _loaded(row.data, {})} for row in rows]


def attempts_of(session: Session, run_id: str) -> list[dict[str, Any]]:
    return [
        {
            "attempt": row.attempt,
            "fence": str(row.fence),
            "machine": {"id": row.machine_id, "name": row.machine_name or row.machine_id},
            "claimed_at": row.claimed_at,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "observed_started_at": row.observed_started_at,
            "observed_ended_at": row.observed_ended_at,
            "outcome": row.outcome,
            "reason": row.reason,
            "late": _loaded(row.late, None),
        }
        for row in session.rows(_ATTEMPTS, {"run_id": run_id})
    ]


def input_of(session: Session, run_id: str) -> dict[str, Any] | None:
    """What a run was called with, as far as a page shows it; None where that is not kept any more."""
    row = session.row(_INPUT, {"run_id": run_id})
    if row is None:
        return None
    size = len(row.args.encode()) + len(row.kwargs.encode())
    if size > INPUT_SHOWN_BYTES:
        return {"args": [], "kwargs": {}, "bytes": size, "complete": False}
    return {"args": json.loads(row.args), "kwargs": json.loads(row.kwargs), "bytes": size, "complete": True}


def detail(session: Session, principal: Principal, run_id: str) -> dict[str, Any]:
    """A run with its attempts, its timeline and its files."""
    seen(session, principal, run_id)
    _, run = view(session, principal, run_id)
    return {
        "run": run,
        "input": input_of(session, run_id),
        "attempts": attempts_of(session, run_id),
        "events": events(session, run_id, 0, EVENTS_SHOWN),
        "artifacts": run["artifacts"],
        "placement": {
            "target_machine": run["target_machine"],
            "machine": run["machine"],
            "waiting": run["waiting"],
        },
    }


def _narrowed(query: Select[Any], wanted: Filter) -> Select[Any]:
    if wanted.states:
        query = query.where(in_states(*wanted.states))
        if set(wanted.states) <= ACTIVE:
            query = query.where(in_states(*ACTIVE))  # says that the short index has them
        elif set(wanted.states) <= _WRONG:
            query = query.where(in_states(*_WRONG))
    if wanted.machine is not None:
        query = query.where(or_(runs.c.machine_id == wanted.machine, runs.c.target_machine_id == wanted.machine))
    for column, value in (
        (runs.c.object, wanted.object),
        (runs.c.owner, wanted.owner),
        (runs.c.library, wanted.library),
        (runs.c.caller, wanted.caller),
        (runs.c.batch_id, wanted.batch),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(runs.c.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(runs.c.created_at < wanted.until)
    if wanted.q:
        query = query.where(or_(runs.c.object.icontains(wanted.q, autoescape=True), runs.c.id == wanted.q))
    return query


_WRONG = TERMINAL - {"succeeded"}


def _literal(value: object) -> Any:
    from sqlalchemy import literal

    return literal(value)


def _loaded(text: str | None, otherwise: Any) -> Any:
    return otherwise if text is None else json.loads(text)


def states_named(names: Iterable[str]) -> tuple[State, ...] | str:
    """The states that a filter names, or the word that names none."""
    groups: dict[str, tuple[State, ...]] = {"active": tuple(sorted(ACTIVE)), "ended": tuple(sorted(TERMINAL))}
    found: list[State] = []
    for name in names:
        known = groups.get(name) or tuple(state for state in sorted(ACTIVE | TERMINAL) if state == name)
        if not known:
            return name
        found += known
    return tuple(found)
