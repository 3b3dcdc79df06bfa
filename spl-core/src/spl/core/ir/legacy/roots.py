"""The stream taken apart: its roots, each with what it imports, uses and needs installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spl.core.entities.bundle import Distribution
from spl.core.errors import InvalidBundle
from spl.core.ir.document import NAME_LENGTH, SCHEMA
from spl.core.ir.legacy.source import Import
from spl.core.ir.paths import problem_of
from spl.core.ir.places import shown
from spl.core.ir.text import Tagged, load_tagged

TEXT_LIMIT = 1024 * 1024
"""Bytes of one file: ten times the largest that the 1,000-node pipelines of its time came to."""

FILE_LIMIT = 100
"""Files of one folder export."""

_PIN = re.compile(SCHEMA["$defs"]["pin"]["pattern"] + r"\Z")


@dataclass(slots=True)
class Root:
    """A function or pipeline, and its dependencies."""

    tagged: Tagged
    name: str
    imports: list[Import] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    distributions: list[Distribution] = field(default_factory=list)
    files: list[Tagged] = field(default_factory=list)

    @property
    def is_pipeline(self) -> bool:
        return self.tagged.tag == "!DPipeline"

    @property
    def is_class(self) -> bool:
        """A function that stands for a class: it defines it and returns an instance."""
        return not self.is_pipeline and self.tagged.fields.get("outputs") is None

    @property
    def called(self) -> list[str]:
        """The functions that a pipeline's nodes call."""
        nodes = items(self.tagged, "nodes")
        return [text(node, "func") for node in nodes if isinstance(node, Tagged) and node.tag == "!DNodeFunction"]


def read_roots(source: str, path: Path | None) -> dict[str, Root]:
    """All roots by name, the entry point first; files that are referred to are read too.

    Raises:
        InvalidBundle: it names the line.
    """
    roots: dict[str, Root] = {}
    first = path.resolve() if path else None
    waiting = [(source, first)]
    seen = {first}
    while waiting:
        part, file = waiting.pop(0)
        try:
            for root in _roots(part):
                if root.name in roots:
                    raise wrong(root.tagged, f"is the second root with the name {shown(root.name)}.")
                roots[root.name] = root
                for entry in root.files:
                    found = _file(entry, file, first)
                    if found not in seen:
                        seen.add(found)
                        waiting.append((_read(found, entry), found))
        except InvalidBundle as error:
            if file is first or file is None:
                raise
            raise InvalidBundle(f"{file.name}: {error.message}", hint=error.hint, **error.details) from None
        if len(seen) > FILE_LIMIT:
            raise InvalidBundle(f"The bundle is in more than {FILE_LIMIT} files.")
    if not roots:
        raise InvalidBundle("The file holds no function and no pipeline.")
    _check_uses(roots)
    return roots


def _check_uses(roots: dict[str, Root]) -> None:
    for root in roots.values():
        for name in [*root.uses, *(root.called if root.is_pipeline else ())]:
            if name not in roots or roots[name].is_pipeline:
                raise wrong(root.tagged, f"uses {shown(name)}, and there is no such function in the file.")


def _roots(source: str) -> Iterator[Root]:
    for document in load_tagged(source, TEXT_LIMIT):
        if document is None:
            continue
        parts = document if isinstance(document, list) else []
        if not parts or not all(isinstance(part, Tagged) for part in parts):
            raise InvalidBundle("The document is not an SPL/YAML bundle.", hint="A bundle begins with `spl: 1`.")
        tagged, *dependencies = parts
        if tagged.tag not in ("!DFunction", "!DPipeline"):
            raise wrong(tagged, "is no function and no pipeline, and stands first.")
        root = Root(tagged, text(tagged, "name"))
        for dependency in dependencies:
            _depend(root, dependency)
        yield root


def _depend(root: Root, dependency: Tagged) -> None:
    match dependency.tag:
        case "!DImport":
            root.imports.append(_import(dependency, None))
        case "!DImportFrom":
            root.imports.append(_import(dependency, text(dependency, "target")))
        case "!DDistribution":
            pin = Distribution(text(dependency, "package"), text(dependency, "version"))
            if not _PIN.match(str(pin)):
                raise wrong(dependency, f"is no pin: {shown(str(pin))}.")
            root.distributions.append(pin)
        case "!DSPLSelfImport":
            root.uses.append(text(dependency, "name"))
        case "!DSPLImport":
            root.uses.append(text(dependency, "name"))
            root.files.append(dependency)
        case _:
            raise wrong(dependency, "is not known here.")


def _import(tagged: Tagged, target: str | None) -> Import:
    found = Import(text(tagged, "module"), target, optional(tagged, "alias"))
    if not found.well_formed:
        raise wrong(tagged, f"is no import: {shown(str(found))}.")
    return found


def _file(entry: Tagged, beside: Path | None, first: Path | None) -> Path:
    if beside is None or first is None:
        raise wrong(entry, "refers to another file, and this bundle is a text.", "Load it by the path of its file.")
    name = text(entry, "path").replace("\\", "/").removeprefix("./")
    if problem_of(name):
        raise wrong(entry, f"refers to the path {shown(name)}, which {problem_of(name)}.")
    path = (beside.parent / name).resolve()
    if not path.is_relative_to(first.parent):
        raise wrong(entry, f"refers to the path {shown(name)}, which leads out of the folder.")
    return path


def _read(path: Path, entry: Tagged) -> str:
    try:
        with path.open("rb") as file:
            return file.read(TEXT_LIMIT + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise wrong(entry, f"refers to {path.name}, which can't be read: {error}.") from None


# --- fields -----------------------------------------------------------------------------------------------------------


def wrong(tagged: Tagged, problem: str, hint: str | None = None) -> InvalidBundle:
    return InvalidBundle(f"line {tagged.line}: {tagged.tag[:40]} {problem}", hint=hint, line=tagged.line)


def optional(tagged: Tagged, key: str) -> str | None:
    """A text, or None where it is missing or null."""
    value = tagged.fields.get(key)
    if value is not None and not isinstance(value, str):
        raise wrong(tagged, f"has {shown(value)} where `{key}` is a text.")
    return value


def text(tagged: Tagged, key: str) -> str:
    value = optional(tagged, key)
    if not value:
        raise wrong(tagged, f"has no `{key}`.")
    if len(value) > NAME_LENGTH or not value.isprintable():
        raise wrong(tagged, f"has a `{key}` that is no name.")
    return value


def items(tagged: Tagged, key: str) -> list[Any]:
    """A list; missing or null is an empty one."""
    value = tagged.fields.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong(tagged, f"has {shown(value)} where `{key}` is a list.")
    return value
