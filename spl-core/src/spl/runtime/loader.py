"""Bundle source as modules.

Modules are imported from their files below `<bundle>/src`, under their own names, so that a traceback shows the
author's lines and `Path(__file__).parent` finds the data files of an embedded package. Values that have no literal form
are put into a module before its source runs.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

BUNDLE_FORMAT = 1


class CannotLoad(Exception):
    """The bundle folder is not one that this runtime reads."""


class Bundle:
    """A loaded bundle: what can be called, and where its classes are."""

    def __init__(self, folder: str, document: Mapping[str, Any]) -> None:
        self.folder = folder
        self.document = document
        self.functions: dict[str, Any] = {}
        self._programs: dict[str, Any] = {}

    @property
    def entrypoint(self) -> str:
        return str(self.document["entrypoint"])

    def program(self, pipeline: str) -> Any:
        """The compiled plan of a pipeline; compiled once a process."""
        if pipeline not in self._programs:
            from spl.runtime.plan import compile_plan

            plan = self.document["plans"][pipeline]
            self._programs[pipeline] = compile_plan(plan, self.functions, self.decode)
        return self._programs[pipeline]

    def is_pipeline(self, name: str) -> bool:
        return name in self.document["plans"]

    def decode(self, doc: Any) -> Any:
        from spl.runtime.values import decode

        return decode(doc, types=self.find_type)

    def find_type(self, module: str, qualname: str) -> type | None:
        """A class by where it was defined; one from a notebook (`__main__`) is found in whichever module now has it."""
        names = [module] if module in self.document["modules"] else list(self.document["modules"])
        for name in names:
            found = _attribute(sys.modules.get(name), qualname)
            if isinstance(found, type):
                return found
        return None


def load(folder: str) -> Bundle:
    """Import the modules of every function of a bundle folder.

    Raises whatever the modules raise, and CannotLoad when the folder itself is not right.
    """
    document = read(folder)
    bundle = Bundle(folder, document)
    sys.meta_path.insert(0, BundleFinder(os.path.join(folder, "src"), document["modules"], bundle.decode))
    for name, function in document["functions"].items():
        bundle.functions[name] = _entry(name, function)
    return bundle


def import_ahead(bundle: Bundle) -> None:
    """Import the installed modules that functions import when they are called; what fails now fails again then."""
    for name in bundle.document.get("late_imports", ()):
        try:
            __import__(name)
        except (Exception, SystemExit):
            pass


def read(folder: str) -> Mapping[str, Any]:
    path = os.path.join(folder, "bundle.json")
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError) as error:
        raise CannotLoad(f"{path}: {error}") from error
    if not isinstance(document, dict) or document.get("format") != BUNDLE_FORMAT:
        raise CannotLoad(f"{path} is not of format {BUNDLE_FORMAT}.")
    return document


class BundleFinder:
    """Finds the bundle's modules before any installed one: what the author had beside the function wins."""

    def __init__(self, root: str, modules: Mapping[str, Mapping[str, Any]], decode: Callable[[Any], Any]) -> None:
        self._root = root
        self._modules = modules
        self._decode = decode
        self._parents = {name[:at] for name in modules for at, letter in enumerate(name) if letter == "."}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        module = self._modules.get(name)
        if module is None:
            return self._namespace(name) if name in self._parents else None
        file = os.path.join(self._root, *module["path"].split("/"))
        constants = {key: self._decode(doc) for key, doc in module.get("constants", {}).items()}
        is_package = os.path.basename(file) == "__init__.py"
        spec = ModuleSpec(name, BundleLoader(name, file, constants), origin=file, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(file)]
        return spec

    def _namespace(self, name: str) -> ModuleSpec:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [os.path.join(self._root, *name.split("."))]
        return spec

    def invalidate_caches(self) -> None:
        """Nothing is remembered."""


class BundleLoader(SourceFileLoader):
    """A source file whose module already holds some globals when it begins to run."""

    def __init__(self, name: str, path: str, constants: Mapping[str, Any]) -> None:
        super().__init__(name, path)
        self._constants = constants

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__.update(self._constants)
        super().exec_module(module)


def _entry(name: str, function: Mapping[str, Any]) -> Any:
    from spl.runtime.execute import Entry

    __import__(function["module"])
    found = _attribute(sys.modules[function["module"]], function["qualname"])
    if found is None:
        raise CannotLoad(f"{function['module']} has no {function['qualname']!r} (function {name!r}).")
    return Entry(name, found, function["kind"], function["inputs"])


def _attribute(module: ModuleType | None, qualname: str) -> Any:
    found: Any = module
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found
