"""A checked document to its canonical form: what says nothing left out, everything in one order.

Two texts that mean the same have the same canonical form, and the content hash is over it. What the format alone can't
say is checked on the way: names that must exist, paths that must be safe, links that may not go round in a circle.
"""

from __future__ import annotations

from base64 import encodebytes
from binascii import a2b_base64
from collections.abc import Iterable, Mapping
from typing import Any

from daemon_server.objects.bundle import graph
from daemon_server.objects.bundle.format import FORMAT
from daemon_server.objects.bundle.paths import clash, problem_of
from daemon_server.objects.bundle.places import InvalidBundle, Lines, Step, refusal, shown
from daemon_server.objects.bundle.remote import NoAddress, address

# A document that fits the format: its shape is known, its types are not written out.
type Part = dict[str, Any]
type At = tuple[Step, ...]

# Of a document that does not say: the oldest Python that workers run on.
REQUIRES_PYTHON = ">=3.9"
# Ports of all nodes of a pipeline together: as many as a document could write out one by one. A function with many
# inputs, called by many nodes, would make a small text a large graph.
PORT_LIMIT = 200_000
_ONE_OUTPUT = [{"name": "default"}]


def canonical(document: Part, lines: Lines) -> Part:
    """The canonical form of a document that fits the format.

    Raises:
        InvalidBundle: with path and line.
    """
    return _Reader(lines).bundle(document)


def without_empty(part: Mapping[str, Any]) -> Part:
    return {key: value for key, value in part.items() if value not in (None, "", [], {})}


