"""Where a live function or class is defined, and by what path it can be reached from there."""

from __future__ import annotations

import ast
import builtins
import functools
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spl.core.capture.namespace import BUNDLE_GLOBAL, MISSING, Namespace, attribute
from spl.core.capture.origin import Home, locate
from spl.core.capture.source import Definition, SourceText, text_of_code, text_of_file
from spl.core.entities.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Found:
    """A definition's text and node."""

    text: SourceText
    node: Definition


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is defined.

    Attributes:
        namespace: the globals it belongs to; None for what is compiled in.
        module, path: how to import it, `from module import path`; empty where it can't be imported.
        bundle: the bundle that its module came out of.
    """

    namespace: Namespace | None = None
    module: str = ""
    path: str = ""
    bundle: Bundle | None = None


def unwrapped(value: Any) -> tuple[Any, int]:
    """What decorators have been laid around, and how many of them tell (by `__wrapped__`)."""
    levels = 0
    while not isinstance(value, type) and "__wrapped__" in attributes(value) and levels < 100:
        value, levels = value.__wrapped__, levels + 1
    return value, levels


def attributes(value: Any) -> dict[str, Any]:
    """The value's own attributes; objects that stand in for others may refuse to tell."""
    try:
        found: dict[str, Any] = vars(value)
    except Exception:
        return {}
    return found


def function_behind(member: Any) -> types.FunctionType | None:
    """The function of a method, however it was put into its class."""
    for kind, name in ((staticmethod, "__func__"), (classmethod, "__func__"), (property, "fget")):
        if isinstance(member, kind):
            member = getattr(member, name)
    if isinstance(member, functools.cached_property):
        member = member.func
    function = unwrapped(member)[0]
    return function if isinstance(function, types.FunctionType) else None


def is_definition(value: object) -> bool:
    """Functions, classes and what decorators make of them: what has a name and a place of its own."""
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType)):
        return True
    base, levels = unwrapped(value)
    if levels and isinstance(base, types.FunctionType):
        return True
    return callable(value) and bool(importable_path(value)[0])


def importable_path(value: Any) -> tuple[str, str]:
    """A module and a path in it that lead to this very object; empty texts where there are none."""
    module = attribute(value, "__module__")
    path = attribute(value, "__qualname__") or attribute(value, "__name__")
    if not (isinstance(module, str) and isinstance(path, str)) or "<" in path or module == "__main__":
        return "", ""
    found: Any = sys.modules.get(module, MISSING)
    for part in path.split("."):
        found = getattr(found, part, MISSING)
    if found is value:
        return module, path
    if isinstance(value, type) and module == "builtins":  # such as types.MappingProxyType
        public = next((name for name, kind in vars(types).items() if kind is value), "")
        return ("types", public) if public else ("", "")
    return "", ""


_PUBLIC = {"posix": "os", "nt": "os", "posixpath": "os.path", "ntpath": "os.path", "_io": "io"}
"""Modules that differ from system to system, and the one that doesn't."""


def public_module(module: str, path: str, value: Any) -> str:
    """The module that people import something from: `os` for `posix`, `pandas` for `pandas.io.parsers.readers`."""
    parts = module.split(".")
    above = [".".join(parts[: count + 1]) for count in range(len(parts) - 1)]
    for candidate in [_PUBLIC.get(module, ""), *above, module.lstrip("_")]:
        found: Any = sys.modules.get(candidate, MISSING)
        for part in path.split("."):
            found = attribute(found, part, MISSING)
        if candidate and found is value:
            return candidate
    return module


