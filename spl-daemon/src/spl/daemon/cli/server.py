"""The daemon's connection to a server. This version has none yet; its commands are there and say so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from spl.core.errors import InvalidRequest, ServerNotConnected
from spl.daemon.cli.arguments import json_object
from spl.daemon.cli.command import SERVER, Cli, command
from spl.daemon.cli.options import Label

app = typer.Typer()

DEFAULT_SERVER = "https://splime.io/api"


@command(app, "server-connect", panel=SERVER)
def connect(
    cli: Cli,
    server_url: Annotated[str, typer.Option("--server-url", metavar="URL", help="The server.")] = DEFAULT_SERVER,
    machine_token: Annotated[
        str | None, typer.Option("--machine-token", metavar="TOKEN", help="Shows in the list of processes.")
    ] = None,
    machine_token_file: Annotated[
        Path | None, typer.Option("--machine-token-file", metavar="FILE", help="Or SPL_MACHINE_TOKEN, or asked for.")
    ] = None,
    user_token: Annotated[
        str | None, typer.Option("--user-token", metavar="TOKEN", help="Shows in the list of processes.")
    ] = None,
    user_token_file: Annotated[
        Path | None, typer.Option("--user-token-file", metavar="FILE", help="Or SPL_USER_TOKEN, or asked for.")
    ] = None,
    machine_id: Annotated[str | None, typer.Option("--machine-id", metavar="ID", help="This machine's id.")] = None,
    display_name: Label = None,
    capabilities: Annotated[
        str | None, typer.Option("--capabilities", metavar="JSON", help="What this machine offers.")
    ] = None,
    heartbeat_interval: Annotated[
        float, typer.Option("--heartbeat-interval", metavar="SECONDS", min=1, help="How often to report.")
    ] = 60.0,
) -> None:
    """Connect the daemon to a server. Not possible yet: this version runs objects on this machine only."""
    if capabilities is not None:
        json_object(capabilities, option="--capabilities")
    _token(cli, "machine", machine_token, machine_token_file)
    _token(cli, "user", user_token, user_token_file)
    _not_yet(f"The daemon can't be connected to {server_url}")


@command(app, "server-disconnect", panel=SERVER)
def disconnect(cli: Cli) -> None:
    """Drop the daemon's connection to its server. There is none yet."""
    _not_yet("The daemon can't be disconnected from a server")


@command(app, "server-connection", panel=SERVER)
def connection(cli: Cli) -> None:
    """Show the daemon's connection to its server. There is none yet."""
    _not_yet("The daemon has no connection to show")


def _not_yet(what: str) -> NoReturn:
    raise ServerNotConnected(
        f"{what}: not available in this version, which has no server support yet.",
        hint="Everything on this machine works without one: `spl-daemon run`, `SPLClient().call`.",
    )


def _token(cli: Cli, kind: str, said: str | None, file: Path | None) -> str:
    """A token from wherever it was given; one on the command line is taken, with a warning.

    Raises:
        InvalidRequest: there is none, and nobody to ask.
    """
    if said is not None:
        cli.out.warn(f"--{kind}-token shows in the list of processes and in your history. Better: --{kind}-token-file.")
        return said
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise InvalidRequest(f"--{kind}-token-file can't be read: {error.strerror}: {file}.") from None
    if found := os.environ.get(f"SPL_{kind.upper()}_TOKEN"):
        return found
    if not cli.out.interactive:
        raise InvalidRequest(
            f"The {kind} token is missing.", hint=f"Pass --{kind}-token-file, or set SPL_{kind.upper()}_TOKEN."
        )
    return str(typer.prompt(f"{kind.capitalize()} token", hide_input=True, err=True))
