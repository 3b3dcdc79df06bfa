"""The database as PostgreSQL has it: many transactions at a time, and several servers beside one database."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError

from daemon_server.clock import Clock
from daemon_server.db.database import Database, Work
from daemon_server.db.notices import Announcer, Listener
from daemon_server.db.session import Session
from daemon_server.errors import DatabaseGone, DiskFull, QueueFull, TextRefused

log = logging.getLogger(__name__)

THREADS = 8
QUEUE = 1_000
# A unit waits this long for a lock of another: ours take milliseconds, so a longer wait means that something is stuck.
LOCK_TIMEOUT_MS = 5_000
STATEMENT_TIMEOUT_MS = 30_000
IDLE_TIMEOUT_MS = 60_000
CONNECT_TIMEOUT_SECONDS = 5
# What loses against another transaction is done again, so often and after up to so long.
TRIES = 4
FIRST_PAUSE_SECONDS = 0.01

SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
RETRIED = {SERIALIZATION_FAILURE, DEADLOCK}
DISK_FULL = "53100"
# Bytes that are no text in the database's encoding, and an escape of JSON that is none.
UNTRANSLATABLE = {"22021", "22P05"}
BUSY = {"55P03", "57014", "53300"}  # a lock or statement timeout, too many connections


def address(url: str) -> URL:
    """A PostgreSQL address as SQLAlchemy takes it, whichever way its scheme is spelled."""
    return make_url(url).set(drivername="postgresql+psycopg")


class PostgresqlDatabase(Database):
    """A database on a PostgreSQL server. `database_time=False` lets `clock` say what time it is, for tests.

    Attributes:
        engine: its connections, as SQLAlchemy has them.
    """

    dialect = "postgresql"

    def __init__(
        self, url: str, clock: Clock, *, threads: int = THREADS, queue: int = QUEUE, database_time: bool = True
    ) -> None:
        """Connect, and begin to listen for what other servers commit.

        Raises:
            DatabaseGone: it can't be reached.
        """
        super().__init__(clock)
        self.url = address(url)
        self._database_time = database_time
        self._limit = queue
        self._count = threading.Lock()
        self._waiting = 0
        self.engine = engine(self.url, threads)
        self._reads = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._listener = Listener(self.url, self.topics)
        self._announcer = Announcer(self.url, self._listener.name_of_server)
        try:
            with self.engine.connect():
                self._listener.begin()
                self._announcer.start()
        except (OperationalError, psycopg.Error) as error:
            self.engine.dispose()
            raise _gone(error) from None
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="db")

    async def write[T](self, work: Work[T], *, essential: bool = False) -> T:
        return await self._hand_over(self.transact, work, essential=essential)

    async def read[T](self, work: Work[T]) -> T:
        return await self._hand_over(self.query, work, essential=False)

    def transact[T](self, work: Work[T]) -> T:
        for attempt in range(1, TRIES + 1):
            with self.engine.connect() as connection:
                committing = False
                try:
                    session = Session(connection, self.clock, database_time=self._database_time)
                    result = work(session)
                    committing = True
                    connection.commit()
                except DBAPIError as error:
                    if attempt == TRIES or not _may_be_repeated(error, committing=committing):
                        raise _told(error) from error
                else:
                    self.topics.deliver(session.woken)
                    if session.woken:
                        self._announcer.tell(session.woken)
                    return result
            time.sleep(random.uniform(0.5, 1.0) * FIRST_PAUSE_SECONDS * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def query[T](self, work: Work[T]) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                with self._reads.connect() as connection:
                    return work(Session(connection, self.clock, database_time=self._database_time))
            except DBAPIError as error:
                if attempt == TRIES or not _may_be_repeated(error, committing=False):
                    raise _told(error) from error
        raise AssertionError("the last try returns or raises")

    @property
    def waiting(self) -> int:
        return self._waiting

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        self._announcer.end()
        self._listener.end()
        self.engine.dispose()

    async def _hand_over[T](self, run: Callable[[Work[T]], T], work: Work[T], *, essential: bool) -> T:
        if self._waiting >= self._limit and not essential:
            raise QueueFull(hint="Try again in a second.")
        with self._count:
            self._waiting += 1

        def counted() -> T:
            with self._count:
                self._waiting -= 1
            return run(work)

        return await asyncio.get_running_loop().run_in_executor(self._pool, counted)


def engine(url: URL, connections: int) -> Engine:
    """A pool of at most so many connections, none of which waits for ever."""
    timeouts = {
        "lock_timeout": LOCK_TIMEOUT_MS,
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": IDLE_TIMEOUT_MS,
        "synchronous_commit": "on",
    }
    options = " ".join(f"-c {name}={value}" for name, value in timeouts.items())
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=connections,
        max_overflow=2,
        query_cache_size=2_000,
        connect_args={
            "options": options,
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "application_name": "spl-server",
        },
    )


def _may_be_repeated(error: DBAPIError, *, committing: bool) -> bool:
    """Whether the unit surely left no trace: it lost against another, or the connection broke before the commit."""
    return getattr(error.orig, "sqlstate", None) in RETRIED or (error.connection_invalidated and not committing)


def _told(error: DBAPIError) -> Exception:
    """What the waiter is told of: a database that is gone or busy is no fault of ours."""
    state = getattr(error.orig, "sqlstate", None)
    if (isinstance(error, DataError) and "NUL" in str(error.orig)) or state in UNTRANSLATABLE:
        return TextRefused(hint="Leave the character out; arguments of runs may hold it.")
    if state == DISK_FULL:
        return DiskFull(hint="Whoever runs the database has to free some space.")
    if state in BUSY or state in RETRIED:
        return DatabaseGone("The database is too busy.", hint="Try again in a second.")
    if error.connection_invalidated or (isinstance(error, OperationalError | InterfaceError) and state is None):
        return _gone(error)
    return error


def _gone(error: Exception) -> DatabaseGone:
    log.warning("the database can't be reached: %s", error)
    return DatabaseGone(hint="Is PostgreSQL running, and is the database URL right?")
