"""Does a Python version satisfy a `requires-python` specifier? Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne

_CLAUSE = re.compile(r"(~=|==|!=|>=|<=|>|<)\s*(\d+(?:\.\d+)*)(\.\*)?")
_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "==": eq, "!=": ne, ">=": ge, "<=": le, ">": gt, "<": lt,
}  # fmt: skip
# 3.13 and 3.13.0 are the same release: shorter ones are filled up to this many parts.
_PARTS = 4


def satisfies(version: str, specifier: str) -> bool:
    """Is `version` (`3.11.7`) allowed by `specifier` (`>=3.10,<4`)? A clause that can't be read allows all."""
    return all(_allows(clause, release(version)) for clause in specifier.split(",") if clause.strip())


def release(version: str) -> tuple[int, ...]:
    """The numbers a version begins with: `3.14.0rc1` is (3, 14, 0)."""
    leading = re.match(r"\d+(?:\.\d+)*", version.strip())
    return tuple(int(part) for part in leading[0].split(".")) if leading else ()


def _allows(clause: str, version: tuple[int, ...]) -> bool:
    match = _CLAUSE.fullmatch(clause.strip())
    if match is None:
        return True
    operator, wanted, prefix = match[1], release(match[2]), bool(match[3])
    if prefix:
        return _COMPARE[operator](_filled(version)[: len(wanted)], wanted)
    if operator == "~=":
        return _filled(version) >= _filled(wanted) and version[: len(wanted) - 1] == wanted[:-1]
    return _COMPARE[operator](_filled(version), _filled(wanted))


def _filled(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return (numbers + (0,) * _PARTS)[:_PARTS]
