"""The one thread that writes: units of work that wait together share one commit."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from spl.core.errors import DiskFull, QueueFull, Unavailable
from spl.daemon.db.ballast import Ballast
from spl.daemon.db.connections import wrap

log = logging.getLogger(__name__)

# A commit waits for the disk once, however much is in it. Past so many units the first would wait for the last.
UNITS_PER_COMMIT = 64


# A commit this quick is over before another thread would have been woken for it and had woken us again.
QUICK_COMMIT_SECONDS = 0.001
# How much the last commit counts in what is usual: a disk that turns slow is noticed within some ten of them.
NEWS_SHARE = 0.1
# The log is moved into the database file after about a thousand pages (a run changes four rows on some ten of them):
# often enough that it stays small, seldom enough that the wait for the disk does not count.
ROWS_PER_CHECKPOINT = 400

Work = Callable[[Connection], Any]


@dataclass(slots=True, eq=False)
class Unit:
    """One piece of work, its outcome, and the future of whoever awaits it."""

    work: Work
    future: asyncio.Future[Any] | None = None
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.future is None or self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer(threading.Thread):
    """Takes units from a bounded queue and commits them in groups."""

    def __init__(self, raw: sqlite3.Connection, *, queue: int, ballast: Ballast | None = None) -> None:
        super().__init__(name="db-writer", daemon=True)
        self._raw = raw
        self._connection = wrap(raw)
        self._limit = queue
        self._ballast = ballast
        self._waiting: deque[Unit] = deque()
        self._wake = threading.Condition(threading.Lock())
        self._using = threading.Lock()  # the connection: one commit or checkpoint at a time
        self._stopping = False
        self._usual_seconds = 0.0
        self._checkpointed = raw.total_changes
        self.disk_full = False
        raw.execute("PRAGMA wal_autocheckpoint = 0")

    def put(self, work: Work, future: asyncio.Future[Any], *, essential: bool) -> None:
        """Queue one unit. What is essential is never turned away: it ends a run, or makes room.

        Raises:
            QueueFull: the queue has reached its bound.
            DiskFull: the disk is full.
            Unavailable: the writer has ended.
        """
        with self._wake:
            if self._stopping:
                raise Unavailable("The database is closed.")
            if len(self._waiting) >= self._limit and not essential:
                raise QueueFull("Too many database writes are waiting.", hint="Try again in a second.", retry_after=1)
            if self.disk_full and not essential:
                raise _disk_full()
            self._waiting.append(Unit(work, future))
            self._wake.notify()

    def commit_here(self, work: Work) -> Unit | None:
        """Commit `work` in the calling thread; None where it would have to wait, for others or for a slow disk."""
        if self._waiting or self._stopping or self.disk_full or self._usual_seconds > QUICK_COMMIT_SECONDS:
            return None
        if not self._using.acquire(blocking=False):
            return None
        try:
            unit = Unit(work)
            self._commit([unit])
        finally:
            self._using.release()
        if self._checkpoint_due():
            with self._wake:
                self._wake.notify()
        return unit

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
            with self._using:
                if group:
                    self._commit(group)
            _settle(group)
            if self._checkpoint_due():
                with self._using:
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
        begun = time.perf_counter()
        try:
            self._attempt(group)
        except Exception as error:
            self._undo()
            if _is_full(error) and self._spend_ballast():
                self._commit(group)
                return
            shared = _disk_full() if _is_full(error) else error
            if not isinstance(shared, DiskFull):
                log.exception("a group of %d writes was not committed", len(group))
            for unit in group:
                unit.error = unit.error or shared
        self._usual_seconds += NEWS_SHARE * (time.perf_counter() - begun - self._usual_seconds)

    def _checkpoint_due(self) -> bool:
        return self._raw.total_changes - self._checkpointed >= ROWS_PER_CHECKPOINT

    def _checkpoint(self) -> None:
        """Move what was committed from the log into the file."""
        self._checkpointed = self._raw.total_changes
        try:
            self._raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error:  # a full or failing disk: the log keeps everything until it works
            log.warning("the write-ahead log could not be moved into the database", exc_info=True)

    def _attempt(self, group: list[Unit]) -> None:
        raw = self._raw
        raw.execute("BEGIN IMMEDIATE")
        for unit in group:
            unit.result, unit.error = None, None
            raw.execute("SAVEPOINT unit")
            try:
                unit.result = unit.work(self._connection)
            except Exception as error:
                if _is_full(error) or not raw.in_transaction:
                    raise  # SQLite gave up the whole transaction, so the others are undone as well
                raw.execute("ROLLBACK TO unit")
                unit.error = error
            raw.execute("RELEASE unit")
        raw.execute("COMMIT")
        self._connection.rollback()

    def _undo(self) -> None:
        try:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
        finally:
            self._connection.rollback()

    def _spend_ballast(self) -> bool:
        """Whether there was something to give back to the disk."""
        first = not self.disk_full
        self.disk_full = True
        if self._ballast is None or not self._ballast.release():
            return False
        if first:
            log.error(
                "the disk is full: the room kept aside is released, and only what ends runs or frees space is accepted"
            )
        return True


def _settle(group: list[Unit]) -> None:
    """Wake everybody who awaits this commit, with one call into the event loop."""
    if not group or group[0].future is None:
        return

    def settle_all() -> None:
        for unit in group:
            unit.settle()

    try:
        group[0].future.get_loop().call_soon_threadsafe(settle_all)
    except RuntimeError:  # the loop is closed: nobody awaits these any more
        log.debug("%d writes were committed after their event loop had closed", len(group))


def _is_full(error: BaseException) -> bool:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode == sqlite3.SQLITE_FULL


def _disk_full() -> DiskFull:
    return DiskFull(hint="Free some space; `spl-daemon env-build-prune` and `spl-daemon run-prune` help.")
