"""How things look as text: tables, fields, times, sizes and values."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

_GAP = "  "
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
# Below these a duration is shown in the unit before.
_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Rows under their headers, in columns as wide as they need; nothing is cut off."""
    cells = [[*headers], *([_cell(value) for value in row] for row in rows)]
    widths = [max(width(row[column]) for row in cells) for column in range(len(headers))]
    return [_GAP.join(_padded(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in cells]


def fields(pairs: Iterable[tuple[str, object]]) -> list[str]:
    """One `name  value` line each; what is None is left out, further lines of a value are set below it."""
    shown = [(name, _text(value)) for name, value in pairs if value is not None]
    longest = max((width(name) for name, _ in shown), default=0)
    return [
        f"{_padded(name if first else '', longest)}{_GAP}{line}".rstrip()
        for name, value in shown
        for first, line in _lines(value)
    ]


def width(text: str) -> int:
    """Columns the text takes on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def moment(epoch_ms: int | None) -> str:
    """A time of day here, to the second."""
    return "-" if epoch_ms is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(epoch_ms / 1000))


def duration(milliseconds: float | None) -> str:
    """A length of time in its fitting unit: `4.2 ms`, `1.3 s`, `2 min 5 s`, `3 h 10 min`."""
    if milliseconds is None:
        return "-"
    if milliseconds < 1_000:
        return f"{milliseconds:.3g} ms"
    if milliseconds < _MINUTE_MS:
        return f"{milliseconds / 1000:.1f} s"
    for unit, name, below, smaller in ((_DAY_MS, "d", _HOUR_MS, "h"), (_HOUR_MS, "h", _MINUTE_MS, "min")):
        if milliseconds >= unit:
            return f"{int(milliseconds // unit)} {name} {int(milliseconds % unit // below)} {smaller}"
    return f"{int(milliseconds // _MINUTE_MS)} min {int(milliseconds % _MINUTE_MS // 1000)} s"


def size(count: float | None) -> str:
    """A number of bytes: `812 B`, `3.4 MiB`."""
    if count is None:
        return "-"
    for unit in _UNITS[:-1]:
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} {_UNITS[-1]}"


def value_text(value: object) -> str:
    """A value as data on stdout: text as it is, everything else as JSON, what has no JSON form by its repr."""
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False, default=repr)


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _cell(value: object) -> str:
    return " ".join(_text(value).split()) or "-"


def printable(text: str) -> str:
    """Text without the control characters by which somebody else's words could steer the terminal."""
    return "".join(c if c in "\n\t" or unicodedata.category(c) != "Cc" else f"\\x{ord(c):02x}" for c in text)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item) for item in value)
    text = str(value)
    return text if text.isprintable() else printable(text)


def _lines(value: str) -> Iterable[tuple[bool, str]]:
    lines: list[str] = value.splitlines() or [""]
    return ((number == 0, line) for number, line in enumerate(lines))


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def jsonable(value: Any) -> Any:
    """The value with what JSON has no form for replaced by its repr."""
    return json.loads(json.dumps(value, default=repr))
