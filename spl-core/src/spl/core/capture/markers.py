"""Requirement lines and their environment markers (PEP 508), as far as installed metadata has them."""

from __future__ import annotations

import ast
import os
import platform
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*([^;]*?)\s*(?:;(.*))?", re.DOTALL)
_COMPATIBLE = re.compile(r"~=\s*([\"'])([^\"']+)\1")
_VERSIONS = {"python_version", "python_full_version", "implementation_version"}


@dataclass(frozen=True, slots=True)
class Requirement:
    """`name[extra1,extra2] specifier; marker`"""

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    marker: str = ""

    def applies(self, extras: Iterable[str] = ()) -> bool:
        """Whether the marker holds here, for a distribution installed with these extras."""
        return not self.marker or any(_holds(self.marker, extra) for extra in ["", *extras])


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_requirement(line: str) -> Requirement | None:
    """None for what names no distribution: an option, a path, a URL alone."""
    match = _REQUIREMENT.fullmatch(line)
    if match is None or line.lstrip().startswith(("-", ".", "/")) or "://" in match[1]:
        return None
    extras = tuple(canonical(extra) for extra in re.split(r"[,\s]+", match[2] or "") if extra)
    return Requirement(canonical(match[1]), extras, match[3], (match[4] or "").strip())


def _holds(marker: str, extra: str) -> bool:
    """Markers are written like Python; a marker that can't be read holds: a constraint too many does no harm."""
    text = _COMPATIBLE.sub(lambda found: f">= {found[1]}{found[2]}{found[1]}", marker)
    try:
        return bool(_evaluate(ast.parse(text.strip(), mode="eval").body, extra))
    except (SyntaxError, ValueError, TypeError, KeyError):
        return True


def _evaluate(node: ast.expr, extra: str) -> bool:
    if isinstance(node, ast.BoolOp):
        parts = [_evaluate(value, extra) for value in node.values]
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _compare(node.left, node.ops[0], node.comparators[0], extra)
    raise ValueError(ast.dump(node))


def _compare(left: ast.expr, operator: ast.cmpop, right: ast.expr, extra: str) -> bool:
    names = {each.id for each in (left, right) if isinstance(each, ast.Name)}
    one, other = _value(left, extra), _value(right, extra)
    if isinstance(operator, (ast.In, ast.NotIn)):
        return (one in other) == isinstance(operator, ast.In)
    if "extra" in names:
        one, other = canonical(one), canonical(other)
    order = _order(one, other, versions=bool(names & _VERSIONS))
    match operator:
        case ast.Eq():
            return order == 0
        case ast.NotEq():
            return order != 0
        case ast.Lt():
            return order < 0
        case ast.LtE():
            return order <= 0
        case ast.Gt():
            return order > 0
        case ast.GtE():
            return order >= 0
    raise ValueError(operator)


def _order(one: str, other: str, *, versions: bool) -> int:
    if not versions:
        return (one > other) - (one < other)
    first, second = ([int(part) for part in re.findall(r"\d+", text)] for text in (one, other))
    length = min(len(first), len(second)) if other.endswith("*") else max(len(first), len(second))
    first, second = ((parts + [0] * length)[:length] for parts in (first, second))
    return (first > second) - (first < second)


def _value(node: ast.expr, extra: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return extra if node.id == "extra" else _environment()[node.id]
    raise ValueError(ast.dump(node))


@cache
def _environment() -> dict[str, str]:
    return {
        "os_name": os.name,
        "sys_platform": sys.platform,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "python_full_version": platform.python_version(),
        "implementation_name": sys.implementation.name,
        "implementation_version": platform.python_version(),
    }
