"""The commands put together, and how an invocation ends.

0    it worked
1    it failed
2    the command line or a setting is wrong
75   the server stopped, and requests were cut off
130  interrupted with Ctrl-C
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from daemon_server.cli import backups, database, doctor, people, scanning, serve
from daemon_server.cli.output import tell
from daemon_server.errors import BadSetting, Refusal
from daemon_server.http.problems import ServerProblem

PROGRAM = "spl-server"
HELP = "Holds libraries, machines, tokens, grants and the queue of remote runs. It never runs user code."

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

# Typer's own way to say that the command line is wrong; it exports the most special class only.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_MODULES = (serve, people, database, backups, doctor, scanning)


def build(*, rich: bool = False) -> typer.Typer:
    """The whole application; `rich` draws help as panels, for a terminal."""
    app = typer.Typer(
        name=PROGRAM,
        help=HELP,
        no_args_is_help=True,
        rich_markup_mode="rich" if rich else None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_global_options)
    for module in _MODULES:
        app.add_typer(module.app)
    return app


def run(arguments: Sequence[str]) -> int:
    """One invocation; its exit code."""
    try:
        result = build(rich=sys.stdout.isatty())(list(arguments), prog_name=PROGRAM, standalone_mode=False)
        return result if isinstance(result, int) else OK
    except (Refusal, ServerProblem) as error:
        tell(error, as_json="--json" in arguments)
        return USAGE if isinstance(error, BadSetting) else FAILED
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except UsageError as error:
        print(f"error: {getattr(error, 'format_message', error.__str__)()}", file=sys.stderr)
        print(f"  next: `{PROGRAM} --help` shows how it is used.", file=sys.stderr)
        return USAGE
    except Exception as error:
        if os.environ.get("SPL_DEBUG"):
            raise
        print(f"error: {type(error).__name__}: {error}", file=sys.stderr)
        print("  next: this is a fault of ours; SPL_DEBUG=1 shows where it happened.", file=sys.stderr)
        return FAILED


def _print_version(asked: bool) -> None:
    if asked:
        from daemon_server import __version__

        print(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _global_options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """What stands before the command."""
