"""The commands put together, and how an invocation ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from spl.core.errors import InternalError, InvalidRequest, SPLError
from spl.daemon.cli import diagnostics, environments, logs, objects, runs, serve, server
from spl.daemon.cli import run as run_command
from spl.daemon.cli.command import HomeFolder, Json, NoColor, Quiet, Url
from spl.daemon.cli.exit_codes import ExitCode
from spl.daemon.cli.output import Output
from spl.daemon.cli.session import ended, merged

PROGRAM = "spl-daemon"
HELP = "Runs published Python functions and pipelines on this machine, each in its own process and environment."

# Typer's own way to say that the command line is wrong; it exports the most special class only.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_MODULES = (serve, diagnostics, environments, objects, run_command, runs, logs, server)


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
        result = build(rich=_wants_rich())(list(arguments), prog_name=PROGRAM, standalone_mode=False)
        return result if isinstance(result, int) else ExitCode.OK
    except BrokenPipeError:
        return _reader_gone()
    except (SPLError, KeyboardInterrupt) as error:
        return _ended(error, arguments)
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except UsageError as error:
        return _ended(_usage(error), arguments)
    except Exception as error:
        if os.environ.get("SPL_DEBUG"):
            raise
        return _ended(_unexpected(error), arguments)


def _print_version(asked: bool) -> None:
    if asked:
        from spl.daemon import __version__

        print(f"{PROGRAM} {__version__}")
        raise typer.Exit


ShowVersion = Annotated[
    bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_print_version)
]


def _global_options(
    context: typer.Context,
    url: Url = None,
    home: HomeFolder = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    version: ShowVersion = False,
) -> None:
    context.obj = merged(None, url, home, json, quiet, no_color)


def _ended(error: BaseException, arguments: Sequence[str]) -> int:
    return ended(error, Output(json="--json" in arguments, no_color="--no-color" in arguments))


def _usage(error: Any) -> InvalidRequest:
    """What Typer says is wrong, in our words for where to look."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else PROGRAM
    return InvalidRequest(error.format_message(), hint=f"`{path} --help` shows how it is used.")


def _unexpected(error: Exception) -> InternalError:
    return InternalError(
        f"{type(error).__name__}: {error}", hint="This is a fault of ours. SPL_DEBUG=1 shows where it happened."
    )


def _reader_gone() -> int:
    """`spl-daemon run-list | head`: nobody reads on, which is no failure; what is left goes nowhere."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.OK


def _wants_rich() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
