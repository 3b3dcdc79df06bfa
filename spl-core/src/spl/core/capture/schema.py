"""JSON Schema of the JSON form of a port's values, from its live annotation."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from spl.core.capture.signature import underlying
from spl.core.entities.function import Function
from spl.core.entities.port import InputPort, PortKind

type Schema = Mapping[str, Any]

_SIMPLE: dict[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    None: {"type": "null"},
    type(None): {"type": "null"},
    list: {"type": "array"},
    dict: {"type": "object"},
    object: {},
    Any: {},
}
_LISTS = (list, set, frozenset)


def with_schemas(function: Function) -> Function:
    """The Function with a schema for every port; an empty one where the annotation says nothing about JSON."""
    callable = function.callable
    assert callable is not None
    signature = inspect.signature(callable)
    names = getattr(underlying(callable), "__globals__", {})
    inputs = tuple(_with_schema(port, signature.parameters[port.name], names) for port in function.inputs)
    made = callable if isinstance(callable, type) else _evaluated(signature.return_annotation, names)
    returned = schema_of(made)
    outputs = tuple(replace(port, schema=returned) for port in function.outputs)
    return replace(function, inputs=inputs, outputs=outputs)


def _with_schema(port: InputPort, parameter: inspect.Parameter, names: dict[str, Any]) -> InputPort:
    schema = schema_of(_evaluated(parameter.annotation, names))
    if schema and parameter.default is None and not _allows_none(schema):
        schema = {"anyOf": [schema, {"type": "null"}]} if "$defs" not in schema else {}
    if port.kind is PortKind.VAR_POSITIONAL:
        schema = {"type": "array", "items": schema} if schema and "$defs" not in schema else {"type": "array"}
    elif port.kind is PortKind.VAR_KEYWORD:
        plain = schema and "$defs" not in schema
        schema = {"type": "object", "additionalProperties": schema} if plain else {"type": "object"}
    return replace(port, schema=schema)


def _allows_none(schema: Schema) -> bool:
    return schema.get("type") == "null" or {"type": "null"} in schema.get("anyOf", ())


def _evaluated(annotation: Any, names: dict[str, Any]) -> Any:
    """The type that an annotation means; `Any` where it can't be told."""
    if annotation is inspect.Parameter.empty:
        return Any
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, names)
    except Exception:
        return Any  # a name for type checkers alone


def schema_of(annotation: Any) -> Schema:
    """The schema of a type; empty where its values have no JSON form that could be checked."""
    try:
        known = _known(annotation)
    except TypeError:  # unhashable
        known = None
    return _by_pydantic(annotation) if known is None else known


def _known(annotation: Any) -> dict[str, Any] | None:
    """The schema of what is made of builtins alone, without importing anything; None for everything else."""
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        parts = [_known(each) for each in arguments]
        if any(part is None for part in parts):
            return None
        return {} if {} in parts else {"anyOf": parts}
    if origin is typing.Literal and all(isinstance(each, (str, int, bool, type(None))) for each in arguments):
        return {"enum": list(arguments)}
    if origin in _LISTS and len(arguments) == 1:
        part = _known(arguments[0])
        return None if part is None else {"type": "array", "items": part} if part else {"type": "array"}
    if origin is dict and len(arguments) == 2 and arguments[0] is str:
        part = _known(arguments[1])
        return (
            None if part is None else {"type": "object", "additionalProperties": part} if part else {"type": "object"}
        )
    return None


def _by_pydantic(annotation: Any) -> Schema:
    if isinstance(annotation, typing.TypeVar) or _is_opaque(annotation):
        return {}
    try:
        from pydantic import TypeAdapter
        from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

        class Generator(GenerateJsonSchema):
            def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
                return value

        return TypeAdapter(annotation).json_schema(schema_generator=Generator)
    except Exception:  # pydantic knows no schema for it: an array, a class of the author's
        return {}


def _is_opaque(annotation: Any) -> bool:
    """Named tuples, bytes and dictionaries with other keys: their documents have a form of their own."""
    kind = typing.get_origin(annotation) or annotation
    if not isinstance(kind, type):
        return False
    return issubclass(kind, (bytes, complex)) or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
