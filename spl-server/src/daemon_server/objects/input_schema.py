"""All inputs of a callable as one JSON Schema: what a form is drawn from. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_WORDS: dict[str, Any] = {"None": None, "True": True, "False": False}
_NOTHING = object()


def json_schema(signature: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object whose properties are the inputs.

    `*args` is an array under its own name; `**kwargs` is every name that is not another input. A default is shown where
    its source is JSON, or one of Python's words for it; nothing is evaluated.
    """
    properties: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    others: Any = False
    for port in signature["inputs"]:
        schema = _own_definitions(port["name"], port["schema"], definitions)
        if port["kind"] == "var_keyword":
            others = schema.get("additionalProperties", True)
            continue
        if port["kind"] == "var_positional" and "type" not in schema:
            schema = {"type": "array", **schema}
        default = _json(port["default"])
        properties[port["name"]] = {
            **schema,
            **({"description": port["type"]} if port["type"] else {}),
            **({"default": default} if default is not _NOTHING else {}),
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": signature["name"],
        "type": "object",
        "properties": properties,
        "required": [port["name"] for port in signature["inputs"] if port["required"]],
        "additionalProperties": others,
        **({"$defs": definitions} if definitions else {}),
    }


def _own_definitions(name: str, schema: Mapping[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema with its definitions moved to the root, under names that no other input's can have."""
    known = schema.get("$defs")
    if not isinstance(known, dict):
        return dict(schema)
    rest = {key: value for key, value in schema.items() if key != "$defs"}
    for key, value in known.items():
        definitions[f"{name}.{key}"] = _renamed(value, name)
    moved: dict[str, Any] = _renamed(rest, name)
    return moved


def _renamed(schema: Any, name: str) -> Any:
    if isinstance(schema, list):
        return [_renamed(part, name) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _renamed(value, name) for key, value in schema.items()}
    reference = found.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        found["$ref"] = f"#/$defs/{name}.{reference.removeprefix('#/$defs/')}"
    return found


def _json(source: str | None) -> Any:
    """The JSON value that a default's source is; `_NOTHING` where it is none."""
    if source is None:
        return _NOTHING
    if source in _WORDS:
        return _WORDS[source]
    text = f'"{source[1:-1]}"' if len(source) > 1 and source[0] == source[-1] == "'" else source
    try:
        return json.loads(text, parse_constant=lambda _: _NOTHING)
    except (ValueError, RecursionError):
        return _NOTHING
