"""The document: what an SPL/YAML file says, as data.

    spl: 1                            the format
    entrypoint: report                the function or pipeline that a call runs
    python: {requires, captured}
    dependencies, constraints         `package==version` each
    requirements                      requirement lines that the author gave
    functions                         name, in (module), qualname, kind, doc, inputs, outputs
    pipelines                         name, doc, nodes, links, aliases
    modules                           name, path, origin, constants, source
    files                             path, base64

`SCHEMA` is the same as JSON Schema. It is published as `docs/reference/spl-bundle.schema.json`, and it is what
`spl.core.ir.check` checks documents by, so the published and the enforced format can't differ.
"""

from __future__ import annotations

from typing import Any

from spl.core.entities.bundle import Origin
from spl.core.entities.function import FunctionKind
from spl.core.entities.port import PortKind

type Document = dict[str, Any]
type Json = Any

FORMAT = 1
"""Documents of a higher number come from a newer SPLime; this one is read for ever."""

TEXT_LIMIT = 4 * 1024 * 1024
"""Bytes of UTF-8: what the daemon takes as one publish request. Larger things are arguments or files, not code."""

DEPTH_LIMIT = 64
"""Containers inside each other; every JSON reader on the way can follow."""

NODE_LIMIT = 200_000
"""Keys and values: a pipeline of 10,000 nodes has half as many, and 200,000 are read in well under a second."""

NAME_LENGTH = 200
PATH_LENGTH = 200
"""Letters: with a home folder in front, a path still fits where systems end at 260."""

