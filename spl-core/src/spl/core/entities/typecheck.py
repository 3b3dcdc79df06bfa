"""Whether the plain JSON form of a value fits a JSON Schema. Pure.

Of JSON Schema it knows what annotations give rise to: type, enum, const, anyOf, oneOf, allOf, items, prefixItems,
minItems, maxItems, properties, required, additionalProperties and $ref into $defs. What it doesn't know it lets pass:
the function itself has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from spl.runtime.values import OPAQUE

DEPTH = 40
"""Deeper than any annotation people write; a schema may refer to itself, and a value may be hostile."""

PYTHON_NAMES = {
    "integer": "int",
    "number": "float",
    "string": "str",
    "boolean": "bool",
    "null": "None",
    "array": "list",
    "object": "dict",
}
_KINDS: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


class Mismatch(NamedTuple):
    """Where a value doesn't fit.

    Attributes:
        path: the way to it: `` for the value itself, `[2]`, `.name`.
        expected: what should be there, as a Python programmer says it.
        value: what is.
    """

    path: str
    expected: str
    value: Any

    def __str__(self) -> str:
        return f"expected {self.expected}, got {shown(self.value)}"


Check = Callable[[Any], Mismatch | None]


def checker(schema: Mapping[str, Any]) -> Check | None:
    """A function that looks at one plain value; None where the schema accepts everything."""
    if not _known(schema):
        return None
    kinds = schema.get("type")
    if isinstance(kinds, str) and kinds in _KINDS and len(_known(schema)) == 1:
        return _simple(_KINDS[kinds], PYTHON_NAMES[kinds])
    return lambda value: next(_mismatches(schema, value, "", schema, DEPTH), None)


def described(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, depth: int = 6) -> str:
    """The schema in the words of an annotation."""
    root = root or schema
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return repr(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(map(repr, schema["enum"]))
    for key, word in (("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")):
        if key in schema and depth:
            return word.join(dict.fromkeys(described(part, root, depth - 1) for part in schema[key]))
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return " | ".join(PYTHON_NAMES.get(kind, str(kind)) for kind in kinds)
    if kinds == "array" and schema.get("items") and depth:
        return f"list[{described(schema['items'], root, depth - 1)}]"
    return PYTHON_NAMES.get(str(kinds), str(schema.get("title", "another value")))


def shown(value: Any) -> str:
    """A value with its type, short: `str 'x'`."""
    if value is None:
        return "None"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


def _known(schema: Mapping[str, Any]) -> list[str]:
    return [key for key in schema if key in _RULES or key in ("$ref", "items", "prefixItems", "properties")]


def _simple(kinds: tuple[type, ...], name: str) -> Check:
    def check(value: Any) -> Mismatch | None:
        return None if isinstance(value, kinds) or value is OPAQUE else Mismatch("", name, value)

    return check


def _mismatches(
    schema: Mapping[str, Any], value: Any, path: str, root: Mapping[str, Any], depth: int
) -> Iterator[Mismatch]:
    if value is OPAQUE or not depth or not isinstance(schema, Mapping):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield from _mismatches(_definition(reference, root), value, path, root, depth - 1)
    for key, rule in _RULES.items():
        if key in schema and not rule(schema, value, root, depth):
            yield Mismatch(path, described(schema, root), value)
            return
    for part in schema.get("allOf", ()):
        yield from _mismatches(part, value, path, root, depth - 1)
    if isinstance(value, list):
        yield from _in_array(schema, value, path, root, depth)
    elif isinstance(value, dict):
        yield from _in_object(schema, value, path, root, depth)


def _in_array(
    schema: Mapping[str, Any], value: list[Any], path: str, root: Mapping[str, Any], depth: int
) -> Iterator[Mismatch]:
    first = schema.get("prefixItems", ())
    for at, (part, item) in enumerate(zip(first, value, strict=False)):
        yield from _mismatches(part, item, f"{path}[{at}]", root, depth - 1)
    rest = schema.get("items")
    if isinstance(rest, Mapping) and _known(rest):
        for at in range(len(first), len(value)):
            yield from _mismatches(rest, value[at], f"{path}[{at}]", root, depth - 1)


def _in_object(
    schema: Mapping[str, Any], value: dict[str, Any], path: str, root: Mapping[str, Any], depth: int
) -> Iterator[Mismatch]:
    properties = schema.get("properties", {})
    for name, part in properties.items():
        if name in value:
            yield from _mismatches(part, value[name], f"{path}.{name}", root, depth - 1)
    rest = schema.get("additionalProperties")
    if isinstance(rest, Mapping) and _known(rest):
        for name in value.keys() - properties.keys():
            yield from _mismatches(rest, value[name], f"{path}[{name!r}]", root, depth - 1)


def _definition(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


Rule = Callable[[Mapping[str, Any], Any, Mapping[str, Any], int], bool]


def _is_kind(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], depth: int) -> bool:
    kinds = schema["type"]
    named = kinds if isinstance(kinds, list) else [kinds]
    return any(kind not in _KINDS or isinstance(value, _KINDS[kind]) for kind in named)


def _is_one_of(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], depth: int) -> bool:
    for key in ("anyOf", "oneOf"):
        parts = schema.get(key)
        if parts and not any(next(_mismatches(part, value, "", root, depth - 1), None) is None for part in parts):
            return False
    return True


def _has_length(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], depth: int) -> bool:
    if not isinstance(value, list):
        return True
    return bool(schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)))


def _has_names(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], depth: int) -> bool:
    if not isinstance(value, dict):
        return True
    if any(name not in value for name in schema.get("required", ())):
        return False
    closed = schema.get("additionalProperties") is False
    return not (closed and value.keys() - schema.get("properties", {}).keys())


_RULES: dict[str, Rule] = {
    "const": lambda schema, value, root, depth: value == schema["const"],
    "enum": lambda schema, value, root, depth: value in schema["enum"],
    "type": _is_kind,
    "anyOf": _is_one_of,
    "oneOf": _is_one_of,
    "allOf": lambda schema, value, root, depth: True,
    "minItems": _has_length,
    "maxItems": _has_length,
    "required": _has_names,
    "additionalProperties": _has_names,
}
