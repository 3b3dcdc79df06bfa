"""A machine's policy as a condition on queued runs: the same patterns as in `machines.policy`, told to the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, and_, false, or_, true

from daemon_server.db.session import Dialect
from daemon_server.machines.policy import PARTS
from daemon_server.runs.tables import runs

ANYTHING: Final = "*"
# A pin of fewer digits is a version's number; a content hash has 64.
PIN: Final = 64


def allowed_rows(patterns: Iterable[str], dialect: Dialect) -> ColumnElement[bool]:
    """The queued runs that a policy lets in."""
    columns = (runs.c.owner, runs.c.library, runs.c.object)
    found: list[ColumnElement[bool]] = []
    for pattern in patterns:
        name, at, pin = pattern.partition("@")
        parts = name.split("/")
        if len(parts) != PARTS:
            continue
        pairs = zip(columns, parts, strict=True)
        conditions = [_condition(column, part, dialect) for column, part in pairs if part != ANYTHING]
        if at:
            conditions.append(
                runs.c.version == int(pin) if pin.isdecimal() and len(pin) < PIN else runs.c.content_hash == pin
            )
        if not conditions:
            return true()
        found.append(and_(*conditions))
    return or_(*found) if found else false()


def _condition(column: ColumnElement[str], part: str, dialect: Dialect) -> ColumnElement[bool]:
    if ANYTHING not in part:
        return column == part
    if dialect == "sqlite":
        return column.op("GLOB", is_comparison=True)(_glob(part))  # LIKE takes upper case for lower there
    like = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace(ANYTHING, "%")
    return column.like(like, escape="\\")


def _glob(part: str) -> str:
    """Only `*` means anything; other signs of a glob stand for themselves."""
    return part.replace("[", "[[]").replace("?", "[?]")
