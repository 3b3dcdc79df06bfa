"""A bundle: one publishable document, self-contained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from spl.core.entities.function import Function
from spl.core.entities.pipeline import Pipeline


@dataclass(frozen=True, slots=True, order=True)
class Distribution:
    """An installable package at an exact version: `numpy==2.1.0`."""

    package: str
    version: str

    def __str__(self) -> str:
        return f"{self.package}=={self.version}"


class Origin(StrEnum):
    """Where a module's source comes from."""

    EXTRACTED = "extracted"  # the needed definitions of a notebook, a script or a REPL
    FILE = "file"  # a whole local file, as it stands


@dataclass(frozen=True, slots=True)
class Module:
    """One module of embedded source.

    Attributes:
        name: dotted import name in the worker (`main`, `utils`, `pkg.sub`).
        path: file path below the bundle's source root, with `/` (`main.py`, `pkg/__init__.py`).
        source: its text.
        origin: extracted or file.
        constants: values that have no literal form, by global name, encoded by the value codec; they are
            put into the module before its source runs.
    """

    name: str
    path: str
    source: str
    origin: Origin = Origin.EXTRACTED
    constants: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A small file that an embedded package reads: `path` below the source root, and its bytes."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is published: functions and pipelines, and all that they need to run elsewhere.

    Attributes:
        entrypoint: name of the function or pipeline that a call of the bundle runs.
        requires_python: a version specifier such as `>=3.10`, inferred from the source's syntax.
        python: the version it was captured on, such as `3.13.0`.
        dependencies: what must be installed, exactly.
        constraints: the installed transitive closure of the dependencies, to be honoured where it applies.
        requirements: requirement lines the author gave instead (argument or PEP 723 block); they win over dependencies.
    """

    entrypoint: str
    requires_python: str = ">=3.9"
    python: str = ""
    dependencies: tuple[Distribution, ...] = ()
    constraints: tuple[Distribution, ...] = ()
    requirements: tuple[str, ...] = ()
    modules: tuple[Module, ...] = ()
    files: tuple[DataFile, ...] = ()
    functions: tuple[Function, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()

    def function(self, name: str) -> Function | None:
        return next((f for f in self.functions if f.name == name), None)

    def pipeline(self, name: str) -> Pipeline | None:
        return next((p for p in self.pipelines if p.name == name), None)

    @property
    def entry(self) -> Function | Pipeline:
        """The function or pipeline that the entrypoint names."""
        found = self.pipeline(self.entrypoint) or self.function(self.entrypoint)
        if found is None:
            raise LookupError(self.entrypoint)
        return found
