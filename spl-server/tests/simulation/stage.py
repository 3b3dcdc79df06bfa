"""The real services on a database in memory: what the stateful test and the simulation play on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, func, select
from sqlalchemy.pool import StaticPool

from daemon_server import ids
from daemon_server.clock import Clock
from daemon_server.db.connections import wrap
from daemon_server.db.session import Session
from daemon_server.runs import guards
from daemon_server.runs.records import NewRun
from daemon_server.runs.tables import (
    attempts,
    batches,
    fences,
    idempotency,
    inbox,
    run_events,
    run_logs,
    run_payloads,
    run_results,
    runs,
)

TABLES = (
    fences, runs, run_payloads, run_results, attempts, run_events, run_logs, inbox, idempotency, batches,
)  # fmt: skip


class FakeClock:
    """Wall and boot time, each set by hand."""

    def __init__(self) -> None:
        self.wall = 1_795_500_000_000
        self.boot = 1_000_000

    def wall_ms(self) -> int:
        return self.wall

    def boot_ms(self) -> int:
        return self.boot

    def advance(self, ms: int) -> None:
        self.wall += ms
        self.boot += ms


class Memory:
    """One SQLite in memory, used again for each story."""

    def __init__(self) -> None:
        self.raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=256)
        self.raw.execute("PRAGMA foreign_keys = ON")
        self.connection = wrap(self.raw)
        engine = create_engine(
            "sqlite://", creator=lambda: self.raw, poolclass=StaticPool, isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            for table in TABLES:
                table.create(connection)
            limits = "CREATE TABLE libraries (id TEXT PRIMARY KEY, max_concurrent INTEGER)"
            connection.exec_driver_sql(limits)

    @contextmanager
    def unit(self, clock: Clock) -> Iterator[Session]:
        """One transaction, committed at the end of the block, undone where it raises."""
        self.raw.execute("BEGIN IMMEDIATE")
        try:
            yield Session(self.connection, clock, database_time=False)
        except BaseException:
            self.raw.execute("ROLLBACK")
            raise
        self.raw.execute("COMMIT")

    def clear(self) -> None:
        """An empty database again, in its first life."""
        self.raw.execute("BEGIN")
        for table in ("runs", "inbox", "idempotency", "batches", "libraries", "fences"):
            self.raw.execute(f"DELETE FROM {table}")  # the rest goes with the runs
        self.raw.execute(guards.FIRST_FENCE)
        self.raw.execute("COMMIT")


def new_run(lane: str, **changed: Any) -> NewRun:
    """A run of alice's, as it is accepted."""
    values: dict[str, Any] = {
        "id": ids.new("run"),
        "owner_id": "usr_alice",
        "owner": "alice",
        "library_id": "lib_risk",
        "library": "risk",
        "object": "report",
        "version": 1,
        "version_id": "ver_1",
        "content_hash": "0" * 64,
        "kind": "function",
        "entrypoint": "report",
        "env": "default",
        "caller_id": "usr_alice",
        "caller": "alice",
        "token_kind": "user",
        "token_id": "0123456789",
        "lane": lane,
        "lost_after_ms": 900_000,
        "queue_ttl_ms": 7 * 24 * 3_600_000,
        **changed,
    }
    return NewRun(**values)


def check_whole(session: Session) -> None:
    """What holds whatever happened: gap-free events, counted attempts, outcomes of ended runs alone."""
    numbered = select(
        run_events.c.run_id, func.count().label("n"), func.min(run_events.c.seq), func.max(run_events.c.seq)
    ).group_by(run_events.c.run_id)
    for run_id, count, first, last in session.rows(numbered):
        assert (first, last) == (1, count), f"the events of {run_id} have a gap"
    last_said = {row.id: row.event_seq for row in session.rows(select(runs.c.id, runs.c.event_seq))}
    counted = {row.run_id: row.n for row in session.rows(numbered)}
    assert counted == last_said


__all__ = ["TABLES", "FakeClock", "Memory", "check_whole", "new_run"]
