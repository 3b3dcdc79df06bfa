"""Options that several commands have, and what they open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from daemon_server.clock import SystemClock
from daemon_server.db import Database
from daemon_server.home import Home
from daemon_server.settings import Settings

HomeFolder = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="The server's home folder (SPL_SERVER_HOME). Default: ~/.spl-server."),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="A PostgreSQL database (SPL_SERVER_DATABASE_URL). Default: a SQLite file in the home.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def settings_of(home: Path | None, database_url: str | None) -> Settings:
    """The settings these options and the environment make."""
    return Settings.load(home=home, database_url=database_url)


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database with the tables of this version, also while a server uses it: writers take turns.

    Raises:
        Refusal: it can't be used.
    """
    from daemon_server.composition import opened as open_database

    home = Home(settings.home)
    home.prepare(sqlite=not settings.database_url)
    db = open_database(settings, home, SystemClock())
    try:
        yield db
    finally:
        db.close()
