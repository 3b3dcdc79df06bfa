"""Document to bundle. What the schema can't say is checked here: names that must exist, and paths that must be safe."""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from spl.core.entities.bundle import Bundle, DataFile, Distribution, Module, Origin
from spl.core.entities.function import Function, FunctionKind
from spl.core.entities.node import InputRef, Node, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.node_remote import LATEST, NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort, OutputPort, PortKind
from spl.core.entities.scalar import Scalar
from spl.core.errors import InvalidBundle, InvalidRequest, PipelineCycle
from spl.core.graph import order
from spl.core.ir.check import check
from spl.core.ir.document import Document, Json
from spl.core.ir.paths import clash, problem_of
from spl.core.ir.places import Lines, refusal, shown

REQUIRES_PYTHON = ">=3.9"
"""Of a document that does not say: the oldest Python that the runtime supports."""

type At = tuple[str | int, ...]


def decode(document: Document, lines: Lines | None = None) -> Bundle:
    """The bundle that a document describes. No code of it runs, no value of it is rebuilt.

    Raises:
        InvalidBundle: it names the path and, where `lines` are given, the line.
    """
    check(document, lines)
    return _Decoder(lines).bundle(document)


@dataclass(slots=True)
class _Decoder:
    lines: Lines | None
    functions: dict[str, Function] = field(default_factory=dict)

    def bundle(self, document: Document) -> Bundle:
        python = document.get("python", {})
        modules = self._modules(document.get("modules", []))
        files = tuple(self._file(part, ("files", index)) for index, part in enumerate(document.get("files", ())))
        self._check_files(modules, files)
        names = {module.name for module in modules}
        for index, part in enumerate(document.get("functions", ())):
            self._function(part, ("functions", index), names)
        bundle = Bundle(
            entrypoint=document["entrypoint"],
            requires_python=python.get("requires", REQUIRES_PYTHON),
            python=python.get("captured", ""),
            dependencies=_pins(document.get("dependencies", ())),
            constraints=_pins(document.get("constraints", ())),
            requirements=tuple(document.get("requirements", ())),
            modules=modules,
            files=files,
            functions=tuple(self.functions.values()),
            pipelines=self._pipelines(document.get("pipelines", [])),
        )
        if bundle.pipeline(bundle.entrypoint) is None and bundle.function(bundle.entrypoint) is None:
            raise self._refusal(
                ("entrypoint",), f"{shown(bundle.entrypoint)} is no function or pipeline of this bundle."
            )
        return bundle

    def _refusal(self, at: At, problem: str, hint: str | None = None) -> InvalidBundle:
        return refusal(at, problem, self.lines, hint=hint)

    # --- source ------------------------------------------------------------------------------------------------------

    def _modules(self, documents: list[Document]) -> tuple[Module, ...]:
        found: dict[str, Module] = {}
        for index, document in enumerate(documents):
            module = self._module(document, ("modules", index))
            if module.name in found:
                raise self._refusal(("modules", index, "name"), f"there are two modules {shown(module.name)}.")
            found[module.name] = module
        return tuple(found.values())

    def _module(self, document: Document, at: At) -> Module:
        name = document["name"]
        if not all(part.isidentifier() for part in name.split(".")):
            raise self._refusal((*at, "name"), f"{shown(name)} is no import name.")
        for constant in document.get("constants", ()):
            if not constant.isidentifier():
                raise self._refusal((*at, "constants", constant), "a constant's name is that of a global variable.")
        return Module(
            name=name,
            path=self._path(document, at),
            source=self._embedded(document, "source", at),
            origin=Origin(document.get("origin", Origin.EXTRACTED)),
            constants=document.get("constants", {}),
        )

    def _file(self, document: Document, at: At) -> DataFile:
        path, text = self._path(document, at), self._embedded(document, "base64", at)
        try:
            content = a2b_base64("".join(text.split()), strict_mode=True)
        except ValueError as error:
            raise self._refusal((*at, "base64"), f"it is not base64: {error}.") from None
        return DataFile(path, content)

    def _path(self, document: Document, at: At) -> str:
        path: str = document["path"]
        problem = problem_of(path)
        if problem:
            raise self._refusal((*at, "path"), f"the path {shown(path)} {problem}.")
        return path

    def _embedded(self, document: Document, key: str, at: At) -> str:
        if key not in document:
            hint = "Load the folder that it was exported to."
            raise self._refusal((*at, "source_file"), "the document refers to a file beside it.", hint)
        text: str = document[key]
        return text

    def _check_files(self, modules: Iterable[Module], files: Iterable[DataFile]) -> None:
        for index, module in enumerate(modules):
            if not module.path.endswith(".py"):
                raise self._refusal(("modules", index, "path"), "a module's path ends with .py.")
        twice = clash([*(module.path for module in modules), *(file.path for file in files)])
        if twice:
            raise InvalidBundle(f"Two of the bundle's modules and files can't both be at {shown(twice)}.", path=twice)

    # --- functions ---------------------------------------------------------------------------------------------------

    def _function(self, document: Document, at: At, modules: set[str]) -> None:
        name: str = document["name"]
        module: str = document["in"]
        if name in self.functions:
            raise self._refusal((*at, "name"), f"there are two functions {shown(name)}.")
        if module not in modules:
            raise self._refusal((*at, "in"), f"there is no module {shown(module)} in this bundle.")
        qualname: str = document.get("qualname", name)
        if not all(part.isidentifier() for part in qualname.split(".")):
            key = "qualname" if "qualname" in document else "name"
            raise self._refusal((*at, key), f"{shown(qualname)} can't be looked up in a module.")
        self.functions[name] = Function(
            name=name,
            inputs=self._inputs(document, at),
            outputs=self._outputs(document, at),
            doc=document.get("doc", ""),
            kind=FunctionKind(document.get("kind", FunctionKind.PLAIN)),
            module=module,
            qualname=qualname,
        )

    def _inputs(self, document: Document, at: At) -> tuple[InputPort, ...]:
        found: dict[str, InputPort] = {}
        for index, part in enumerate(document.get("inputs", ())):
            name = part["name"]
            if name in found:
                raise self._refusal((*at, "inputs", index, "name"), f"there are two inputs {shown(name)}.")
            kind = PortKind(part.get("kind", PortKind.STANDARD))
            found[name] = InputPort(name, part.get("type"), part.get("default"), kind, part.get("schema", {}))
        return tuple(found.values())

    def _outputs(self, document: Document, at: At) -> tuple[OutputPort, ...]:
        if "outputs" not in document:
            return (OutputPort(),)
        found: dict[str, OutputPort] = {}
        for index, part in enumerate(document["outputs"]):
            name = part["name"]
            if name in found:
                raise self._refusal((*at, "outputs", index, "name"), f"there are two outputs {shown(name)}.")
            found[name] = OutputPort(name, part.get("type"), part.get("schema", {}))
        return tuple(found.values())

    # --- pipelines ---------------------------------------------------------------------------------------------------

    def _pipelines(self, documents: list[Document]) -> tuple[Pipeline, ...]:
        found: dict[str, Pipeline] = {}
        for index, document in enumerate(documents):
            name = document["name"]
            if name in found:
                raise self._refusal(("pipelines", index, "name"), f"there are two pipelines {shown(name)}.")
            found[name] = self._pipeline(document, ("pipelines", index))
        return tuple(found.values())

    def _pipeline(self, document: Document, at: At) -> Pipeline:
        nodes = {
            node_id: self._node(part, node_id, (*at, "nodes", node_id))
            for node_id, part in document.get("nodes", {}).items()
        }
        links = self._links(document.get("links", []), nodes, at)
        aliases = document.get("aliases", {})
        for alias, node_id in aliases.items():
            if node_id not in nodes:
                raise self._refusal((*at, "aliases", alias), f"there is no node {shown(node_id)} in this pipeline.")
        return Pipeline(document["name"], self._in_order(nodes, links, at), links, aliases, document.get("doc", ""))

    def _node(self, document: Document, node_id: str, at: At) -> Node:
        if "remote" in document:
            return self._remote(document, node_id, at)
        extra = next((key for key in document if key != "function"), None)
        if extra:
            raise self._refusal((*at, extra), "only a remote node says its ports; those of a function are known.")
        function = self.functions.get(document["function"])
        if function is None:
            problem = f"there is no function {shown(document['function'])} in this bundle."
            raise self._refusal((*at, "function"), problem)
        return NodeFunction(node_id, function)

    def _remote(self, document: Document, node_id: str, at: At) -> NodeRemote:
        remote = document["remote"]
        try:
            return NodeRemote(
                id=node_id,
                url=remote.get("url"),
                owner=remote.get("owner"),
                library=remote.get("library"),
                name=remote["name"],
                function=remote.get("function"),
                version=remote.get("version", LATEST),
                target_machine=remote.get("target_machine"),
                inputs=self._inputs(document, at),
                outputs=self._outputs(document, at),
            )
        except (InvalidRequest, ValueError) as error:  # a URL that is none
            raise self._refusal((*at, "remote"), str(error)) from None

    def _links(
        self, documents: list[Document], nodes: Mapping[str, Node], at: At
    ) -> dict[InputRef, OutputRef | Scalar]:
        inputs = {node_id: {port.name for port in node.inputs} for node_id, node in nodes.items()}
        outputs = {node_id: {port.name for port in node.outputs} for node_id, node in nodes.items()}
        found: dict[InputRef, OutputRef | Scalar] = {}
        for index, document in enumerate(documents):
            here = (*at, "links", index)
            target = InputRef(*self._reference(document["to"], inputs, (*here, "to"), "input"))
            if target in found:
                raise self._refusal((*here, "to"), f"the input {shown(document['to'])} has a link already.")
            if "value" in document:
                found[target] = Scalar(document["value"], encoded=True)
            else:
                found[target] = OutputRef(*self._reference(document["from"], outputs, (*here, "from"), "output"))
        return found

    def _reference(self, reference: Json, ports: Mapping[str, set[str]], at: At, what: str) -> tuple[str, str]:
        node, port = reference if isinstance(reference, list) else reference.rpartition(".")[::2]
        if node not in ports:
            raise self._refusal(at, f"there is no node {shown(node)} in this pipeline.", "Write `node.port`.")
        if port not in ports[node]:
            known = ", ".join(sorted(ports[node])[:20]) or "none"
            raise self._refusal(at, f"node {shown(node)} has no {what} {shown(port)}.", f"It has: {known}.")
        return node, port

    def _in_order(
        self, nodes: dict[str, Node], links: Mapping[InputRef, OutputRef | Scalar], at: At
    ) -> Mapping[str, Node]:
        """The nodes in an order in which they can run; as written, where that is one."""
        before: dict[str, list[str]] = {node_id: [] for node_id in nodes}
        for target, source in links.items():
            if isinstance(source, OutputRef):
                before[target.node].append(source.node)
        try:
            ordered = order(before)
        except PipelineCycle as error:
            raise self._refusal((*at, "links"), error.message) from None
        return {node_id: nodes[node_id] for node_id in ordered}


def _pins(lines: Iterable[str]) -> tuple[Distribution, ...]:
    return tuple(Distribution(*line.split("==", 1)) for line in lines)
