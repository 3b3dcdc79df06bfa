"""A set of globals that definitions live in: a notebook, a script, a prompt, a module, what `exec` filled."""

from __future__ import annotations
import __future__

import ast
import linecache
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from spl.core.capture.imports import absolute, is_type_checking
from spl.core.capture.origin import Home, home_of_file, locate
from spl.core.capture.source import SourceText, text_of_file

MISSING = object()
BUNDLE_GLOBAL = "__spl_bundle__"
"""Where a module that came out of a bundle keeps that bundle."""

_PROMPT_FILES = ("<python-input-", "<stdin>", "<ipython-input-", "<string>")


@dataclass(frozen=True, slots=True)
class Binding:
    """The statement that gives a global name its value, and the text it stands in."""

    text: SourceText
    node: ast.stmt


@dataclass(frozen=True, slots=True)
class ImportedName:
    """How a name was imported: `import module as name`, or `from module import attribute as name`."""

    module: str
    attribute: str | None = None

    @property
    def value(self) -> Any:
        """What it gives now."""
        if self.attribute is None:
            return sys.modules.get(self.module, MISSING)
        found = attribute(sys.modules.get(self.module), self.attribute, MISSING)
        return sys.modules.get(f"{self.module}.{self.attribute}", MISSING) if found is MISSING else found

    def statement(self, name: str) -> str:
        if self.attribute is not None:
            return f"from {self.module} import {self.attribute}" + ("" if self.attribute == name else f" as {name}")
        return f"import {self.module}" if self.module == name else f"import {self.module} as {name}"


def attribute(value: object, name: str, default: Any = None) -> Any:
    """`getattr` that stands objects which raise whatever they like when they are looked at."""
    try:
        return getattr(value, name, default)
    except Exception:
        return default


