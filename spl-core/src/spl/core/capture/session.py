"""One capture: finds out what each name means, and puts together the modules in which it will mean the same."""

from __future__ import annotations

import ast
import builtins
import sys
import types
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from spl.core.capture.constants import bind_value
from spl.core.capture.dependencies import Dependencies
from spl.core.capture.imports import Import, imports_in
from spl.core.capture.names import Names
from spl.core.capture.namespace import MISSING, ImportedName, Namespace
from spl.core.capture.origin import Home, locate
from spl.core.capture.place import Places, is_definition
from spl.core.capture.references import alias, bind_definition, bind_module, import_name, method_path, reference
from spl.core.capture.refusal import NOWHERE, Reason, Site, refusal
from spl.core.capture.signature import name_of
from spl.core.capture.unit import Category, Unit
from spl.core.errors import CaptureError

MODULE_NAMES = frozenset(
    {"__name__", "__doc__", "__package__", "__spec__", "__loader__", "__builtins__", "__debug__", "__annotations__"}
)
"""What every module has of its own."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a published callable is found: a module that is named already, or a unit, and the path in it."""

    module: str | Unit
    path: str


@dataclass
class Session:
    """The state of one capture."""

    dependencies: Dependencies
    places: Places = field(default_factory=Places)
    units: dict[int, Unit] = field(default_factory=dict)
    functions: list[tuple[Unit, str]] = field(default_factory=list)
    classes: list[tuple[Unit, str]] = field(default_factory=list)
    constants: list[tuple[Unit, str, int]] = field(default_factory=list)
    _queue: deque[tuple[Unit, str, Site, bool]] = field(default_factory=deque)
    _values: list[tuple[Unit, str, Site]] = field(default_factory=list)
    _missing: list[tuple[Unit, str, Site]] = field(default_factory=list)
    _written: set[tuple[Unit, str]] = field(default_factory=set)
    _local_classes: dict[int, tuple[type, bool]] = field(default_factory=dict)

    # --- asking -------------------------------------------------------------------------------------------------------

    def unit_of(self, namespace: Namespace) -> Unit:
        return self.units.setdefault(id(namespace.globals), Unit(namespace))

    def require(self, unit: Unit, name: str, site: Site = NOWHERE, *, quiet: bool = False) -> None:
        """See to it that a global name is there, with the value that it has in the unit's namespace."""
        if name not in unit.bound:
            self._queue.append((unit, name, site, quiet))

    def finish(self) -> None:
        """Follow all names to their end.

        Raises:
            CaptureError: one of them leads nowhere, or to what can't be captured.
        """
        while self._queue or self._values:
            while self._queue:
                unit, name, site, quiet = self._queue.popleft()
                if name not in unit.bound and name not in unit.wanted:
                    self._resolve(unit, name, site, quiet)
            values, self._values = self._values, []
            for unit, name, site in values:
                self.bind(unit, name, unit.wanted[name], site)
        for unit, name, site in self._missing:
            if name not in unit.bound and (unit, name) not in self._written:
                raise refusal(
                    Reason.UNDEFINED_NAME,
                    f"{site.inside or 'The source'} uses {name!r}, which is not defined.",
                    hint="Define or import it first, then publish again.",
                    site=site,
                    name=name,
                )
        self._import_submodules()

    def register(self, unit: Unit, names: Names, site: Site, first_line: int = 0) -> None:
        """Ask for all names of a definition whose text begins at a line of its source."""
        for name, line in {**names.later, **names.now}.items():
            self.require(unit, name, site.at(line + first_line))
        for name, line in names.quiet.items():
            self.require(unit, name, site.at(line + first_line), quiet=True)
        for name, line in names.mentioned.items():
            if unit.namespace.get(name) is not MISSING:
                self.require(unit, name, site.at(line + first_line))
        for name in sorted({"globals", "eval", "exec"} & {*names.now, *names.later}):
            if unit.namespace.get(name) is MISSING:
                self.dependencies.warnings[f"{site}: names that {name}() looks up are not captured."] = None
        for name in names.written:
            self._written.add((unit, name))
            self.dependencies.notes[f"{name!r} is written by captured code: each process has its own."] = None
            if unit.namespace.get(name) is not MISSING:
                self.require(unit, name, site)
        for name, paths in names.chains.items():
            unit.chains.setdefault(name, set()).update(paths)

    def place(self, target: Any) -> Placed:
        """Bring a published callable along, and tell where it will be found."""
        if isinstance(target, types.MethodType) or not is_definition(target):
            unit = self._unit_for(target)
            path = self.reference(unit, target, name_of(target), NOWHERE)
            self._mark_entry(unit, path)
            return Placed(unit, path)
        place = self.places.of(target, self.places.main())
        if place.bundle is not None and place.module:
            return Placed(self.dependencies.adopt(place.bundle)[place.module], place.path)
        if place.module and locate(place.module).home is Home.LOCAL:
            self.dependencies.embed(place.module)
            return Placed(place.module, place.path)
        unit = self._unit_for(target)
        path = self.reference(unit, target, name_of(target), NOWHERE)
        self._mark_entry(unit, path)
        return Placed(unit, path)

    def _mark_entry(self, unit: Unit, path: str) -> None:
        self.finish()
        if path not in unit.bound and getattr(builtins, path, None) is not None:
            unit.bind(path, getattr(builtins, path))
            unit.imports[path] = f"from builtins import {path}"
        one = unit.definitions.get(path)
        if one is not None and one.category is Category.FUNCTION:
            one.category = Category.ENTRY

    def _unit_for(self, target: Any) -> Unit:
        own = self._home_of(target)
        main = self.places.main()
        if own is not None and own.name_of(target) is not None:
            return self.unit_of(own)
        if main is not None and main.name_of(target) is not None:
            return self.unit_of(main)
        return self.unit_of(own or self.places.namespace(_NOWHERE_GLOBALS))

    def _home_of(self, target: Any) -> Namespace | None:
        """The namespace to extract into: that of the function or class behind the target, if it isn't a library's."""
        if isinstance(target, types.MethodType):
            return self._home_of(target.__self__)
        if hasattr(target, "func") and hasattr(target, "keywords"):
            return self._home_of(target.func)
        if not is_definition(target):
            place = self.places.of(type(target), self.places.main())
        else:
            place = self.places.of(target, self.places.main())
        return None if place.module or place.namespace is None else place.namespace

    def is_local_class(self, kind: type) -> bool:
        """Whether a class is the author's own: it is extracted or embedded, not installed."""
        known = self._local_classes.get(id(kind))
        if known is None:
            place = self.places.of(kind)
            home = locate(place.module).home if place.module and place.bundle is None else Home.LOCAL
            known = (kind, place.namespace is not None and home is Home.LOCAL)
            self._local_classes[id(kind)] = known
        return known[1]

    # --- names --------------------------------------------------------------------------------------------------------

    def _resolve(self, unit: Unit, name: str, site: Site, quiet: bool) -> None:
        namespace = unit.namespace
        value = namespace.get(name)
        if name == "__file__" and not namespace.is_importable:
            raise refusal(
                Reason.FILE_PATH,
                f"{site.inside or 'The source'} uses __file__, and its file is not there in a worker.",
                hint="Pass the path or the data as an argument, or move the function into a module of your own.",
                site=site,
                name=name,
            )
        if name in MODULE_NAMES:
            return
        if not quiet and _is_of_the_notebook(name, value, namespace):
            raise _notebook_only(name, site)
        if value is MISSING:
            self._resolve_missing(unit, name, site, quiet)
        elif quiet and not _is_type_like(value):
            return
        elif isinstance(value, (types.ModuleType, types.MethodType)) or is_definition(value):
            self.bind(unit, name, value, site)
        else:  # later, when it is known which other values share parts with it
            unit.want(name, value)
            self._values.append((unit, name, site))

    def _resolve_missing(self, unit: Unit, name: str, site: Site, quiet: bool) -> None:
        if hasattr(builtins, name):
            if not (quiet or _is_standard(name)):
                raise _notebook_only(name, site)
            return
        statement = unit.namespace.type_checking_import(name) if quiet else None
        if statement:
            unit.quiet_imports[name] = statement
        elif not quiet:
            self._missing.append((unit, name, site))

    def bind(self, unit: Unit, name: str, value: Any, site: Site) -> None:
        """Give a global name of a unit its value."""
        unit.bind(name, value)
        namespace = unit.namespace
        if isinstance(value, types.ModuleType):
            bind_module(self, unit, name, value, site)
        elif namespace.is_importable and namespace.get(name) is value:
            import_name(self, unit, name, ImportedName(namespace.name, name), site)
        elif isinstance(value, types.MethodType):
            alias(unit, name, method_path(self, unit, value, name, site))
        elif is_definition(value):
            bind_definition(self, unit, name, value, site)
        else:
            bind_value(self, unit, name, value, site)

    def _import_submodules(self) -> None:
        """`import a` and `a.b.c()` need `a.b` imported, as it is here, whoever did it."""
        for unit in list(self.units.values()):
            for name, paths in sorted(unit.chains.items()):
                module = unit.bound.get(name)
                if isinstance(module, types.ModuleType):
                    for found in sorted(_submodules(module.__name__, paths)):
                        unit.submodules.add(found)
                        self.dependencies.need(Import(found, (), 0))

    def reference(self, unit: Unit, value: Any, hint: str, site: Site) -> str:
        """How source in a unit refers to a function, a class, a module, a method or an instance."""
        return reference(self, unit, value, hint, site)

    def import_name(self, unit: Unit, name: str, imported: ImportedName, site: Site) -> None:
        import_name(self, unit, name, imported, site)

    def note_imports(self, body: Sequence[ast.stmt], site: Site) -> None:
        """See to the imports inside of definitions."""
        for node in body:
            for one in imports_in(node):
                self.dependencies.need(one, site.at(site.line))


