"""A bundle's source as live modules of this process.

Each bundle has a package of its own, `spl_bundle_<hash>`, so that its `utils` and this process's `utils` never meet.
Inside, `import utils` finds the bundle's module first, by an `__import__` that only the bundle's modules see; all else
about importing is Python's own machinery. Tracebacks show the source's lines.

    spl_bundle_1a2b3c4d5e6f             `<spl report 1a2b3c4d5e6f>`, or a temporary folder where data files are read
    ├── main                            of every module first its constants, then its source
    └── pkg
        └── sub
"""

from __future__ import annotations

import atexit
import builtins
import linecache
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import import_module
from importlib.machinery import ModuleSpec
from io import StringIO
from json import dumps
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from spl.core.entities.bundle import Bundle, Module
from spl.core.errors import InvalidBundle, ValueNotDecodable
from spl.core.execution.compile import check_path

PREFIX = "spl_bundle_"
_OWN_TYPE = re.compile(PREFIX + r"[0-9a-f]{12}\.(?=[^:]+:)")
BUNDLE_GLOBAL = "__spl_bundle__"
"""In the globals of every loaded module: the Bundle it is from, so that what was loaded can be published again."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A bundle that is loaded.

    Attributes:
        functions: the live callables, by name.
        package: the private package that holds its modules.
    """

    functions: Mapping[str, Callable[..., Any]]
    package: str

    @property
    def modules(self) -> dict[str, ModuleType]:
        """The modules that have been imported so far, by the name they have in the bundle."""
        start = f"{self.package}."
        found = {
            name.removeprefix(start): module for name, module in list(sys.modules.items()) if name.startswith(start)
        }
        return {name: module for name, module in found.items() if BUNDLE_GLOBAL in vars(module)}

    def type_of(self, module: str, qualname: str) -> type | None:
        """The bundle's class of this name, wherever a document says it was defined: the `types` of the value codec."""
        modules = self.modules
        named = module.rpartition(f"{self.package}.")[2]
        for candidate in [modules[named]] if named in modules else modules.values():
            found: object = candidate
            for part in qualname.split("."):
                found = getattr(found, part, None)
            if isinstance(found, type) and found.__module__.startswith(self.package):
                return found
        return None


def portable(doc: Any) -> Any:
    """The value document with the classes of loaded bundles under the names that they have in their bundles."""
    if isinstance(doc, list):
        return [portable(part) for part in doc]
    if not isinstance(doc, dict):
        return doc
    found = {key: portable(part) for key, part in doc.items()}
    if "$spl" in found and isinstance(found.get("type"), str):
        found["type"] = _OWN_TYPE.sub("", found["type"], count=1)
    return found


def load(bundle: Bundle) -> Loaded:
    """Import the modules that the bundle's functions are in. The same bundle is loaded once.

    Raises:
        InvalidBundle: a function is not where the bundle says.
        ValueNotDecodable: a constant can't be rebuilt.
        Exception: whatever the bundle's own code raises when it is imported.
    """
    identity = _identity(bundle)
    with _lock:
        if identity not in _loaded:
            package = PREFIX + identity
            if package not in _spaces:
                _spaces[package] = _Space(bundle, package)
            if _finder not in sys.meta_path:
                sys.meta_path.insert(0, _finder)
            functions = {
                function.name: _look_up(package, function.module, function.qualname) for function in bundle.functions
            }
            _loaded[identity] = Loaded(functions, package)
        return _loaded[identity]


def _identity(bundle: Bundle) -> str:
    """Twelve digits that stand for what is loaded; of sources and files the content is read, and not written out."""
    told = sha256()
    for module in sorted(bundle.modules, key=lambda one: one.name):
        constants = dumps(dict(module.constants), sort_keys=True, default=repr)
        _tell(told, module.name, module.path, module.source, constants)
    for file in sorted(bundle.files, key=lambda one: one.path):
        _tell(told, file.path, sha256(file.content).hexdigest())
    _tell(told, repr(replace(bundle, modules=(), files=())))
    return told.hexdigest()[:12]


def _tell(told: Any, *parts: str) -> None:
    """Each part with its length, so that no two lists of parts look the same."""
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        told.update(b"%d:" % len(data) + data)


def _look_up(package: str, module: str, qualname: str) -> Callable[..., Any]:
    found: Any = import_module(f"{package}.{module}")
    for part in qualname.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise InvalidBundle(f"The bundle's module {module!r} defines no callable {qualname!r}.")
    return found  # type: ignore[no-any-return]


