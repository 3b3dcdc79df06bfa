"""Reads bundles that splime 0.2-0.4 wrote: a stream of lists, each a function or a pipeline and what it depends on.

Every function had imports of its own and shared the names of the other functions. So each becomes a module of its own
in the package `spl_roots`, with its imports, and imports the functions it uses from their modules:

    - !DFunction {name: combine, ...}    ->    spl_roots/combine.py:    import json as js
    - !DImport {module: json, alias: js}                                def combine(a): ...
    - !DSPLSelfImport {name: helper}                                    from spl_roots.helper import helper

Node ids were random; here they are the names of what the nodes call. What has no counterpart is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from spl.core.entities.bundle import Bundle, Distribution, Module
from spl.core.entities.function import Function
from spl.core.errors import InvalidBundle, ValueNotEncodable
from spl.core.graph import ancestors
from spl.core.ir.decode import decode
from spl.core.ir.encode import encode
from spl.core.ir.legacy.functions import PACKAGE, FunctionWriter, output_name
from spl.core.ir.legacy.pipelines import pipeline_of
from spl.core.ir.legacy.roots import Root, read_roots

REQUIRES_PYTHON = ">=3.13"
"""splime 0.2-0.4 ran on no other, and wrote bodies in its syntax."""


def read(text: str, path: Path | None) -> Bundle:
    """The bundle in a stream; `path` is its file, if it came from one: it may refer to others beside it.

    Raises:
        InvalidBundle: it names the line.
    """
    try:
        return decode(encode(_bundle(read_roots(text, path))))  # whatever is read can be written, and read again
    except ValueNotEncodable as error:
        raise InvalidBundle(error.message) from None


def _bundle(roots: dict[str, Root]) -> Bundle:
    entry = next(iter(roots.values()))
    exposed = _exposed(roots, entry)
    needed = ancestors({name: _calls(root) for name, root in roots.items()}, exposed)
    writer = FunctionWriter(roots)
    modules: dict[str, Module] = {}
    functions: dict[str, Function] = {}
    for name, root in roots.items():
        if name in needed and not root.is_pipeline:
            module, function = writer.write(root)
            modules[name] = module
            if name in exposed:
                functions[name] = function
    outputs = {name: output_name(root) for name, root in roots.items() if name in functions}
    pipelines = tuple(
        pipeline_of(root, functions, outputs) for name, root in roots.items() if root.is_pipeline and name in exposed
    )
    package = (Module(PACKAGE, f"{PACKAGE}/__init__.py", ""),) if modules else ()
    return Bundle(
        entrypoint=entry.name,
        requires_python=REQUIRES_PYTHON,
        dependencies=_pins(root for name, root in roots.items() if name in needed),
        modules=(*package, *modules.values()),
        functions=tuple(functions.values()),
        pipelines=pipelines,
    )


def _exposed(roots: Mapping[str, Root], entry: Root) -> set[str]:
    """The entrypoint, what nobody uses, and what pipelines call: helpers have never been meant to be called by name."""
    used = {name for root in roots.values() for name in root.uses if name != root.name}
    tops = {entry.name} | {name for name, root in roots.items() if name not in used and not root.is_class}
    return tops | {name for top in tops if roots[top].is_pipeline for name in roots[top].called}


def _calls(root: Root) -> Iterable[str]:
    """What it takes to run it; the functions of a pipeline's adapters are not among it."""
    return root.called if root.is_pipeline else root.uses


def _pins(roots: Iterable[Root]) -> tuple[Distribution, ...]:
    found: dict[str, Distribution] = {}
    for root in roots:
        for pin in root.distributions:
            known = found.setdefault(pin.package.lower(), pin)
            if known.version != pin.version:
                raise InvalidBundle(f"The file asks for {known} and for {pin}.", hint="Leave one of them in the file.")
    return tuple(sorted(found.values()))
