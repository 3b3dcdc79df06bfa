"""What captured source imports: pinned, embedded, or already beside every worker."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from spl.core.capture.embedding import embedded_module, imports_of, package_files, stale
from spl.core.capture.imports import Import
from spl.core.capture.origin import Home, Located, locate
from spl.core.capture.refusal import NOWHERE, Reason, Site, refusal
from spl.core.capture.requirements import Wanted
from spl.core.entities.bundle import Bundle, DataFile, Distribution, Module, Origin


class Dependencies:
    """The modules, data files and pins of one bundle.

    Attributes:
        direct: distributions that are imported, by name.
        modules, files: what is embedded, by module name and by path.
        warnings, notes: for the report.
    """

    def __init__(self, wanted: Wanted, exclude: Iterable[str] = ()) -> None:
        self.wanted = wanted
        self.exclude = frozenset(exclude)
        self.direct: dict[str, Distribution] = {}
        self.constraints: dict[str, Distribution] = {}
        self.modules: dict[str, Module] = {}
        self.files: dict[str, DataFile] = {}
        self.lines: list[str] = []
        self.warnings: dict[str, None] = {}
        self.notes: dict[str, None] = {}
        self.adopted_python: list[str] = []
        self._adopted: dict[int, dict[str, str]] = {}
        self._waiting: list[str] = []
        self._embedding = False

    def need(self, one: Import, site: Site = NOWHERE, *, embedded: bool = False) -> None:
        """See to one import.

        Args:
            embedded: it stands in an embedded file, of which not every function has to be used.

        Raises:
            CaptureError: it isn't installed here, or can't be brought along.
        """
        if one.module in self.exclude or one.module.partition(".")[0] in self.exclude:
            return
        located = locate(one.module)
        if located.home is Home.MISSING:
            located = locate(located.top)
        if located.home is Home.MISSING:
            self._missing(one, site, lenient=one.optional or (embedded and one.inner))
        elif located.home is Home.LOCAL:
            self._local(located, one)
        elif located.home is Home.INSTALLED:
            self._installed(self._portion(located, one.names), one, site)

    def _portion(self, located: Located, names: Sequence[str]) -> Located:
        """For `from google.cloud import storage`: the submodule, which tells whose portion it is."""
        if located.file is None and located.package:
            for name in names:
                inner = locate(f"{located.name}.{name}")
                if inner.home is Home.INSTALLED and inner.file is not None:
                    return inner
        return located

    def _missing(self, one: Import, site: Site, *, lenient: bool) -> None:
        from spl.core.capture import distributions

        package = distributions.guess(one.module)
        if lenient or self.wanted.lines is not None:
            self.notes[f"{one.module} is not installed here; the source provides for that."] = None
            return
        raise refusal(
            Reason.NOT_INSTALLED,
            f"{one.module!r} is imported, but it is not installed here, so its version can't be recorded.",
            hint=f"Install it (`pip install {package}`), or say what to install: requirements=[...].",
            site=site.at(one.line),
            name=one.module,
        )

    # --- installed distributions --------------------------------------------------------------------------------------

    def _installed(self, located: Located, one: Import, site: Site) -> None:
        from spl.core.capture import distributions

        found = distributions.providers(located.name, located.file)
        if not found:
            self._local(located, one)
            return
        name = found[0]
        if len(found) > 1:
            self.warnings[
                f"Several distributions provide {one.module!r}: {', '.join(found)}; {name} was taken. "
                "Say requirements=[...] if that is wrong."
            ] = None
        if self.wanted.lines is not None:
            self._note_unasked(name)
            return
        if located.top == "spl":
            self.warnings[f"{one.module} is imported; workers have only spl.runtime unless {name} is on an index."] = (
                None
            )
        direct = distributions.direct_of(name)
        if direct is None or located.top == "spl":
            self._pin(name)
        elif direct.pure and located.file is not None:
            self.notes[f"{name} was installed from {direct.url}, which no index has: its source is embedded."] = None
            self._local(located, one)
        elif direct.kind == "archive":
            self.warnings[f"{name} was installed from {direct.url}; it is pinned by its version."] = None
            self._pin(name)
        else:
            raise refusal(
                Reason.NOT_ON_AN_INDEX,
                f"{one.module!r} comes from {name}, which was installed from {direct.url} and has compiled parts: "
                "it can be neither pinned nor embedded.",
                hint="Install it from an index, or say where workers find it: requirements=[...].",
                site=site.at(one.line),
                name=one.module,
            )

    def _pin(self, name: str) -> None:
        from spl.core.capture import distributions

        version = distributions.version_of(name)
        if name in self.direct:
            return
        if version is None:
            self.warnings[f"{name} has no version here, so it was not pinned."] = None
            return
        self.direct[name] = Distribution(name, version)
        if "+" in version:
            self.warnings[f"{name}=={version} is a local version: the environment needs an index that has it."] = None

    def _note_unasked(self, name: str) -> None:
        from spl.core.capture import distributions

        asked = [Distribution(each, "") for each in self.wanted.names]
        if name not in self.wanted.names and name not in {one.package for one in distributions.closure(asked)}:
            self.warnings[f"{name} is imported, but the requirements don't name it."] = None

    # --- local source -------------------------------------------------------------------------------------------------

    def _local(self, located: Located, one: Import) -> None:
        from spl.core.capture import distributions

        if self.wanted.lines and set(distributions.providers(located.name)) & self.wanted.names:
            return
        self.embed(located.name)
        if located.package:
            for name in _exported(located.name) if "*" in one.names else one.names:
                inner = locate(f"{located.name}.{name}")
                if inner.home in (Home.LOCAL, Home.INSTALLED) and inner.file is not None:
                    self.embed(inner.name)

    def embed(self, name: str) -> None:
        """Take a local module along, its parent packages, and all that they import.

        Raises:
            CaptureError: it isn't Python source.
        """
        self._waiting.append(name)
        if self._embedding:
            return  # the call that is going on sees to it
        self._embedding = True
        try:
            while self._waiting:
                self._embed(self._waiting.pop(0))
        finally:
            self._embedding = False
            self._waiting.clear()

    def _embed(self, name: str) -> None:
        if name in self.modules or name in self.exclude or locate(name).file is None:
            return
        located = locate(name)
        module = embedded_module(located)
        self.modules[name] = module
        if stale(name, module):
            self.warnings[f"{module.path} was changed after it was imported; the file as it is now was taken."] = None
        if located.package:
            files, left_out = package_files(located)
            self.files |= {file.path: file for file in files}
            self.warnings |= dict.fromkeys(left_out)
        elif "__file__" in module.source and "." not in name:
            self.warnings[
                f"{module.path} uses __file__; what it reads there is not embedded. Add it with include=[...]."
            ] = None
        if "." in name:
            self._waiting.append(name.rpartition(".")[0])
        for one in imports_of(module):
            self.need(one, Site(module.path), embedded=True)

    # --- other bundles ------------------------------------------------------------------------------------------------

    def adopt(self, bundle: Bundle) -> dict[str, str]:
        """Take along all that an imported bundle brought, and tell what its modules are called now.

        Raises:
            CaptureError: a module or a pin of it clashes with another.
        """
        if id(bundle) in self._adopted:
            return self._adopted[id(bundle)]
        renamed = self._renamed(bundle)
        for module in bundle.modules:
            moved = _moved(module, renamed)
            self.modules[moved.name] = moved
        self.files |= {file.path: file for file in bundle.files}
        for pin in bundle.dependencies:
            known = self.direct.setdefault(pin.package, pin)
            if known != pin and self.wanted.lines is None:
                raise refusal(
                    Reason.PIN_CLASH,
                    f"{bundle.entrypoint!r} was captured with {pin}, but {known} is used here too.",
                    hint="Say what to install for all of it: requirements=[...].",
                    name=pin.package,
                )
        self.constraints = {pin.package: pin for pin in bundle.constraints} | self.constraints
        self.lines += [line for line in bundle.requirements if line not in self.lines]
        self.adopted_python.append(bundle.requires_python)
        self._adopted[id(bundle)] = renamed
        return renamed

    def _renamed(self, bundle: Bundle) -> dict[str, str]:
        """New names for extracted modules whose name another module has already."""
        renamed = {module.name: module.name for module in bundle.modules}
        for module in bundle.modules:
            known = self.modules.get(module.name)
            if known is None or known == module:
                continue
            if module.origin is Origin.FILE:
                raise refusal(
                    Reason.MODULE_CLASH,
                    f"Two different modules are called {module.name!r}, one of them in {bundle.entrypoint!r}.",
                    hint="Rename one of them.",
                    name=module.name,
                )
            number = 2
            while f"main_{number}" in {*self.modules, *renamed.values()}:
                number += 1
            renamed[module.name] = f"main_{number}"
        return renamed

    def closed(self) -> tuple[tuple[Distribution, ...], tuple[Distribution, ...], tuple[str, ...]]:
        """The pins, the constraints that go with them, and the requirement lines that win over both."""
        direct = tuple(self.direct[name] for name in sorted(self.direct))
        if self.wanted.lines is not None:
            return (), (), self.wanted.lines
        if self.lines:
            named = Wanted(tuple(self.lines)).names
            return (), (), (*self.lines, *(str(pin) for pin in direct if pin.package not in named))
        if not direct:
            return (), (), ()
        from spl.core.capture import distributions

        below = {pin.package: pin for pin in distributions.closure(direct)} | self.constraints
        return direct, tuple(below[name] for name in sorted(below) if name not in self.direct), ()


def _exported(package: str) -> list[str]:
    return [str(name) for name in getattr(sys.modules.get(package), "__all__", ())]


def _moved(module: Module, renamed: dict[str, str]) -> Module:
    if module.origin is Origin.FILE or all(old == new for old, new in renamed.items()):
        return module
    source = module.source
    for old, new in renamed.items():
        source = re.sub(rf"^from {re.escape(old)} import ", f"from {new} import ", source, flags=re.MULTILINE)
    name = renamed[module.name]
    return Module(name, f"{name}.py", source, module.origin, module.constants)


def included_files(path: Path) -> list[DataFile]:
    """A file under its name, or a folder's files below the folder's name."""
    if path.is_file():
        return [DataFile(path.name, path.read_bytes())]
    inner = sorted(each for each in path.rglob("*") if each.is_file() and "__pycache__" not in each.parts)
    return [DataFile(f"{path.name}/{each.relative_to(path).as_posix()}", each.read_bytes()) for each in inner]
