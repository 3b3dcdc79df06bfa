"""The two ways to the database: `write` and `read`, both awaited from the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

from sqlalchemy import Connection

from spl.daemon.db.ballast import Ballast
from spl.daemon.db.connections import open_file, wrap
from spl.daemon.db.upgrade import check, upgrade
from spl.daemon.db.writer import Writer

# Lists and status pages are short; two of them at once leave the cores to the runs.
READERS = 2
WRITER_QUEUE = 1_000


class Database:
    """The daemon's SQLite file, open.

    `write` hands a unit of work to the one writer thread. Units that wait together are committed together, each under
    its own savepoint: one that fails spoils nobody else's. `write` returns after the commit is on the disk. A unit
    works on the database alone and may be called a second time, so it has no other effects.
    """

    def __init__(
        self,
        path: Path,
        *,
        queue: int = WRITER_QUEUE,
        ballast: Ballast | None = None,
        quiet: Callable[[], bool] = lambda: True,
    ) -> None:
        self.path = path
        self._quiet = quiet
        self._writer = Writer(open_file(path), queue=queue, ballast=ballast)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-reader")
        self._local = threading.local()
        self._open_reads: list[tuple[sqlite3.Connection, Connection]] = []
        self._writer.start()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        queue: int = WRITER_QUEUE,
        ballast: Ballast | None = None,
        unclean: bool = False,
        quiet: Callable[[], bool] = lambda: True,
    ) -> Database:
        """Open the file at `path`, made or upgraded to the present schema.

        Args:
            queue: how many writes may wait.
            ballast: the room to give back when the disk is full.
            unclean: whether the file's last user was killed; its pages are checked then.
            quiet: whether so little is asked of us at this moment that small writes need not wait for company.

        Raises:
            SchemaMismatch: it was written by a newer daemon, or its pages are damaged.
            DiskFull, Unavailable: it can't be made or opened.
        """
        if unclean:
            check(path)
        upgrade(path)
        return cls(path, queue=queue, ballast=ballast, quiet=quiet)

    async def write[T](self, work: Callable[[Connection], T], *, essential: bool = False, small: bool = False) -> T:
        """Run `work` in a transaction; its result, once it is on the disk.

        `essential` work, what ends a run and what makes room, is accepted also where other work is refused. `small`
        work, a few rows by their keys, is committed without a change of threads while there is little traffic and the
        disk is quick: a lone caller waits less for it.

        Raises:
            QueueFull: too many writes are waiting.
            DiskFull: there is no room on the disk.
        """
        if small and self._quiet():
            unit = self._writer.commit_here(work)
            if unit is not None:
                if unit.error is not None:
                    raise unit.error
                return cast(T, unit.result)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.put(work, future, essential=essential)
        return await future

    async def read[T](self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a connection that can only read; all it reads is of one moment."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    @property
    def disk_full(self) -> bool:
        """Whether the last writes found no room on the disk."""
        return self._writer.disk_full

    def make_room_again(self) -> None:
        """Set the ballast aside (again), where there is room for it; blocks for as long as the disk needs."""
        self._writer.restore_ballast()

    def close(self) -> None:
        """Finish the writes that wait, then close the file."""
        self._readers.shutdown(wait=True)
        for raw, connection in self._open_reads:
            connection.close()
            raw.close()
        self._open_reads.clear()
        self._writer.stop()  # the last to leave moves the log into the file

    def _read[T](self, work: Callable[[Connection], T]) -> T:
        raw, connection = self._reader()
        raw.execute("BEGIN")
        try:
            return work(connection)
        finally:
            connection.rollback()
            if raw.in_transaction:
                raw.rollback()

    def _reader(self) -> tuple[sqlite3.Connection, Connection]:
        mine: tuple[sqlite3.Connection, Connection] | None = getattr(self._local, "connection", None)
        if mine is None:
            raw = open_file(self.path, query_only=True)
            mine = self._local.connection = (raw, wrap(raw))
            self._open_reads.append(mine)
        return mine
