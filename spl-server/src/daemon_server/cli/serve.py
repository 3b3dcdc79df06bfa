"""`spl-server serve`: be the server. Its options are the server's settings, one for one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import Field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from daemon_server.settings import Settings, variable_of

app = typer.Typer()

_KINDS: dict[str, Any] = {"int": int, "float": float, "str": str, "Path": Path, "LogFormat": Literal["json", "text"]}
# Whose meaning a reader of `--help` looks for first; the rest is for tuning.
_USUAL = ("home", "host", "port", "database_url", "public_url", "trusted_proxies", "log_format")


def serve(**chosen: Any) -> None:
    """Run the server here, until Ctrl-C or SIGTERM. Each option has an environment variable."""
    from daemon_server.app import run

    raise typer.Exit(run(Settings.load(**chosen)))


def setting_options() -> Iterator[inspect.Parameter]:
    """An option for each setting."""
    for entry in fields(Settings):
        yield inspect.Parameter(entry.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(entry))


def _annotation(entry: Field[Any]) -> Any:
    option = typer.Option(
        f"--{entry.name.replace('_', '-')}",
        envvar=variable_of(entry.name),
        help=f"{entry.metadata['sentence']} Default: {entry.metadata['shown'] or entry.default or 'none'}.",
        rich_help_panel=None if entry.name in _USUAL else "Tuning",
    )
    return Annotated[_KINDS[str(entry.type)] | None, option]


def _with_settings() -> Any:
    serve.__signature__ = inspect.Signature(list(setting_options()))  # type: ignore[attr-defined]
    return serve


app.command("serve")(_with_settings())
