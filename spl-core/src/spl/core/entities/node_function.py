"""A node that calls a Function of the same bundle, in the process that runs the pipeline."""

from __future__ import annotations

from dataclasses import dataclass

from spl.core.entities.function import Function
from spl.core.entities.node import Node
from spl.core.entities.port import InputPort, OutputPort


@dataclass(frozen=True, slots=True)
class NodeFunction(Node):
    id: str
    function: Function

    @property
    def inputs(self) -> tuple[InputPort, ...]:
        return self.function.inputs

    @property
    def outputs(self) -> tuple[OutputPort, ...]:
        return self.function.outputs