_NOWHERE_GLOBALS: dict[str, Any] = {}
"""The namespace of what was defined nowhere: a partial of a library's function."""


def _is_of_the_notebook(name: str, value: Any, namespace: Namespace) -> bool:
    return name == "get_ipython" or (
        name in ("In", "Out") and value is namespace.get({"In": "_ih", "Out": "_oh"}[name])
    )


def _is_standard(name: str) -> bool:
    """Whether a builtin is Python's own, not one that a notebook or a program has added."""
    value = getattr(builtins, name)
    if isinstance(value, (types.BuiltinFunctionType, bool, type(None), type(...), type(NotImplemented))):
        return True
    return getattr(value, "__module__", type(value).__module__) in ("builtins", "_io", "_sitebuiltins")


def _notebook_only(name: str, site: Site) -> CaptureError:
    magic = name == "get_ipython"
    return refusal(
        Reason.NOTEBOOK_ONLY,
        f"{site.inside or 'The source'} uses "
        + ("a notebook command (`%...`, `!...` or get_ipython())" if magic else f"{name!r}, which only a notebook has")
        + ".",
        hint="Do the same in plain Python." if magic else f"Leave it out, or import {name!r} where it comes from.",
        site=site,
        name=name,
    )


def _is_type_like(value: Any) -> bool:
    """Whether a value can be meant by an annotation."""
    if isinstance(value, (type, types.ModuleType, types.GenericAlias, types.UnionType)):
        return True
    return type(value).__module__ == "typing"


def _submodules(module: str, paths: Iterable[str]) -> set[str]:
    found = set()
    for path in paths:
        name = module
        for part in path.split(".")[1:]:
            name = f"{name}.{part}"
            inner = sys.modules.get(name)
            if inner is None or inner.__name__ != name:
                break
            found.add(name)
    return found
