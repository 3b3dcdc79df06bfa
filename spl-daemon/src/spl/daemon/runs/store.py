"""Runs in the database: plain SQL where every call passes, SQLAlchemy where people look."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, or_, select

from spl.daemon.outbox import attempts
from spl.daemon.outbox import store as outbox
from spl.daemon.runs.lifecycle import TERMINAL, UNFINISHED, State, before
from spl.daemon.runs.records import Outcome, Payload, RunRecord
from spl.daemon.runs.tables import batches, run_payloads, runs

FIELDS = tuple(RunRecord.__dataclass_fields__)
COLUMNS = [runs.c[name] for name in FIELDS]
PAYLOAD = [run_payloads.c[name] for name in Payload.__dataclass_fields__]

# Deletes of many rows are cut up, so that no other write waits long for them.
ROWS_PER_DELETE = 500


def _states(states: Collection[State]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


_INSERT_RUN = f"INSERT INTO runs ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))})"
_INSERT_PAYLOAD = "INSERT INTO run_payloads (run_id, arguments) VALUES (?, ?)"
_KEY = "SELECT id FROM runs WHERE idempotency_key = ?"
_KEY_BATCH = "SELECT batch_id FROM runs WHERE idempotency_key = ?"
_START = (
    "UPDATE runs SET state = 'running', started_at = ?, isolation = ?, pid = ?, attempt = ? "
    f"WHERE id = ? AND state IN ({_states(before('running'))})"
)
_REQUEUE = (
    "UPDATE runs SET state = 'queued', started_at = NULL, pid = NULL "
    f"WHERE id = ? AND state IN ({_states(before('queued'))})"
)
_CANCELLING = f"UPDATE runs SET state = 'cancelling' WHERE id = ? AND state IN ({_states(before('cancelling'))})"
_END = (
    "UPDATE runs SET state = ?, reason = ?, finished_at = ?, started_at = coalesce(?, started_at), "
    "isolation = coalesce(?, isolation), pid = coalesce(?, pid), timings = ?, progress = ?, artifacts = ? "
    f"WHERE id = ? AND state IN ({_states(UNFINISHED)})"
)
_UNFINISHED = f"SELECT 1 FROM runs WHERE id = ? AND state IN ({_states(UNFINISHED)})"
_END_PAYLOAD = (
    "UPDATE run_payloads SET result = ?, error = ?, artifacts = ? "
    f"WHERE run_id = ? AND (SELECT state FROM runs WHERE id = run_id) IN ({_states(UNFINISHED)})"
)


@dataclass(frozen=True, slots=True)
class Start:
    """A run about to be handed to a worker; `remote` where it is an attempt at a server's run."""

    run: str
    at: int
    isolation: str
    pid: int | None
    attempt: int = 1
    remote: bool = False


@dataclass(frozen=True, slots=True)
class BatchRecord:
    id: str
    object: str
    version: int
    function: str | None
    total: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs a list shows."""

    states: tuple[State, ...] = ()
    object: str | None = None
    batch: str | None = None


# --- what every run passes through ------------------------------------------------------------------------------------


def insert(connection: Connection, rows: Sequence[RunRecord], arguments: Sequence[str]) -> None:
    connection.exec_driver_sql(_INSERT_RUN, [tuple(getattr(row, name) for name in FIELDS) for row in rows])
    pairs = [(row.id, text) for row, text in zip(rows, arguments, strict=True)]
    connection.exec_driver_sql(_INSERT_PAYLOAD, pairs)


def insert_once(connection: Connection, row: RunRecord, arguments: str) -> str:
    """Insert a run unless its idempotency key has been used; the id of the run that has the key."""
    if row.idempotency_key is not None:
        known = connection.exec_driver_sql(_KEY, (row.idempotency_key,)).first()
        if known is not None:
            return str(known[0])
    insert(connection, [row], [arguments])
    return row.id


def insert_batch(
    connection: Connection, batch: BatchRecord, rows: Sequence[RunRecord], arguments: Sequence[str]
) -> BatchRecord:
    """Insert a batch with its runs, unless its first run's key has been used; the batch that has the key."""
    if rows and rows[0].idempotency_key is not None:
        known = connection.exec_driver_sql(_KEY_BATCH, (rows[0].idempotency_key,)).first()
        if known is not None:
            return find_batch(connection, known[0]) or batch
    connection.execute(batches.insert().values({name: getattr(batch, name) for name in batch.__slots__}))
    if rows:
        insert(connection, rows, arguments)
    return batch


