"""What all nodes have, and the two ends of a link."""

from __future__ import annotations

from dataclasses import dataclass

from spl.core.entities.port import DEFAULT_PORT, InputPort, OutputPort


class Node:
    """One step of a pipeline: an id that is unique in its pipeline, input ports and output ports."""

    __slots__ = ()
    id: str

    @property
    def inputs(self) -> tuple[InputPort, ...]:
        raise NotImplementedError

    @property
    def outputs(self) -> tuple[OutputPort, ...]:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class OutputRef:
    """An output port of a node: where a link begins."""

    node: str
    port: str = DEFAULT_PORT


@dataclass(frozen=True, slots=True)
class InputRef:
    """An input port of a node: where a link ends."""

    node: str
    port: str