_NAME = {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH, "pattern": r"^[^\x00-\x1f\x7f]+$"}
_LINE = {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": r"^[^\x00-\x1f\x7f]+$"}
_PATH = {
    "type": "string",
    "minLength": 1,
    "maxLength": PATH_LENGTH,
    "description": "Relative to the bundle's source root, with `/`; never outside.",
}
_CODE = {"type": "string", "minLength": 1, "maxLength": 100_000}
_PIN = {
    "type": "string",
    "maxLength": 300,
    "pattern": r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?==[A-Za-z0-9][A-Za-z0-9.!+_-]*$",
    "title": "`package==version`",
}

_REQUIREMENT = {
    "type": "string",
    "minLength": 1,
    "maxLength": 2000,
    "pattern": r"^[^\s\x00-\x1f\x7f-][^\x00-\x1f\x7f]*$",
    "title": "a requirement line",
    "description": "Never an installer's option.",
}


def _record(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
        **more,
    }


def _one_of(*keys: str) -> list[dict[str, Any]]:
    return [{"required": [key]} for key in keys]


def _list(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, **more}


_INPUT = _record(
    {
        "name": _NAME,
        "type": _CODE | {"description": "The annotation, as source."},
        "default": _CODE | {"description": "The default, as source; without it the caller must give a value."},
        "kind": {"enum": [kind.value for kind in PortKind], "default": PortKind.STANDARD.value},
        "schema": {"type": "object", "description": "JSON Schema of the JSON form of its values."},
    },
    required=("name",),
)
_OUTPUT = _record(
    {"name": _NAME, "type": _CODE, "schema": {"type": "object"}},
    required=("name",),
)
_FUNCTION = _record(
    {
        "name": _NAME,
        "in": _NAME | {"description": "The module whose source defines it."},
        "qualname": _NAME | {"description": "Where in the module, if it is not the name: `Model.score`."},
        "kind": {"enum": [kind.value for kind in FunctionKind], "default": FunctionKind.PLAIN.value},
        "doc": {"type": "string"},
        "inputs": _list("input"),
        "outputs": _list("output", description="Without it there is one, `default`."),
    },
    required=("name", "in"),
)
_REMOTE = _record(
    {
        "url": _LINE | {"description": "The server; without it the one that the daemon is connected to."},
        "owner": _NAME,
        "library": _NAME,
        "name": _NAME | {"description": "The object."},
        "function": _NAME | {"description": "The function inside the object, where one is meant."},
        "version": _NAME | {"default": "latest"},
        "target_machine": _NAME | {"description": "Where it shall run; without it the library decides."},
    },
    required=("name",),
)
_NODE = _record(
    {
        "function": _NAME | {"description": "A function of this bundle."},
        "remote": {"$ref": "#/$defs/remote"},
        "inputs": _list("input", description="The ports of a remote node."),
        "outputs": _list("output", description="The ports of a remote node."),
    },
    oneOf=_one_of("function", "remote"),
)
_REFERENCE = {
    "title": "`node.port`",
    "description": "`node.port`, or `[node, port]` where the port's name has a dot.",
    "anyOf": [
        {"type": "string", "minLength": 3, "maxLength": 2 * NAME_LENGTH + 1},
        {"type": "array", "items": _NAME, "minItems": 2, "maxItems": 2},
    ],
}
_LINK = _record(
    {
        "to": {"$ref": "#/$defs/reference"},
        "from": {"$ref": "#/$defs/reference"},
        "value": {"description": "A constant: JSON, or an envelope `{$spl: kind, ...}` for other values."},
    },
    required=("to",),
    oneOf=_one_of("from", "value"),
)
_PIPELINE = _record(
    {
        "name": _NAME,
        "doc": {"type": "string"},
        "nodes": {
            "type": "object",
            "propertyNames": _NAME,
            "additionalProperties": {"$ref": "#/$defs/node"},
            "description": "By id, in an order in which they can run.",
        },
        "links": _list("link"),
        "aliases": {
            "type": "object",
            "propertyNames": _NAME,
            "additionalProperties": _NAME,
            "description": "Named outputs: alias to node id.",
        },
    },
    required=("name",),
)
_MODULE = _record(
    {
        "name": _NAME | {"description": "Its dotted import name."},
        "path": _PATH,
        "origin": {"enum": [origin.value for origin in Origin], "default": Origin.EXTRACTED.value},
        "constants": {
            "type": "object",
            "propertyNames": _NAME,
            "description": "Values put into the module before its source runs, by global name.",
        },
        "source": {"type": "string"},
        "source_file": _PATH | {"description": "In a folder export: the source is this file beside the document."},
    },
    required=("name", "path"),
    oneOf=_one_of("source", "source_file"),
)
_FILE = _record(
    {
        "path": _PATH,
        "base64": {"type": "string"},
        "source_file": _PATH | {"description": "In a folder export: the content is this file beside the document."},
    },
    required=("path",),
    oneOf=_one_of("base64", "source_file"),
)

SCHEMA: Document = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:splime:spl-bundle:1",
    "title": "SPL/YAML bundle",
    "description": "Functions and pipelines, and all that they need to run elsewhere.",
    **_record(
        {
            "spl": {"const": FORMAT, "description": "The format."},
            "entrypoint": _NAME | {"description": "The function or pipeline that a call of the bundle runs."},
            "python": _record(
                {
                    "requires": {"type": "string", "maxLength": 200, "pattern": r"^[<>=!~0-9A-Za-z.*, ]*$"},
                    "captured": {"type": "string", "maxLength": 100},
                }
            ),
            "dependencies": _list("pin", description="What must be installed, exactly."),
            "constraints": _list("pin", description="The installed transitive closure, honoured where it applies."),
            "requirements": {"type": "array", "items": _REQUIREMENT, "description": "They win over dependencies."},
            "functions": _list("function"),
            "pipelines": _list("pipeline"),
            "modules": _list("module"),
            "files": _list("file"),
        },
        required=("spl", "entrypoint"),
    ),
    "$defs": {
        "pin": _PIN,
        "input": _INPUT,
        "output": _OUTPUT,
        "function": _FUNCTION,
        "remote": _REMOTE,
        "node": _NODE,
        "reference": _REFERENCE,
        "link": _LINK,
        "pipeline": _PIPELINE,
        "module": _MODULE,
        "file": _FILE,
    },
}
