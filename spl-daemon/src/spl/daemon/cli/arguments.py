"""The arguments of a run, as a command line can say them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

# What PowerShell 5 and cmd.exe do to quotes is the usual reason that JSON arrives broken.
_QUOTING = (
    'Quote it so that its double quotes arrive: --kwargs "{\\"seed\\": 42}", or use --kwarg seed=42, or --kwargs-file.'
)


def keyword_arguments(text: str | None, pairs: Sequence[str], file: str | None) -> dict[str, Any]:
    """Keyword arguments from `--kwargs-file`, `--kwargs` and `--kwarg`; the later of these wins.

    Raises:
        typer.BadParameter: one of them can't be read.
    """
    found: dict[str, Any] = {}
    if file is not None:
        found |= json_object(_content(file), option="--kwargs-file")
    if text is not None:
        found |= json_object(text, option="--kwargs")
    for pair in pairs:
        name, value = keyword(pair)
        found[name] = value
    return found


def positional_arguments(text: str | None) -> list[Any]:
    """The JSON array of `--args`."""
    if text is None:
        return []
    value = _json(text, option="--args")
    if not isinstance(value, list):
        raise typer.BadParameter(f"--args should be a JSON array such as [1, 2], not {_kind(value)}.")
    return value


def json_object(text: str, *, option: str) -> dict[str, Any]:
    value = _json(text, option=option)
    if not isinstance(value, dict):
        raise typer.BadParameter(f'{option} should be a JSON object such as {{"seed": 42}}, not {_kind(value)}.')
    return value


def keyword(pair: str) -> tuple[str, Any]:
    """`seed=42`: JSON where it is JSON, text where it is not."""
    name, equals, text = pair.partition("=")
    if not equals or not name.isidentifier():
        raise typer.BadParameter(f"--kwarg should be NAME=VALUE such as seed=42, not {pair[:80]!r}.")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def _json(text: str, *, option: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise typer.BadParameter(f"{option} is nested too deeply.") from None
    except ValueError as error:
        raise typer.BadParameter(f"{option} is not JSON: {error}. It arrived as {text[:80]!r}. {_QUOTING}") from None


def _content(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig")
        return Path(file).read_text(encoding="utf-8-sig")  # PowerShell's `>` writes a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"--kwargs-file can't be read: {error}.") from None


def _kind(value: object) -> str:
    names = {list: "an array", dict: "an object", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
