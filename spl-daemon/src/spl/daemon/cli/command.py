"""What every command has: the global options, a client, a way to speak, and how its errors end.

A command is one function, typed; its first parameter is the `Cli` it runs in. The global options may stand before the
command or after it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from spl.daemon.cli.session import Cli, merged

__all__ = ["Cli", "command"]

Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="The daemon's address (SPL_DAEMON_URL).", rich_help_panel="Global"),
]
HomeFolder = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="The daemon's home folder (SPL_DAEMON_HOME).", rich_help_panel="Global"),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else.", rich_help_panel="Global")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print data and errors only.", rich_help_panel="Global")]
NoColor = Annotated[
    bool, typer.Option("--no-color", help="Never print in colour (so does NO_COLOR).", rich_help_panel="Global")
]

GLOBAL_OPTIONS: dict[str, tuple[Any, Any]] = {
    "url": (Url, None),
    "home": (HomeFolder, None),
    "json": (Json, False),
    "quiet": (Quiet, False),
    "no_color": (NoColor, False),
}

# Commands are listed under these in `--help`, and in the reference in this order.
DAEMON, ENVIRONMENTS, OBJECTS, RUNS, DIAGNOSTICS, SERVER = (
    "Daemon", "Environments", "Objects", "Runs", "Diagnostics", "Server",
)  # fmt: skip
PANELS = (DAEMON, ENVIRONMENTS, OBJECTS, RUNS, DIAGNOSTICS, SERVER)


type Function = Callable[..., None]


def command(
    app: typer.Typer, name: str, *, panel: str, hidden: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command of `app`: its own parameters, then the global options."""

    def register(function: Function) -> Function:
        app.command(name, rich_help_panel=panel)(_with_global_options(function))
        return function

    return register


def _with_global_options(function: Function) -> Function:
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    taken = {parameter.name for parameter in own}
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in GLOBAL_OPTIONS.items()
        if name not in taken
    ]
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)

    @wraps(function)
    def run(context: typer.Context, **values: Any) -> None:
        cli = merged(context.obj, **{name: values.pop(name) for name in GLOBAL_OPTIONS if name not in taken})
        context.obj = cli
        try:
            function(cli, **values)
        finally:
            cli.close()

    run.__signature__ = inspect.Signature([context, *own, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in [context, *own, *shared]}
    del run.__wrapped__  # its signature is not the command's
    return run
