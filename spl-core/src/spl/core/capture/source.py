"""The text that definitions come from: a file, a notebook cell, a statement typed at the prompt."""

from __future__ import annotations
import __future__

import ast
import linecache
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Any

from spl.core.capture.refusal import Site, shown_path

type Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
type Span = tuple[int, int]

FUTURE_ANNOTATIONS = __future__.annotations.compiler_flag
FUTURE_FLAGS = 0
for _feature in __future__.all_feature_names:
    FUTURE_FLAGS |= getattr(__future__, _feature).compiler_flag

TEXTS_KEPT = 512
"""Parsed texts kept between captures: more cells than that are rarely alive in one notebook."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters of a span."""

    start: int
    end: int
    text: str


class SourceText:
    """One text, parsed when it is first needed.

    Attributes:
        label: how people know it: a relative path, `In [3]`.
        text: its content, with `\\n` line ends.
    """

    def __init__(self, label: str, text: str) -> None:
        self.label = label
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._codes: dict[int, list[CodeType]] = {}

    @cached_property
    def tree(self) -> ast.Module | None:
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError):
            return None

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self.text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def line(self, number: int) -> str:
        return self.text[self._line_starts[number - 1] : self._line_starts[number] - 1]

    def offset(self, line: int, column: int) -> int:
        """The character offset of a position of `ast`, whose columns count UTF-8 bytes."""
        text = self.line(line)
        if not text.isascii():
            column = len(text.encode()[:column].decode(errors="ignore"))
        return self._line_starts[line - 1] + column

    def span(self, node: ast.stmt | ast.expr) -> Span:
        """Where a node stands, its decorators included and, for statements, the comment behind it."""
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([node, *decorators], key=lambda each: each.lineno)
        start = self.offset(first.lineno, first.col_offset)
        if first is not node:
            start = self.text.rindex("@", 0, start)
        end = self.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        if isinstance(node, ast.stmt):
            comment = re.compile(r"[ \t]*#[^\n]*").match(self.text, end)
            end = comment.end() if comment else end
        return start, end

    def segment(self, node: ast.stmt | ast.expr, edits: Sequence[Edit] = ()) -> str:
        """A node's text as written, with the edits applied."""
        start, end = self.span(node)
        return self._edited(start, end, edits)

    def block(self, node: ast.stmt, edits: Sequence[Edit] = (), indent: str = "") -> str:
        """A statement's text, moved from its own indentation to another. What stands inside strings does not move."""
        start, end = self.span(node)
        line_start = self.text.rfind("\n", 0, start) + 1
        margin = self.text[line_start:start]
        if margin.strip():
            margin = ""
        kept = _lines_inside_strings(node)
        first_line = self.text.count("\n", 0, start) + 1
        moves = list(edits)
        for number in range(first_line + 1, self.text.count("\n", 0, end) + 2):
            if number in kept:
                continue
            line = self.line(number)
            common = len(line) - len(line.lstrip(" \t"))
            taken = len(margin) if line.startswith(margin) else min(common, len(margin))
            at = self._line_starts[number - 1]
            moves.append(Edit(at, at + taken, indent if line.strip() else ""))
        return indent + self._edited(start, end, moves)

    def _edited(self, start: int, end: int, edits: Sequence[Edit]) -> str:
        parts, at = [], start
        for edit in sorted(edits, key=lambda each: (each.start, each.end)):
            if edit.start < at or edit.end > end:
                continue
            parts += [self.text[at : edit.start], edit.text]
            at = edit.end
        return "".join([*parts, self.text[at:end]])

    def codes(self, flags: int = 0) -> list[CodeType]:
        """All code objects that the text gives, compiled whole or, as a notebook does it, statement by statement.

        The two differ: a method call on a name that the same unit imports is compiled in another way.
        """
        future = flags & FUTURE_FLAGS
        if future not in self._codes:
            units = [self.tree, *(ast.Module([node], []) for node in self.tree.body)] if self.tree else []
            options = future | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            try:
                compiled = [compile(unit, "<source>", "exec", options, dont_inherit=True) for unit in units]
            except (SyntaxError, ValueError):
                compiled = []
            self._codes[future] = [code for module in compiled for code in nested_codes(module)]
        return self._codes[future]

    def gives(self, code: CodeType) -> bool:
        """Whether compiling this text gives this very code, positions included."""
        return any(code == other for other in self.codes(code.co_flags) if other.co_name == code.co_name)

    @cached_property
    def definitions(self) -> list[Definition]:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds)] if self.tree else []

    @cached_property
    def bindings(self) -> dict[str, ast.stmt]:
        """The last statement at the top that binds each name."""
        return {name: node for node in top_statements(self.tree) for name in bound_names(node)}

    @cached_property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        """The import statements at the top."""
        return [node for node in top_statements(self.tree) if isinstance(node, (ast.Import, ast.ImportFrom))]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The enclosing node of every node."""
        if self.tree is None:
            return {}
        return {child: parent for parent in ast.walk(self.tree) for child in ast.iter_child_nodes(parent)}

    def enclosing(self, node: ast.AST) -> ast.AST | None:
        """The function, class or lambda that a node stands in; None at the top."""
        parent = self.parents.get(node)
        while parent is not None and not isinstance(
            parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        ):
            parent = self.parents.get(parent)
        return parent

    @cached_property
    def _functions(self) -> dict[tuple[str, int], ast.FunctionDef | ast.AsyncFunctionDef]:
        found = [node for node in self.definitions if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        return {(node.name, first_line(node)): node for node in reversed(found)}

    def find_code(self, code: CodeType) -> Definition | None:
        """The definition that a function's code was compiled from."""
        if code.co_name == "<lambda>":
            return self._find_lambda(code)
        return self._functions.get((code.co_name, code.co_firstlineno))

    def _find_lambda(self, code: CodeType) -> ast.Lambda | None:
        places = [
            ((line, column), (end_line or line, end_column or column))
            for line, end_line, column, end_column in code.co_positions()
            if line is not None and column is not None and (line, column) != (end_line, end_column)
        ]
        lambdas = [node for node in self.definitions if isinstance(node, ast.Lambda)]
        fitting = [
            node
            for node in lambdas
            if node.lineno == code.co_firstlineno
            and all(_start(node.body) <= start and end <= _end(node.body) for start, end in places)
        ]
        return min(fitting, key=lambda node: len(self.segment(node)), default=None)

    def find_class(self, name: str, line: int | None) -> ast.ClassDef | None:
        """The last class statement of a name, or the one at a line (that of its first decorator)."""
        fitting = [node for node in self.definitions if isinstance(node, ast.ClassDef) and node.name == name]
        if line is not None:
            fitting = [node for node in fitting if first_line(node) == line]
        return max(fitting, key=lambda node: node.lineno, default=None)

    def site(self, node: ast.AST | int, inside: str = "") -> Site:
        return Site(self.label, node if isinstance(node, int) else getattr(node, "lineno", 0), inside)


