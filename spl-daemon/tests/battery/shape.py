"""What one entry of the battery is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from textwrap import dedent
from typing import Any


class How(StrEnum):
    """How the author's code comes to life."""

    CELLS = "cells"  # notebook cells, each kept in linecache as ipykernel does
    SCRIPT = "script"  # python script.py
    PROMPT = "prompt"  # python -i
    COMMAND = "command"  # python -c
    EXEC = "exec"  # exec() of a text that linecache knows
    BARE_EXEC = "bare_exec"  # exec() of a text that nothing keeps
    PYTEST = "pytest"  # inside a test function


def text_of(code: str) -> str:
    return dedent(code.removeprefix("\n")) if code.startswith("\n") else code


@dataclass(frozen=True)
class Shape:
    """Something that people publish.

    Attributes:
        name: a sentence about it.
        code: the source; several texts are cells, run one after the other.
        how: how it is brought to life.
        target: an expression for what is published.
        args, kwargs: what it is called with.
        expect: what the call gives.
        refused: the reason for which capture refuses it instead; `saying` is part of the message.
        files: what lies beside it, by path.
        needs: distributions that must be installed, so that it can't run on a bare interpreter.
        here_only: the result depends on the interpreter.
        shows: fragments that the extracted source has; `hides`: that it hasn't.
        options: further arguments of `capture`.
        pins: the direct dependencies that must be found.
    """

    name: str
    code: str | Sequence[str]
    how: How = How.CELLS
    target: str = "f"
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    expect: Any = None
    refused: str = ""
    saying: str = ""
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    here_only: bool = False
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    pins: tuple[str, ...] | None = None

    @property
    def cells(self) -> list[str]:
        """The texts as the author wrote them: from the margin on."""
        return [text_of(code) for code in ([self.code] if isinstance(self.code, str) else self.code)]

    def __str__(self) -> str:
        return self.name.replace(" ", "-")
