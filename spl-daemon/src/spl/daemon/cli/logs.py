"""`spl-daemon logs`: what the daemon, or a run, has said."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from spl.core.errors import NotFound, SPLError
from spl.core.wire.endpoint import registered
from spl.daemon.cli.command import DIAGNOSTICS, Cli, command
from spl.daemon.cli.logfile import NAME, follow, last_lines

app = typer.Typer()

Stream = Literal["all", "stdout", "stderr"]


@command(app, "logs", panel=DIAGNOSTICS)
def logs(
    cli: Cli,
    run: Annotated[str | None, typer.Option("--run", metavar="RUN", help="What this run printed, instead.")] = None,
    following: Annotated[bool, typer.Option("--follow", "-f", help="Stay, and print what comes.")] = False,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, max=100_000, help="How many of the daemon's last lines.")
    ] = 100,
    stream: Annotated[Stream, typer.Option("--stream", help="Which output of the run.")] = "all",
) -> None:
    """Print the daemon's log, or what a run printed.

    With `--json`, `-f` prints one document a line.
    """
    if run is not None:
        _of_run(cli, run, stream, following)
    else:
        _of_daemon(cli, lines, following)


def _of_run(cli: Cli, run: str, stream: Stream, following: bool) -> None:
    handle = cli.client.run(
        run
    )  # whoever reads on is patient with a daemon that restarts; one that is not there is told
    if not following:
        text = str(handle.logs(stream=stream))
        cli.out.data({"run": run, "stream": stream, "text": text}, lambda: text.splitlines())
        return
    for piece in handle.logs(follow=True, stream=stream):
        if cli.out.json:
            cli.out.document({"run": run, "text": piece}, indent=None)
        else:
            sys.stdout.write(piece)
            sys.stdout.flush()


def _of_daemon(cli: Cli, count: int, following: bool) -> None:
    file = _home(cli) / NAME
    if not file.is_file():
        raise NotFound(
            f"There is no log at {file}.",
            hint="`spl-daemon serve` writes it there and to its stderr; --home says which home is meant.",
        )
    found, end = last_lines(file, count)
    if not following:
        cli.out.data({"file": str(file), "lines": found}, lambda: found)
        return
    for line in found:
        _one(cli, line)
    for line in follow(file, end):
        _one(cli, line)


def _one(cli: Cli, line: str) -> None:
    document: dict[str, Any] = {"line": line}
    if cli.out.json:
        cli.out.document(document, indent=None)
    else:
        cli.out.lines([line])


def _home(cli: Cli) -> Path:
    """The home that is meant, also of a daemon that is not running any more."""
    if chosen := cli.home or os.environ.get("SPL_DAEMON_HOME"):
        return Path(chosen).expanduser()
    try:
        return Path(cli.client.status()["home"])
    except SPLError:
        latest = next((endpoint.home for endpoint in registered() if endpoint.home), None)
        return Path(latest) if latest else Path.home() / ".spl-daemon"
