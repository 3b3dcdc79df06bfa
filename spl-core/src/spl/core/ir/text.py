"""YAML text to plain data and back. The only module that knows the YAML library.

Texts come from strangers. So there are no tags, anchors, aliases, merge keys, directives or second documents; a key
that comes twice is an error; plain scalars mean what YAML 1.2 says (`yes`, `1:30`, `014` and dates are text); text,
depth and number of nodes are bounded. `load_tagged` reads the streams of splime 0.2-0.4, which need tags and aliases,
as boundedly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import Any

import yaml

from spl.core.errors import InvalidBundle
from spl.core.ir.document import DEPTH_LIMIT, NODE_LIMIT, TEXT_LIMIT, Document, Json
from spl.core.ir.emit import dump
from spl.core.ir.places import Lines, shown

__all__ = ["Tagged", "dump", "load", "load_tagged"]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_DIRECTIVE = re.compile("(?:\\A\ufeff?|[\n\r\x85\u2028\u2029])%")
_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER = re.compile(
    r"(?P<int>[-+]?(?:0|[1-9][0-9]*))"
    r"|0x(?P<hex>[0-9a-fA-F]+)"
    r"|0o(?P<oct>[0-7]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_NUMBER_LENGTH = 400
"""Characters: reading an integer takes time that grows with the square of its length, and no float needs as many."""

_STANDARD_TAG = "tag:yaml.org,2002:"


def load(text: str) -> tuple[Document, Lines]:
    """The document in the text, and the line of each of its parts.

    Raises:
        InvalidBundle: it names the line.
    """
    _check_text(text, TEXT_LIMIT)
    composer = _Composer(text)
    with _reading():
        document = composer.document() if composer.more() else None
        if composer.more():
            raise composer.refusal("a second document begins here; a bundle is one document.")
    if not isinstance(document, dict):
        hint = "A bundle is a mapping that begins with `spl: 1`."
        raise InvalidBundle("The document is not an SPL/YAML bundle.", hint=hint)
    return document, Lines(document, composer.lines)


@dataclass(slots=True)
class Tagged:
    """A mapping with a local tag: `!DFunction`, its fields, and the line where it begins."""

    tag: str
    fields: dict[str, Any]
    line: int


def load_tagged(text: str, limit: int) -> list[Json]:
    """The documents of a stream whose mappings carry tags; scalars mean what YAML 1.1 says, as their writer meant them.

    Raises:
        InvalidBundle: it names the line.
    """
    _check_text(text, limit)
    composer = _TaggedComposer(text)
    documents = []
    with _reading():
        while composer.more():
            documents.append(composer.document())
    return documents


def _check_text(text: str, limit: int) -> None:
    try:
        size = len(text.encode("utf-8")) if len(text) <= limit else len(text)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise InvalidBundle(f"line {line}: half of a surrogate pair is no text.", line=line) from None
    if size > limit:
        hint = "Pass large values as arguments, or read them from files."
        raise InvalidBundle(f"The document has {size:,} bytes, and may have {limit:,}.", hint=hint)
    found = _DIRECTIVE.search(text)  # the parser needs quadratic time to read many of them, so it never sees one
    if found:
        line = text.count("\n", 0, found.end()) + 1
        raise InvalidBundle(f"line {line}: directives such as %TAG are not allowed.", line=line)


@contextmanager
def _reading() -> Iterator[None]:
    """Turn what the YAML library raises into InvalidBundle."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "it is not well formed"
        if mark is None:
            raise InvalidBundle(f"The YAML can't be read: {problem}.") from None
        line = mark.line + 1
        raise InvalidBundle(f"line {line}: the YAML can't be read: {problem}.", line=line) from None
    except yaml.YAMLError as error:
        raise InvalidBundle(f"The YAML can't be read: {getattr(error, 'reason', error)}.") from None


