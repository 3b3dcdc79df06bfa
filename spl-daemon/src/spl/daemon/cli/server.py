"""The daemon's connection to a server, and what this machine runs for it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from spl.core.errors import InvalidRequest
from spl.core.wire import daemon as wire
from spl.core.wire.base import Flow, Request, get, put
from spl.daemon.cli.arguments import json_object
from spl.daemon.cli.command import SERVER, Cli, command
from spl.daemon.cli.layout import fields
from spl.daemon.cli.options import Label

app = typer.Typer()

DEFAULT_SERVER = "https://splime.io/api"


@command(app, "join", panel=SERVER)
def join(
    cli: Cli,
    server_url: Annotated[str, typer.Argument(metavar="URL", help="The server.")],
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="The one-time code; asked for where it is left out.")
    ] = None,
    display_name: Label = None,
) -> None:
    """Make this machine one of the server's, with a one-time code. No token lands in a history."""
    if code is None:
        if not cli.out.interactive:
            raise InvalidRequest("The code is missing.", hint="`spl-daemon join URL CODE`.")
        code = str(typer.prompt("Code", hide_input=True, err=True))
    asked = {"server_url": server_url, "code": code, "display_name": display_name}
    _show(cli, cli.do(_asked(wire.join_server(_given(asked)))))


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
        float,
        typer.Option("--heartbeat-interval", metavar="SECONDS", min=1, help="Taken, and left to the server to say."),
    ] = 60.0,
) -> None:
    """Connect the daemon to a server with tokens. The user's is looked at once, and not kept."""
    asked = {
        "server_url": server_url,
        "machine_token": _token(cli, "machine", machine_token, machine_token_file),
        "user_token": _token(cli, "user", user_token, user_token_file),
        "machine_id": machine_id,
        "display_name": display_name,
        "capabilities": None if capabilities is None else json_object(capabilities, option="--capabilities"),
    }
    _show(cli, cli.do(_asked(wire.connect_server(_given(asked)))))


@command(app, "server-disconnect", panel=SERVER)
def disconnect(cli: Cli) -> None:
    """Drop the daemon's connection to its server, and forget the machine's token."""
    _show(cli, cli.do(_asked(wire.disconnect_server())))


@command(app, "server-connection", panel=SERVER)
def connection(cli: Cli) -> None:
    """Show the daemon's connection to its server."""
    _show(cli, cli.do(_asked(wire.server_connection())))


@command(app, "server-policy", panel=SERVER)
def policy(
    cli: Cli,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="PATTERN", help="owner/library/object, with * ; may be given several times."),
    ] = None,
    only_mine: Annotated[
        bool, typer.Option("--only-mine", help="Run the owner's own objects alone, which is the default.")
    ] = False,
) -> None:
    """Show or set what this machine runs for its server: the last word is the machine's."""
    if allow and only_mine:
        raise InvalidRequest("--allow and --only-mine exclude each other.")
    request = put("/server/policy", {"allow": allow or None}) if allow or only_mine else get("/server/policy")
    found = cli.do(_asked(request))
    shown = ["the owner's own objects"] if found["only_mine"] else found["allow"] or ["nothing"]
    cli.out.data(found, lambda: list(shown))


def _asked(request: Request) -> Flow[dict[str, Any]]:
    response = yield request
    document: dict[str, Any] = response.json()
    return document


def _show(cli: Cli, found: Mapping[str, Any]) -> None:
    cli.out.data(dict(found), lambda: _lines(found))


def _lines(found: Mapping[str, Any]) -> Iterable[str]:
    if found["status"] == "not_connected":
        return ["not connected to a server"]
    names = (
        ("status", found["status"]),
        ("server", found["server_url"]),
        ("machine", found["machine_id"]),
        ("owner", found["owner"]),
        ("label", found["display_name"]),
        ("problem", found["last_error"]),
    )
    return fields(names)


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}


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
