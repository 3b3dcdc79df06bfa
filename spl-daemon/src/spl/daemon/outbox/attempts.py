"""The journal of attempts: which fences this machine has taken, and how far each is. Plain SQL; every run passes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from spl.daemon.outbox.lifecycle import OPEN, STATES, State, before

# An attempt's fence is refused for longer than any server keeps what it said about it.
KEPT_MS = 60 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row; times are epoch milliseconds, `job` is what the server sent, as JSON."""

    origin: str
    fence: str
    owner: str
    run_id: str
    attempt: int
    state: State
    local_run: str | None
    job: str
    created_at: int
    updated_at: int


FIELDS = tuple(Attempt.__dataclass_fields__)


def _states(states: Sequence[State]) -> str:
    return ", ".join(f"'{state}'" for state in states)


_ACCEPT = (
    f"INSERT INTO remote_attempts ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))}) ON CONFLICT DO NOTHING"
)
_MOVE: dict[State, str] = {
    state: "UPDATE remote_attempts SET state = ?, updated_at = ? WHERE origin = ? AND fence = ? "
    f"AND state IN ({_states(before(state))})"
    for state in STATES
}
_SPAWNED = (
    f"UPDATE remote_attempts SET state = 'spawned', updated_at = ? WHERE local_run = ? "
    f"AND state IN ({_states(before('spawned'))})"
)
_BIND = (
    "UPDATE remote_attempts SET local_run = ?, state = ?, updated_at = ? WHERE origin = ? AND fence = ? "
    f"AND state IN ({_states(before('spawned'))})"
)
_BEGUN = (
    "SELECT local_run FROM remote_attempts WHERE origin = ? AND run_id = ? AND fence != ? AND local_run IS NOT NULL "
    f"AND state IN ({_states(('spawned', 'finished', 'delivered', 'orphaned'))}) ORDER BY created_at DESC"
)
_SELECT = f"SELECT {', '.join(FIELDS)} FROM remote_attempts"


def accept(connection: Connection, attempt: Attempt) -> bool:
    """Take a fence; False where it was taken before, whatever became of it."""
    values = tuple(getattr(attempt, name) for name in FIELDS)
    return connection.exec_driver_sql(_ACCEPT, values).rowcount == 1


def move(connection: Connection, origin: str, fence: str, state: State, now: int) -> bool:
    """Bring an attempt to a state; False where it can't come there from where it is."""
    return connection.exec_driver_sql(_MOVE[state], (state, now, origin, fence)).rowcount == 1


def bind(connection: Connection, origin: str, fence: str, local_run: str, now: int, *, spawned: bool) -> bool:
    """Name the run that an attempt became here, `spawned` where a process is about to hear of it.

    False where the attempt is over: then that run must not begin.
    """
    state = "spawned" if spawned else "starting"
    return connection.exec_driver_sql(_BIND, (local_run, state, now, origin, fence)).rowcount == 1


def spawned(connection: Connection, runs: Sequence[str], now: int) -> None:
    """These runs are about to be handed to a process."""
    connection.exec_driver_sql(_SPAWNED, [(now, run) for run in runs])


def find(connection: Connection, origin: str, fence: str) -> Attempt | None:
    row = connection.exec_driver_sql(f"{_SELECT} WHERE origin = ? AND fence = ?", (origin, fence)).one_or_none()
    return None if row is None else Attempt(*row)


def of_run(connection: Connection, local_run: str) -> Attempt | None:
    """The attempt that a run of this machine is."""
    row = connection.exec_driver_sql(f"{_SELECT} WHERE local_run = ?", (local_run,)).first()
    return None if row is None else Attempt(*row)


def begun_as(connection: Connection, origin: str, run_id: str, fence: str) -> str | None:
    """The run of this machine that a server's run began as under another fence; None where it never began here."""
    row = connection.exec_driver_sql(_BEGUN, (origin, run_id, fence)).first()
    return None if row is None else str(row[0])


def unfinished(connection: Connection) -> list[Attempt]:
    """Attempts that have no end yet, oldest first."""
    rows = connection.exec_driver_sql(f"{_SELECT} WHERE state IN ({_states(OPEN)}) ORDER BY created_at, fence")
    return [Attempt(*row) for row in rows]


def forget(connection: Connection, before_ms: int) -> int:
    """Let go of what ended long ago."""
    statement = f"DELETE FROM remote_attempts WHERE updated_at < ? AND state NOT IN ({_states((*OPEN, 'finished'))})"
    return int(connection.exec_driver_sql(statement, (before_ms,)).rowcount)


def counts(connection: Connection) -> dict[str, int]:
    rows: Sequence[Any] = connection.exec_driver_sql("SELECT state, count(*) FROM remote_attempts GROUP BY state").all()
    return {str(state): int(count) for state, count in rows}