class _Space:
    """One bundle's place: its modules, its folder or the name that stands for one, and what its modules import with."""

    def __init__(self, bundle: Bundle, package: str) -> None:
        self.bundle = bundle
        self.package = package
        self.modules = {module.name: module for module in bundle.modules}
        self.tops = {module.name.partition(".")[0] for module in bundle.modules}
        self.folder = _materialise(bundle) if bundle.files else None
        self.root = str(self.folder or f"<spl {bundle.entrypoint} {package.removeprefix(PREFIX)}>")
        self.builtins = {**vars(builtins), "__import__": self.import_}

    def import_(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """`__import__` as the bundle's modules see it: their own top-level modules come first."""
        top = name.partition(".")[0]
        if level or top not in self.tops:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        module = builtins.__import__(f"{self.package}.{name}", globals, locals, fromlist or (), 0)
        return module if fromlist else sys.modules[f"{self.package}.{top}"]

    def is_package(self, name: str) -> bool:
        return self.modules[name].path.rpartition("/")[2] == "__init__.py"

    def file_name(self, module: Module) -> str:
        return str(self.folder / module.path) if self.folder else f"{self.root}/{module.path}"


class _Finder:
    """Finds the modules of loaded bundles, and knows nothing of any other name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(PREFIX):
            return None
        package, _, name = fullname.partition(".")
        space = _spaces.get(package)
        if space is None:
            return None
        if name in space.modules:  # no origin: the source is in the bundle, whatever file it stands in
            loader: Any = _Loader(space, name)
            return ModuleSpec(fullname, loader, is_package=space.is_package(name))
        if not name or any(known.startswith(f"{name}.") for known in space.modules):
            return ModuleSpec(fullname, None, is_package=True)  # a package without a file
        return None


class _Loader:
    """Loads one module. The base class for this in the standard library takes longer to import than all of this."""

    def __init__(self, space: _Space, name: str) -> None:
        self.space = space
        self.module = space.modules[name]
        self.path = space.file_name(self.module)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None  # an ordinary one

    def get_source(self, fullname: str) -> str:
        return self.module.source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.module.source, self.path, "exec", dont_inherit=True)

    def is_package(self, fullname: str) -> bool:
        return self.space.is_package(self.module.name)

    def get_data(self, path: str) -> bytes:
        """For `pkgutil.get_data`."""
        return Path(path).read_bytes()

    def get_resource_reader(self, fullname: str) -> Any:
        """For `importlib.resources`."""
        if self.space.folder is None:
            return None
        from importlib.readers import FileReader

        return FileReader(self)  # type: ignore[arg-type]

    def exec_module(self, module: ModuleType) -> None:
        space, names = self.space, vars(module)
        lines = StringIO(self.module.source).readlines()
        linecache.cache[self.path] = (len(self.module.source), None, lines, self.path)
        names["__file__"] = self.path
        names["__builtins__"] = space.builtins
        names[BUNDLE_GLOBAL] = space.bundle
        own = Loaded({}, space.package)
        missed = [name for name, doc in self.module.constants.items() if _put(names, name, doc, own)]
        try:
            exec(self.get_code(module.__name__), names)
        except Exception as error:
            note = f"This happened while the bundle of {space.bundle.entrypoint!r} was loaded."
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)
            raise
        for name in missed:  # their classes are defined by the source that has just run
            _put(names, name, self.module.constants[name], own)


def _put(names: dict[str, Any], name: str, doc: Any, own: Loaded) -> bool:
    """Decode a constant into a module's globals; True if it needs a class of the bundle that is not there yet."""
    from spl.runtime.values import NotDecodable, decode

    missed = False

    def types(module: str, qualname: str) -> type | None:
        nonlocal missed
        found = own.type_of(module, qualname)
        missed = missed or found is None
        return found

    try:
        names[name] = decode(doc, types=types)
    except NotDecodable as error:
        raise ValueNotDecodable(f"The constant {name!r} of the bundle can't be rebuilt: {error}") from error
    return missed


def _materialise(bundle: Bundle) -> Path:
    """Write the bundle into a temporary folder, for code that opens files beside its own."""
    import tempfile  # few bundles need it, and it takes its time

    for path in (*(module.path for module in bundle.modules), *(file.path for file in bundle.files)):
        check_path(path)
    folder = Path(tempfile.mkdtemp(prefix="spl-bundle-"))
    atexit.register(_remove, folder, os.getpid())
    for module in bundle.modules:
        _write(folder / module.path, module.source.encode("utf-8"))
    for file in bundle.files:
        _write(folder / file.path, file.content)
    return folder


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a process that was forked from it
        shutil.rmtree(folder, ignore_errors=True)


_lock = threading.RLock()  # a module may load another bundle while it is imported
_loaded: dict[str, Loaded] = {}
_spaces: dict[str, _Space] = {}
_finder = _Finder()