class _Composer:
    """Builds plain data from the parser's events, one at a time, so that a bound is met before memory is spent."""

    def __init__(self, text: str) -> None:
        self._next = _Loader(text).get_event
        self._event: Any = None
        self._nodes = 0
        self.lines: dict[int, dict[str, int] | list[int]] = {}

    def more(self) -> bool:
        """Whether another document begins."""
        if self._event is None:
            self._next()  # the stream begins
        return type(self._take()) is yaml.DocumentStartEvent

    def document(self) -> Json:
        self._take()
        value = self._value(1)
        self._next()  # the document ends
        return value

    def refusal(self, problem: str, hint: str | None = None) -> InvalidBundle:
        line = self._event.start_mark.line + 1
        return InvalidBundle(f"line {line}: {problem}", hint=hint, line=line)

    def _take(self) -> Any:
        self._event = event = self._next()
        return event

    def _value(self, depth: int) -> Json:
        """The value that the present event begins."""
        event = self._event
        self._nodes += 1
        if self._nodes > NODE_LIMIT:
            raise self.refusal(f"the document has more than {NODE_LIMIT:,} keys and values.")
        kind = type(event)
        if kind is yaml.AliasEvent or event.anchor is not None:
            return self._anchored(depth)
        if kind is yaml.ScalarEvent:
            if event.tag is not None:
                raise self._no_tag()
            return self._scalar(event.value) if event.implicit[0] else event.value
        if depth > DEPTH_LIMIT:
            raise self.refusal(f"nested deeper than {DEPTH_LIMIT} levels.")
        return self._mapping(depth) if kind is yaml.MappingStartEvent else self._sequence(depth)

    def _mapping(self, depth: int) -> Json:
        if self._event.tag is not None:
            raise self._no_tag()
        return self._fields(depth)

    def _fields(self, depth: int) -> dict[str, Json]:
        found: dict[str, Json] = {}
        lines: dict[str, int] = {}
        self.lines[id(found)] = lines
        while type(event := self._take()) is not yaml.MappingEndEvent:
            key = self._value(depth + 1)
            if type(key) is not str:
                raise self.refusal("a key is text.", "Quote it.")
            if key in found:
                raise self.refusal(f"the key {shown(key)} comes twice; it is in line {lines[key]} already.")
            if key == "<<" and event.implicit[0]:
                raise self.refusal("merge keys are not allowed.")
            lines[key] = event.start_mark.line + 1
            self._take()
            found[key] = self._value(depth + 1)
        return found

    def _sequence(self, depth: int) -> list[Json]:
        if self._event.tag is not None:
            raise self._no_tag()
        found: list[Json] = []
        lines: list[int] = []
        self.lines[id(found)] = lines
        while type(event := self._take()) is not yaml.SequenceEndEvent:
            lines.append(event.start_mark.line + 1)
            found.append(self._value(depth + 1))
        return found

    def _anchored(self, depth: int) -> Json:
        raise self.refusal("anchors and aliases are not allowed.")

    def _no_tag(self) -> InvalidBundle:
        return self.refusal(f"the tag {shown(self._event.tag)} is not allowed; a bundle has no tags.")

    def _scalar(self, text: str) -> Json:
        """What a plain scalar means in YAML 1.2; a leading zero makes it text, since YAML 1.1 reads it as octal."""
        if text in _WORDS:
            return _WORDS[text]
        found = _NUMBER.fullmatch(text)
        if found is None:
            return text
        if len(text) > _NUMBER_LENGTH:
            raise self.refusal(f"a number of {len(text)} characters.", "Quote it, or use an envelope of kind int.")
        if found["int"]:
            return int(text)
        if found["hex"]:
            return int(found["hex"], 16)
        if found["oct"]:
            return int(found["oct"], 8)
        return self._float(text)

    def _float(self, text: str) -> float:
        value = float(text.replace(".inf", "inf").replace(".nan", "nan")) if text[-1] not in "fFnN" else None
        if value is None or not isfinite(value):
            raise self.refusal(f"{shown(text)} is not a finite number.", "Use an envelope: {$spl: float, v: nan}.")
        return value


class _TaggedComposer(_Composer):
    """Mappings with local tags become Tagged; an alias stands for the same object, and counts as often as it comes."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._meaning: Any = yaml.SafeLoader("")

    def _anchored(self, depth: int) -> Json:
        event = self._event
        if type(event) is yaml.AliasEvent:
            if event.anchor not in self._anchors:
                raise self.refusal(f"the alias *{shown(event.anchor)[1:-1]} stands for nothing that is complete.")
            value, size = self._anchors[event.anchor]
            self._nodes += size
            return value
        before, name = self._nodes, event.anchor
        event.anchor = None
        self._nodes -= 1
        value = self._value(depth)
        self._anchors[name] = value, self._nodes - before
        return value

    def _mapping(self, depth: int) -> Json:
        event = self._event
        if event.tag is None:
            return self._fields(depth)
        if event.tag.startswith(_STANDARD_TAG) or event.tag[0] != "!":
            raise self._no_tag()
        line = event.start_mark.line + 1
        return Tagged(event.tag, self._fields(depth), line)

    def _scalar(self, text: str) -> Json:
        """What the writer of YAML 1.1 meant; dates have never been values of this format."""
        tag = self._meaning.resolve(yaml.ScalarNode, text, (True, False)).removeprefix(_STANDARD_TAG)
        if tag not in ("null", "bool", "int", "float"):
            return text
        if len(text) > _NUMBER_LENGTH:
            raise self.refusal(f"a number of {len(text)} characters.")
        build = getattr(self._meaning, f"construct_yaml_{tag}")
        return build(yaml.ScalarNode(_STANDARD_TAG + tag, text))
