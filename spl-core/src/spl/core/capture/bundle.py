"""`capture`: functions and pipelines in, one self-contained bundle and a report of it out."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from spl.core.capture.constants import size_warnings
from spl.core.capture.dependencies import Dependencies, included_files
from spl.core.capture.documents import need_for
from spl.core.capture.kinds import check_size
from spl.core.capture.literal import literal
from spl.core.capture.origin import locate
from spl.core.capture.python_version import requires_python
from spl.core.capture.refusal import NOWHERE, Reason, refusal
from spl.core.capture.report import CaptureReport
from spl.core.capture.requirements import wanted
from spl.core.capture.schema import with_schemas
from spl.core.capture.session import Placed, Session
from spl.core.capture.signature import function_of, underlying
from spl.core.capture.unit import Unit, unit_names
from spl.core.entities.bundle import Bundle, Module, Origin
from spl.core.entities.function import Function
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.scalar import Scalar

type Target = Callable[..., Any] | Function | Pipeline
type Extra = types.ModuleType | str | PathLike[str]


@dataclass(frozen=True, slots=True)
class Captured:
    """A bundle, and the report of what it took along."""

    bundle: Bundle
    report: CaptureReport


def capture(
    target: Target | Sequence[Target],
    *,
    name: str | None = None,
    requirements: Sequence[str] | None = None,
    include: Sequence[Extra] = (),
    exclude: Sequence[types.ModuleType | str] = (),
) -> Captured:
    """Take functions and pipelines out of this process, with all that they need elsewhere.

    The same content gives the same bundle, byte for byte.

    Args:
        target: a callable, a Pipeline, or several; the first one is the entrypoint.
        name: what the entrypoint is called in the bundle, instead of its own name.
        requirements: requirement lines that win over what is found; a `# /// script` block does too.
        include: modules to embed, by name or object, and files or folders to put beside them.
        exclude: modules that are neither embedded nor pinned.

    Raises:
        CaptureError: something can't be taken along; it tells what, where, why, and the way out.
    """
    targets = list(target) if isinstance(target, (list, tuple)) else [target]
    if not targets:
        raise refusal(Reason.NOT_CALLABLE, "There is nothing to capture.", hint="Give a function or a Pipeline.")
    return _Capture(targets, name, requirements, include, [_module_name(each) for each in exclude]).run()


class _Capture:
    def __init__(
        self,
        targets: list[Any],
        name: str | None,
        requirements: Sequence[str] | None,
        include: Sequence[Extra],
        exclude: list[str],
    ) -> None:
        self.targets = targets
        self.name = name
        self.include = include
        callables = list(_callables(targets))
        probe = Session(Dependencies(wanted(None, ())))
        texts = {id(text): text for each in callables for text in _texts(probe, each)}
        self.wanted = wanted(requirements, [(text.label, text.text) for text in texts.values()])
        self.session = Session(Dependencies(self.wanted, exclude), places=probe.places)
        self.placed: list[tuple[Any, Function, Placed]] = []
        self.names: set[str] = set()

    def run(self) -> Captured:
        for one in self.include:
            self._include(one)
        items = [self._pipeline(each) if isinstance(each, Pipeline) else self._entry(each) for each in self.targets]
        self.session.finish()
        return self._finished(items)

    def _include(self, one: Extra) -> None:
        dependencies = self.session.dependencies
        if isinstance(one, types.ModuleType) or (isinstance(one, str) and _is_module(one)):
            dependencies.embed(_module_name(one))
            return
        path = Path(one)
        if not path.exists():
            raise refusal(
                Reason.FILE_PATH,
                f"There is no {str(path)!r} to include.",
                hint="Give a module, or the path of a file or folder.",
                name=str(path),
            )
        dependencies.files |= {file.path: file for file in included_files(path)}

    def _entry(self, target: Any) -> str:
        function = target if isinstance(target, Function) else function_of(target)
        return self._function(function, self.name if target is self.targets[0] else None).name

    def _function(self, function: Function, name: str | None = None) -> Function:
        """Bring a function along once, under a name of its own."""
        target = function.callable
        if target is None:
            raise refusal(
                Reason.NO_SOURCE,
                f"The function {function.name!r} is not alive here, so there is no code to capture.",
                hint="Load its bundle with spl_import_from_file, and use what that gives.",
                name=function.name,
            )
        for known, captured, _ in self.placed:
            if known is target or (isinstance(target, types.MethodType) and known == target):
                return captured
        placed = self.session.place(target)
        captured = replace(with_schemas(function), name=self._free_name(name or function.name))
        self.placed.append((target, captured, placed))
        return captured

    def _free_name(self, name: str) -> str:
        number, free = 1, name
        while free in self.names:
            number += 1
            free = f"{name}_{number}"
        self.names.add(free)
        return free

    def _pipeline(self, pipeline: Pipeline) -> Pipeline:
        nodes = {
            node_id: replace(node, function=self._function(node.function)) if isinstance(node, NodeFunction) else node
            for node_id, node in pipeline.nodes.items()
        }
        for link in pipeline.links.values():
            if isinstance(link, Scalar):
                self._constant(link)
        renamed = self.name if pipeline is self.targets[0] and self.name else pipeline.name
        return replace(pipeline, nodes=nodes, name=renamed)

    def _constant(self, scalar: Scalar) -> None:
        """Bring along what a constant of a pipeline needs: the author's classes, the library that decodes it."""
        from spl.runtime.values import NotEncodable, encode

        if scalar.encoded:
            need_for(self.session, scalar.value)
        elif literal(scalar.value) is None:
            self._classes_of(scalar.value)
            with suppress(NotEncodable):  # whoever writes the bundle tells which constant it is
                need_for(self.session, encode(scalar.value))

    def _classes_of(self, value: Any, depth: int = 4) -> None:
        """Bring the author's classes along that constants of a pipeline are instances of."""
        kind = type(value)
        if kind.__module__ == "builtins":
            items: Iterable[Any] = (
                value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
            )
            for item in items if depth else ():
                self._classes_of(item, depth - 1)
        elif self.session.is_local_class(kind):
            self.session.place(kind)
            if is_dataclass(value) and depth:
                for each in fields(value):
                    self._classes_of(getattr(value, each.name, None), depth - 1)

    # --- putting it together ------------------------------------------------------------------------------------------

    def _finished(self, items: list[str | Pipeline]) -> Captured:
        dependencies = self.session.dependencies
        units = [unit for unit in self.session.units.values() if not unit.is_empty]
        names = unit_names(units, dependencies.modules)
        extracted = {
            names[unit]: Module(
                names[unit],
                f"{names[unit]}.py",
                unit.render(names),
                Origin.EXTRACTED,
                dict(sorted(unit.constants.items())),
            )
            for unit in units
        }
        modules = tuple(module for _, module in sorted((extracted | dependencies.modules).items()))
        final = {id(function): _settled(function, placed, names) for _, function, placed in self.placed}
        pipelines = tuple(_with_functions(one, final) for one in items if isinstance(one, Pipeline))
        self._check_total()
        direct, constraints, lines = dependencies.closed()
        first = items[0]
        bundle = Bundle(
            entrypoint=first if isinstance(first, str) else first.name,
            requires_python=self.wanted.python
            or _strictest([requires_python([m.source for m in modules]), *dependencies.adopted_python]),
            python=".".join(map(str, sys.version_info[:3])),
            dependencies=direct,
            constraints=constraints,
            requirements=lines,
            modules=modules,
            files=tuple(file for _, file in sorted(dependencies.files.items())),
            functions=tuple(final.values()),
            pipelines=pipelines,
        )
        return Captured(bundle, self._report(bundle, names))

    def _check_total(self) -> None:
        constants = self.session.constants
        if constants:
            _, name, _ = max(constants, key=lambda one: one[2])
            check_size(f"{name} and others", sum(count for _, _, count in constants), NOWHERE)

    def _report(self, bundle: Bundle, names: Mapping[Unit, str]) -> CaptureReport:
        session, dependencies = self.session, self.session.dependencies
        constants = tuple(sorted((name, names[unit], count) for unit, name, count in session.constants))
        return CaptureReport(
            functions=_qualified(session.functions, names),
            classes=_qualified(session.classes, names),
            constants=constants,
            modules=tuple(
                (one.name, one.path, len(one.source.encode("utf-8", "surrogatepass"))) for one in bundle.modules
            ),
            files=tuple((file.path, len(file.content)) for file in bundle.files),
            distributions=tuple(str(one) for one in bundle.dependencies),
            constraints=tuple(str(one) for one in bundle.constraints),
            requirements=bundle.requirements,
            warnings=(*size_warnings(constants), *dependencies.warnings),
            notes=tuple(dependencies.notes),
        )


