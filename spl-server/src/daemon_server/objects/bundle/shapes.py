"""Shapes: functions that look at one value, made from smaller ones, and say where it does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches

from daemon_server.objects.bundle.places import Json, Step, shown

type Path = list[Step]
type Shape = Callable[[Json, Path], None]


class Misfit(Exception):
    """A value is not of the shape that it should have."""

    def __init__(self, problem: str, path: Path, hint: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = tuple(path)
        self.hint = hint


def ANYTHING(value: Json, path: Path) -> None:
    """Any value at all."""


def MAPPING(value: Json, path: Path) -> None:
    """A mapping, whatever is in it."""
    if not isinstance(value, dict):
        raise _expected("a mapping", value, path)


def text(shortest: int = 0, longest: int | None = None, pattern: str | None = None, what: str = "text") -> Shape:
    """Text of so many characters that is matched as a whole."""
    compiled = re.compile(rf"(?:{pattern})\Z") if pattern else None

    def shape(value: Json, path: Path) -> None:
        if not isinstance(value, str):
            quoted = "Quote it if text is meant." if isinstance(value, int | float | None) else None
            raise _expected("text", value, path, quoted)
        if len(value) < shortest:
            raise Misfit("it may not be empty." if not value else f"{shown(value)} is too short.", path)
        if longest is not None and len(value) > longest:
            raise Misfit(f"it has {len(value)} characters, and may have {longest}.", path)
        if compiled is not None and not compiled.match(value):
            raise Misfit(f"{shown(value)} is not {what}.", path)

    return shape


def choice(*allowed: str | int) -> Shape:
    """One of a few values; `true` is not 1."""

    def shape(value: Json, path: Path) -> None:
        if not any(type(value) is type(one) and value == one for one in allowed):
            raise Misfit(f"expected {' or '.join(map(str, allowed))}, not {shown(value)}.", path)

    return shape


def items(item: Shape, *, fewest: int = 0, most: int | None = None) -> Shape:
    """A list."""

    def shape(value: Json, path: Path) -> None:
        if not isinstance(value, list):
            raise _expected("a list", value, path)
        if len(value) < fewest or (most is not None and len(value) > most):
            raise Misfit(f"it has {len(value)} items, and needs {fewest}.", path)
        for index, part in enumerate(value):
            path.append(index)
            item(part, path)
            path.pop()

    return shape


def mapping_of(key: Shape, item: Shape) -> Shape:
    """A mapping whose keys are names."""

    def shape(value: Json, path: Path) -> None:
        if not isinstance(value, dict):
            raise _expected("a mapping", value, path)
        for name, part in value.items():
            path.append(name)
            key(name, path)
            item(part, path)
            path.pop()

    return shape


def record(known: Mapping[str, Shape], *, required: tuple[str, ...] = (), one_of: tuple[str, ...] = ()) -> Shape:
    """A mapping with these keys and no others, of which exactly one of `one_of` is there."""

    def shape(value: Json, path: Path) -> None:
        if not isinstance(value, dict):
            raise _expected("a mapping", value, path)
        for key, part in value.items():
            path.append(key)
            if key not in known:
                raise Misfit("this key is not part of the format.", path, _meant(key, known))
            known[key](part, path)
            path.pop()
        for key in required:
            if key not in value:
                raise Misfit(f"it has no `{key}`.", path)
        if one_of and sum(key in value for key in one_of) != 1:
            raise Misfit(f"it needs one of {' and '.join(f'`{key}`' for key in one_of)}.", path)

    return shape


def either(what: str, *shapes: Shape) -> Shape:
    """The first that fits."""

    def shape(value: Json, path: Path) -> None:
        depth = len(path)
        for one in shapes:
            try:
                return one(value, path)
            except Misfit:
                del path[depth:]
        raise Misfit(f"expected {what}, not {shown(value)}.", path)

    return shape


def _expected(what: str, value: Json, path: Path, hint: str | None = None) -> Misfit:
    return Misfit(f"expected {what}, not {shown(value)}.", path, hint)


def _meant(key: str, known: Mapping[str, Shape]) -> str:
    close = get_close_matches(key[:50], known, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known keys: {', '.join(known)}."