class Places:
    """Finds places, and remembers the namespaces it has met."""

    def __init__(self) -> None:
        self._namespaces: dict[int, Namespace] = {}

    def namespace(self, names: dict[str, Any]) -> Namespace:
        return self._namespaces.setdefault(id(names), Namespace(names))

    def main(self) -> Namespace | None:
        module = sys.modules.get("__main__")
        return self.namespace(vars(module)) if module is not None else None

    def of(self, value: Any, near: Namespace | None = None) -> Place:
        """Where a function or class belongs.

        Args:
            near: where it was met; a class without methods doesn't tell by itself.
        """
        names = self._class_globals(value, near) if isinstance(value, type) else self._function_globals(value)
        if names is None:
            module, path = importable_path(value)
            return Place(None, public_module(module, path, value), path)
        namespace = self.namespace(names)
        if BUNDLE_GLOBAL in names:
            return self._in_bundle(namespace, value)
        if namespace.is_importable:
            path = str(getattr(value, "__qualname__", ""))
            if namespace.resolve(path) is not value:
                path = namespace.name_of(value) or ""
            module = namespace.name if path else ""
            if module and locate(module).home is not Home.LOCAL:
                module = public_module(module, path, value)
            return Place(namespace, module, path)
        return Place(namespace)

    def _in_bundle(self, namespace: Namespace, value: Any) -> Place:
        bundle = namespace.globals[BUNDLE_GLOBAL]
        known = {module.name for module in bundle.modules}
        module = namespace.name if namespace.name in known else namespace.name.partition(".")[2]
        path = str(getattr(value, "__qualname__", ""))
        if namespace.resolve(path) is not value:
            path = namespace.name_of(value) or ""
        return Place(namespace, module if module in known and path else "", path, bundle)

    def _function_globals(self, value: Any) -> dict[str, Any] | None:
        base, levels = unwrapped(value)
        if not isinstance(base, types.FunctionType):
            return None
        if levels and isinstance(value, types.FunctionType) and value.__globals__ is not base.__globals__:
            namespace = self.namespace(base.__globals__)
            found = self.find(base, namespace)
            decorators = getattr(found.node, "decorator_list", ()) if found else ()
            if len(decorators) < levels and namespace.name_of(value) is None:
                return value.__globals__  # made by a call of somebody else's decorator, not by `@`
        return base.__globals__

    def _class_globals(self, kind: type, near: Namespace | None) -> dict[str, Any] | None:
        """By its methods, by its module, or else where it was met: several namespaces may be called `__main__`."""
        builtin = kind.__module__ == "builtins"
        if builtin and getattr(builtins, kind.__name__, None) is kind:
            return None
        for value in vars(kind).values():
            function = function_behind(value)
            if function is not None and _is_method(function, kind):
                return function.__globals__
        module = sys.modules.get(kind.__module__)
        if module is not None and Namespace(vars(module)).resolve(kind.__qualname__) is kind:
            return vars(module)
        if near is not None and not near.is_importable and near.name_of(kind) is not None:
            named = near.name == kind.__module__ or (builtin and near.binding(kind.__name__) is not None)
            if named:
                return near.globals
        return vars(module) if module is not None and not builtin else None

    # --- source -------------------------------------------------------------------------------------------------------

    def find(self, function: types.FunctionType, namespace: Namespace) -> Found | None:
        """The definition of a function, if a text that gives its very code is at hand."""
        code = function.__code__
        text = text_of_code(code, function.__globals__)
        if text is not None and (text.gives(code) or is_instrumented(namespace)):
            node = text.find_code(code)
            if node is not None:
                return Found(text, node)
        for candidate in reversed(namespace.texts):
            named = code.co_name in candidate.text or code.co_name == "<lambda>"
            node = candidate.find_code(code) if named and candidate.gives(code) else None
            if node is not None:
                return Found(candidate, node)
        return None

    def find_class(self, kind: type, namespace: Namespace) -> Found | None:
        line = vars(kind).get("__firstlineno__")
        texts = [text_of_file(name, namespace.globals) for name in dict.fromkeys(_method_files(kind))]
        for text in [*texts, *reversed(namespace.texts)]:
            node = text.find_class(kind.__name__, line) if text is not None else None
            if text is not None and node is not None and _fits(node, kind):
                return Found(text, node)
        return None


def _is_method(function: types.FunctionType, kind: type) -> bool:
    """Whether a function was written in the class statement, not generated or borrowed."""
    own = function.__qualname__.startswith(f"{kind.__qualname__}.") and function.__module__ == kind.__module__
    return own and function.__code__.co_filename != "<string>"


def is_instrumented(namespace: Namespace) -> bool:
    """Whether something rewrites what is compiled here: pytest's assertions, a notebook's code transformers."""
    if "@pytest_ar" in namespace.globals:
        return True
    ask: Callable[[], Any] = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)
    return bool(getattr(ask(), "ast_transformers", None))


def _method_files(kind: type) -> list[str]:
    functions = [function_behind(value) for value in vars(kind).values()]
    files = [function.__code__.co_filename for function in functions if function is not None]
    return [file for file in files if file != "<string>"]


def _fits(node: Definition, kind: type) -> bool:
    """Whether a class statement defines the methods that the class has."""
    methods = [
        each.name for each in getattr(node, "body", ()) if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    private = kind.__name__.lstrip("_")
    names = set(vars(kind))
    return all(
        name in names or (name.startswith("__") and f"_{private}{name}" in names) or hasattr(kind, name)
        for name in methods
    )
