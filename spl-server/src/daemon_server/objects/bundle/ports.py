"""Ports as a card has them. Pure."""

from __future__ import annotations

from typing import Any

type Port = dict[str, Any]

# The name of a function's only output.
DEFAULT_OUTPUT = "default"
_ANY_NUMBER = ("var_positional", "var_keyword")


def input_of(port: Port) -> Port:
    """One input: required where it has no default, and is not `*args` or `**kwargs`."""
    kind = port.get("kind", "standard")
    default = port.get("default")
    return {
        "name": port["name"],
        "type": port.get("type"),
        "required": default is None and kind not in _ANY_NUMBER,
        "default": default,
        "kind": kind,
        "schema": port.get("schema", {}),
    }


def output_of(port: Port, selector: str | None, read: str) -> Port:
    """One output: what to ask for it by, and how to read it from a result."""
    return {
        "name": port["name"],
        "type": port.get("type"),
        "selector": selector,
        "read": read,
        "schema": port.get("schema", {}),
    }


def as_own(port: Port) -> Port:
    """A node's free input as one of its pipeline, where all are given by name."""
    kind, inner = port["kind"], port["type"]
    if kind == "var_positional":
        told = {"type": f"list[{inner}]" if inner else "list", "default": "[]"}
        return {**port, **told, "kind": "standard", "schema": port["schema"] or {"type": "array"}}
    if kind == "var_keyword":
        told = {"type": f"dict[str, {inner}]" if inner else "dict", "default": "{}"}
        return {**port, **told, "kind": "standard", "schema": port["schema"] or {"type": "object"}}
    return {**port, "kind": "standard"}


def joined(first: Port, second: Port) -> Port:
    """Two ports that are one input: required if one of them is, and a value has to suit both."""
    schemas = [port["schema"] for port in (first, second) if port["schema"]]
    schema = schemas[0] if schemas else {}
    if len(schemas) == 2 and schemas[0] != schemas[1]:
        schema = {"allOf": schemas}
    types = list(dict.fromkeys(port["type"] for port in (first, second) if port["type"]))
    required = first["required"] or second["required"]
    return {
        "name": first["name"],
        "type": " & ".join(types) or None,
        "required": required,
        "default": None if required else first["default"],
        "kind": "standard",
        "schema": schema,
    }