def advance(
    connection: Connection,
    *,
    starts: Sequence[Start] = (),
    requeued: Sequence[str] = (),
    cancelling: Sequence[str] = (),
    outcomes: Sequence[Outcome] = (),
) -> None:
    """Move runs on; a run that is not where it should be stays as it is."""
    if starts:
        connection.exec_driver_sql(_START, [(s.at, s.isolation, s.pid, s.attempt, s.run) for s in starts])
        if remote := [s.run for s in starts if s.remote]:
            attempts.spawned(connection, remote, starts[0].at)
    if requeued:
        connection.exec_driver_sql(_REQUEUE, [(run,) for run in requeued])
    if cancelling:
        connection.exec_driver_sql(_CANCELLING, [(run,) for run in cancelling])
    if outcomes:
        _report(connection, outcomes)
        carried = [o for o in outcomes if o.result is not None or o.error is not None or o.artifacts is not None]
        if carried:  # first, while it can be seen that there is no other outcome yet
            connection.exec_driver_sql(_END_PAYLOAD, [(o.result, o.error, o.artifacts, o.run) for o in carried])
        connection.exec_driver_sql(_END, [_end_row(outcome) for outcome in outcomes])


def _report(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Put into the outbox what a server is to be told of these ends; of a run that has another end, nothing."""
    for outcome in outcomes:
        if outcome.report is not None and connection.exec_driver_sql(_UNFINISHED, (outcome.run,)).first() is not None:
            outbox.finish(connection, outcome.report)
        if outcome.abandons is not None:
            origin, fence = outcome.abandons
            attempts.move(connection, origin, fence, "orphaned", outcome.finished_at)


def _end_row(outcome: Outcome) -> tuple[Any, ...]:
    return (
        outcome.state,
        outcome.reason,
        outcome.finished_at,
        outcome.started_at,
        outcome.isolation,
        outcome.pid,
        outcome.timings,
        outcome.progress,
        outcome.artifact_count,
        outcome.run,
    )


# --- what people ask for ----------------------------------------------------------------------------------------------


def find(connection: Connection, run: str) -> tuple[RunRecord, Payload] | None:
    joined = select(*COLUMNS, *PAYLOAD).join_from(runs, run_payloads, isouter=True).where(runs.c.id == run)
    row = connection.execute(joined).one_or_none()
    return None if row is None else (_record(row), Payload(*row[len(COLUMNS) :]))


def page(
    connection: Connection, wanted: Filter, *, limit: int, after: tuple[int, str] | None = None
) -> list[RunRecord]:
    """Runs, newest first; those of one millisecond by id."""
    query = _filtered(select(*COLUMNS), wanted).order_by(runs.c.created_at.desc(), runs.c.id).limit(limit)
    if after is not None:
        created_at, run = after
        same = and_(runs.c.created_at == created_at, runs.c.id > run)
        query = query.where(runs.c.created_at <= created_at, or_(runs.c.created_at < created_at, same))
    return [_record(row) for row in connection.execute(query)]


def children(connection: Connection, run: str, *, since: int, until: int | None) -> list[RunRecord]:
    """The runs of a run's remote nodes, oldest first; they began between its own beginning and its end."""
    query = select(*COLUMNS).where(runs.c.created_at >= since, runs.c.origin.contains(f'"parent":{{"run":"{run}"'))
    if until is not None:
        query = query.where(runs.c.created_at <= until)
    return [_record(row) for row in connection.execute(query.order_by(runs.c.created_at, runs.c.id))]


def unfinished(connection: Connection) -> list[tuple[RunRecord, Payload]]:
    """What the last daemon left, oldest first."""
    joined = select(*COLUMNS, *PAYLOAD).join_from(runs, run_payloads, isouter=True)
    query = joined.where(runs.c.state.in_(UNFINISHED)).order_by(runs.c.created_at, runs.c.id)
    return [(_record(row), Payload(*row[len(COLUMNS) :])) for row in connection.execute(query)]


def find_batch(connection: Connection, batch: str) -> BatchRecord | None:
    row = connection.execute(select(batches).where(batches.c.id == batch)).one_or_none()
    return None if row is None else BatchRecord(*row)


def batch_counts(connection: Connection, batch: str) -> dict[str, int]:
    query = select(runs.c.state, func.count()).where(runs.c.batch_id == batch).group_by(runs.c.state)
    return dict(connection.execute(query).tuples().all())


def batch_ends(connection: Connection, batch: str) -> list[int]:
    """The indexes of a batch's ended runs, in the order in which they ended."""
    query = select(runs.c.batch_index).where(runs.c.batch_id == batch, runs.c.state.in_(TERMINAL))
    return list(connection.execute(query.order_by(runs.c.finished_at, runs.c.batch_index)).scalars())


def batch_items(connection: Connection, batch: str, indexes: Sequence[int]) -> list[tuple[Any, ...]]:
    """(index, run, state, reason, result, error) of ended runs of a batch, in the order asked for."""
    columns = (runs.c.batch_index, runs.c.id, runs.c.state, runs.c.reason, run_payloads.c.result, run_payloads.c.error)
    query = select(*columns).join_from(runs, run_payloads).where(runs.c.batch_id == batch)
    found = {row[0]: tuple(row) for row in connection.execute(query.where(runs.c.batch_index.in_(indexes)))}
    return [found[index] for index in indexes if index in found]


def count_unfinished(connection: Connection, version_ids: Iterable[str]) -> int:
    query = select(func.count()).select_from(runs).where(runs.c.state.in_(UNFINISHED))
    return int(connection.execute(query.where(runs.c.version_id.in_(list(version_ids)))).scalar_one())


# --- what makes room --------------------------------------------------------------------------------------------------


def ended_before(
    connection: Connection, moment: int, states: Collection[State] = TERMINAL, limit: int = ROWS_PER_DELETE
) -> list[str]:
    """The oldest runs that ended before a moment."""
    query = select(runs.c.id).where(runs.c.state.in_(set(states) & TERMINAL), runs.c.finished_at < moment)
    return list(connection.execute(query.order_by(runs.c.created_at).limit(limit)).scalars())


def states_of(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[State, int]]:
    """State and end (0 where there is none yet) of each of these runs that exists."""
    query = select(runs.c.id, runs.c.state, runs.c.finished_at).where(runs.c.id.in_(ids))
    return {run: (state, finished_at or 0) for run, state, finished_at in connection.execute(query)}


def remove(connection: Connection, ids: Sequence[str]) -> int:
    """Forget ended runs; one that has not ended stays."""
    return connection.execute(delete(runs).where(runs.c.id.in_(ids), runs.c.state.in_(TERMINAL))).rowcount


def remove_empty_batches(connection: Connection) -> None:
    connection.execute(
        delete(batches).where(batches.c.id.not_in(select(runs.c.batch_id).where(runs.c.batch_id.is_not(None))))
    )


def _record(row: Row[Any]) -> RunRecord:
    return RunRecord(*row[: len(COLUMNS)])


def _filtered(query: Select[Any], wanted: Filter) -> Select[Any]:
    if wanted.states:
        query = query.where(runs.c.state.in_(wanted.states))
    if wanted.object:
        query = query.where(runs.c.object == wanted.object)
    if wanted.batch:
        query = query.where(runs.c.batch_id == wanted.batch)
    return query
