"""`spl-daemon serve`: be the daemon. Its options are the daemon's settings, one for one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import Field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from spl.core.errors import InvalidRequest
from spl.daemon.cli.command import DAEMON, Cli, command
from spl.daemon.cli.layout import size
from spl.daemon.cli.serving import be_the_daemon, is_loopback
from spl.daemon.settings import Isolation, Settings, variable_of

app = typer.Typer()

LogLevel = Literal["debug", "info", "warning", "error"]

_KINDS: dict[str, Any] = {"int": int, "float": float, "bool": bool, "str": str, "Path": Path, "Isolation": Isolation}
# Whose meaning a reader of `--help` looks for first; the rest is for tuning.
_USUAL = ("host", "port", "max_workers", "isolation", "drain_seconds", "run_timeout_seconds")


def serve(
    cli: Cli,
    i_understand: Annotated[
        bool,
        typer.Option(
            "--i-understand",
            help="Listen where other machines can reach it, without TLS. Whoever has the token runs code.",
        ),
    ] = False,
    log_level: Annotated[
        LogLevel, typer.Option("--log-level", envvar="SPL_DAEMON_LOG_LEVEL", help="What is worth a line in the log.")
    ] = "info",
    **chosen: Any,
) -> None:
    """Run the daemon here, until Ctrl-C, SIGTERM or `spl-daemon stop`. Each option has an environment variable."""
    settings = Settings.load(home=cli.home, **chosen)
    if not is_loopback(settings.host) and not i_understand:
        raise InvalidRequest(
            f"{settings.host} can be reached from other machines, and the daemon speaks plain HTTP: whoever reads the "
            "token on the way can run code here.",
            hint="Keep 127.0.0.1 and forward the port over SSH, or pass --i-understand.",
        )
    be_the_daemon(cli.out, settings, log_level)


def setting_options() -> Iterator[inspect.Parameter]:
    """An option for each setting but the home, which every command has."""
    for entry in fields(Settings):
        if entry.name != "home":
            yield inspect.Parameter(
                entry.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(entry)
            )


def _annotation(entry: Field[Any]) -> Any:
    flag = f"--{entry.name.replace('_', '-')}"
    names = (f"{flag}/--no-{flag[2:]}",) if str(entry.type) == "bool" else (flag,)
    option = typer.Option(
        *names,
        metavar=_metavar(entry),
        envvar=variable_of(entry.name),
        help=f"{entry.metadata['sentence']} Default: {_default(entry)}.",
        rich_help_panel=None if entry.name in _USUAL else "Tuning",
    )
    return Annotated[_KINDS[str(entry.type)] | None, option]


def _metavar(entry: Field[Any]) -> str | None:
    """What an option's value is, from how the setting is called."""
    units = {"seconds": "SECONDS", "bytes": "BYTES", "days": "DAYS"}
    kinds = {"int": "N", "float": "NUMBER", "str": "TEXT"}
    return units.get(entry.name.rpartition("_")[2]) or kinds.get(str(entry.type))


def _default(entry: Field[Any]) -> str:
    if entry.metadata["shown"]:
        return str(entry.metadata["shown"])
    if isinstance(entry.default, bool):
        return "yes" if entry.default else "no"
    default: Any = entry.default
    return size(default) if entry.name.endswith("_bytes") else str(default)


def _with_settings() -> Any:
    own = [p for p in inspect.signature(serve, eval_str=True).parameters.values() if p.kind is not p.VAR_KEYWORD]
    serve.__signature__ = inspect.Signature([*own, *setting_options()])  # type: ignore[attr-defined]
    return serve


command(app, "serve", panel=DAEMON)(_with_settings())
