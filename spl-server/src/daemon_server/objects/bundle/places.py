"""Where in a bundle something stands, and the problem that says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from daemon_server.http.problems import Invalid

type Step = str | int
type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type Document = dict[str, Json]

# Characters of a key or a value that a message repeats: enough to recognise it.
SHOWN = 60
_PLAIN = re.compile(r"[\w$-]+")


class InvalidBundle(Invalid):
    """This is not a valid SPL/YAML bundle."""

    code = "invalid_bundle"


class Lines:
    """The line of each key and item of a document; of one that was not read from text, none."""

    def __init__(self, document: Json, of: Mapping[int, Mapping[str, int] | list[int]]) -> None:
        self._document = document
        self._of = of

    def at(self, path: Iterable[Step]) -> int | None:
        """The line, counted from 1, of the deepest part of the path that the text has."""
        here: Json = self._document
        line: int | None = None
        for step in path:
            known = self._of.get(id(here))
            try:
                line = known[step]  # type: ignore[index]
                here = here[step]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                return line
        return line


def written(path: Iterable[Step]) -> str:
    """A path as people write it: `functions[2].inputs[0].name`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif len(step) <= SHOWN and _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{shown(step)}]"
    return text


def shown(value: object) -> str:
    """A short picture of a value."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**SHOWN:
        return "a very large number"
    text = repr(value[: SHOWN + 1] if isinstance(value, str) else value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def refusal(path: Iterable[Step], problem: str, lines: Lines, *, hint: str | None = None) -> InvalidBundle:
    """The problem of what stands at this path."""
    steps = list(path)
    where, line = written(steps), lines.at(steps)
    place = ", ".join(part for part in (where, f"line {line}" if line else "") if part)
    details: dict[str, str | int] = {"path": where} | ({"line": line} if line else {})
    return InvalidBundle(f"{place}: {problem}" if place else f"The bundle: {problem}", hint=hint, **details)
