"""Plain values against the schemas that annotations give rise to."""

from __future__ import annotations

from typing import Any

import pytest

from spl.core.entities.typecheck import checker, described
from spl.runtime.values import OPAQUE

TREE: dict[str, Any] = {
    "$ref": "#/$defs/Tree",
    "$defs": {
        "Tree": {
            "type": "object",
            "properties": {"value": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
            "required": ["value"],
        }
    },
}


def wrong(schema: dict[str, Any], value: Any) -> str | None:
    check = checker(schema)
    found = check(value) if check else None
    return f"{found.path}: {found}" if found else None


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, object()),
        ({"title": "anything"}, object()),
        ({"type": "integer"}, 3),
        ({"type": "integer"}, True),
        ({"type": "integer"}, 2**80),
        ({"type": "number"}, 3),
        ({"type": "number"}, 3.5),
        ({"type": "string"}, ""),
        ({"type": "null"}, None),
        ({"type": ["integer", "null"]}, None),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
        ({"enum": ["a", "b"]}, "b"),
        ({"const": 3}, 3),
        ({"type": "array", "items": {"type": "integer"}}, [1, 2]),
        ({"type": "array", "items": {"type": "integer"}}, []),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "maxItems": 2}, [1, "x"]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"a": 1}),
        ({"allOf": [{"type": "integer"}, {"type": "number"}]}, 1),
        ({"type": "unheard of"}, 1),
        ({"$ref": "#/$defs/Missing"}, 1),
        (TREE, {"value": 1, "kids": [{"value": 2, "kids": []}]}),
    ],
)
def test_a_value_that_fits_passes(schema: dict[str, Any], value: Any):
    assert wrong(schema, value) is None


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        ({"type": "integer"}, "x", ": expected int, got str 'x'"),
        ({"type": "integer"}, 3.0, ": expected int, got float 3.0"),
        ({"type": "boolean"}, 1, ": expected bool, got int 1"),
        ({"type": "string"}, None, ": expected str, got None"),
        ({"type": ["integer", "null"]}, "x", ": expected int | None, got str 'x'"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "x", ": expected int | None, got str 'x'"),
        ({"enum": ["a", "b"]}, "c", ": expected one of 'a', 'b', got str 'c'"),
        ({"const": 3}, 4, ": expected 3, got int 4"),
        ({"type": "array", "items": {"type": "integer"}}, {}, ": expected list[int], got dict {}"),
        ({"type": "array", "items": {"type": "integer"}}, [1, "x"], "[1]: expected int, got str 'x'"),
        ({"type": "array", "prefixItems": [{"type": "integer"}]}, ["x"], "[0]: expected int, got str 'x'"),
        ({"type": "array", "minItems": 2}, [1], ": expected list, got list [1]"),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": "x"}, ".a: expected int, got str 'x'"),
        ({"type": "object", "required": ["a"]}, {}, ": expected dict, got dict {}"),
        ({"properties": {}, "additionalProperties": False}, {"a": 1}, ": expected another value, got dict {'a': 1}"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"a": ""}, "['a']: expected int, got str ''"),
        ({"allOf": [{"type": "integer"}, {"type": "string"}]}, 1, ": expected str, got int 1"),
        (TREE, {"value": 1, "kids": [{"value": "x"}]}, ".kids[0].value: expected int, got str 'x'"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_place(schema: dict[str, Any], value: Any, told: str):
    assert wrong(schema, value) == told


def test_what_has_no_plain_form_passes_anywhere():
    assert wrong({"type": "integer"}, OPAQUE) is None
    assert wrong({"type": "array", "items": {"type": "integer"}}, [1, OPAQUE]) is None


def test_a_long_value_is_shown_short():
    told = wrong({"type": "integer"}, "x" * 1000)
    assert told is not None
    assert len(told) < 120


def test_a_schema_without_end_comes_to_one():
    endless = {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}
    assert wrong(endless, 1) is None


def test_a_value_nested_without_end_comes_to_one():
    value: dict[str, Any] = {"value": 1, "kids": []}
    for _ in range(5000):
        value = {"value": 1, "kids": [value]}
    assert wrong(TREE, value) is None


def test_schemas_are_described_as_annotations():
    assert (
        described({"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}) == "list[int | None]"
    )
    assert described({"$ref": "#/$defs/Point"}) == "Point"
