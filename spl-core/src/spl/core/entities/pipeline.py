"""A Pipeline: nodes, links and named outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from spl.core import graph
from spl.core.entities.nearest import did_you_mean, listed
from spl.core.entities.node import InputRef, Node, OutputRef
from spl.core.entities.port import InputPort, OutputPort, PortKind
from spl.core.entities.scalar import Scalar
from spl.core.errors import PipelineError, UnknownAlias


@dataclass(frozen=True, slots=True, repr=False)
class Pipeline:
    """A graph of nodes.

    Attributes:
        name: what it is called in its bundle.
        nodes: by id, in an order in which they can run.
        links: what feeds an input port: another node's output or a constant. Ports without a link are the pipeline's
            own inputs; ports of one name are one input.
        aliases: named outputs, each the id of a node.
    """

    name: str
    nodes: Mapping[str, Node] = field(default_factory=dict)
    links: Mapping[InputRef, OutputRef | Scalar] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    doc: str = ""

    def get_node_by_alias(self, name: str) -> Node:
        """The node behind a named output.

        Raises:
            UnknownAlias: no output is called so.
        """
        if name not in self.aliases:
            guess = did_you_mean(name, self.aliases)
            raise UnknownAlias(
                f"Pipeline {self.name!r} has no output {name!r}.{guess}", hint=f"Its outputs: {listed(self.aliases)}."
            )
        return self.nodes[self.aliases[name]]

    @property
    def inputs(self) -> tuple[InputPort, ...]:
        """The pipeline's own inputs, in node order; one is required if any node requires it."""
        found: dict[str, InputPort] = {}
        for _, port in self.free_ports():
            known = found.get(port.name)
            found[port.name] = own_input(port) if known is None else _joined(known, own_input(port))
        return tuple(found.values())

    @property
    def outputs(self) -> tuple[OutputPort, ...]:
        """What a call gives: its aliases; without any, the only last node's port, or the last nodes by id."""
        if self.aliases:
            named = dict(self.aliases)
        else:
            last = self.sinks
            if len(last) == 1:
                return tuple(self.nodes[last[0]].outputs)
            named = {node_id: node_id for node_id in last}
        return tuple(replace(self.nodes[node_id].outputs[0], name=name) for name, node_id in named.items())

    @property
    def sinks(self) -> list[str]:
        """The nodes whose values no other node takes."""
        return graph.sinks(self.predecessors())

    def predecessors(self) -> dict[str, list[str]]:
        """The nodes that each node takes values from."""
        found: dict[str, list[str]] = {node_id: [] for node_id in self.nodes}
        for target, source in self.links.items():
            if isinstance(source, OutputRef):
                found.setdefault(target.node, []).append(source.node)
        return found

    def free_ports(self) -> Iterator[tuple[str, InputPort]]:
        """Node ids and ports that nothing is linked to."""
        for node_id, node in self.nodes.items():
            for port in node.inputs:
                if InputRef(node_id, port.name) not in self.links:
                    yield node_id, port

    def check(self) -> Pipeline:
        """This pipeline, if it is well formed.

        Raises:
            PipelineError: with everything that is wrong.
            PipelineCycle: the links form a circle.
        """
        problems = [*self._wrong_nodes(), *self._wrong_links(), *self._wrong_aliases()]
        if problems:
            told = "; ".join(problems[:10])
            raise PipelineError(f"Pipeline {self.name!r} is not well formed: {told}.", problems=problems)
        graph.order(self.predecessors())
        return self

    def _wrong_nodes(self) -> Iterator[str]:
        if not self.nodes:
            yield "it has no nodes"
        for node_id, node in self.nodes.items():
            if node.id != node_id:
                yield f"node {node.id!r} stands under the id {node_id!r}"

    def _wrong_links(self) -> Iterator[str]:
        for target, source in self.links.items():
            if target.node not in self.nodes:
                yield f"a link ends at node {target.node!r}, which is not there"
            elif not takes(self.nodes[target.node], target.port):
                known = listed(port.name for port in self.nodes[target.node].inputs)
                yield f"node {target.node!r} has no input {target.port!r} (its inputs: {known})"
            if isinstance(source, Scalar):
                continue
            if source.node not in self.nodes:
                yield f"a link begins at node {source.node!r}, which is not there"
            elif source.port not in [port.name for port in self.nodes[source.node].outputs]:
                known = listed(port.name for port in self.nodes[source.node].outputs)
                yield f"node {source.node!r} has no output {source.port!r} (its outputs: {known})"

    def _wrong_aliases(self) -> Iterator[str]:
        for alias, node_id in self.aliases.items():
            if node_id not in self.nodes:
                yield f"alias {alias!r} names node {node_id!r}, which is not there"

    def svg(self) -> str:
        """A drawing, as SVG text."""
        from spl.core.entities.drawing import svg

        return svg(self)

    def mermaid(self) -> str:
        """A drawing, as Mermaid flowchart text."""
        from spl.core.entities.drawing import mermaid

        return mermaid(self)

    def __repr__(self) -> str:
        shown = list(self.nodes)[:6] + ["..."] * (len(self.nodes) > 6)
        aliases = f" -> {', '.join(self.aliases)}" if self.aliases else ""
        return f"<Pipeline {self.name!r}: {', '.join(shown)}{aliases}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        drawing = self.svg()
        page = f'<div style="overflow-x:auto">{drawing}</div>'
        return {"text/plain": repr(self), "image/svg+xml": drawing, "text/html": page}


def takes(node: Node, port: str) -> bool:
    """Whether something may be linked to this port; a function with `**options` takes any name."""
    return any(one.name == port or one.kind is PortKind.VAR_KEYWORD for one in node.inputs)


def own_input(port: InputPort) -> InputPort:
    """A node's free port as an input of its pipeline, where all are given by name."""
    if port.kind is PortKind.VAR_POSITIONAL:
        schema = port.schema or {"type": "array"}
        return InputPort(port.name, f"list[{port.type}]" if port.type else "list", "[]", schema=schema)
    if port.kind is PortKind.VAR_KEYWORD:
        schema = port.schema or {"type": "object"}
        return InputPort(port.name, f"dict[str, {port.type}]" if port.type else "dict", "{}", schema=schema)
    return port if port.kind is PortKind.STANDARD else replace(port, kind=PortKind.STANDARD)


def _joined(first: InputPort, second: InputPort) -> InputPort:
    """Two ports that are one input: required if one of them is, and a value has to suit both."""
    schemas = [port.schema for port in (first, second) if port.schema]
    schema = schemas[0] if schemas else {}
    if len(schemas) == 2 and schemas[0] != schemas[1]:
        schema = {"allOf": schemas}
    types = list(dict.fromkeys(port.type for port in (first, second) if port.type))
    required = first.required or second.required
    return InputPort(first.name, " & ".join(types) or None, None if required else first.default, schema=schema)
