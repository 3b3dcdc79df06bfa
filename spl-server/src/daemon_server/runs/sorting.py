"""The orders in which lists of runs come, each with a place in it that a cursor can hold. Pure but for its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, func

from daemon_server.runs.tables import runs

type Sort = Literal[
    "created", "-created", "started", "-started", "finished", "-finished", "duration", "-duration"
]  # fmt: skip
type Value = Callable[[int, int | None, int | None], int]

NEWEST: Sort = "-created"


@dataclass(frozen=True, slots=True)
class Order:
    """A value of each run, never null, and the direction; runs of the same value come by their id.

    Attributes:
        column: the value, as the database has it.
        value: the same value of a run that was read, from when it was created, started and finished (epoch ms).
        is_indexed: whether the database can walk it without sorting.
    """

    column: ColumnElement[int]
    value: Value
    descending: bool
    is_indexed: bool


# What has not started or not ended yet comes before everything that has.
_VALUES: dict[str, tuple[ColumnElement[int], Value]] = {
    "created": (runs.c.created_at, lambda created, started, finished: created),
    "started": (func.coalesce(runs.c.started_at, 0), lambda created, started, finished: started or 0),
    "finished": (func.coalesce(runs.c.finished_at, 0), lambda created, started, finished: finished or 0),
    "duration": (
        func.coalesce(runs.c.finished_at - runs.c.started_at, -1),
        lambda created, started, finished: -1 if started is None or finished is None else finished - started,
    ),
}


def order_of(sort: Sort) -> Order:
    name = sort.removeprefix("-")
    column, value = _VALUES[name]
    return Order(column, value, sort.startswith("-"), name == "created")
