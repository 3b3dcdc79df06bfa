"""The history of the schema: one revision per file, in a line, named by date and sentence, for both databases."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from daemon_server.errors import SchemaMismatch

# Statements of one file are told apart by this line: triggers have semicolons of their own.
SEPARATOR = "\n-- next\n"


def run_to(connection: Connection, revision: str) -> None:
    """Upgrade or downgrade to `revision` (`head`, or `base` for no tables) within the transaction that is open.

    Raises:
        SchemaMismatch: the present revision is not one of ours.
    """
    config = _config()
    config.attributes["connection"] = connection
    try:
        forwards = revision == "head" or _is_ahead(connection, revision)
        (command.upgrade if forwards else command.downgrade)(config, revision)
    except CommandError as error:
        raise SchemaMismatch(
            f"The database was made by a newer server: {error}.", hint="Upgrade spl-server, or restore a backup."
        ) from error


def script() -> ScriptDirectory:
    """The revisions of this package."""
    return ScriptDirectory.from_config(_config())


def statements(name: str) -> list[str]:
    """The statements of a file beside the revisions."""
    text = (Path(__file__).parent / "versions" / name).read_text(encoding="utf-8")
    return [statement.strip() for statement in text.split(SEPARATOR) if statement.strip()]


def _is_ahead(connection: Connection, revision: str) -> bool:
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
