"""A figure, how it is measured, and the table it ends in."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        what: the sentence of the table's first column.
        value: the median, in `unit`.
        unit: ms, s, us, 1/s, MB, x.
        bar: the bound it must keep, or None where it is shown for comparison only.
        beside: what it is compared with, and that number.
        at_least: True where more is better.
    """

    what: str
    value: float
    unit: str
    bar: float | None = None
    beside: str = ""
    at_least: bool = False

    @property
    def kept(self) -> bool | None:
        if self.bar is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def row(self) -> str:
        mark = {None: "", True: "yes", False: "**no**"}[self.kept]
        bar = "" if self.bar is None else f"{'>=' if self.at_least else '<='} {shown(self.bar)} {self.unit}"
        return f"| {self.what} | {shown(self.value)} {self.unit} | {bar} | {mark} | {self.beside} |"

    def document(self) -> dict[str, Any]:
        return asdict(self) | {"kept": self.kept}


def shown(number: float) -> str:
    """Three significant digits, without an exponent."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}" if number >= 1 else f"{number:.2g}"


def table(figures: Iterable[Figure]) -> str:
    head = "| what | measured | bar | kept | beside it, in the same run |\n|---|---|---|---|---|"
    return "\n".join([head, *(figure.row() for figure in figures)])


def timed(work: Callable[[], object], *, times: int, warm_up: int = 3) -> list[float]:
    """Seconds of each of `times` calls, after some that are not counted."""
    for _ in range(warm_up):
        work()
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return seconds


def median_ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


def p95_ms(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)] * 1000
