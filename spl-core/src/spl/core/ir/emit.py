"""Writes plain data as YAML that reads as code: text of several lines as literal blocks, small things on one line.

The same document always gives the same bytes, whatever YAML library is installed: what is written depends on this
module alone. Only what the loader reads is written.
"""

from __future__ import annotations

import re

from spl.core.errors import InvalidBundle
from spl.core.ir.document import DEPTH_LIMIT, NODE_LIMIT, TEXT_LIMIT, Document, Json

WIDTH = 100
"""Columns: what is longer is not put on one line with its siblings."""

_OPEN_LEVELS = 4
"""Down to here (a pipeline's nodes, a function's inputs) each entry has a line of its own: a diff shows entries."""

_KEY_LENGTH = 800
"""A parser looks for the colon after a key no further than 1,024 bytes ahead; a longer key is written with `?`."""

_SPECIAL = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
_NEEDS_ESCAPES = re.compile(f"[{_SPECIAL}\t\n]")
_NEEDS_QUOTES = re.compile(f"[{_SPECIAL}]")
_PLAIN = re.compile(
    r"(?:[^\W\d]|\$(?=\w))(?:[^\x00-\x1f\x7f-\xa0:#\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]|:(?=\S)|(?<=\S)#)*(?<!\s)"
)
_PLAIN_IN_FLOW = re.compile(r"(?:[^\W\d]|\$(?=\w))[\w .()=<>+*/~!@$^;|-]*(?<!\s)")
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))  # no text, in some version of YAML
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_ESCAPED = re.compile(f'["\\\\{_SPECIAL}\t\n]')


def dump(document: Document) -> str:
    """The text of the document.

    Raises:
        InvalidBundle: the text would be larger or deeper than the loader allows, or can't be UTF-8.
    """
    emitter = _Emitter()
    emitter.mapping(document, "", 0, 1)
    text = "".join(emitter.parts)
    size = len(text.encode("utf-8"))
    if size > TEXT_LIMIT:
        hint = "Pass large constants as arguments, or read them from a file when the function runs."
        raise InvalidBundle(f"The bundle has {size:,} bytes as text, and may have {TEXT_LIMIT:,}.", hint=hint)
    return text


class _Emitter:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self._nodes = 1

    def mapping(self, value: dict[str, Json], lead: str, indent: int, depth: int) -> None:
        """Write the entries below each other; the first follows `lead`, which ends at the column `indent`."""
        self._count(2 * len(value), depth)
        pad = " " * indent
        for key, part in value.items():
            name = scalar(key)
            start = f"{lead}{name}:" if len(name.encode()) <= _KEY_LENGTH else f"{lead}? {name}\n{pad}:"
            short = self._inline(part, indent, depth)
            if short is not None:
                self.parts.append(f"{start} {short}\n")
            else:
                self.parts.append(f"{start}\n")
                if isinstance(part, dict):
                    self.mapping(part, f"{pad}  ", indent + 2, depth + 1)
                else:
                    self._sequence(part, pad, indent, depth + 1)
            lead = pad

    def _sequence(self, value: list[Json], lead: str, indent: int, depth: int) -> None:
        self._count(len(value), depth)
        pad = " " * indent
        for part in value:
            short = self._inline(part, indent, depth)
            if short is not None:
                self.parts.append(f"{lead}- {short}\n")
            elif isinstance(part, dict):
                self.mapping(part, f"{lead}- ", indent + 2, depth + 1)
            else:
                self._sequence(part, f"{lead}- ", indent + 2, depth + 1)
            lead = pad

    def _inline(self, value: Json, indent: int, depth: int) -> str | None:
        """The value as it stands behind its colon or dash, or None where it begins on a line of its own."""
        if isinstance(value, str):
            return _literal(value, " " * (indent + 2)) or scalar(value)
        if not isinstance(value, dict | list):
            return scalar(value)
        if value and depth < _OPEN_LEVELS:
            return None
        before = self._nodes
        short = self._flow(value, WIDTH - indent, depth + 1)
        if short is None:
            self._nodes = before
        return short

    def _flow(self, value: Json, room: int, depth: int) -> str | None:
        """The value on one line, or None where it has no room there."""
        if isinstance(value, str):
            text = scalar(value, in_flow=True)
            return text if len(text) <= room and "\n" not in value else None
        if not isinstance(value, dict | list):
            return scalar(value)
        self._count(len(value), depth)
        parts = []
        for key in value:
            name = ""
            if isinstance(value, dict):
                self._nodes += 1
                name = f"{scalar(key, in_flow=True)}: "
                part = self._flow(value[key], room - len(name), depth + 1)
            else:
                part = self._flow(key, room, depth + 1)
            if part is None:
                return None
            room -= len(name) + len(part) + 2
            if room < 0:
                return None
            parts.append(name + part)
        inside = ", ".join(parts)
        return f"{{{inside}}}" if isinstance(value, dict) else f"[{inside}]"

    def _count(self, nodes: int, depth: int) -> None:
        self._nodes += nodes
        if depth > DEPTH_LIMIT:
            raise InvalidBundle(f"A value in the bundle is nested deeper than {DEPTH_LIMIT} levels of text.")
        if self._nodes > NODE_LIMIT:
            hint = "Pass large constants as arguments, or as arrays."
            raise InvalidBundle(f"The bundle has more than {NODE_LIMIT:,} keys and values.", hint=hint)


def scalar(value: str | float | bool | None, *, in_flow: bool = False) -> str:
    """A scalar on one line, quoted where it would mean something else."""
    if isinstance(value, str):
        return _quoted(value, _PLAIN_IN_FLOW if in_flow else _PLAIN)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    if isinstance(value, float) and "e" in text and "." not in text:
        return text.replace("e", ".0e")  # without the point YAML 1.1 reads text
    return text


def _quoted(text: str, plain: re.Pattern[str]) -> str:
    if plain.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if not _NEEDS_ESCAPES.search(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        raise InvalidBundle("Half of a surrogate pair can't be written as UTF-8.", hint="Keep such text as bytes.")
    return _ESCAPES.get(char) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _literal(text: str, pad: str) -> str | None:
    """Text of several lines as a literal block, or None where the text needs quotes."""
    if "\n" not in text or _NEEDS_QUOTES.search(text):
        return None
    body = text.rstrip("\n")
    if not body:
        return None
    ends = len(text) - len(body)
    chomping = "-" if ends == 0 else "" if ends == 1 else "+"
    indicator = "2" if body[0] in " \t\n" else ""
    lines = "\n".join(f"{pad}{line}" if line else "" for line in body.split("\n"))
    return f"|{indicator}{chomping}\n{lines}" + "\n" * max(ends - 1, 0)