def _callables(targets: Iterable[Any]) -> Iterable[Any]:
    for target in targets:
        if isinstance(target, Pipeline):
            yield from (node.function.callable for node in target.nodes.values() if isinstance(node, NodeFunction))
        else:
            yield target.callable if isinstance(target, Function) else target


def _texts(session: Session, target: Any) -> list[Any]:
    """The texts that may hold the author's script block."""
    names = getattr(underlying(target), "__globals__", None)
    return session.places.namespace(names).texts if names is not None else []


def _settled(function: Function, placed: Placed, names: Mapping[Unit, str]) -> Function:
    module = names[placed.module] if isinstance(placed.module, Unit) else placed.module
    return replace(function, module=module, qualname=placed.path)


def _with_functions(pipeline: Pipeline, final: Mapping[int, Function]) -> Pipeline:
    nodes = {
        node_id: replace(node, function=final[id(node.function)]) if isinstance(node, NodeFunction) else node
        for node_id, node in pipeline.nodes.items()
    }
    return replace(pipeline, nodes=nodes)


def _qualified(found: Iterable[tuple[Unit, str]], names: Mapping[Unit, str]) -> tuple[str, ...]:
    return tuple(sorted(f"{names[unit]}:{name}" for unit, name in found))


def _strictest(specifiers: Sequence[str]) -> str:
    """All of several specifiers of the form `>=3.10` or `>=3.9,<3.13`."""
    parts = [part.strip() for one in specifiers for part in one.split(",") if part.strip()]
    lowest = max((part for part in parts if part.startswith(">=")), key=_version, default=">=3.9")
    others = sorted({part for part in parts if not part.startswith(">=")}, key=_version)
    return ",".join([lowest, *others])


def _version(part: str) -> tuple[int, ...]:
    return tuple(int(number) for number in "".join(c if c.isdigit() else " " for c in part).split())


def _is_module(name: str) -> bool:
    return all(part.isidentifier() for part in name.split(".")) and locate(name).file is not None


def _module_name(one: Any) -> str:
    return str(one.__name__) if isinstance(one, types.ModuleType) else str(one)
