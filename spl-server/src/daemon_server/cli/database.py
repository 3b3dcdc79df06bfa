"""`spl-server db upgrade|check`: the tables."""

from __future__ import annotations

import typer

from daemon_server.cli.options import DatabaseUrl, HomeFolder, Json, settings_of
from daemon_server.cli.output import show
from daemon_server.db.upgrade import HEAD, revision_of, upgrade
from daemon_server.home import Home

app = typer.Typer()
commands = typer.Typer(no_args_is_help=True, help="The tables: which revision they are at, and bring them up to date.")
app.add_typer(commands, name="db")


@commands.command("upgrade")
def upgrade_tables(home: HomeFolder = None, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Make the tables, or bring them up to date. Stop every server beside the database before."""
    settings = settings_of(home, database_url)
    place = Home(settings.home)
    with place.lock(shared=bool(settings.database_url)):
        before = upgrade(settings.database_url or place.database)
    done = "was up to date" if before == HEAD else f"from {before or 'nothing'} to {HEAD}"
    show({"before": before, "after": HEAD}, [done], as_json=json)


@commands.command("check")
def check_tables(home: HomeFolder = None, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Whether the tables are those of this version; exit code 1 where they are not."""
    settings = settings_of(home, database_url)
    found = revision_of(settings.database_url or Home(settings.home).database)
    data = {"revision": found, "needed": HEAD, "ok": found == HEAD}
    show(data, [f"{found or 'no tables'}; {HEAD} is needed"], as_json=json)
    if found != HEAD:
        raise typer.Exit(1)
