"""Bundle to document. Keys that say nothing are left out, and equal bundles give equal documents."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Iterable, Mapping
from typing import Any

from spl.core.entities.bundle import Bundle, DataFile, Module, Origin
from spl.core.entities.function import Function, FunctionKind
from spl.core.entities.node import InputRef, Node, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.node_remote import LATEST, NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort, OutputPort, PortKind
from spl.core.entities.scalar import Scalar
from spl.core.errors import InvalidBundle, ValueNotEncodable
from spl.core.execution.loading import portable
from spl.core.ir.document import FORMAT, Document, Json

_ONE_OUTPUT = (OutputPort(),)


def encode(bundle: Bundle) -> Document:
    """The document of a bundle.

    Raises:
        InvalidBundle: it holds what a document can't say.
        ValueNotEncodable: so does a constant.
    """
    known = {function.name: function for function in bundle.functions}
    python = {"requires": bundle.requires_python, "captured": bundle.python}
    return {"spl": FORMAT, "entrypoint": bundle.entrypoint} | _without_empty(
        {
            "python": _without_empty(python),
            "dependencies": [str(pin) for pin in bundle.dependencies],
            "constraints": [str(pin) for pin in bundle.constraints],
            "requirements": list(bundle.requirements),
            "functions": [_function(function) for function in bundle.functions],
            "pipelines": [_pipeline(pipeline, known) for pipeline in bundle.pipelines],
            "modules": [_module(module) for module in bundle.modules],
            "files": [_file(file) for file in bundle.files],
        }
    )


def _without_empty(document: Mapping[str, Any]) -> Document:
    return {key: value for key, value in document.items() if value not in (None, "", [], {}, ())}


def _function(function: Function) -> Document:
    if not function.module:
        raise InvalidBundle(
            f"Function {function.name!r} has no source yet.", hint="Capture it, or publish the live function."
        )
    document = {"name": function.name, "in": function.module} | _without_empty(
        {
            "qualname": function.qualname if function.qualname != function.name else None,
            "kind": function.kind.value if function.kind is not FunctionKind.PLAIN else None,
            "doc": function.doc,
            "inputs": [_input(port) for port in function.inputs],
        }
    )
    return document | _outputs(function.outputs)


def _input(port: InputPort) -> Document:
    kind = port.kind.value if port.kind is not PortKind.STANDARD else None
    rest = {"type": port.type, "default": port.default, "kind": kind, "schema": dict(port.schema)}
    return {"name": port.name} | _without_empty(rest)


def _outputs(ports: tuple[OutputPort, ...]) -> Document:
    """Nothing for the one output that every function has; an empty list says that there is none."""
    if ports == _ONE_OUTPUT:
        return {}
    rest = ({"type": port.type, "schema": dict(port.schema)} for port in ports)
    return {"outputs": [{"name": port.name} | _without_empty(more) for port, more in zip(ports, rest, strict=True)]}


def _pipeline(pipeline: Pipeline, known: Mapping[str, Function]) -> Document:
    return {"name": pipeline.name} | _without_empty(
        {
            "doc": pipeline.doc,
            "nodes": {node_id: _node(node, pipeline, known) for node_id, node in pipeline.nodes.items()},
            "links": [_link(pipeline, ref) for ref in _links_in_order(pipeline)],
            "aliases": dict(pipeline.aliases),
        }
    )


def _node(node: Node, pipeline: Pipeline, known: Mapping[str, Function]) -> Document:
    if isinstance(node, NodeFunction):
        if known.get(node.function.name) != node.function:
            raise InvalidBundle(
                f"Pipeline {pipeline.name!r} calls {node.function.name!r}, which is not a function of its bundle.",
                hint="Capture the pipeline, which brings its functions along.",
            )
        return {"function": node.function.name}
    if isinstance(node, NodeRemote):
        inputs = _without_empty({"inputs": [_input(port) for port in node.inputs]})
        return {"remote": _remote(node)} | inputs | _outputs(node.outputs)
    raise InvalidBundle(f"Pipeline {pipeline.name!r} has a node of an unknown kind, {type(node).__qualname__}.")


def _remote(node: NodeRemote) -> Document:
    return _without_empty(
        {
            "url": node.url,
            "owner": node.owner,
            "library": node.library,
            "name": node.name,
            "function": node.function,
            "version": node.version if node.version != LATEST else None,
            "target_machine": node.target_machine,
        }
    )


def _links_in_order(pipeline: Pipeline) -> Iterable[InputRef]:
    """By node and port rather than by the time of linking: how a pipeline was built does not change its document."""
    found = [
        ref
        for node_id, node in pipeline.nodes.items()
        for port in node.inputs
        if (ref := InputRef(node_id, port.name)) in pipeline.links
    ]
    if len(found) != len(pipeline.links):
        lost = next(ref for ref in pipeline.links if ref not in set(found))
        raise InvalidBundle(f"Pipeline {pipeline.name!r} has a link to {lost.node}.{lost.port}, and no such port.")
    return found


def _link(pipeline: Pipeline, ref: InputRef) -> Document:
    source = pipeline.links[ref]
    if isinstance(source, OutputRef):
        return {"to": _reference(ref), "from": _reference(source)}
    return {"to": _reference(ref), "value": _value(source, f"the constant of {pipeline.name}.{ref.node}.{ref.port}")}


def _reference(ref: InputRef | OutputRef) -> Json:
    return f"{ref.node}.{ref.port}" if "." not in ref.port else [ref.node, ref.port]


def _value(scalar: Scalar, name: str) -> Json:
    if scalar.encoded:
        return scalar.value
    from spl.runtime.values import NotEncodable, encode

    try:
        return portable(encode(scalar.value, root=name))
    except NotEncodable as error:
        raise ValueNotEncodable(str(error), type=error.type_name, path=error.path) from error


def _module(module: Module) -> Document:
    source = module.source.replace("\r\n", "\n").replace("\r", "\n")  # as Python itself reads it
    origin = module.origin.value if module.origin is not Origin.EXTRACTED else None
    more = _without_empty({"origin": origin, "constants": dict(module.constants)})
    return {"name": module.name, "path": module.path} | more | {"source": source}


def _file(file: DataFile) -> Document:
    text = encodebytes(file.content).decode("ascii")  # in lines: a diff shows where the content changed
    return {"path": file.path, "base64": text if text.count("\n") > 1 else text.rstrip("\n")}
