"""The import statements in a piece of source, and how much each is needed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import resolve_name

_FORGIVING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module.

    Attributes:
        module: its absolute dotted name.
        names: what is taken from it by `from module import ...`; `*` is among them for a star.
        line: where.
        optional: a missing module is provided for: `except ImportError`, `if sys.version_info ...`.
        inner: inside a function, so it runs only when that is called.
    """

    module: str
    names: tuple[str, ...]
    line: int
    optional: bool = False
    inner: bool = False


def imports_in(node: ast.AST, package: str | None = None) -> Iterator[Import]:
    """Every import below a node but those for type checkers and scripts, relative ones resolved against `package`."""
    yield from _walk(node, package, optional=False, inner=False)


def _walk(node: ast.AST, package: str | None, *, optional: bool, inner: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, (), node.lineno, optional, inner)
    elif isinstance(node, ast.ImportFrom):
        module = absolute(node, package)
        if module:
            yield Import(module, tuple(alias.name for alias in node.names), node.lineno, optional, inner)
    elif isinstance(node, ast.Try):
        forgiven = optional or any(_forgives(handler) for handler in node.handlers)
        guarded: list[ast.AST] = [*node.body, *node.handlers]
        for part in guarded:
            yield from _walk(part, package, optional=forgiven, inner=inner)
        for each in [*node.orelse, *node.finalbody]:
            yield from _walk(each, package, optional=optional, inner=inner)
    elif isinstance(node, ast.If) and (is_type_checking(node.test) or _is_main_guard(node.test)):
        for each in node.orelse:
            yield from _walk(each, package, optional=optional, inner=inner)
    else:
        called = _called(node)
        if called is not None:
            yield Import(called, (), getattr(node, "lineno", 0), optional, inner)
        inner = inner or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        optional = optional or (isinstance(node, ast.If) and _asks_for_platform(node.test))
        for child in ast.iter_child_nodes(node):
            yield from _walk(child, package, optional=optional, inner=inner)


def _called(node: ast.AST) -> str | None:
    """The module of `importlib.import_module("name")`."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
            args=[ast.Constant(value=str(name)), *_],
        ) if name and not name.startswith("."):
            return name
    return None


def absolute(node: ast.ImportFrom, package: str | None) -> str | None:
    """The absolute name of the module that names are imported from; None where it can't be told."""
    if not node.level:
        return node.module
    try:
        return resolve_name("." * node.level + (node.module or ""), package or "")
    except ImportError:
        return None


def is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _is_main_guard(test: ast.expr) -> bool:
    """`if __name__ == "__main__"`, which never holds in a worker."""
    return isinstance(test, ast.Compare) and any(
        isinstance(each, ast.Name) and each.id == "__name__" for each in ast.walk(test)
    )


def _asks_for_platform(test: ast.expr) -> bool:
    """`if sys.version_info >= ...`, `if sys.platform == ...`."""
    asked = {"version_info", "platform", "name", "system", "implementation"}
    return any(isinstance(each, ast.Attribute) and each.attr in asked for each in ast.walk(test))


def _forgives(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(each, ast.Name) and each.id in _FORGIVING for each in caught)
