"""A Function: one Python callable with its ports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from spl.core.entities.port import InputPort, OutputPort


class FunctionKind(StrEnum):
    """How a call of it is brought to a value."""

    PLAIN = "plain"
    ASYNC = "async"  # awaited
    GENERATOR = "generator"  # collected into a list
    ASYNC_GENERATOR = "async_generator"  # collected into a list


@dataclass(frozen=True, slots=True)
class Function:
    """A callable as the language sees it.

    Attributes:
        name: the name it is known by inside its bundle.
        inputs, outputs: its ports, in the order of the signature.
        doc: its docstring, cleaned.
        kind: plain, async, generator or async_generator.
        module, qualname: where the bundle's source defines it; empty until it is captured.
        callable: the live callable, where there is one.
    """

    name: str
    inputs: tuple[InputPort, ...] = ()
    outputs: tuple[OutputPort, ...] = (OutputPort(),)
    doc: str = ""
    kind: FunctionKind = FunctionKind.PLAIN
    module: str = ""
    qualname: str = ""
    callable: Callable[..., Any] | None = field(default=None, compare=False, repr=False)
