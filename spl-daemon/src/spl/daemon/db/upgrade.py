"""Brings the file to the present schema. An empty file gets `schema.sql`; an older one goes through the migrations."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from spl.core.errors import DiskFull, SchemaMismatch, SPLError, Unavailable
from spl.daemon.db.connections import open_file

# The newest revision below `migrations/versions`; a test holds the two together. Known here so that a daemon whose
# schema is up to date starts without loading the migration machinery.
HEAD = "2026_11_24_calls_kept_for_a_server"


def upgrade(path: Path) -> None:
    """Make the database at `path`, or bring it up to date.

    Raises:
        SchemaMismatch: it was written by a newer daemon.
    """
    try:
        with closing(open_file(path)) as connection:
            revision = current_revision(connection)
            if revision is None:
                _create(connection)
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error) from error
    if revision not in (None, HEAD):
        _migrate(path)


def current_revision(connection: sqlite3.Connection) -> str | None:
    """The revision the file is at; None where it has no tables yet."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    if known is None:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


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
        raise SchemaMismatch(
            f"{path} is damaged: {found}.", hint="Restore it from a backup, or move it away and publish again."
        )


def schema() -> str:
    """The statements that make an empty file what the migrations would make of it."""
    return files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")


def _unusable(path: Path, error: sqlite3.DatabaseError) -> SPLError:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(f"There is no room for {path}.")
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return SchemaMismatch(f"{path} is not a database: {error}.", hint="Move it away, or use another --home.")
    return Unavailable(f"{path} can't be opened: {error}.", hint="Is it, and its folder, yours to write?")


def _create(connection: sqlite3.Connection) -> None:
    stamp = f"INSERT INTO alembic_version VALUES ('{HEAD}');"
    statements = ("BEGIN IMMEDIATE;", "DROP TABLE IF EXISTS alembic_version;", schema(), stamp, "COMMIT;")
    connection.executescript("\n".join(statements))


def _migrate(path: Path) -> None:
    from spl.daemon.db.migrations import run_to_head  # the migration machinery is slow to import

    run_to_head(path)
