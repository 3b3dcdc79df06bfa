"""YAML text to plain data. The only module of the server that knows the YAML library.

The texts are a stranger's. There are no tags, anchors, aliases, merge keys, directives or second documents; a key that
comes twice is refused; plain scalars mean what YAML 1.2 says (`yes`, `1:30`, `014` and dates are text); the text, its
depth and the number of its nodes are bounded, and each bound is met before the memory is spent.
"""

from __future__ import annotations

import io
import math
import re
from typing import Any, Final

import yaml

from daemon_server.objects.bundle.places import Document, InvalidBundle, Json, Lines, shown

# Bytes of UTF-8: what a publish may bring. Larger things are arguments or files, and no code.
TEXT_LIMIT: Final = 4 * 1024 * 1024
# Containers inside each other: every JSON reader that the document meets can follow.
DEPTH_LIMIT: Final = 64
# Keys and values: a pipeline of 10,000 nodes has half as many.
NODE_LIMIT: Final = 200_000
# Characters of a number: reading an integer takes time that grows with the square of its length.
NUMBER_LENGTH: Final = 400

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_ENDS = "\n\r\x85\u2028\u2029"
_DIRECTIVE = re.compile(f"(?:\\A\ufeff?|[{_LINE_ENDS}])%")
_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def load(text: str) -> tuple[Document, Lines]:
    """The document of a text, and where its parts are.

    Raises:
        InvalidBundle: with the line.
    """
    _check_text(text)
    composer = _Composer(text)
    try:
        document = composer.only_document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable(error.problem or error.context or "it is not well formed", mark) from None
    except yaml.YAMLError as error:
        raise _unreadable(str(getattr(error, "reason", "it is not well formed")), None) from None
    if not isinstance(document, dict):
        raise InvalidBundle("The text is no SPL/YAML bundle.", hint="A bundle is a mapping that begins with `spl: 1`.")
    return document, Lines(document, composer.lines)


def _unreadable(problem: str, mark: Any) -> InvalidBundle:
    if mark is None:
        return InvalidBundle(f"The YAML can't be read: {problem[:200]}.")
    line = mark.line + 1
    return InvalidBundle(f"line {line}: the YAML can't be read: {problem[:200]}.", line=line)


def _check_text(text: str) -> None:
    try:
        size = len(text.encode("utf-8")) if len(text) <= TEXT_LIMIT else len(text)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise InvalidBundle(f"line {line}: half of a character is no text.", line=line) from None
    if size > TEXT_LIMIT:
        raise InvalidBundle(
            f"The bundle has {size:,} bytes, and may have {TEXT_LIMIT:,}.",
            hint="Pass large values as arguments, or read them from files.",
        )
    if _is_old_format(text):
        raise InvalidBundle(
            "This bundle has the format of splime 0.2-0.4, which a server does not read.",
            hint="Publish it through a client: `client.publish_yaml(text, ...)` brings it to the present format.",
        )
    directive = _DIRECTIVE.search(text)  # reading many of them takes the parser quadratic time, so it sees none
    if directive:
        line = text.count("\n", 0, directive.end()) + 1
        raise InvalidBundle(f"line {line}: directives such as %TAG are not allowed.", line=line)


def _is_old_format(text: str) -> bool:
    """Whether the first thing in the text is a list: the old format was a stream of lists."""
    for line in io.StringIO(text.removeprefix("\ufeff")):
        said = line.strip().removeprefix("---").lstrip()
        if said and not said.startswith("#"):
            return said[0] in "-["
    return False


class _Composer:
    """Builds values from the parser's events, one by one."""

    def __init__(self, text: str) -> None:
        self._next = _Loader(text).get_event
        self._event: Any = None
        self._nodes = 0
        self.lines: dict[int, dict[str, int] | list[int]] = {}

    def only_document(self) -> Json:
        self._take()  # the stream begins
        if type(self._take()) is not yaml.DocumentStartEvent:
            return None
        self._take()
        document = self._value(1)
        self._take()  # the document ends
        if type(self._take()) is yaml.DocumentStartEvent:
            raise self._refusal("a second document begins here; a bundle is one document.")
        return document

    def _take(self) -> Any:
        self._event = self._next()
        return self._event

    def _refusal(self, problem: str, hint: str | None = None) -> InvalidBundle:
        line = self._event.start_mark.line + 1
        return InvalidBundle(f"line {line}: {problem}", hint=hint, line=line)

    def _value(self, depth: int) -> Json:
        """The value that the present event begins."""
        event, kind = self._event, type(self._event)
        self._nodes += 1
        if self._nodes > NODE_LIMIT:
            raise self._refusal(f"the bundle has more than {NODE_LIMIT:,} keys and values.")
        if kind is yaml.AliasEvent or event.anchor is not None:
            raise self._refusal("anchors and aliases are not allowed.")
        if event.tag is not None:
            raise self._refusal(f"the tag {shown(event.tag)} is not allowed; a bundle has no tags.")
        if kind is yaml.ScalarEvent:
            return self._scalar(event.value) if event.implicit[0] else str(event.value)
        if depth > DEPTH_LIMIT:
            raise self._refusal(f"nested deeper than {DEPTH_LIMIT} levels.")
        return self._mapping(depth) if kind is yaml.MappingStartEvent else self._sequence(depth)

    def _mapping(self, depth: int) -> dict[str, Json]:
        found: dict[str, Json] = {}
        lines: dict[str, int] = {}
        self.lines[id(found)] = lines
        while type(event := self._take()) is not yaml.MappingEndEvent:
            key = self._value(depth + 1)
            if type(key) is not str:
                raise self._refusal("a key is text.", "Quote it.")
            if key in found:
                raise self._refusal(f"the key {shown(key)} comes twice; line {lines[key]} has it already.")
            if key == "<<" and event.implicit[0]:
                raise self._refusal("merge keys are not allowed.")
            lines[key] = event.start_mark.line + 1
            self._take()
            found[key] = self._value(depth + 1)
        return found

    def _sequence(self, depth: int) -> list[Json]:
        found: list[Json] = []
        lines: list[int] = []
        self.lines[id(found)] = lines
        while type(event := self._take()) is not yaml.SequenceEndEvent:
            lines.append(event.start_mark.line + 1)
            found.append(self._value(depth + 1))
        return found

    def _scalar(self, text: str) -> Json:
        """What a plain scalar means; a leading zero makes it text, since YAML 1.1 would take it for octal."""
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in "+-.0123456789":
            return text
        if _INTEGER.fullmatch(text):
            return int(self._bounded(text))
        if _BASED.fullmatch(text):
            return int(self._bounded(text)[2:], 16 if text[1] == "x" else 8)
        if _FLOAT.fullmatch(text):
            value = float(self._bounded(text))
            if math.isfinite(value):
                return value
        elif not _NOT_FINITE.fullmatch(text):
            return text
        raise self._refusal(f"{shown(text)} is not a finite number.", "Use an envelope: {$spl: float, v: nan}.")

    def _bounded(self, text: str) -> str:
        if len(text) > NUMBER_LENGTH:
            raise self._refusal(f"a number of {len(text)} characters.", "Quote it, or use an envelope of kind int.")
        return text
