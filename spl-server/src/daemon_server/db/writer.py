"""The one thread that writes to SQLite: units of work that wait together share one commit.

Every transaction begins as IMMEDIATE, so none fails half-way because another came first; each unit has a savepoint of
its own, so one that fails spoils nobody else's.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError

from daemon_server.clock import Clock
from daemon_server.db.ballast import Ballast
from daemon_server.db.connections import wrap
from daemon_server.db.database import Work
from daemon_server.db.session import Session
from daemon_server.db.topics import Topics
from daemon_server.errors import DatabaseGone, DiskFull, QueueFull

log = logging.getLogger(__name__)

# A commit waits for the disk once, however much is in it. Past so many units the first would wait for the last.
UNITS_PER_COMMIT = 64
# The log is moved into the database file after about a thousand pages: often enough that it stays small, seldom enough
# that the wait for the disk does not count.
ROWS_PER_CHECKPOINT = 400


@dataclass(slots=True, eq=False)
class Unit:
    """One piece of work, its outcome, and the future of whoever waits for it."""

    work: Work[Any]
    future: asyncio.Future[Any] | Future[Any]
    result: Any = None
    error: BaseException | None = None
    woken: dict[str, None] = field(default_factory=dict)

    def settle(self) -> None:
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer(threading.Thread):
    """Takes units from a bounded queue and commits them in groups."""

    def __init__(
        self, raw: sqlite3.Connection, *, clock: Clock, topics: Topics, queue: int, ballast: Ballast | None = None
    ) -> None:
        super().__init__(name="db-writer", daemon=True)
        self._raw = raw
        self._connection = wrap(raw)
        self._clock = clock
        self._topics = topics
        self._limit = queue
        self._ballast = ballast
        self._waiting: deque[Unit] = deque()
        self._wake = threading.Condition(threading.Lock())
        self._stopping = False
        self._checkpointed = raw.total_changes
        self.disk_full = False
        raw.execute("PRAGMA wal_autocheckpoint = 0")

    def put(self, unit: Unit, *, essential: bool) -> None:
        """Queue one unit. What is essential is never turned away: it ends a run, or makes room.

        Raises:
            QueueFull: the queue has reached its bound.
            DiskFull: the disk is full.
            DatabaseGone: the writer has ended.
        """
        with self._wake:
            if self._stopping:
                raise DatabaseGone("The database is closed.", hint="The server is stopping; try again in a moment.")
            if len(self._waiting) >= self._limit and not essential:
                raise QueueFull(hint="Try again in a second.")
            if self.disk_full and not essential:
                raise DiskFull(hint="Whoever runs the server has to free some space.")
            self._waiting.append(unit)
            self._wake.notify()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def stop(self) -> None:
        """Commit what waits, then end the thread and close its connection."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self.join()
        self._connection.close()
        self._raw.close()

    def restore_ballast(self) -> None:
        """Set the room aside again; with it, writes of every kind are welcome."""
        if self._ballast is None or self._ballast.fill():
            self.disk_full = False

    def run(self) -> None:
        while not self._stopping or self._waiting:
            group = self._next_group()
            if group:
                self._commit(group)
                self._topics.deliver({topic: None for unit in group if unit.error is None for topic in unit.woken})
                _settle(group)
            if self._checkpoint_due():
                self._checkpoint()

    def _next_group(self) -> list[Unit]:
        """The units that wait, as soon as there are any; none where there is something else to do."""
        with self._wake:
            while not self._waiting and not self._stopping and not self._checkpoint_due():
                self._wake.wait()
            count = min(len(self._waiting), UNITS_PER_COMMIT)
            return [self._waiting.popleft() for _ in range(count)]

    def _commit(self, group: list[Unit]) -> None:
        """Commit the group; where the disk is full, once more with the ballast gone."""
        try:
            self._attempt(group)
        except Exception as error:
            self._undo()
            if _is_full(error) and self._spend_ballast():
                self._commit(group)
                return
            shared: BaseException = error
            if _is_full(error):
                shared = DiskFull(hint="Whoever runs the server has to free some space.")
            else:
                log.exception("a group of %d writes was not committed", len(group))
            for unit in group:
                unit.error = unit.error or shared

    def _attempt(self, group: list[Unit]) -> None:
        raw = self._raw
        raw.execute("BEGIN IMMEDIATE")
        for unit in group:
            unit.result, unit.error = None, None
            session = Session(self._connection, self._clock, database_time=False)
            raw.execute("SAVEPOINT unit")
            try:
                unit.result = unit.work(session)
            except Exception as error:
                if _is_full(error) or not raw.in_transaction:
                    raise  # SQLite gave up the whole transaction, so the others are undone as well
                raw.execute("ROLLBACK TO unit")
                unit.error = error
            unit.woken = session.woken
            raw.execute("RELEASE unit")
        raw.execute("COMMIT")
        self._connection.rollback()

    def _undo(self) -> None:
        try:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
        finally:
            self._connection.rollback()

    def _checkpoint_due(self) -> bool:
        return self._raw.total_changes - self._checkpointed >= ROWS_PER_CHECKPOINT

    def _checkpoint(self) -> None:
        """Move what was committed from the log into the file."""
        self._checkpointed = self._raw.total_changes
        try:
            self._raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error:  # a full or failing disk: the log keeps everything until it works
            log.warning("the write-ahead log could not be moved into the database", exc_info=True)

    def _spend_ballast(self) -> bool:
        """Whether there was something to give back to the disk."""
        if not self.disk_full:
            log.error("the disk is full: only what ends runs or frees space is accepted until there is room again")
        self.disk_full = True
        return self._ballast is not None and self._ballast.release()


def _settle(group: list[Unit]) -> None:
    """Wake everybody who waits for this commit, with one call into each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[Unit]] = {}
    for unit in group:
        if isinstance(unit.future, Future):
            unit.settle()
        else:
            loops.setdefault(unit.future.get_loop(), []).append(unit)
    for loop, units in loops.items():

        def settle_all(units: list[Unit] = units) -> None:
            for unit in units:
                unit.settle()

        try:
            loop.call_soon_threadsafe(settle_all)
        except RuntimeError:  # the loop is closed: nobody awaits these any more
            log.debug("%d writes were committed after their event loop had closed", len(units))


def _is_full(error: BaseException) -> bool:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode == sqlite3.SQLITE_FULL
