"""Whether a value fits a JSON Schema, as far as annotations give rise to one. Pure.

Known are type, enum, const, anyOf, oneOf, allOf, items, prefixItems, minItems, maxItems, properties, required,
additionalProperties and $ref into $defs. What is not known passes: the function itself has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple


class _Opaque:
    """Stands for a value that has no plain form."""


OPAQUE: Final = _Opaque()
# Deeper than any annotation people write; a schema may refer to itself, and both may be hostile.
DEPTH = 40
# Parts of a schema looked at for one value: choices inside choices would take time without end.
STEPS = 20_000

# Reading an integer takes time that grows with the square of its length.
DIGITS = 4_000

_WORDS = {"integer": "int", "number": "float", "string": "str", "boolean": "bool", "null": "None", "array": "list"}
_WORDS["object"] = "dict"
_KINDS: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}
_AS_WRITTEN = ("datetime", "date", "time", "decimal", "uuid", "str", "bytes", "path")


class Mismatch(NamedTuple):
    """Where a value doesn't fit: the way to it (`[2]`, `.name`), what should be there, and what is."""

    path: str
    expected: str
    value: Any


def plain(doc: Any, depth: int = 0) -> Any:
    """The JSON that a value document would be without its envelopes; OPAQUE for what has no such form."""
    if depth > 2 * DEPTH:
        return OPAQUE
    if isinstance(doc, list):
        return [plain(item, depth + 1) for item in doc]
    if not isinstance(doc, dict):
        return doc
    if "$spl" not in doc:
        return {key: plain(item, depth + 1) for key, item in doc.items()}
    kind, value = doc["$spl"], doc.get("v")
    if kind in ("tuple", "set", "frozenset") and isinstance(value, list):
        return plain(value, depth + 1)
    if kind in _AS_WRITTEN and isinstance(value, str):
        return value
    if kind == "int" and isinstance(value, str) and len(value) <= DIGITS and value.lstrip("-").isdecimal():
        return int(value)
    if kind == "float" and value in ("nan", "inf", "-inf"):
        return float(value)
    if kind in ("dataclass", "pydantic") and isinstance(doc.get("fields"), dict):
        extra = doc.get("extra")
        fields = {**doc["fields"], **(extra if isinstance(extra, dict) else {})}
        return {key: plain(item, depth + 1) for key, item in fields.items()}
    return OPAQUE


def mismatch(schema: Mapping[str, Any], value: Any) -> Mismatch | None:
    """The first thing that does not fit."""
    return next(_Look(schema).at(schema, value, "", DEPTH), None)


def shown(value: Any) -> str:
    """A value with its type, short: `str 'x'`."""
    if value is None:
        return "None"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**60:
        return "a very large int"
    text = repr(value[:80] if isinstance(value, str | list) else value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


def described(schema: Mapping[str, Any], depth: int = 4) -> str:
    """A schema in the words of an annotation."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return repr(schema["const"])
    if isinstance(schema.get("enum"), list):
        return "one of " + ", ".join(map(repr, schema["enum"][:20]))
    for key, word in (("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")):
        parts = schema.get(key)
        if isinstance(parts, list) and depth:
            told = [described(part, depth - 1) for part in parts[:20] if isinstance(part, dict)]
            return word.join(dict.fromkeys(told))
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return " | ".join(_WORDS.get(str(kind), str(kind)) for kind in kinds)
    if kinds == "array" and isinstance(schema.get("items"), dict) and schema["items"] and depth:
        return f"list[{described(schema['items'], depth - 1)}]"
    return _WORDS.get(str(kinds), str(schema.get("title", "another value")))


class _Look:
    """One look at a value."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._steps = STEPS

    def at(self, schema: Any, value: Any, path: str, depth: int) -> Iterator[Mismatch]:
        self._steps -= 1
        if value is OPAQUE or not depth or self._steps < 0 or not isinstance(schema, Mapping):
            return
        if isinstance(schema.get("$ref"), str):
            yield from self.at(self._definition(schema["$ref"]), value, path, depth - 1)
        if not self._fits_here(schema, value, depth):
            yield Mismatch(path, described(schema), value)
            return
        for part in _list(schema, "allOf"):
            yield from self.at(part, value, path, depth - 1)
        if isinstance(value, list):
            yield from self._items(schema, value, path, depth)
        elif isinstance(value, dict):
            yield from self._fields(schema, value, path, depth)

    def _fits_here(self, schema: Mapping[str, Any], value: Any, depth: int) -> bool:
        if "const" in schema and value != schema["const"]:
            return False
        if isinstance(schema.get("enum"), list) and value not in schema["enum"]:
            return False
        kinds = schema.get("type")
        named = kinds if isinstance(kinds, list) else [kinds]
        known = [_KINDS[kind] for kind in named if isinstance(kind, str) and kind in _KINDS]
        if known and len(known) == len(named) and not any(isinstance(value, kind) for kind in known):
            return False
        for key in ("anyOf", "oneOf"):
            parts = _list(schema, key)
            if parts and all(next(self.at(part, value, "", depth - 1), None) is not None for part in parts):
                return False
        if isinstance(value, list):
            fewest, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
            return not (
                (isinstance(fewest, int) and len(value) < fewest) or (isinstance(most, int) and len(value) > most)
            )
        if isinstance(value, dict):
            if any(isinstance(name, str) and name not in value for name in _list(schema, "required")):
                return False
            properties = schema.get("properties")
            known_names = properties if isinstance(properties, dict) else {}
            return schema.get("additionalProperties") is not False or not value.keys() - known_names.keys()
        return True

    def _items(self, schema: Mapping[str, Any], value: list[Any], path: str, depth: int) -> Iterator[Mismatch]:
        first = _list(schema, "prefixItems")
        for at, (part, item) in enumerate(zip(first, value, strict=False)):
            yield from self.at(part, item, f"{path}[{at}]", depth - 1)
        rest = schema.get("items")
        if isinstance(rest, dict) and rest:
            for at in range(len(first), len(value)):
                yield from self.at(rest, value[at], f"{path}[{at}]", depth - 1)

    def _fields(self, schema: Mapping[str, Any], value: dict[str, Any], path: str, depth: int) -> Iterator[Mismatch]:
        properties = schema.get("properties")
        known = properties if isinstance(properties, dict) else {}
        for name, part in known.items():
            if name in value:
                yield from self.at(part, value[name], f"{path}.{name}", depth - 1)
        rest = schema.get("additionalProperties")
        if isinstance(rest, dict) and rest:
            for name in value:
                if name not in known:
                    yield from self.at(rest, value[name], f"{path}[{name!r}]", depth - 1)

    def _definition(self, reference: str) -> Any:
        found: Any = self._root
        for part in reference.removeprefix("#/").split("/"):
            found = found.get(part, {}) if isinstance(found, Mapping) else {}
        return found


def _list(schema: Mapping[str, Any], key: str) -> list[Any]:
    found = schema.get(key)
    return found if isinstance(found, list) else []
