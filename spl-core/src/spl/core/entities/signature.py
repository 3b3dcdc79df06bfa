"""What a published function or pipeline takes and gives: told, written as JSON, checked before anything is started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from spl.core import graph
from spl.core.entities.arguments import Binder
from spl.core.entities.bundle import Bundle
from spl.core.entities.function import Function
from spl.core.entities.nearest import did_you_mean, listed
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import DEFAULT_PORT, InputPort, OutputPort, PortKind
from spl.core.errors import FunctionNotFound, OutputNotFound
from spl.runtime.values import Doc

FUNCTION = "function"
PIPELINE = "pipeline"


@dataclass(frozen=True)
class Signature:
    """A callable's ports.

    Attributes:
        name: the function's or pipeline's name in its bundle.
        kind: `function` or `pipeline`.
        inputs: what a call takes.
        outputs: a function's one output; a pipeline's aliases, or without any its last nodes.
        aliases: of a pipeline: its named outputs, each the id of a node.
        doc: the docstring.
        functions: of a pipeline: the functions that can be called by themselves.
        nodes: of a pipeline: the ids of its nodes; each may be asked for as an output.
        needs: of a pipeline: the required inputs that an alias needs, where it can do without some.
    """

    name: str
    kind: str = FUNCTION
    inputs: tuple[InputPort, ...] = ()
    outputs: tuple[OutputPort, ...] = (OutputPort(),)
    aliases: Mapping[str, str] = field(default_factory=dict, hash=False)
    doc: str = ""
    functions: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, bundle: Bundle, function: str | None = None) -> Signature:
        """The signature of a bundle's entrypoint, or of one of its functions.

        Raises:
            FunctionNotFound: the bundle has no such function.
        """
        if function is None:
            entry = bundle.entry
            return cls.of_pipeline(entry, bundle) if isinstance(entry, Pipeline) else cls.of_function(entry)
        found = bundle.function(function)
        if found is None:
            known = [one.name for one in bundle.functions]
            raise FunctionNotFound(
                f"{bundle.entrypoint!r} has no function {function!r}.{did_you_mean(function, known)}",
                hint=f"Its functions: {listed(known)}.",
            )
        return cls.of_function(found)

    @classmethod
    def of_function(cls, function: Function) -> Signature:
        return cls(function.name, FUNCTION, function.inputs, function.outputs, doc=function.doc)

    @classmethod
    def of_pipeline(cls, pipeline: Pipeline, bundle: Bundle | None = None) -> Signature:
        return cls(
            pipeline.name,
            PIPELINE,
            pipeline.inputs,
            pipeline.outputs,
            dict(pipeline.aliases),
            pipeline.doc,
            tuple(one.name for one in bundle.functions) if bundle else (),
            tuple(pipeline.nodes),
            _needs(pipeline),
        )

    def bind(self, args: Sequence[Doc], kwargs: Mapping[str, Doc], output: str | None = None) -> dict[str, Doc]:
        """The arguments of a call, by port name; all of them value documents.

        An output that can do without some inputs does not require them.

        Raises:
            InvalidArguments: with everything that is wrong about them.
        """
        return self._binder.bind(args, kwargs, self.needs.get(output) if output is not None else None)

    def check_output(self, output: str | None) -> None:
        """Whether this may be asked for.

        Raises:
            OutputNotFound: there is no such alias or node.
        """
        if output is None or output in self.aliases or output in self._node_set:
            return
        if self.kind == FUNCTION:
            if output == DEFAULT_PORT:
                return
            raise OutputNotFound(f"{self.name!r} is a function and has no output {output!r}.", hint="Leave output out.")
        known = list(self.aliases) or list(self.nodes)
        raise OutputNotFound(
            f"{self.name!r} has no output {output!r}.{did_you_mean(output, known)}",
            hint=f"Its outputs: {listed(known)}.",
        )

    @property
    def text(self) -> str:
        """The signature on one line: `add(a: int, b: int, scale: int = 1) -> dict`."""
        return self._binder.text + (f" -> {self.outputs[0].type}" if self._typed else "")

    def describe(self, reference: str | None = None, version: int | str | None = None, title: str | None = None) -> str:
        """All of it as text, with an example of a call and how to read its result.

        Args:
            reference: the name it is published by: `object`, or `object::function`.
            version: shown behind the name.
            title: the display name, where it is another.
        """
        name = reference or self.name
        shown = f"{name} v{version}" if version is not None else name
        head = f"{shown} ({self.kind})" + (f": {title}" if title and title != name else "")
        lines = [head]
        if self.doc:
            lines.append(f"  {self.doc.strip().splitlines()[0]}")
        lines += ["Inputs:", *(self._input_line(port) for port in self.inputs)]
        if not self.inputs:
            lines.append("  none")
        lines += ["Outputs:", *(self._output_line(port) for port in self.outputs)]
        if self.functions and self.kind == PIPELINE:
            lines += ["Functions:", *(f'  - {one}: function="{one}"' for one in self.functions)]
        return "\n".join([*lines, f"Example: {self.example(name)}", f"Read: {self._accessor(self._selected)}"])

    def example(self, reference: str | None = None) -> str:
        """A call to copy, with placeholders for the required inputs."""
        name, _, function = (reference or self.name).partition("::")
        parts = [f'"{name}"'] + ([f'function="{function}"'] if function else [])
        given = {port.name: f"<{port.type or 'value'}>" for port in self.inputs if port.required}
        if given:
            parts.append(f"kwargs={given!r}")
        if self._selected is not None:
            parts.append(f'output="{self._selected}"')
        return f"result = client.call({', '.join(parts)})"

    def selector(self, port: OutputPort) -> str | None:
        """What `output=` has to be for this output; None where it needs none."""
        return port.name if self.kind == PIPELINE and (port.name in self.aliases or len(self.outputs) > 1) else None

    def to_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "doc": self.doc,
            "inputs": [
                {
                    "name": port.name,
                    "type": port.type,
                    "required": port.required,
                    "default": port.default,
                    "kind": str(port.kind),
                    "schema": dict(port.schema),
                }
                for port in self.inputs
            ],
            "outputs": [
                {
                    "name": port.name,
                    "type": port.type,
                    "selector": self.selector(port),
                    "read": self._accessor(self.selector(port)),
                    "schema": dict(port.schema),
                }
                for port in self.outputs
            ],
        }
        if self.kind == PIPELINE:
            document |= {
                "aliases": dict(self.aliases),
                "functions": list(self.functions),
                "nodes": list(self.nodes),
                "needs": {alias: list(names) for alias, names in self.needs.items()},
            }
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Signature:
        return cls(
            document["name"],
            document["kind"],
            tuple(
                InputPort(port["name"], port["type"], port["default"], PortKind(port["kind"]), port["schema"])
                for port in document["inputs"]
            ),
            tuple(OutputPort(port["name"], port["type"], port["schema"]) for port in document["outputs"]),
            document.get("aliases", {}),
            document["doc"],
            tuple(document.get("functions", ())),
            tuple(document.get("nodes", ())),
            {alias: tuple(names) for alias, names in document.get("needs", {}).items()},
        )

    @cached_property
    def _binder(self) -> Binder:
        return Binder(self.name, self.inputs, by_name_only=self.kind == PIPELINE)

    @cached_property
    def _node_set(self) -> frozenset[str]:
        return frozenset(self.nodes)

    @property
    def _typed(self) -> bool:
        return self.kind == FUNCTION and bool(self.outputs) and self.outputs[0].type is not None

    @property
    def _selected(self) -> str | None:
        """The output that the example asks for."""
        return self.selector(self.outputs[0]) if self.outputs else None

    def _accessor(self, selector: str | None) -> str:
        by_port = self.kind == PIPELINE
        port = "default" if selector is not None or not self.outputs else self.outputs[0].name
        return f'result.value["{port}"]' if by_port else "result.value"

    def _input_line(self, port: InputPort) -> str:
        stars = {PortKind.VAR_POSITIONAL: "*", PortKind.VAR_KEYWORD: "**"}.get(port.kind, "")
        told = "required" if port.required else f"optional, default={port.default}" if port.default else "any number"
        return f"  - {stars}{port.name}: {port.type or 'any'} ({told})"

    def _output_line(self, port: OutputPort) -> str:
        selector = self.selector(port)
        how = f'output="{selector}"' if selector is not None else "no output selector"
        return f"  - {port.name}: {how}; read {self._accessor(selector)}" + (f" ({port.type})" if port.type else "")


def _needs(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    """The required inputs of each alias that does not need all of them."""
    required = [port.name for port in pipeline.inputs if port.required]
    taken: dict[str, set[str]] = {}
    for node_id, port in pipeline.free_ports():
        taken.setdefault(node_id, set()).add(port.name)
    predecessors = pipeline.predecessors()
    found = {}
    for alias, node_id in pipeline.aliases.items():
        near = graph.ancestors(predecessors, [node_id])
        names = set().union(*(taken.get(one, ()) for one in near))
        if not names.issuperset(required):
            found[alias] = tuple(name for name in required if name in names)
    return found
