"""Source text of the functions of splime 0.2-0.4, which stored a body, a signature and a private list of imports.

The source is put together as text and never parsed: it comes from strangers, and a line of it can keep the parser busy
for hours. The tokenizer can't be, and it knows where strings begin and end, which is what indenting takes.
"""

from __future__ import annotations

import inspect
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from spl.core.entities.port import InputPort

TOKEN_LIMIT = 200_000
"""Words and signs of all bodies: they are read in a third of a second; hand-written files have a tenth of it."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_INDENT = "    "
_LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.ENDMARKER}
_DOCSTRING = re.compile(r"(?s)(?P<prefix>[rRuU]?)(?P<quote>\"{3}|'{3}|[\"'])(?P<text>.*)(?P=quote)")
_ESCAPES = {"n": "\n", "t": "\t", "\n": ""}


@dataclass(frozen=True, slots=True)
class Import:
    """`import module as alias`, or `from module import target as alias`."""

    module: str
    target: str | None = None
    alias: str | None = None

    def __str__(self) -> str:
        name = self.target or self.module
        renamed = f" as {self.alias}" if self.alias and self.alias != name else ""
        return f"from {self.module} import {name}{renamed}" if self.target else f"import {name}{renamed}"

    @property
    def well_formed(self) -> bool:
        parts = [*self.module.split("."), *([self.target] if self.target else [])]
        alias = self.alias is None or self.alias in (self.module, self.target) or is_name(self.alias)
        return alias and all(map(is_name, parts))


@dataclass(frozen=True, slots=True)
class Written:
    """A function as source: a whole module's text, and its docstring."""

    source: str
    doc: str


def is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def tokens(body: str) -> int:
    """About how much work it is to read this."""
    return sum(1 for _ in _TOKEN.finditer(body))


def write(
    name: str,
    inputs: Sequence[InputPort],
    returns: str | None,
    body: str,
    imports: Iterable[Import],
    helpers: Iterable[Import],
) -> Written:
    """A module that defines the function, sees what it imported, and finds its helpers.

    Helpers are imported at the end, when the function exists, so that two modules may need each other; those that a
    default needs come first.

    Raises:
        ValueError: it is not Python, as far as a tokenizer can tell.
    """
    parameters = ", ".join(map(_parameter, inputs))
    head = f"def {name}({parameters}){f' -> {_expression(returns)}' if returns else ''}:\n"
    used = {token.string for port in inputs if port.default for token in _tokens(port.default)}
    early: list[str] = []
    late: list[str] = []
    for helper in helpers:
        (early if helper.target in used else late).append(f"{helper}\n")
    first = "".join(f"{line}\n" for line in ("from __future__ import annotations", *imports))
    text, doc = _body(body.replace("\r\n", "\n").replace("\r", "\n"))
    last = ["\n\n", *late] if late else []
    return Written("".join([first, *early, "\n\n", head, text, *last]), doc)


def _parameter(port: InputPort) -> str:
    text = f"{port.name}: {_expression(port.type)}" if port.type else port.name
    return f"{text} = {_expression(port.default)}" if port.default is not None else text


def _expression(text: str) -> str:
    """The text, if it can't end what it is put into.

    Raises:
        ValueError: it can.
    """
    found = [token for token in _tokens(f"({text}\n)") if token.type not in _LAYOUT]
    depth = 0
    for index, token in enumerate(found):
        depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
        if depth == 0 and index < len(found) - 1:
            raise ValueError("its signature is not one")
    return f"({text}\n)" if "\n" in text or "#" in text else text


def _body(body: str) -> tuple[str, str]:
    """The body, indented where no string is going on, and its docstring."""
    inside: set[int] = set()
    begun: list[int] = []
    first: tokenize.TokenInfo | None = None
    alone = False
    for token in _tokens(body):
        if first is None and token.type not in _LAYOUT:
            first = token
        elif first is not None and token.type == tokenize.NEWLINE and not alone:
            alone = token.start == first.end
        match token.type:
            case tokenize.STRING:
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
            case tokenize.FSTRING_START:
                begun.append(token.start[0])
            case tokenize.FSTRING_END:
                inside.update(range(begun.pop() + 1, token.end[0] + 1))
    if first is None:
        return f"{body}\n{_INDENT}pass\n" if body.strip() else f"{_INDENT}pass\n", ""
    lines = body.split("\n")
    indented = [
        line if number in inside or not line.strip() else _INDENT + line for number, line in enumerate(lines, start=1)
    ]
    return "\n".join(indented).rstrip("\n") + "\n", _doc(first) if alone else ""


def _doc(token: tokenize.TokenInfo) -> str:
    found = _DOCSTRING.fullmatch(token.string) if token.type == tokenize.STRING else None
    if found is None:
        return ""
    text: str = found["text"]
    if found["prefix"] not in ("r", "R"):
        text = re.sub(r"(?s)\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), text)
    return inspect.cleandoc(text)


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError) as error:
        problem = error.args[0] if error.args else "it can't be read"
        raise ValueError(str(problem)[:200]) from None
