"""The database as one SQLite file: one writer, a few readers."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from daemon_server.clock import Clock
from daemon_server.db.ballast import Ballast
from daemon_server.db.connections import open_file, wrap
from daemon_server.db.database import Database, Work
from daemon_server.db.session import Session
from daemon_server.db.writer import Unit, Writer
from daemon_server.errors import HomeUnusable, SchemaMismatch

# Lists and status pages are short; more of them at once would only take turns at the interpreter's lock.
READERS = 4
WRITER_QUEUE = 1_000


class SqliteDatabase(Database):
    """The file at `path`, open."""

    dialect = "sqlite"

    def __init__(self, path: Path, clock: Clock, *, queue: int = WRITER_QUEUE, ballast: Ballast | None = None) -> None:
        """Open the file, making an empty one where there is none.

        Raises:
            SchemaMismatch: it is no database.
            HomeUnusable: it can't be opened.
        """
        super().__init__(clock)
        self.path = path
        try:
            raw = open_file(path)
        except sqlite3.DatabaseError as error:
            raise unusable(path, error) from None
        self._writer = Writer(raw, clock=clock, topics=self.topics, queue=queue, ballast=ballast)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-reader")
        self._local = threading.local()
        self._open_reads: list[tuple[sqlite3.Connection, Connection]] = []
        self._writer.start()

    async def write[T](self, work: Work[T], *, essential: bool = False) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.put(Unit(work, future), essential=essential)
        return await future

    async def read[T](self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def transact[T](self, work: Work[T]) -> T:
        future: Future[T] = Future()
        self._writer.put(Unit(work, future), essential=True)
        return future.result()

    def query[T](self, work: Work[T]) -> T:
        return self._readers.submit(self._read, work).result()

    @property
    def waiting(self) -> int:
        return self._writer.waiting

    @property
    def disk_full(self) -> bool:
        return self._writer.disk_full

    def make_room_again(self) -> None:
        self._writer.restore_ballast()

    def close(self) -> None:
        self._readers.shutdown(wait=True)
        for raw, connection in self._open_reads:
            connection.close()
            raw.close()
        self._open_reads.clear()
        self._writer.stop()  # the last to leave moves the log into the file

    def _read[T](self, work: Work[T]) -> T:
        raw, connection = self._reader()
        raw.execute("BEGIN")
        try:
            return work(Session(connection, self.clock, database_time=False))
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


def check(path: Path) -> None:
    """Look through the pages of a file whose last user was killed.

    Raises:
        SchemaMismatch: the file is damaged.
    """
    if not path.exists():
        return
    try:
        with closing(open_file(path)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise SchemaMismatch(f"{path} is damaged: {found}.", hint="Restore it from a backup: `spl-server restore`.")


def unusable(path: Path, error: sqlite3.DatabaseError) -> SchemaMismatch | HomeUnusable:
    """What to say of a file that can't be opened."""
    if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return SchemaMismatch(f"{path} is not a database: {error}.", hint="Move it away, or use another --home.")
    return HomeUnusable(f"{path} can't be opened: {error}.", hint="Is it, and its folder, yours to write?")
