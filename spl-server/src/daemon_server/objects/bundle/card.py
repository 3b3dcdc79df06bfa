"""The card of a bundle: its signatures, what must be installed, its graphs. Everything but the source, as JSON.

entry          the signature of the entrypoint
functions      the signature of each function that can be called by name
graphs         each pipeline's nodes and links
python, requires_python, dependencies, constraints, requirements
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from daemon_server.objects.bundle import graph
from daemon_server.objects.bundle.canonical import REQUIRES_PYTHON, Part, split
from daemon_server.objects.bundle.places import InvalidBundle, shown
from daemon_server.objects.bundle.ports import DEFAULT_OUTPUT, as_own, input_of, joined, output_of

# Ports of one name are one input; each other type makes its own larger, and no value fits so many.
MOST_JOINED = 32
# Aliases times nodes and inputs: what each alias needs is looked for from it backwards.
MOST_NEEDS = 2_000_000
_ONE_OUTPUT = [{"name": DEFAULT_OUTPUT}]


def card_of(document: Part) -> Part:
    """The card of a canonical document."""
    functions = {one["name"]: one for one in document.get("functions", ())}
    pipelines = {one["name"]: one for one in document.get("pipelines", ())}
    python = document.get("python", {})
    entry = document["entrypoint"]
    graphs = {name: Graph(one, functions) for name, one in pipelines.items()}
    return {
        "entry": graphs[entry].signature() if entry in graphs else function_signature(functions[entry]),
        "functions": {name: function_signature(one) for name, one in functions.items()},
        "graphs": {name: one.drawing() for name, one in graphs.items()},
        "requires_python": python.get("requires", REQUIRES_PYTHON),
        "python": python.get("captured", ""),
        "dependencies": document.get("dependencies", []),
        "constraints": document.get("constraints", []),
        "requirements": document.get("requirements", []),
    }


def function_signature(function: Part) -> Part:
    """How a function is called."""
    return {
        "name": function["name"],
        "kind": "function",
        "doc": function.get("doc", ""),
        "inputs": [input_of(port) for port in function.get("inputs", ())],
        "outputs": [output_of(port, None, "result.value") for port in function.get("outputs", _ONE_OUTPUT)],
    }


class Graph:
    """One pipeline: what it takes, what it gives, and what is linked to what."""

    def __init__(self, pipeline: Part, functions: dict[str, Part]) -> None:
        self._pipeline = pipeline
        self._functions = functions
        self.nodes: dict[str, Part] = pipeline.get("nodes", {})
        self.aliases: dict[str, str] = pipeline.get("aliases", {})
        self.links = [(split(link["to"]), link) for link in pipeline.get("links", ())]
        self.predecessors: dict[str, list[str]] = {node: [] for node in self.nodes}
        for (node, _), link in self.links:
            if "from" in link:
                self.predecessors[node].append(split(link["from"])[0])

    def signature(self) -> Part:
        inputs = self._inputs()
        return {
            "name": self._pipeline["name"],
            "kind": "pipeline",
            "doc": self._pipeline.get("doc", ""),
            "inputs": inputs,
            "outputs": list(self._outputs()),
            "aliases": self.aliases,
            "functions": list(self._functions),
            "nodes": list(self.nodes),
            "needs": self._needs([port["name"] for port in inputs if port["required"]]),
        }

    def drawing(self) -> Part:
        """The graph, for people and for consoles that draw it; of ports the names, the rest is in the signatures."""
        constants: dict[str, list[str]] = {}
        linked: dict[str, set[str]] = {}
        named: dict[str, list[str]] = {}
        for (node, port), link in self.links:
            linked.setdefault(node, set()).add(port)
            if "value" in link:
                constants.setdefault(node, []).append(port)
        for alias, node in self.aliases.items():
            named.setdefault(node, []).append(alias)
        nodes = []
        for node, part in self.nodes.items():
            inputs = [port["name"] for port in self._source(node).get("inputs", ())]
            nodes.append(
                {
                    "id": node,
                    "kind": "remote" if "remote" in part else "function",
                    "function": part.get("function"),
                    "remote": part.get("remote"),
                    "inputs": inputs,
                    "outputs": [port["name"] for port in self._ports_out(node)],
                    "constants": constants.get(node, []),
                    "given": [name for name in inputs if name not in linked.get(node, ())],
                    "aliases": named.get(node, []),
                }
            )
        links = [
            {"source": _end(split(link["from"])), "target": _end(target)}
            for target, link in self.links
            if "from" in link
        ]
        return {"nodes": nodes, "links": links, "aliases": self.aliases}

    def _source(self, node: str) -> Part:
        """Where a node's ports are written."""
        part = self.nodes[node]
        return self._functions[part["function"]] if "function" in part else part

    def _free(self) -> Iterator[tuple[str, Part]]:
        """Nodes and ports that nothing is linked to."""
        linked = {target for target, _ in self.links}
        for node in self.nodes:
            for port in self._source(node).get("inputs", ()):
                if (node, port["name"]) not in linked:
                    yield node, port

    def _inputs(self) -> list[Part]:
        found: dict[str, Part] = {}
        joins: dict[str, int] = {}
        for _, port in self._free():
            own = as_own(input_of(port))
            known = found.get(own["name"])
            if known is not None and (known["type"], known["schema"]) != (own["type"], own["schema"]):
                joins[own["name"]] = joins.get(own["name"], 0) + 1
                if joins[own["name"]] > MOST_JOINED:
                    raise InvalidBundle(
                        f"The input {shown(own['name'])} of pipeline {shown(self._pipeline['name'])} has more than "
                        f"{MOST_JOINED} different types.",
                        hint="Give the nodes' inputs different names, or one type.",
                    )
            found[own["name"]] = own if known is None else joined(known, own)
        return list(found.values())

    def _outputs(self) -> Iterator[Part]:
        """The aliases; without any, the only last node's ports, or the last nodes by id."""
        named = self.aliases
        if not named:
            used = {before for befores in self.predecessors.values() for before in befores}
            last = [node for node in self.nodes if node not in used]
            if len(last) == 1:
                yield from self._told([(port["name"], port) for port in self._ports_out(last[0])])
                return
            named = {node: node for node in last}
        # A remote node may say that it has no outputs; what it gives is an output all the same, of no known type.
        yield from self._told([(name, (self._ports_out(node) or _ONE_OUTPUT)[0]) for name, node in named.items()])

    def _ports_out(self, node: str) -> list[Part]:
        found: list[Part] = self._source(node).get("outputs", _ONE_OUTPUT)
        return found

    def _told(self, ports: list[tuple[str, Part]]) -> Iterator[Part]:
        for name, port in ports:
            selector = name if name in self.aliases or len(ports) > 1 else None
            read = DEFAULT_OUTPUT if selector is not None else name
            yield output_of({**port, "name": name}, selector, f'result.value["{read}"]')

    def _needs(self, required: list[str]) -> dict[str, list[str]]:
        """The required inputs of each alias that can do without some."""
        if len(self.aliases) * (len(self.nodes) + len(required)) > MOST_NEEDS:
            raise InvalidBundle(
                f"Pipeline {shown(self._pipeline['name'])} has too many nodes for {len(self.aliases)} aliases.",
                hint="Name fewer outputs; nodes can be asked for by their ids.",
            )
        taken: dict[str, set[str]] = {}
        for node, port in self._free():
            taken.setdefault(node, set()).add(port["name"])
        found = {}
        for alias, node in self.aliases.items():
            names = _united(taken.get(one, ()) for one in graph.ancestors(self.predecessors, node))
            if not names.issuperset(required):
                found[alias] = [name for name in required if name in names]
        return found


def _end(place: tuple[str, str]) -> dict[str, str]:
    return {"node": place[0], "port": place[1]}


def _united(many: Iterable[Iterable[str]]) -> set[str]:
    return {name for names in many for name in names}


def remote_nodes(card: Part) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Pipeline, node and address of each remote node."""
    for name, one in card["graphs"].items():
        for node in one["nodes"]:
            if node["remote"] is not None:
                yield name, node["id"], node["remote"]
