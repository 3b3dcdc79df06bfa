"""Values, times and tables as text."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from reprlib import Repr
from typing import Any

SHORT = 120
"""Characters of a value inside another line."""

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")

_short = Repr(maxstring=SHORT, maxother=SHORT, maxlong=60, maxdict=8, maxlist=8, maxtuple=8, maxset=8, maxlevel=4)


def short(value: Any) -> str:
    """A value's repr on one line, cut where it is long."""
    try:
        text = _short.repr(value)
    except Exception as error:
        return f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= 2 * SHORT else text[: 2 * SHORT - 1] + "…"


def whole(value: Any, limit: int = 2_000) -> str:
    """A value's own repr, cut after `limit` characters."""
    try:
        text = repr(value)
    except Exception as error:
        return f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"


def duration(milliseconds: float | None) -> str:
    """`3.2 ms`, `1.4 s`, `2 min 5 s`."""
    if milliseconds is None:
        return "-"
    if milliseconds < 1_000:
        return f"{milliseconds:.3g} ms"
    seconds = milliseconds / 1_000
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def size(count: float | None) -> str:
    """`812 bytes`, `3.4 MiB`."""
    if count is None:
        return "-"
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    return f"{count:.0f} {_UNITS[0]}" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"


def moment(epoch_ms: int | None) -> str:
    """Local time, to the second."""
    return "-" if not epoch_ms else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(epoch_ms / 1_000))


def ago(epoch_ms: int | None) -> str:
    """`12 s ago`, `3 h ago`."""
    if not epoch_ms:
        return "-"
    seconds = max(0.0, time.time() - epoch_ms / 1_000)
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds // unit:.0f} {name} ago"
    return f"{seconds:.0f} s ago"


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Columns as wide as they need to be."""
    cells = [[*headers], *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )
