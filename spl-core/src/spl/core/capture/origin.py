"""Where a module comes from: the standard library, an installed distribution, or the author's own files."""

from __future__ import annotations

import importlib.util
import os
import site
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path


class Home(StrEnum):
    """What kind of place a module is in."""

    STANDARD = "standard"  # the standard library
    RUNTIME = "runtime"  # spl.runtime: beside every worker
    INSTALLED = "installed"  # a distribution
    LOCAL = "local"  # the author's own file, an editable install included
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Located:
    """A module found without importing it.

    Attributes:
        file: its source or extension file; None for a built-in or a namespace package.
        package: whether it can have submodules.
    """

    name: str
    home: Home
    file: Path | None = None
    package: bool = False

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]


def locate(name: str) -> Located:
    """Find a module by its dotted name, importing nothing.

    A name below a module that is no package is that module's attribute: it is MISSING.
    """
    top = name.partition(".")[0]
    if top == "spl":
        runtime = name == "spl" or name == "spl.runtime" or name.startswith("spl.runtime.")
        return Located(name, Home.RUNTIME if runtime else Home.INSTALLED)
    if top in sys.builtin_module_names or top == "__future__":
        return Located(name, Home.STANDARD)
    spec = _spec(name)
    if spec is None:
        platform_only = top in sys.stdlib_module_names and name == top  # such as winreg
        return Located(name, Home.STANDARD if platform_only else Home.MISSING)
    package = spec.submodule_search_locations is not None
    if spec.origin in ("built-in", "frozen") or spec.origin is None:
        found = [Path(place) for place in spec.submodule_search_locations or ()]
        if not found:
            return Located(name, Home.STANDARD)
        home = Home.INSTALLED if all(home_of_file(place) is Home.INSTALLED for place in found) else Home.LOCAL
        return Located(name, home, None, package)
    file = Path(spec.origin)
    return Located(name, home_of_file(file), file, package)


def _spec(name: str) -> ModuleSpec | None:
    top, _, rest = name.partition(".")
    loaded = sys.modules.get(name)
    spec = getattr(loaded, "__spec__", None)
    if isinstance(spec, ModuleSpec):
        return spec
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        spec = None
    walked = top
    for part in rest.split(".") if rest else ():
        if spec is None or spec.submodule_search_locations is None:
            return None
        walked = f"{walked}.{part}"
        spec = _submodule(walked, list(spec.submodule_search_locations))
    return spec


def _submodule(name: str, places: Sequence[str]) -> ModuleSpec | None:
    loaded = getattr(sys.modules.get(name), "__spec__", None)
    return loaded if isinstance(loaded, ModuleSpec) else PathFinder.find_spec(name, places)


def home_of_file(file: Path | str) -> Home:
    """By the folder it is in. Whatever is neither installed nor of the standard library is the author's."""
    path = os.path.normcase(os.path.realpath(file))
    if any(part in ("site-packages", "dist-packages") for part in Path(path).parts) or _is_below(path, _site_folders()):
        return Home.INSTALLED
    return Home.STANDARD if _is_below(path, _standard_folders()) else Home.LOCAL


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path.startswith(folder + os.sep) for folder in folders)


@cache
def _site_folders() -> tuple[str, ...]:
    paths = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    user = site.getusersitepackages()
    return tuple(_real(path) for path in [*paths, user] if _real(path) not in _standard_folders())


@cache
def _standard_folders() -> tuple[str, ...]:
    return tuple({_real(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")})


def _real(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))
