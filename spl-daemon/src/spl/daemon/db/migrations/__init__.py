"""The history of the schema: one revision per file, in a line, named by date and sentence."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from spl.core.errors import SchemaMismatch
from spl.daemon.db.connections import open_file, wrap


def run_to_head(path: Path) -> None:
    """Upgrade the database at `path` by every revision it lacks, all or nothing.

    Raises:
        SchemaMismatch: its revision is not one of ours.
    """
    run_to(path, "head")


def run_to(path: Path, revision: str) -> None:
    """Upgrade or downgrade the database at `path` to `revision` (`base` is the empty file)."""
    raw = open_file(path)
    connection = wrap(raw)
    try:
        raw.execute("PRAGMA foreign_keys = OFF")  # a table that is rebuilt must not take its children along
        raw.execute("BEGIN IMMEDIATE")
        with connection.begin():  # alembic joins a transaction it finds
            _move(connection, revision)
    except CommandError as error:
        raise SchemaMismatch(
            f"{path} was written by a newer daemon: {error}.", hint="Upgrade spl-daemon, or use another --home."
        ) from error
    finally:
        connection.close()
        raw.close()  # undoes what was not committed


def script() -> ScriptDirectory:
    """The revisions of this package."""
    return ScriptDirectory.from_config(_config())


def _move(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    forwards = revision == "head" or _is_ahead(connection, revision)
    (command.upgrade if forwards else command.downgrade)(config, revision)


def _is_ahead(connection: Connection, revision: str) -> bool:
    from alembic.migration import MigrationContext

    present = MigrationContext.configure(connection).get_current_revision()
    if revision == "base":
        return False
    line = [entry.revision for entry in script().walk_revisions()]  # newest first
    return present is None or line.index(revision) < line.index(present)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
