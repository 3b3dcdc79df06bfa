"""Pipelines of splime 0.2-0.4: their random node ids become names, their links and constants stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from spl.core.entities.function import Function
from spl.core.entities.node import InputRef, Node, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.node_remote import LATEST, NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import DEFAULT_PORT, InputPort, OutputPort
from spl.core.entities.scalar import Scalar
from spl.core.errors import InvalidRequest, PipelineCycle
from spl.core.graph import order
from spl.core.ir.legacy.roots import Root, items, optional, text, wrong
from spl.core.ir.places import shown
from spl.core.ir.text import Tagged

IDENTITY_FORMATS = frozenset({"json", "text-file-utf8"})
"""Built-in adapters that hand over what they were given."""

CARRIED = frozenset(
    {
        *(f"builtins.{name}" for name in ("str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "set")),
        "numpy.ndarray",
        "pandas.DataFrame",
        "pandas.Series",
        "pandas.core.frame.DataFrame",
        "pandas.core.series.Series",
        "PIL.Image.Image",
    }
)
"""Types whose values travel by themselves now, so that an adapter for the result of a pipeline is not needed."""

type Links = dict[tuple[str, str], tuple[str, str] | Scalar]


def pipeline_of(root: Root, functions: Mapping[str, Function], outputs: Mapping[str, str]) -> Pipeline:
    """The pipeline of a root; `outputs` says what each function's one output was called.

    Raises:
        InvalidBundle: it names the line of what is wrong, or has no counterpart.
    """
    tagged = root.tagged
    nodes = _nodes(tagged)
    adapted = _adapted_formats(tagged)
    links = _links(tagged, nodes, adapted)
    _check_outputs(tagged, nodes, links, outputs)
    names = _names(tagged, nodes, links)
    made = {names[key]: _node(node, names[key], key, functions, links) for key, node in nodes.items()}
    _check_ports(tagged, made, links, names)
    ordered = {name: made[name] for name in names.values()}
    renamed = {InputRef(names[node], port): _source(source, nodes, names) for (node, port), source in links.items()}
    return Pipeline(root.name, ordered, renamed, _aliases(tagged, names))


def _nodes(tagged: Tagged) -> dict[str, Tagged]:
    found: dict[str, Tagged] = {}
    for node in items(tagged, "nodes"):
        if not isinstance(node, Tagged) or node.tag not in ("!DNodeFunction", "!DNodeRemote"):
            raise wrong(tagged, f"has a node of an unknown kind: {_named(node)}.")
        key = _key(node)
        if key in found:
            raise wrong(node, f"has the uuid {shown(key)}, as another node has.")
        found[key] = node
    return found


def _key(tagged: Tagged) -> str:
    return _same(text(tagged, "uuid"))


def _same(uuid: str) -> str:
    """One spelling of each uuid."""
    try:
        return str(UUID(uuid))
    except ValueError:
        return uuid


# --- links ------------------------------------------------------------------------------------------------------------


def _links(tagged: Tagged, nodes: Mapping[str, Tagged], adapted: Mapping[str, str]) -> Links:
    found: Links = {}
    for pair in items(tagged, "links"):
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(end, Tagged) for end in pair):
            raise wrong(tagged, f"has a link that is no pair: {shown(pair)}.")
        target, source = pair
        if target.tag != "!DNodeInputRef":
            raise wrong(target, "is no link target.")
        end = (_key(target), text(target, "port"))
        if end[0] not in nodes:
            raise wrong(target, f"refers to the node {shown(end[0])}, which the pipeline does not have.")
        if end in found:
            raise wrong(target, f"is the second link to port {shown(end[1])} of one node.")
        found[end] = _begin(source, nodes, adapted)
    return found


def _begin(source: Tagged, nodes: Mapping[str, Tagged], adapted: Mapping[str, str]) -> tuple[str, str] | Scalar:
    match source.tag:
        case "!DScalar":
            value = source.fields.get("value")
            if _has_tags(value):
                raise wrong(source, "is no plain value.")
            return Scalar(value)
        case "!DArtifactRef":
            hint = "Read the file in a function, or pass its content as an argument."
            raise wrong(source, f"{shown(source.fields.get('key'))} is a file as a constant, which is no more.", hint)
        case "!DNodeOutputRef":
            pass
        case "!DFormattedOutputRef":
            _check_format(source, adapted)
        case _:
            raise wrong(source, "is no link source.")
    key = _key(source)
    if key not in nodes:
        raise wrong(source, f"refers to the node {shown(key)}, which the pipeline does not have.")
    return key, text(source, "port")


def _has_tags(value: Any) -> bool:
    if isinstance(value, list | dict):
        return any(map(_has_tags, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Tagged)


def _source(
    source: tuple[str, str] | Scalar, nodes: Mapping[str, Tagged], names: Mapping[str, str]
) -> OutputRef | Scalar:
    if isinstance(source, Scalar):
        return source
    node, port = source
    return OutputRef(names[node], port if nodes[node].tag == "!DNodeRemote" else DEFAULT_PORT)


def _check_outputs(tagged: Tagged, nodes: Mapping[str, Tagged], links: Links, outputs: Mapping[str, str]) -> None:
    for source in links.values():
        if isinstance(source, Scalar) or nodes[source[0]].tag == "!DNodeRemote":
            continue
        called = text(nodes[source[0]], "func")
        if source[1] not in (outputs[called], DEFAULT_PORT):
            raise wrong(tagged, f"has a link from {called}.{source[1]}, and there is no such output.")


# --- adapters ---------------------------------------------------------------------------------------------------------


def _adapted_formats(tagged: Tagged) -> dict[str, str]:
    """The formats that the pipeline declares adapters for; one for a type that can't travel by itself is refused."""
    found: dict[str, str] = {}
    for adapter in items(tagged, "adapters"):
        if not isinstance(adapter, Tagged) or adapter.tag not in ("!DAdapter", "!DSaveAdapter", "!DLoadAdapter"):
            raise wrong(tagged, f"has an adapter of an unknown kind: {_named(adapter)}.")
        key = text(adapter, "key")
        kind, _, form = key.partition("@")
        if kind not in CARRIED:
            hint = (
                "Return data that travels by itself (JSON, arrays, dataframes, images), and publish the pipeline anew."
            )
            raise wrong(adapter, f"{shown(key)} has no counterpart: values of {kind} can't travel.", hint)
        found[form or optional(adapter, "tag") or ""] = key
    return found


