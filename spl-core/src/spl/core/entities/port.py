"""Ports: what goes into a node and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

DEFAULT_PORT = "default"
"""The name of a function's only output."""


class PortKind(StrEnum):
    """How Python hands an argument over."""

    POSITIONAL_ONLY = "positional_only"
    STANDARD = "standard"
    VAR_POSITIONAL = "var_positional"
    KEYWORD_ONLY = "keyword_only"
    VAR_KEYWORD = "var_keyword"


@dataclass(frozen=True, slots=True)
class InputPort:
    """One parameter.

    Attributes:
        name: the parameter's name.
        type: its annotation as source text, or None.
        default: its default as source text; None means that the caller must give a value.
        kind: how Python hands it over. The value of `*args` is a list of all of them, that of `**kwargs` an object.
        schema: JSON Schema of the JSON form of its values (of `*args` an array, of `**kwargs` an object); an empty one
            accepts everything.
    """

    name: str
    type: str | None = None
    default: str | None = None
    kind: PortKind = PortKind.STANDARD
    schema: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def required(self) -> bool:
        return self.default is None and self.kind not in (PortKind.VAR_POSITIONAL, PortKind.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class OutputPort:
    """One result. A Python function has exactly one, named `default`."""

    name: str = DEFAULT_PORT
    type: str | None = None
    schema: Mapping[str, Any] = field(default_factory=dict, hash=False)
