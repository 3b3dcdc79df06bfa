"""Brings the tables to the present schema, and refuses those that are not ours to change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from daemon_server.db.connections import open_file, wrap
from daemon_server.db.postgresql import address, engine
from daemon_server.errors import DatabaseGone, SchemaMismatch

# The newest revision below `migrations/versions`; a test holds the two together. Known here so that a server whose
# tables are up to date starts without loading the migration machinery.
HEAD = "2026_11_23_first_tables"

# Two servers that start beside one empty database: one makes the tables, the other waits. Any number will do.
_ADVISORY_LOCK = 7_355_608

type Target = Path | str


def upgrade(target: Target) -> str | None:
    """Make the tables of the database, or bring them up to date; the revision it was at before.

    Args:
        target: a SQLite file, or the address of a PostgreSQL database.

    Raises:
        SchemaMismatch: a newer server, or somebody else, made its tables.
        DatabaseGone: it can't be reached.
    """
    if isinstance(target, Path) and target.exists():
        _keep_copy(target)
    with changing(target) as connection:
        before = current(connection)
        if before == HEAD:
            return before
        found = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
        if before is None and found:
            raise SchemaMismatch(
                f"The database has tables that SPLime did not make, such as {found[0]}.", hint="Use an empty one."
            )
        from daemon_server.db.migrations import run_to  # slow to import

        run_to(connection, "head")
    return before


def require(target: Target) -> None:
    """Start with tables of this version: made in an empty database, upgraded in a file that is one server's alone.

    Raises:
        SchemaMismatch: the tables are older or newer than this server.
    """
    revision = revision_of(target)
    if revision is None or (isinstance(target, Path) and revision != HEAD):
        upgrade(target)
    elif revision != HEAD:
        raise SchemaMismatch(
            f"The database is at {revision}, and this server needs {HEAD}.",
            hint="Stop every server beside it, run `spl-server db upgrade`, and start them again.",
        )


def revision_of(target: Target) -> str | None:
    """The revision the database is at; None where it has no tables of ours yet."""
    if isinstance(target, Path) and not target.exists():
        return None
    with changing(target) as connection:
        return current(connection)


def current(connection: Connection) -> str | None:
    """The revision the connected database is at."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


@contextmanager
def changing(target: Target) -> Iterator[Connection]:
    """A transaction in which tables may change, committed at the end of the block."""
    with _on_file(target) if isinstance(target, Path) else _on_server(target) as connection:
        yield connection


@contextmanager
def _on_file(path: Path) -> Iterator[Connection]:
    with closing(open_file(path)) as raw:  # closing undoes what was not committed
        connection = wrap(raw)
        try:
            raw.execute("PRAGMA foreign_keys = OFF")  # a table that is rebuilt must not take its children along
            raw.execute("BEGIN IMMEDIATE")
            yield connection
            raw.execute("COMMIT")
        finally:
            connection.close()


@contextmanager
def _on_server(url: str) -> Iterator[Connection]:
    made = engine(address(url), 1)
    try:
        with made.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            connection.execute(text("SET LOCAL statement_timeout = 0"))  # a large table takes its time
            yield connection
    except OperationalError as error:
        raise DatabaseGone(f"The database can't be reached: {error.orig}.", hint="Is its address right?") from None
    finally:
        made.dispose()


def _keep_copy(path: Path) -> None:
    """Before its tables change, a file that has any is copied beside itself."""
    with closing(open_file(path)) as raw:
        connection = wrap(raw)
        revision = current(connection)
        connection.close()
        if revision not in (None, HEAD):
            with closing(open_file(path.with_name(f"{path.stem}-before-{HEAD}.sqlite3"))) as copy:
                raw.backup(copy)