def first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """The line of its first decorator, or its own."""
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def _lines_inside_strings(node: ast.AST) -> set[int]:
    """The lines that begin inside a string and so must not be moved."""
    return {
        number
        for each in ast.walk(node)
        if isinstance(each, ast.JoinedStr) or (isinstance(each, ast.Constant) and isinstance(each.value, (str, bytes)))
        for number in range(each.lineno + 1, (each.end_lineno or each.lineno) + 1)
    }


def nested_codes(code: CodeType) -> Iterator[CodeType]:
    waiting = [code]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(const for const in each.co_consts if isinstance(const, CodeType))


def top_statements(tree: ast.Module | None) -> Iterator[ast.stmt]:
    """The statements that run when a text runs, in blocks too, but not those inside functions and classes."""
    waiting = list(reversed(tree.body)) if tree else []
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inner = [
                each
                for each in ast.iter_child_nodes(node)
                if isinstance(each, (ast.stmt, ast.ExceptHandler, ast.match_case))
            ]
            for each in reversed(inner):
                if isinstance(each, ast.stmt):
                    waiting.append(each)
                else:
                    waiting.extend(reversed(each.body))


def bound_names(node: ast.stmt) -> set[str]:
    """The names that one statement assigns, its inner statements not counted."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.TypeAlias):
        return {node.name.id}
    parts = [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.stmt)]
    return {
        each.id
        for part in parts
        for each in ast.walk(part)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }


# --- finding texts ----------------------------------------------------------------------------------------------------

_texts: dict[str, tuple[list[str], SourceText]] = {}


def text_of_file(filename: str, module_globals: dict[str, Any] | None = None) -> SourceText | None:
    """The text behind a code object's filename: a file, or what the notebook or the prompt left in linecache."""
    linecache.checkcache(filename)
    lines = linecache.getlines(filename, module_globals)
    if not lines:
        return None
    known = _texts.get(filename)
    if known is not None and known[0] is lines:
        return known[1]
    text = SourceText(label_of(filename), "".join(lines))
    while len(_texts) >= TEXTS_KEPT:
        _texts.pop(next(iter(_texts)))
    _texts[filename] = (lines, text)
    return text


def text_of_code(code: CodeType, module_globals: dict[str, Any] | None = None) -> SourceText | None:
    found = text_of_file(code.co_filename, module_globals)
    if found is None and hasattr(linecache, "_getlines_from_code"):  # prompts of Python 3.13.1 and newer
        lines = linecache._getlines_from_code(code)
        found = SourceText(label_of(code.co_filename), "".join(lines)) if lines else None
    return found


def label_of(filename: str) -> str:
    """What people call a source: `In [3]` for a notebook cell, a path relative to where they are for a file."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    numbers = getattr(getattr(shell, "compile", None), "_filename_map", {})
    if filename in numbers:
        return f"In [{numbers[filename]}]"
    return filename if filename.startswith("<") else shown_path(filename)
