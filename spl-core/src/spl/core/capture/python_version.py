"""The Python versions that a source can run on, by the syntax and the standard library it uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from spl.core.capture.imports import imports_in

type Version = tuple[int, int]

OLDEST: Version = (3, 9)
"""Workers run on 3.9 and newer."""

_MODULES_ADDED: dict[str, Version] = {"tomllib": (3, 11), "compression": (3, 14), "annotationlib": (3, 14)}

_NAMES_ADDED: dict[tuple[str, str], Version] = {
    ("asyncio", "Runner"): (3, 11),
    ("asyncio", "TaskGroup"): (3, 11),
    ("asyncio", "timeout"): (3, 11),
    ("copy", "replace"): (3, 13),
    ("dataclasses", "KW_ONLY"): (3, 10),
    ("datetime", "UTC"): (3, 11),
    ("enum", "StrEnum"): (3, 11),
    ("itertools", "batched"): (3, 12),
    ("itertools", "pairwise"): (3, 10),
    ("types", "NoneType"): (3, 10),
    ("types", "UnionType"): (3, 10),
    ("typing", "Concatenate"): (3, 10),
    ("typing", "LiteralString"): (3, 11),
    ("typing", "Never"): (3, 11),
    ("typing", "NotRequired"): (3, 11),
    ("typing", "ParamSpec"): (3, 10),
    ("typing", "ReadOnly"): (3, 13),
    ("typing", "Required"): (3, 11),
    ("typing", "Self"): (3, 11),
    ("typing", "TypeAlias"): (3, 10),
    ("typing", "TypeAliasType"): (3, 12),
    ("typing", "TypeGuard"): (3, 10),
    ("typing", "TypeIs"): (3, 13),
    ("typing", "TypeVarTuple"): (3, 11),
    ("typing", "Unpack"): (3, 11),
    ("typing", "assert_never"): (3, 11),
    ("typing", "override"): (3, 12),
    ("warnings", "deprecated"): (3, 13),
}

_BUILTINS_ADDED: dict[str, Version] = {
    "aiter": (3, 10),
    "anext": (3, 10),
    "EncodingWarning": (3, 10),
    "BaseExceptionGroup": (3, 11),
    "ExceptionGroup": (3, 11),
    "PythonFinalizationError": (3, 13),
}

_KEYWORDS_ADDED: dict[tuple[str, str], Version] = {
    ("zip", "strict"): (3, 10),
    ("dataclass", "slots"): (3, 10),
    ("dataclass", "kw_only"): (3, 10),
    ("field", "kw_only"): (3, 10),
}

_MODULES_REMOVED: dict[str, Version] = {
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), (3, 12)),
    **dict.fromkeys(
        [
            "aifc",
            "audioop",
            "cgi",
            "cgitb",
            "chunk",
            "crypt",
            "imghdr",
            "lib2to3",
            "mailcap",
            "msilib",
            "nis",
            "nntplib",
            "ossaudiodev",
            "pipes",
            "sndhdr",
            "spwd",
            "sunau",
            "telnetlib",
            "uu",
            "xdrlib",
        ],
        (3, 13),
    ),
}

_TYPE_NAMES = {"bool", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object", "set", "str", "tuple"}


def requires_python(sources: list[str]) -> str:
    """A version specifier such as `>=3.10` or `>=3.9,<3.13`."""
    lowest, below = OLDEST, None
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        lowest = max([lowest, *_needed(tree, source)])
        removed = [
            _MODULES_REMOVED[one.module.partition(".")[0]]
            for one in imports_in(tree)
            if not one.optional and one.module.partition(".")[0] in _MODULES_REMOVED
        ]
        below = min([*removed, *([below] if below else [])], default=None)
    text = f">={lowest[0]}.{lowest[1]}"
    return f"{text},<{below[0]}.{below[1]}" if below and below > lowest else text


def _needed(tree: ast.Module, source: str) -> Iterator[Version]:
    lazy = {id(each) for node in _unevaluated(tree) for each in ast.walk(node)}
    imported: dict[str, str] = {}
    for one in imports_in(tree):
        if one.optional:
            continue
        yield _MODULES_ADDED.get(one.module.partition(".")[0], OLDEST)
        yield from (_NAMES_ADDED.get((one.module, name), OLDEST) for name in one.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.asname or alias.name: alias.name for alias in node.names}
    for node in ast.walk(tree):
        if id(node) not in lazy:
            yield from _of_expression(node, imported, source)
        yield from _of_syntax(node)


def _of_syntax(node: ast.AST) -> Iterator[Version]:
    match node:
        case ast.Match():
            yield (3, 10)
        case ast.TryStar():
            yield (3, 11)
        case ast.Subscript(slice=ast.Tuple(elts=parts)) if any(isinstance(part, ast.Starred) for part in parts):
            yield (3, 11)
        case ast.TypeAlias():
            yield (3, 12)
        case ast.TypeVar() | ast.ParamSpec() | ast.TypeVarTuple():
            yield (3, 13) if getattr(node, "default_value", None) is not None else (3, 12)


def _of_expression(node: ast.AST, imported: dict[str, str], source: str) -> Iterator[Version]:
    match node:
        case ast.BinOp(op=ast.BitOr()) if _is_union(node):
            yield (3, 10)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in imported:
            yield _NAMES_ADDED.get((imported[name], attribute), OLDEST)
        case ast.Name(id=name, ctx=ast.Load()):
            yield _BUILTINS_ADDED.get(name, OLDEST)
        case ast.Call(func=callee, keywords=keywords):
            called = callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "")
            yield from (_KEYWORDS_ADDED.get((called, keyword.arg or ""), OLDEST) for keyword in keywords)
        case ast.JoinedStr() if _nests_quotes(node, source):
            yield (3, 12)


def _is_union(node: ast.BinOp) -> bool:
    """Whether `|` stands between types: one surely is one, or both are named like classes (flags are in capitals)."""
    sides = (node.left, node.right)
    return any(_is_type(side) for side in sides) or all(_is_named_like_a_class(side) for side in sides)


def _is_type(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=None):
            return True
        case ast.Name(id=name):
            return name in _TYPE_NAMES
        case ast.Subscript(value=ast.Name(id=name)):
            return name in _TYPE_NAMES
        case ast.BinOp(op=ast.BitOr()):
            return _is_union(node)
    return False


def _is_named_like_a_class(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name[:1].isupper() and not name.isupper()


def _unevaluated(tree: ast.Module) -> Iterator[ast.AST]:
    """Annotations that are not evaluated: all of them under the future import, those of local variables always."""
    postponed = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(a.name == "annotations" for a in node.names)
        for node in tree.body
    )
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from (each.annotation for each in ast.walk(node) if isinstance(each, ast.AnnAssign))
        if postponed:
            if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
                yield node.annotation
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
                yield node.returns


def _nests_quotes(node: ast.JoinedStr, source: str) -> bool:
    """Quotes of its own kind, or a backslash, inside the braces of an f-string."""
    text = ast.get_source_segment(source, node) or ""
    quote = next((mark for mark in ('"""', "'''", '"', "'") if text.lstrip("fFrRbBuU").startswith(mark)), None)
    if quote is None:
        return False
    inner = (
        ast.get_source_segment(source, part.value) or "" for part in node.values if isinstance(part, ast.FormattedValue)
    )
    return any(quote in part or "\\" in part for part in inner)
