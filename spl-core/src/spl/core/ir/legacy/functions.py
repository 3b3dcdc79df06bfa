"""Functions of splime 0.2-0.4 as modules of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spl.core.entities.bundle import Module
from spl.core.entities.function import Function
from spl.core.entities.port import DEFAULT_PORT, InputPort, OutputPort
from spl.core.errors import InvalidBundle
from spl.core.ir.legacy.roots import Root, items, optional, wrong
from spl.core.ir.legacy.source import TOKEN_LIMIT, Import, is_name, tokens, write
from spl.core.ir.paths import problem_of
from spl.core.ir.places import shown

PACKAGE = "spl_roots"
"""Holds the functions' modules: a function called `json` must not hide the library."""

STEM_LENGTH = 100
"""Letters of a file's name: a path has to hold them, and a number where names are alike."""


class FunctionWriter:
    """Writes the functions of one file, each into a module that is named after it."""

    def __init__(self, roots: Mapping[str, Root]) -> None:
        functions = [name for name, root in roots.items() if not root.is_pipeline]
        for name in functions:
            if not is_name(name):
                raise wrong(roots[name].tagged, f"{shown(name)} is no name of a Python function.")
        self._modules = _module_names(functions)
        self._tokens = 0

    def write(self, root: Root) -> tuple[Module, Function]:
        """Its module, and the function in it.

        Raises:
            InvalidBundle: it is no Python function, or the file is beyond all measure.
        """
        body = optional(root.tagged, "body") or ""
        self._tokens += tokens(body)
        if self._tokens > TOKEN_LIMIT:
            raise InvalidBundle("The file holds more source than can be converted.", hint="Publish its functions anew.")
        inputs = tuple(_input(root, part) for part in items(root.tagged, "inputs"))
        returns = _returns(root)
        helpers = [Import(self._modules[name], target=name) for name in dict.fromkeys(root.uses) if name != root.name]
        try:
            written = write(root.name, inputs, returns, body, root.imports, helpers)
        except ValueError as error:
            raise wrong(root.tagged, f"{shown(root.name)} is no Python function: {error}.") from None
        name = self._modules[root.name]
        module = Module(name, f"{name.replace('.', '/')}.py", written.source)
        output = OutputPort(type=returns)
        return module, Function(root.name, inputs, (output,), written.doc, module=name, qualname=root.name)


def _module_names(functions: list[str]) -> dict[str, str]:
    """A module for each function, as file systems can tell them apart."""
    found: dict[str, str] = {}
    taken = {"__init__"}
    for function in functions:
        stem, count = function[:STEM_LENGTH], 1
        while stem.casefold() in taken or problem_of(f"{stem}.py"):
            count += 1
            stem = f"{function[:STEM_LENGTH]}_{count}"
        taken.add(stem.casefold())
        found[function] = f"{PACKAGE}.{stem}"
    return found


def _input(root: Root, part: Any) -> InputPort:
    if not isinstance(part, dict) or not isinstance(part.get("name"), str) or not is_name(part["name"]):
        raise wrong(root.tagged, f"{shown(root.name)} has an input without a name.")
    for key in ("type", "default"):
        if not isinstance(part.get(key), str | None):
            raise wrong(root.tagged, f"{shown(root.name)} has an input whose {key} is no source text.")
    return InputPort(part["name"], part.get("type") or None, part.get("default"))


def _returns(root: Root) -> str | None:
    """The return annotation; a class factory has none."""
    outputs = items(root.tagged, "outputs")
    if len(outputs) > 1 or not all(isinstance(output, dict) for output in outputs):
        raise wrong(root.tagged, f"{shown(root.name)} has {len(outputs)} outputs, and a Python function has one.")
    returns = outputs[0].get("type") if outputs else None
    if not isinstance(returns, str | None):
        raise wrong(root.tagged, f"{shown(root.name)} has an output whose type is no source text.")
    return returns or None


def output_name(root: Root) -> str:
    """What its one output was called; `Annotated[T, "name"]` could call it otherwise than `default`."""
    outputs = items(root.tagged, "outputs")
    return str(outputs[0].get("name")) if outputs else DEFAULT_PORT
