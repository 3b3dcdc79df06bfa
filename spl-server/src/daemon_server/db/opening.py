"""Which database the settings mean."""

from __future__ import annotations

from daemon_server.clock import Clock, SystemClock
from daemon_server.db.ballast import Ballast
from daemon_server.db.database import Database
from daemon_server.db.postgresql import PostgresqlDatabase
from daemon_server.db.sqlite import SqliteDatabase
from daemon_server.home import Home
from daemon_server.settings import Settings


def connect(settings: Settings, home: Home, clock: Clock | None = None) -> Database:
    """The database, whatever tables it has.

    Raises:
        DatabaseGone, HomeUnusable: it can't be opened.
        SchemaMismatch: it is no database.
    """
    clock = clock or SystemClock()
    if settings.database_url:
        return PostgresqlDatabase(
            settings.database_url, clock, threads=settings.database_threads, queue=settings.writer_queue
        )
    ballast = Ballast(home.ballast, settings.ballast_bytes)
    return SqliteDatabase(home.database, clock, queue=settings.writer_queue, ballast=ballast)
