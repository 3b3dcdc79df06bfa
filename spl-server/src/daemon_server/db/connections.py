"""How a connection to a SQLite file is opened: durable, strict, and patient."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

# Another process (a backup, a curious `sqlite3` shell) may hold the file for a moment; none of ours does for so long.
BUSY_TIMEOUT_MS = 10_000


def open_file(path: Path | str, *, query_only: bool = False) -> sqlite3.Connection:
    """A plain connection: no transaction begins by itself, and a commit is on the disk when it returns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA query_only = ON" if query_only else "PRAGMA journal_mode = WAL")
    except BaseException:
        connection.close()
        raise
    return connection


def wrap(raw: sqlite3.Connection) -> Connection:
    """The same connection as SQLAlchemy Core speaks to it. Transactions stay ours: BEGIN and COMMIT go to `raw`."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: raw,
        poolclass=StaticPool,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        query_cache_size=2_000,
    )
    return engine.connect()
