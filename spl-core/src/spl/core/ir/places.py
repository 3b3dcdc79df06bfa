"""Where in a document something stands: its path, and the line of the text it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from spl.core.errors import InvalidBundle
from spl.core.ir.document import Json

type Path = Iterable[str | int]

_PLAIN_KEY = re.compile(r"[\w$-]+")
_SHOWN = 60  # characters of a key or value in a message: enough to recognise it


class Lines:
    """The line of every key and item of a document, found again by path."""

    def __init__(self, document: Json, of: dict[int, dict[str, int] | list[int]]) -> None:
        self._document = document
        self._of = of

    def at(self, path: Path) -> int | None:
        """The line, counted from 1, of the deepest part of the path that is in the text."""
        found: int | None = None
        value = self._document
        for step in path:
            known = self._of.get(id(value))
            try:
                found = known[step]  # type: ignore[index]
                value = value[step]
            except (KeyError, IndexError, TypeError):
                break
        return found


def written(path: Path) -> str:
    """The path as people write it: `functions[2].inputs[0].name`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif len(step) <= _SHOWN and _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{shown(step)}]"
    return text


def shown(value: object) -> str:
    """A short picture of a value."""
    text = repr(value[: _SHOWN + 1] if isinstance(value, str) else value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def refusal(path: Path, problem: str, lines: Lines | None = None, *, hint: str | None = None) -> InvalidBundle:
    """The error for what stands at this path."""
    steps = tuple(path)
    where = written(steps)
    line = lines.at(steps) if lines else None
    place = ", ".join([*([where] if where else []), *([f"line {line}"] if line else [])])
    details: dict[str, str | int] = {"path": where}
    if line:
        details["line"] = line
    return InvalidBundle(f"{place}: {problem}" if place else problem, hint=hint, **details)
