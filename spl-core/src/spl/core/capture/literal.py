"""Plain values as Python literals: the same text for the same value, whatever the process."""

from __future__ import annotations

import ast
import math
from typing import Any

WIDTH = 100
"""A collection that is longer goes one element a line."""

DEPTH = 50
"""Deeper than constants are; also what ends a list that contains itself."""

PARTS = 10_000
"""A constant of more parts is data, and no literal that anybody reads."""

HUGE_INT = 10**4000
"""Python refuses to read longer decimal literals."""

_EMPTY: dict[type, str] = {set: "set()", frozenset: "frozenset()", tuple: "()"}

_BRACKETS: dict[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")")}


def literal(value: object) -> str | None:
    """The value's literal; None if it has none, because it isn't plain through and through."""
    try:
        return _text(value, "", DEPTH)
    except _NotPlain:
        return None


class _NotPlain(Exception):
    pass


def _text(value: Any, indent: str, depth: int) -> str:
    kind = type(value)
    if value is None or kind in (bool, str, bytes):
        return repr(value)
    if kind is int:
        return repr(value) if -HUGE_INT < value < HUGE_INT else hex(value)
    if kind is float:
        if math.isfinite(value):
            return repr(value)
        raise _NotPlain
    if kind in (list, tuple, set, frozenset, dict) and depth and len(value) <= PARTS:
        return _collection(value, indent, depth - 1)
    raise _NotPlain


def _collection(value: Any, indent: str, depth: int) -> str:
    kind = type(value)
    if not value and kind in _EMPTY:
        return _EMPTY[kind]
    deeper = indent + "    "
    if kind is dict:
        parts = [f"{_text(key, deeper, depth)}: {_text(item, deeper, depth)}" for key, item in value.items()]
    elif kind in (set, frozenset):
        parts = [text for _, text in sorted((type(item).__name__, _text(item, deeper, depth)) for item in value)]
    else:
        parts = [_text(item, deeper, depth) for item in value]
    return assembled(kind, parts, indent)


def assembled(kind: type, parts: list[str], indent: str = "") -> str:
    """A collection from the texts of its parts, on one line or one part a line."""
    opening, closing = _BRACKETS.get(kind, ("{", "}"))
    single = kind is tuple and len(parts) == 1
    text = opening + ", ".join(parts) + ("," if single else "") + closing
    if len(text) > WIDTH and parts:
        deeper = indent + "    "
        text = "\n".join([opening, *(f"{deeper}{part}," for part in parts), indent + closing])
    return f"frozenset({text})" if kind is frozenset else text


def same_literal(node: ast.expr, value: object) -> bool:
    """Whether an expression made of constants alone gives this very value."""
    collections = (ast.List, ast.Tuple, ast.Set, ast.Dict)
    allowed = (ast.Constant, *collections, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop, ast.Load)
    if not all(isinstance(each, allowed) for each in ast.walk(node)):
        return False
    try:
        found = eval(compile(ast.Expression(node), "<constant>", "eval"), {"__builtins__": {}})
    except Exception:
        return False
    text = literal(found)
    return text is not None and text == literal(value)
