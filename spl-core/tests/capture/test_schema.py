"""JSON Schemas of annotations."""

from __future__ import annotations

import datetime
import enum
import sys
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Optional, TypeVar, Union

import numpy
import pytest

from spl.core.capture.schema import schema_of, with_schemas
from spl.core.capture.signature import function_of


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Point:
    x: int
    tags: list[str]


class Pair(NamedTuple):
    a: int


T = TypeVar("T")


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (None, {"type": "null"}),
        (Any, {}),
        (list, {"type": "array"}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (set[str], {"type": "array", "items": {"type": "string"}}),
        (dict[str, float], {"type": "object", "additionalProperties": {"type": "number"}}),
        (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}),  # noqa: UP045
        (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (Union[int, Any], {}),  # noqa: UP007
        (Literal["a", 1], {"enum": ["a", 1]}),
        (numpy.ndarray, {}),
        (list[numpy.ndarray], {}),
        (Pair, {}),
        (bytes, {}),
        (T, {}),
        (object(), {}),
    ],
)
def test_an_annotation_has_the_schema_of_its_values(annotation, schema):
    assert schema_of(annotation) == schema


def test_further_types_are_left_to_pydantic():
    assert schema_of(datetime.date)["type"] == "string"
    assert schema_of(Color)["enum"] == [1, 2]
    assert schema_of(Point)["required"] == ["x", "tags"]
    assert schema_of(Annotated[int, "positive"]) == {"type": "integer"}


def test_annotations_of_builtins_import_nothing(monkeypatch):
    """Publishing a plain function should not wait for pydantic."""
    monkeypatch.setitem(sys.modules, "pydantic", None)

    assert schema_of(dict[str, list[int | None]]) == {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
    }


def f(a: int = None, *rest: int, b: "Missing" = 1, c: Point = None, **more: str) -> "list[int]": ...  # type: ignore  # noqa


def test_a_default_of_none_is_a_value_too():
    schemas = {port.name: port.schema for port in with_schemas(function_of(f)).inputs}

    assert schemas["a"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert {"type": "null"} in schemas["c"]["anyOf"]


def test_the_schema_of_many_is_that_of_all_together():
    schemas = {port.name: port.schema for port in with_schemas(function_of(f)).inputs}

    assert schemas["rest"] == {"type": "array", "items": {"type": "integer"}}
    assert schemas["more"] == {"type": "object", "additionalProperties": {"type": "string"}}


def test_what_an_annotation_does_not_tell_is_open():
    function = with_schemas(function_of(f))

    assert next(port for port in function.inputs if port.name == "b").schema == {}
    assert function.outputs[0].schema == {"type": "array", "items": {"type": "integer"}}
