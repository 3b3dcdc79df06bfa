"""Which global names a definition uses, and when: found by compiling it, so that scopes are Python's own."""

from __future__ import annotations

import ast
import dis
import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType

from spl.core.capture.source import FUTURE_ANNOTATIONS

_GLOBAL_LOADS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
_GLOBAL_STORES = {"STORE_GLOBAL", "DELETE_GLOBAL"}
_OWN_STORES = {"STORE_NAME", "STORE_FAST", "STORE_DEREF"}
_OF_ANY_MODULE = {"__name__", "__annotations__", "__conditional_annotations__"}
_ENCLOSER = "__enclosing__"


@dataclass
class Names:
    """The global names of a definition, each with the line of its first use.

    Attributes:
        now: looked up while the definition runs: decorators, defaults, bases, class bodies, evaluated annotations.
        later: looked up when what it defines is called.
        quiet: only in annotations that are never evaluated; they may be missing.
        mentioned: in texts that are evaluated, `frame.query("a > @limit")`; they may be local.
        written: assigned by `global` statements.
        chains: dotted paths that begin with a name: `{"xml": {"xml.etree.ElementTree.parse"}}`.
    """

    now: dict[str, int] = field(default_factory=dict)
    later: dict[str, int] = field(default_factory=dict)
    quiet: dict[str, int] = field(default_factory=dict)
    mentioned: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    chains: dict[str, set[str]] = field(default_factory=dict)

    @property
    def all(self) -> dict[str, int]:
        return {**self.quiet, **self.later, **self.now}


def names_of(nodes: Sequence[ast.stmt], *, enclosed: Iterable[str] | None = None, flags: int = 0) -> Names:
    """The names of statements.

    Args:
        enclosed: the names that a function around the statements provides; None where they stand at the top.
        flags: the compiler flags of the `__future__` imports they were written under.
    """
    body = list(nodes) if enclosed is None else [_encloser(nodes, list(enclosed))]
    module = ast.Module(body=body, type_ignores=[])
    futures = flags & FUTURE_ANNOTATIONS
    code = compile(module, "<names>", "exec", futures | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if enclosed is not None:
        code = next(const for const in code.co_consts if isinstance(const, CodeType))
    found = Names()
    _collect(code, found, now=True)
    for node in nodes:
        _collect_annotations(node, found)
        _collect_chains(node, found)
        _collect_mentions(node, found)
    for name in list(found.quiet):
        if name in found.now or name in found.later:
            del found.quiet[name]
    return found


def names_of_expression(node: ast.expr, *, enclosed: Iterable[str] | None = None, flags: int = 0) -> Names:
    statement = ast.copy_location(ast.Return(node) if enclosed is not None else ast.Expr(node), node)
    return names_of([statement], enclosed=enclosed, flags=flags)


def _encloser(nodes: Sequence[ast.stmt], names: list[str]) -> ast.stmt:
    function = ast.FunctionDef(
        name=_ENCLOSER,
        args=ast.arguments(
            posonlyargs=[], args=[ast.arg(name) for name in names], kwonlyargs=[], kw_defaults=[], defaults=[]
        ),
        body=list(nodes),
        decorator_list=[],
        type_params=[],
    )
    ast.copy_location(function, nodes[0])
    for argument in function.args.args:
        ast.copy_location(argument, nodes[0])
    return function


def _collect(code: CodeType, found: Names, *, now: bool) -> None:
    if code.co_name == "__annotate__":  # evaluated only when somebody asks for the annotations
        for name, line in _global_loads(code):
            found.quiet.setdefault(name, line)
        return
    used = found.now if now else found.later
    for name, line in _global_loads(code):
        used.setdefault(name, line)
    for name, line in _global_stores(code):
        found.written.setdefault(name, line)
    for const in code.co_consts:
        if isinstance(const, CodeType):
            _collect(const, found, now=now and _runs_at_once(const))


def _runs_at_once(code: CodeType) -> bool:
    """Class bodies, comprehensions and type parameters run where they stand; functions and lambdas don't."""
    if not code.co_flags & inspect.CO_OPTIMIZED:
        return True
    return code.co_name.startswith("<") and code.co_name != "<lambda>"


def _global_loads(code: CodeType) -> Iterator[tuple[str, int]]:
    """The names it loads from the globals; one that was stored before, in the same scope, is not among them."""
    own: set[str] = set()
    for instruction in dis.get_instructions(code):
        if instruction.opname in _OWN_STORES:
            own.add(str(instruction.argval))
        elif instruction.opname in _GLOBAL_LOADS and instruction.argval not in own | _OF_ANY_MODULE:
            yield str(instruction.argval), _line(instruction, code)


def _global_stores(code: CodeType) -> Iterator[tuple[str, int]]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in _GLOBAL_STORES:
            yield str(instruction.argval), _line(instruction, code)


def _line(instruction: dis.Instruction, code: CodeType) -> int:
    positions = instruction.positions
    return (positions.lineno if positions else None) or code.co_firstlineno


# --- annotations ------------------------------------------------------------------------------------------------------


def annotations_in(node: ast.AST) -> Iterator[ast.expr]:
    """Every annotation in a definition, nested ones included."""
    for each in ast.walk(node):
        if isinstance(each, (ast.arg, ast.AnnAssign)) and each.annotation is not None:
            yield each.annotation
        elif isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and each.returns is not None:
            yield each.returns


def _collect_annotations(node: ast.AST, found: Names) -> None:
    parameters = {
        each.name for each in ast.walk(node) if isinstance(each, (ast.TypeVar, ast.ParamSpec, ast.TypeVarTuple))
    }
    for annotation in annotations_in(node):
        for expression in _spelled_out(annotation):
            for each in ast.walk(expression):
                if isinstance(each, ast.Name) and each.id not in parameters:
                    found.quiet.setdefault(each.id, annotation.lineno)
            _collect_chains(expression, found)


def _spelled_out(annotation: ast.expr) -> Iterator[ast.expr]:
    """The annotation itself, and what its quoted parts say."""
    yield annotation
    for each in ast.walk(annotation):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            try:
                yield ast.parse(each.value.strip(), mode="eval").body
            except (SyntaxError, ValueError):
                continue


def _collect_mentions(node: ast.AST, found: Names) -> None:
    for each in ast.walk(node):
        match each:
            case ast.Call(func=ast.Attribute(attr="query" | "eval"), args=[ast.Constant(value=str(text)), *_]):
                for name in re.findall(r"@(\w+)", text):
                    found.mentioned.setdefault(name, each.lineno)


# --- dotted paths -----------------------------------------------------------------------------------------------------


def _collect_chains(node: ast.AST, found: Names) -> None:
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            path = dotted(each)
            if path:
                found.chains.setdefault(path.partition(".")[0], set()).add(path)


def dotted(node: ast.expr) -> str | None:
    """`a.b.c` for such an expression; None for any other."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None