class Namespace:
    """One dictionary of globals.

    Attributes:
        globals: the live dictionary; it decides what a name means now.
        name: its `__name__`.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self.globals = names
        self.name = str(names.get("__name__", ""))

    @cached_property
    def module(self) -> ModuleType | None:
        """The module whose globals these are, if it is one that can be imported by name."""
        module = sys.modules.get(self.name)
        return module if isinstance(module, ModuleType) and vars(module) is self.globals else None

    @cached_property
    def is_importable(self) -> bool:
        """Whether it is a module that a worker can import: embedded as a file, or installed.

        What runs as `__main__`, test modules and modules that build pipelines when they are imported are not: what is
        needed is taken out of them.
        """
        if self.module is None or self.name in ("__main__", "__mp_main__"):
            return False
        file = self.globals.get("__file__")
        if not file:
            return locate(self.name).home in (Home.STANDARD, Home.INSTALLED, Home.RUNTIME)
        return home_of_file(file) is not Home.LOCAL or not (_is_test_module(file) or self._builds_pipelines)

    @cached_property
    def _builds_pipelines(self) -> bool:
        text = text_of_file(str(self.globals["__file__"]), self.globals)
        if text is None or "spl" not in text.text:
            return False
        return any(
            module == "spl" or module.startswith(("spl.core", "spl.client", "spl.server_client"))
            for module in self._modules_imported(text)
        )

    def _modules_imported(self, text: SourceText) -> Iterator[str]:
        for node in text.imports:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif not node.level:
                names = [alias.name for alias in node.names]
                if node.module == "spl":
                    yield from (f"spl.{name}" for name in names)
                else:
                    yield node.module or ""

    @property
    def future_flags(self) -> int:
        """The compiler flags of the `__future__` imports that have left their mark here."""
        feature = __future__.annotations
        return feature.compiler_flag if self.get("annotations") is feature else 0

    def get(self, name: str) -> Any:
        return self.globals.get(name, MISSING)

    def resolve(self, qualname: str) -> Any:
        """The object at a dotted path below the globals."""
        first, *rest = qualname.split(".")
        found = self.get(first)
        for part in rest:
            found = getattr(found, part, MISSING)
        return found

    @cached_property
    def _names(self) -> dict[int, str]:
        """Names by the identity of what they hold; of several the first that is not a notebook's own (`_`, `_3`)."""
        found: dict[int, str] = {}
        for name, value in list(self.globals.items()):
            if not name.startswith("_"):
                found.setdefault(id(value), name)
        for name, value in list(self.globals.items()):
            if name.startswith("_") and name.strip("_0123456789") != "" and not name.startswith("__"):
                found.setdefault(id(value), name)
        return found

    def name_of(self, value: object) -> str | None:
        """A name that holds this very object, its own name before others."""
        own = attribute(value, "__name__")
        if isinstance(own, str) and self.globals.get(own, MISSING) is value:
            return own
        return self._names.get(id(value))

    @cached_property
    def texts(self) -> list[SourceText]:
        """All texts that may have filled it, the latest last."""
        found: dict[str, SourceText] = {}
        for filename in self._filenames():
            text = text_of_file(filename, self.globals)
            if text is not None:
                found[text.text.strip()] = text
        history = self.globals.get("_ih") or self.globals.get("In") or ()
        in_order: dict[str, SourceText] = {}
        for number, cell in enumerate(history if isinstance(history, list) else ()):
            if isinstance(cell, str) and cell.strip():
                known = found.pop(cell.strip(), None) or in_order.pop(cell.strip(), None)
                in_order[cell.strip()] = known or SourceText(f"In [{number}]", cell)
                for body in _magic_bodies(cell):
                    in_order[body.strip()] = SourceText(f"In [{number}]", body)
        return [*found.values(), *in_order.values()]

    def _filenames(self) -> Iterator[str]:
        if self.globals.get("__file__"):
            yield str(self.globals["__file__"])
        if self.name in ("__main__", "builtins", ""):
            for filename in list(linecache.cache):
                if isinstance(filename, str) and (filename.startswith(_PROMPT_FILES) or "ipykernel_" in filename):
                    yield filename
        for value in list(self.globals.values()):
            if isinstance(value, FunctionType) and value.__globals__ is self.globals:
                yield value.__code__.co_filename

    def binding(self, name: str) -> Binding | None:
        """The last top-level statement that binds a name."""
        for text in reversed(self.texts):
            node = text.bindings.get(name) if name in text.text else None
            if node is not None:
                return Binding(text, node)
        return None

    def imported(self, name: str, value: object) -> ImportedName | None:
        """The import statement that names `name` and gives this very object."""
        for text in reversed(self.texts):
            for node in reversed(text.imports) if name in text.text else ():
                for alias in node.names:
                    found = self._import_of(node, alias, name)
                    if found is not None and found.value is value:
                        return found
        return None

    def starred(self, name: str, value: object) -> ImportedName | None:
        """The star import that brought a name."""
        for text in reversed(self.texts):
            for node in reversed(text.imports) if "*" in text.text else ():
                if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                    found = ImportedName(absolute(node, self.globals.get("__package__")) or "", name)
                    if found.value is value:
                        return found
        return None

    def _import_of(self, node: ast.Import | ast.ImportFrom, alias: ast.alias, name: str) -> ImportedName | None:
        if isinstance(node, ast.Import):
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            return ImportedName(module) if (alias.asname or module) == name else None
        base = absolute(node, self.globals.get("__package__"))
        return ImportedName(base, alias.name) if base and (alias.asname or alias.name) == name else None

    def type_checking_import(self, name: str) -> str | None:
        """The import of a name under `if TYPE_CHECKING:`."""
        for text in reversed(self.texts):
            for node in text.tree.body if text.tree and name in text.text else ():
                if isinstance(node, ast.If) and is_type_checking(node.test):
                    for each in node.body:
                        statement = self._quiet_import(each, name)
                        if statement:
                            return statement
        return None

    def _quiet_import(self, node: ast.stmt, name: str) -> str | None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name.partition(".")[0]) == name:
                    return f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    module = absolute(node, self.globals.get("__package__"))
                    return ImportedName(module, alias.name).statement(name) if module else None
        return None


def _is_test_module(file: str) -> bool:
    stem = Path(file).stem
    named_so = stem.startswith("test_") or stem.endswith("_test") or stem == "conftest"
    return named_so and "_pytest" in sys.modules


def _magic_bodies(cell: str) -> Iterator[str]:
    """What stood below a cell magic such as `%%time`."""
    if "run_cell_magic" not in cell:
        return
    try:
        tree = ast.parse(cell)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="run_cell_magic"), args=[_, _, ast.Constant(value=str(body))]):
                yield body
