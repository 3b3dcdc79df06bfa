"""From an expression to a Pipeline: steps become nodes with ids, equal steps one node."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from spl.core import graph
from spl.core.builder.steps import Source, Step, Target, Value, in_order
from spl.core.entities.function import Function
from spl.core.entities.nearest import listed
from spl.core.entities.node import InputRef, Node, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import DEFAULT_PORT, OutputPort
from spl.core.entities.scalar import Scalar
from spl.core.errors import PipelineError

_BY_VALUE = (int, str, bool, type(None))
"""Constants that make the same node when they are equal; of other types it has to be the same object."""


class Place:
    """Where a step went: one node, or the nodes of a lifted pipeline by their ids in it."""

    __slots__ = ("ids", "target")

    def __init__(self, target: Target, ids: dict[str, str]) -> None:
        self.target = target
        self.ids = ids

    def output(self, value: Value) -> OutputRef:
        """The output that is meant."""
        target = self.target
        if isinstance(target, Function):
            return OutputRef(self.ids[""])
        if isinstance(target, NodeRemote):
            return OutputRef(self.ids[""], value.port or _only(target.reference, target.outputs))
        results = dict(target.aliases) or {node_id: node_id for node_id in target.sinks}
        chosen = value.port or (next(iter(results)) if len(set(results.values())) == 1 else None)
        if chosen is None:
            raise _several(target.name, results)
        node = target.nodes[results[chosen]]
        return OutputRef(self.ids[node.id], _only(node.id, node.outputs))


class Rendering:
    """One `render`."""

    def __init__(self, root: Value) -> None:
        self.root = root
        self.nodes: dict[str, Node] = {}
        self.links: dict[InputRef, OutputRef | Scalar] = {}
        self.aliases: dict[str, str] = {}
        self.places: dict[int, Place] = {}  # by id() of the step
        self.known: dict[tuple[Any, ...], Place] = {}  # by lift and what is bound
        self.taken: set[str] = set()
        self.counts: dict[str, int] = {}

    def pipeline(self, name: str, doc: str) -> Pipeline:
        for step in in_order(self.root.step):
            self._add(step)
        self._name(self.root)
        target = self.root.step.lift.target
        if isinstance(target, Pipeline):  # what was lifted whole keeps its outputs
            ids = self.places[id(self.root.step)].ids
            for alias, node_id in target.aliases.items():
                self._alias(alias, ids[node_id])
        return Pipeline(name, self.nodes, self.links, self.aliases, doc)

    def _add(self, step: Step) -> None:
        bound = {name: self._resolved(step.bound[name]) for name in step.bound_names()}
        key = (step.lift, *[(name, _identity(source)) for name, source in bound.items()])
        place = self.known.get(key)
        if place is None:
            target = step.lift.target
            place = self._inline(target, bound) if isinstance(target, Pipeline) else self._node(target, bound)
            self.known[key] = place
        self.places[id(step)] = place

    def _resolved(self, source: Source) -> OutputRef | Scalar:
        if isinstance(source, Scalar):
            return source
        if source.names:
            self._name(source)
        return self.places[id(source.step)].output(source)

    def _name(self, value: Value) -> None:
        for name in value.names:
            self._alias(name, self.places[id(value.step)].output(value).node)

    def _alias(self, name: str, node_id: str) -> None:
        if self.aliases.setdefault(name, node_id) != node_id:
            raise PipelineError(
                f"Two steps have the alias {name!r}: {self.aliases[name]!r} and {node_id!r}.", hint="Name them apart."
            )

    def _node(self, target: Function | NodeRemote, bound: Mapping[str, OutputRef | Scalar]) -> Place:
        node: Node
        if isinstance(target, Function):
            node_id = self._id(target.name)
            node = NodeFunction(node_id, target)
        else:
            node_id = self._id(target.id or target.function or target.name)
            node = target.with_id(node_id)
        self.nodes[node_id] = node
        for name, source in bound.items():
            self.links[InputRef(node_id, name)] = source
        return Place(target, {"": node_id})

    def _inline(self, inner: Pipeline, bound: Mapping[str, OutputRef | Scalar]) -> Place:
        """The nodes of a lifted pipeline, under ids that begin with its name."""
        order = graph.order(inner.check().predecessors())
        ids = {node_id: self._id(f"{inner.name}_{node_id}") for node_id in order}
        for old, new in ids.items():
            self.nodes[new] = _moved(inner.nodes[old], new)
        for target, source in inner.links.items():
            moved = OutputRef(ids[source.node], source.port) if isinstance(source, OutputRef) else source
            self.links[InputRef(ids[target.node], target.port)] = moved
        for old, port in inner.free_ports():
            if port.name in bound:
                self.links[InputRef(ids[old], port.name)] = bound[port.name]
        return Place(inner, ids)

    def _id(self, name: str) -> str:
        """The name, or the first of `name_2`, `name_3`... that is free."""
        base = name if name.isidentifier() else re.sub(r"\W+", "_", name).strip("_") or "step"
        count = self.counts.get(base, 0) + 1
        found = base if count == 1 else f"{base}_{count}"
        while found in self.taken:
            count += 1
            found = f"{base}_{count}"
        self.counts[base] = count
        self.taken.add(found)
        return found


def _only(title: str, outputs: Iterable[OutputPort]) -> str:
    names = [port.name for port in outputs]
    if DEFAULT_PORT in names:
        return DEFAULT_PORT
    if len(names) != 1:
        raise _several(title, names)
    return names[0]


def _several(title: str, names: Iterable[str]) -> PipelineError:
    hint = 'Choose one: lift(...).output("name").'
    return PipelineError(f"{title} has several outputs: {listed(names)}.", hint=hint)


def _moved(node: Node, node_id: str) -> Node:
    if isinstance(node, NodeRemote):
        return node.with_id(node_id)
    if isinstance(node, NodeFunction):
        return NodeFunction(node_id, node.function)
    raise PipelineError(f"Node {node.id!r} is of an unknown kind, {type(node).__name__}.")


def _identity(source: OutputRef | Scalar) -> Any:
    if isinstance(source, OutputRef):
        return source
    value = source.value
    return (type(value), value) if type(value) in _BY_VALUE else id(value)