class _Reader:
    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._functions: dict[str, Part] = {}
        self._ports_of: dict[str, tuple[list[str], list[str]]] = {}

    def bundle(self, document: Part) -> Part:
        python = document.get("python", {})
        python = {"requires": python.get("requires", REQUIRES_PYTHON), "captured": python.get("captured", "")}
        modules = self._named(document.get("modules", []), ("modules",), self._module, "modules")
        files = [self._file(part, ("files", index)) for index, part in enumerate(document.get("files", ()))]
        self._check_files(modules, files)
        names = {module["name"] for module in modules}
        for index, part in enumerate(document.get("functions", ())):
            self._function(part, ("functions", index), names)
        pipelines = self._named(document.get("pipelines", []), ("pipelines",), self._pipeline, "pipelines")
        self._check_entrypoint(document["entrypoint"], pipelines)
        return {"spl": FORMAT, "entrypoint": document["entrypoint"]} | without_empty(
            {
                "python": without_empty(python),
                "dependencies": document.get("dependencies"),
                "constraints": document.get("constraints"),
                "requirements": document.get("requirements"),
                "functions": list(self._functions.values()),
                "pipelines": pipelines,
                "modules": modules,
                "files": files,
            }
        )

    def _refusal(self, at: At, problem: str, hint: str | None = None) -> InvalidBundle:
        return refusal(at, problem, self._lines, hint=hint)

    def _named(self, parts: list[Part], at: At, read: Any, what: str) -> list[Part]:
        found: dict[str, Part] = {}
        for index, part in enumerate(parts):
            if part["name"] in found:
                raise self._refusal((*at, index, "name"), f"there are two {what} {shown(part['name'])}.")
            found[part["name"]] = read(part, (*at, index))
        return list(found.values())

    def _check_entrypoint(self, entrypoint: str, pipelines: Iterable[Part]) -> None:
        if entrypoint not in self._functions and all(one["name"] != entrypoint for one in pipelines):
            problem = f"{shown(entrypoint)} is no function or pipeline of this bundle."
            raise self._refusal(("entrypoint",), problem)

    # --- source ---

    def _module(self, part: Part, at: At) -> Part:
        if not all(name.isidentifier() for name in part["name"].split(".")):
            raise self._refusal((*at, "name"), f"{shown(part['name'])} is no import name.")
        for constant in part.get("constants", ()):
            if not constant.isidentifier():
                raise self._refusal((*at, "constants", constant), "a constant's name is that of a global variable.")
        path, source = self._path(part, at), self._embedded(part, "source", at)
        source = source.replace("\r\n", "\n").replace("\r", "\n")  # as Python itself reads it
        origin = part.get("origin", "extracted")
        more = {"origin": origin if origin != "extracted" else None, "constants": part.get("constants")}
        return {"name": part["name"], "path": path} | without_empty(more) | {"source": source}

    def _file(self, part: Part, at: At) -> Part:
        path, text = self._path(part, at), self._embedded(part, "base64", at)
        try:
            content = a2b_base64("".join(text.split()), strict_mode=True)
        except ValueError as error:
            raise self._refusal((*at, "base64"), f"it is not base64: {error}.") from None
        text = encodebytes(content).decode("ascii")
        return {"path": path, "base64": text if text.count("\n") > 1 else text.rstrip("\n")}

    def _path(self, part: Part, at: At) -> str:
        problem = problem_of(part["path"])
        if problem:
            raise self._refusal((*at, "path"), f"the path {shown(part['path'])} {problem}.")
        return str(part["path"])

    def _embedded(self, part: Part, key: str, at: At) -> str:
        if key not in part:
            hint = "Load the folder that it was exported to, and publish what was loaded."
            raise self._refusal((*at, "source_file"), "the bundle refers to a file beside it.", hint)
        return str(part[key])

    def _check_files(self, modules: list[Part], files: list[Part]) -> None:
        for index, module in enumerate(modules):
            if not module["path"].endswith(".py"):
                raise self._refusal(("modules", index, "path"), "a module's path ends with .py.")
        twice = clash(part["path"] for part in (*modules, *files))
        if twice:
            raise InvalidBundle(f"Two modules or files can't both be at {shown(twice)}.", path=twice)

    # --- functions ---

    def _function(self, part: Part, at: At, modules: set[str]) -> None:
        name, module = part["name"], part["in"]
        if name in self._functions:
            raise self._refusal((*at, "name"), f"there are two functions {shown(name)}.")
        if module not in modules:
            raise self._refusal((*at, "in"), f"there is no module {shown(module)} in this bundle.")
        qualname = part.get("qualname", name)
        if not all(one.isidentifier() for one in str(qualname).split(".")):
            key = "qualname" if "qualname" in part else "name"
            raise self._refusal((*at, key), f"{shown(qualname)} can't be looked up in a module.")
        kind = part.get("kind", "plain")
        more = {
            "qualname": qualname if qualname != name else None,
            "kind": kind if kind != "plain" else None,
            "doc": part.get("doc"),
            "inputs": self._inputs(part, at),
        }
        self._functions[name] = {"name": name, "in": module} | without_empty(more) | self._outputs(part, at)
        self._ports_of[name] = self._named_ports(self._functions[name])

    def _inputs(self, part: Part, at: At) -> list[Part]:
        def port(one: Part, _: At) -> Part:
            kind = one.get("kind", "standard")
            said = {"type": one.get("type"), "default": one.get("default")}
            rest = {"kind": kind if kind != "standard" else None, "schema": one.get("schema")}
            return {"name": one["name"]} | without_empty(said | rest)

        return self._named(part.get("inputs", []), (*at, "inputs"), port, "inputs")

    def _outputs(self, part: Part, at: At) -> Part:
        """Nothing for the one output that every function has; an empty list says that there is none."""

        def port(one: Part, _: At) -> Part:
            return {"name": one["name"]} | without_empty({"type": one.get("type"), "schema": one.get("schema")})

        found = self._named(part.get("outputs", _ONE_OUTPUT), (*at, "outputs"), port, "outputs")
        return {} if found == _ONE_OUTPUT else {"outputs": found}

    # --- pipelines ---

    def _pipeline(self, part: Part, at: At) -> Part:
        nodes = {node: self._node(one, (*at, "nodes", node)) for node, one in part.get("nodes", {}).items()}
        if sum(len(names) for node in nodes.values() for names in self._ports(node)) > PORT_LIMIT:
            raise self._refusal((*at, "nodes"), f"the nodes have more than {PORT_LIMIT:,} inputs and outputs together.")
        links = self._links(part.get("links", []), nodes, at)
        for alias, node in part.get("aliases", {}).items():
            if node not in nodes:
                raise self._refusal((*at, "aliases", alias), f"there is no node {shown(node)} in this pipeline.")
        ordered = {node: nodes[node] for node in self._in_order(nodes, links, at)}
        more = {
            "doc": part.get("doc"),
            "nodes": ordered,
            "links": [
                links[node, port] for node in ordered for port in self._ports(nodes[node])[0] if (node, port) in links
            ],
            "aliases": part.get("aliases"),
        }
        return {"name": part["name"]} | without_empty(more)

    def _node(self, part: Part, at: At) -> Part:
        if "remote" in part:
            try:
                remote = address(part["remote"])
            except NoAddress as error:
                raise self._refusal((*at, "remote"), str(error)) from None
            return {"remote": remote} | without_empty({"inputs": self._inputs(part, at)}) | self._outputs(part, at)
        extra = next((key for key in part if key != "function"), None)
        if extra:
            raise self._refusal((*at, extra), "only a remote node says its ports; those of a function are known.")
        if part["function"] not in self._functions:
            raise self._refusal((*at, "function"), f"there is no function {shown(part['function'])} in this bundle.")
        return {"function": part["function"]}

    def _ports(self, node: Part) -> tuple[list[str], list[str]]:
        """The names of a node's inputs and outputs."""
        if "function" in node:
            return self._ports_of[node["function"]]
        return self._named_ports(node)

    def _named_ports(self, source: Part) -> tuple[list[str], list[str]]:
        inputs = [port["name"] for port in source.get("inputs", ())]
        return inputs, [port["name"] for port in source.get("outputs", _ONE_OUTPUT)]

    def _links(self, parts: list[Part], nodes: Mapping[str, Part], at: At) -> dict[tuple[str, str], Part]:
        ports = {node: self._ports(one) for node, one in nodes.items()}
        inputs = {node: dict.fromkeys(names) for node, (names, _) in ports.items()}
        outputs = {node: dict.fromkeys(names) for node, (_, names) in ports.items()}
        found: dict[tuple[str, str], Part] = {}
        for index, part in enumerate(parts):
            here = (*at, "links", index)
            target = self._reference(part["to"], inputs, (*here, "to"), "input")
            if target in found:
                raise self._refusal((*here, "to"), f"the input {shown('.'.join(target))} has a link already.")
            if "value" in part:
                found[target] = {"to": _written(target), "value": part["value"]}
            else:
                source = self._reference(part["from"], outputs, (*here, "from"), "output")
                found[target] = {"to": _written(target), "from": _written(source)}
        return found

    def _reference(
        self, reference: str | list[str], ports: Mapping[str, Mapping[str, None]], at: At, what: str
    ) -> tuple[str, str]:
        node, port = split(reference)
        if node not in ports:
            raise self._refusal(at, f"there is no node {shown(node)} in this pipeline.", "Write `node.port`.")
        if port not in ports[node]:
            known = ", ".join(shown(name) for name in list(ports[node])[:20]) or "none"
            raise self._refusal(at, f"node {shown(node)} has no {what} {shown(port)}.", f"It has: {known}.")
        return node, port

    def _in_order(self, nodes: Mapping[str, Part], links: Mapping[tuple[str, str], Part], at: At) -> list[str]:
        before: dict[str, list[str]] = {node: [] for node in nodes}
        for (node, _), link in links.items():
            if "from" in link:
                before[node].append(split(link["from"])[0])
        try:
            return graph.order(before)
        except graph.Circle as circle:
            names = [*circle.nodes[:8], circle.nodes[0]]
            problem = f"links may not form a circle: {' -> '.join(shown(name) for name in names)}."
            raise self._refusal((*at, "links"), problem) from None


def split(reference: str | list[str]) -> tuple[str, str]:
    """Node and port of a reference."""
    if isinstance(reference, str):
        node, _, port = reference.rpartition(".")
        return node, port
    return reference[0], reference[1]


def _written(reference: tuple[str, str]) -> str | list[str]:
    node, port = reference
    return f"{node}.{port}" if "." not in port else [node, port]
