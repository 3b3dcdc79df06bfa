"""Checks a document by the JSON Schema of `spl.core.ir.document`, and says where it does not fit.

It knows the part of JSON Schema that the format uses, and fails when the schema uses more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from spl.core.errors import InvalidBundle
from spl.core.ir.document import FORMAT, SCHEMA, Document, Json
from spl.core.ir.places import Lines, refusal, shown

type Steps = list[str | int]
type Check = Callable[[Json, Steps], None]

_WORDS = {"string": "text", "array": "a list", "object": "a mapping"}
_PYTHON = {"string": str, "array": list, "object": dict}
_SAID = {"$schema", "$id", "$defs", "title", "description", "default"}


class _Misfit(Exception):
    def __init__(self, problem: str, steps: Steps, hint: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.steps = tuple(steps)
        self.hint = hint


def check(document: Document, lines: Lines | None = None) -> None:
    """Compare the document with the schema.

    Raises:
        InvalidBundle: it names the path and the line of the first thing that does not fit.
    """
    _check_format(document, lines)
    try:
        _root()(document, [])
    except _Misfit as misfit:
        raise refusal(misfit.steps, misfit.problem, lines, hint=misfit.hint) from None


def _check_format(document: Document, lines: Lines | None) -> None:
    if "spl" not in document:
        raise InvalidBundle(
            "The document is not an SPL/YAML bundle: it has no `spl` key.", hint="A bundle begins with `spl: 1`."
        )
    found = document["spl"]
    if type(found) is int and found > FORMAT:
        hint = "Upgrade SPLime on this machine."
        raise refusal(
            ["spl"], f"format {found} was written by a newer SPLime; this one reads {FORMAT}.", lines, hint=hint
        )


@cache
def _root() -> Check:
    return _Compiler(SCHEMA["$defs"]).compile(SCHEMA)


class _Compiler:
    """Turns a schema into a function, once: documents have many nodes and few shapes."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._compiled: dict[str, Check] = {}

    def compile(self, schema: Mapping[str, Any]) -> Check:
        rest = {key: value for key, value in schema.items() if key not in _SAID}
        if not rest:
            return _anything
        if "$ref" in rest:
            return self._definition(rest["$ref"].rpartition("/")[2])
        if "const" in rest:
            return _one_of((rest["const"],))
        if "enum" in rest:
            return _one_of(tuple(rest["enum"]))
        if "anyOf" in rest:
            return _either([self.compile(choice) for choice in rest["anyOf"]], schema["title"])
        if rest.pop("type") == "string":
            return _string(rest, schema.get("title", "well formed"))
        return self._array(rest) if "items" in rest else self._object(rest)

    def _definition(self, name: str) -> Check:
        if name not in self._compiled:
            self._compiled[name] = self.compile(self._definitions[name])
        return self._compiled[name]

    def _array(self, rules: dict[str, Any]) -> Check:
        item = self.compile(rules.pop("items"))
        fewest, most = rules.pop("minItems", 0), rules.pop("maxItems", None)
        _nothing_left(rules)

        def items(value: Json, steps: Steps) -> None:
            if not isinstance(value, list):
                raise _unexpected("array", value, steps)
            if len(value) < fewest or (most is not None and len(value) > most):
                raise _Misfit(f"it has {len(value)} items, and needs {fewest}.", steps)
            for index, part in enumerate(value):
                steps.append(index)
                item(part, steps)
                steps.pop()

        return items

    def _object(self, rules: dict[str, Any]) -> Check:
        known = {key: self.compile(part) for key, part in rules.pop("properties", {}).items()}
        others = rules.pop("additionalProperties", True)
        other = None if others is False else _anything if others is True else self.compile(others)
        name = self.compile(rules.pop("propertyNames", {}))
        required: list[str] = rules.pop("required", [])
        exclusive = [choice["required"][0] for choice in rules.pop("oneOf", [])]
        _nothing_left(rules)

        def mapping(value: Json, steps: Steps) -> None:
            if not isinstance(value, dict):
                raise _unexpected("object", value, steps)
            for key, part in value.items():
                steps.append(key)
                fits = known.get(key, other)
                if fits is None:
                    raise _unknown_key(key, known, steps)
                if other is not None:
                    name(key, steps)
                fits(part, steps)
                steps.pop()
            for key in required:
                if key not in value:
                    raise _Misfit(f"it has no `{key}`.", steps)
            if exclusive and sum(key in value for key in exclusive) != 1:
                raise _Misfit(f"it needs one of {' and '.join(f'`{key}`' for key in exclusive)}.", steps)

        return mapping


def _anything(value: Json, steps: Steps) -> None:
    pass


def _string(rules: dict[str, Any], what: str) -> Check:
    shortest, longest = rules.pop("minLength", 0), rules.pop("maxLength", None)
    pattern = re.compile(rules.pop("pattern") + r"\Z") if "pattern" in rules else None
    _nothing_left(rules)

    def text(value: Json, steps: Steps) -> None:
        if not isinstance(value, str):
            raise _unexpected("string", value, steps)
        if len(value) < shortest:
            raise _Misfit("it may not be empty." if not value else f"{shown(value)} is too short.", steps)
        if longest is not None and len(value) > longest:
            raise _Misfit(f"it has {len(value)} characters, and may have {longest}.", steps)
        if pattern is not None and not pattern.match(value):
            raise _Misfit(f"{shown(value)} is not {what}.", steps)

    return text


def _one_of(allowed: tuple[Json, ...]) -> Check:
    def choice(value: Json, steps: Steps) -> None:
        if not any(type(value) is type(one) and value == one for one in allowed):
            expected = " or ".join(str(one) for one in allowed)
            raise _Misfit(f"expected {expected}, not {shown(value)}.", steps)

    return choice


def _either(choices: list[Check], title: str) -> Check:
    def either(value: Json, steps: Steps) -> None:
        depth = len(steps)
        for fits in choices:
            try:
                return fits(value, steps)
            except _Misfit:
                del steps[depth:]
        raise _Misfit(f"expected {title}, not {shown(value)}.", steps)

    return either


def _unexpected(kind: str, value: Json, steps: Steps) -> _Misfit:
    hint = "Quote it if text is meant." if kind == "string" and isinstance(value, int | float | None) else None
    found = next((word for name, word in _WORDS.items() if isinstance(value, _PYTHON[name])), shown(value))
    return _Misfit(f"expected {_WORDS[kind]}, not {found}.", steps, hint)


def _unknown_key(key: str, known: Mapping[str, Check], steps: Steps) -> _Misfit:
    close = get_close_matches(key[:50], known, n=1)
    hint = f"Did you mean `{close[0]}`?" if close else f"Known keys: {', '.join(known)}."
    return _Misfit("this key is not part of the format.", steps, hint)


def _nothing_left(rules: Mapping[str, Any]) -> None:
    if rules:
        raise NotImplementedError(f"JSON Schema keywords {sorted(rules)}")
