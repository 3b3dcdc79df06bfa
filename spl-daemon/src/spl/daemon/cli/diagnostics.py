"""Is the daemon well, what is it doing, and what is wrong where it isn't."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from spl.daemon.cli.command import DAEMON, DIAGNOSTICS, Cli, command
from spl.daemon.cli.exit_codes import ExitCode
from spl.daemon.cli.layout import plural
from spl.daemon.cli.status import NOT_RUNNING, ask, lines, show_health, show_status

app = typer.Typer()

# `--watch` is for eyes: they don't read faster, and a status costs the daemon a millisecond.
WATCH_SECONDS = 1.0
# A daemon that was asked to stop lets runs finish first; after this long it is worth saying that it still does.
STOP_SECONDS = 60.0


@command(app, "health", panel=DIAGNOSTICS)
def health(cli: Cli) -> None:
    """Ask whether the daemon answers."""
    show_health(cli)


@command(app, "status", panel=DIAGNOSTICS)
def status(
    cli: Cli, watch: Annotated[bool, typer.Option("--watch", help="Show it again every second, until Ctrl-C.")] = False
) -> None:
    """Show what the daemon is doing. Ends with 3 if it is not running."""
    while watch:
        _show_again(cli, ask(cli))
        time.sleep(WATCH_SECONDS)
    raise typer.Exit(show_status(cli))


@command(app, "doctor", panel=DIAGNOSTICS)
def doctor(cli: Cli) -> None:
    """Check everything that a run needs, and say how to mend what is wrong. Ends with 1 if something is."""
    from spl.daemon.cli.checks import FAILED, examine

    found = list(examine(cli))
    failed = sum(check.outcome == FAILED for check in found)
    document = {"ok": not failed, "checks": [check.to_json(number) for number, check in enumerate(found, 1)]}
    cli.out.data(document, lambda: [line for number, check in enumerate(found, 1) for line in check.lines(number)])
    cli.out.note(f"{plural(failed, 'check')} failed." if failed else "Nothing is wrong.")
    if failed:
        raise typer.Exit(ExitCode.FAILED)


@command(app, "version", panel=DIAGNOSTICS)
def version(cli: Cli) -> None:
    """Print the version of this program and of the Python it runs on."""
    import platform

    from spl.daemon import __version__

    document = {"spl_daemon": __version__, "python": platform.python_version(), "platform": platform.platform()}
    cli.out.data(document, lambda: [f"spl-daemon {__version__} (Python {document['python']}, {document['platform']})"])


@command(app, "stop", panel=DAEMON)
def stop(
    cli: Cli,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it is gone.")] = True,
) -> None:
    """Ask the daemon to stop: no new runs, the present ones finish first."""
    from spl.core.wire.daemon import stop as stop_request

    before = ask(cli)
    if before["status"] == NOT_RUNNING:
        cli.out.data({"status": NOT_RUNNING}, list)
        cli.out.note("No daemon is running.")
        return
    cli.client._json(stop_request())
    gone = wait and _gone(int(before["pid"]))
    cli.out.data({"status": "stopped" if gone else "stopping", "pid": before["pid"]}, list)
    cli.out.note(f"The daemon (pid {before['pid']}) has stopped." if gone else "The daemon is stopping.")


def _show_again(cli: Cli, found: Mapping[str, Any]) -> None:
    """A line of JSON, or the screen drawn over."""
    if cli.out.json:
        cli.out.document(found, indent=None)
        return
    clear = "\x1b[2J\x1b[H" if sys.stdout.isatty() else ""
    cli.out.lines([f"{clear}{time.strftime('%H:%M:%S')}", *lines(found), ""])


def _gone(pid: int) -> bool:
    """Whether the process ended within `STOP_SECONDS`."""
    import psutil

    try:
        psutil.Process(pid).wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        return False
    except psutil.Error:
        return True
    return True
