"""Plain values as Python literals: the same text for the same value, whatever the process."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
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


_CONSTANTS = (ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp)
_MARKS = (ast.operator, ast.unaryop, ast.expr_context)
_LOOKUPS = (ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred, ast.keyword, ast.Call)


def is_constant(node: ast.expr) -> bool:
    """Whether an expression is made of constants alone."""
    return all(isinstance(each, (*_CONSTANTS, *_MARKS)) for each in ast.walk(node))


def same_literal(node: ast.expr, value: object) -> bool:
    """Whether an expression made of constants alone gives this very value."""
    if not is_constant(node):
        return False
    try:
        text = literal(_evaluate(node, {}))
    except Exception:
        return False
    return text is not None and text == literal(value)


def gives(node: ast.expr, names: Mapping[str, Any], value: object) -> bool:
    """Whether an expression gives this value again. Of calls only those of types are tried: `Decimal("0.1")`."""
    if isinstance(node, ast.Lambda):
        return True
    parts = list(ast.walk(node))
    if not all(isinstance(each, (*_CONSTANTS, *_MARKS, *_LOOKUPS)) for each in parts):
        return False
    try:
        if not all(isinstance(_evaluate(each.func, names), type) for each in parts if isinstance(each, ast.Call)):
            return False
        found = _evaluate(node, names)
        return found is value or (type(found) is type(value) and bool(found == value))
    except Exception:
        return False


def _evaluate(node: ast.expr, names: Mapping[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<constant>", "eval"), dict(names))