def _check_format(source: Tagged, adapted: Mapping[str, str]) -> None:
    form = text(source, "format")
    if form not in IDENTITY_FORMATS or form in adapted:
        named = adapted.get(form, form)
        hint = "Let the function before it return what the function behind it takes, and publish the pipeline anew."
        raise wrong(source, f"passes a value through the adapter {shown(named)}, which has no counterpart.", hint)


# --- nodes ------------------------------------------------------------------------------------------------------------


def _names(tagged: Tagged, nodes: Mapping[str, Tagged], links: Links) -> dict[str, str]:
    """An id for each node, in an order in which they can run.

    The file has nodes in a random order; sorted by name they come out alike each time, if their names differ.
    """
    before: dict[str, list[str]] = {key: [] for key, _ in sorted(nodes.items(), key=lambda item: _called(item[1]))}
    for (node, _), source in sorted(links.items(), key=lambda item: item[0][1]):
        if not isinstance(source, Scalar):
            before[node].append(source[0])
    try:
        ordered = order(before)
    except PipelineCycle:
        raise wrong(tagged, "has links that form a circle.") from None
    names: dict[str, str] = {}
    taken: set[str] = set()
    for key in ordered:
        base = _called(nodes[key])
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        names[key] = name
    return names


def _called(node: Tagged) -> str:
    if node.tag == "!DNodeFunction":
        return text(node, "func")
    return text(node, "name").rpartition("::")[2] or text(node, "name")


def _node(node: Tagged, name: str, key: str, functions: Mapping[str, Function], links: Links) -> Node:
    if node.tag == "!DNodeFunction":
        return NodeFunction(name, functions[text(node, "func")])
    inputs = sorted(port for target, port in links if target == key)
    sources = {source for source in links.values() if not isinstance(source, Scalar)}
    outputs = sorted({port for source, port in sources if source == key} | {DEFAULT_PORT})
    version = node.fields.get("version")
    try:
        return NodeRemote(
            id=name,
            url=optional(node, "url"),
            owner=optional(node, "owner_id"),
            library=optional(node, "library"),
            name=text(node, "name"),
            version=LATEST if version in (None, "", "TODO") else str(version),
            target_machine=optional(node, "target_machine"),
            inputs=[InputPort(port) for port in inputs],
            outputs=[OutputPort(port) for port in outputs],
        )
    except (InvalidRequest, ValueError) as error:
        raise wrong(node, f"is no remote node: {error}") from None


def _check_ports(tagged: Tagged, nodes: Mapping[str, Node], links: Links, names: Mapping[str, str]) -> None:
    ports = {name: {port.name for port in node.inputs} for name, node in nodes.items()}
    for node, port in links:
        if port not in ports[names[node]]:
            raise wrong(tagged, f"has a link to {names[node]}.{port}, and there is no such input.")


def _aliases(tagged: Tagged, names: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in items(tagged, "aliases"):
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise wrong(tagged, f"has an alias that is no pair: {shown(pair)}.")
        alias, node = pair[0], _same(pair[1])
        if node not in names:
            raise wrong(tagged, f"has the alias {shown(alias)} for a node that it does not have.")
        found[alias] = names[node]
    return found


def _named(value: Any) -> str:
    return value.tag[:40] if isinstance(value, Tagged) else shown(value)
