"""The arguments of a call, held against the ports: every problem is found before anything is started."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from spl.core.entities.nearest import nearest
from spl.core.entities.port import InputPort, PortKind
from spl.core.entities.typecheck import Check, Mismatch, checker, shown
from spl.core.errors import InvalidArguments
from spl.runtime.values import OPAQUE, Doc, plain

_SCALARS = (str, int, float, bool, type(None))
"""Documents that are their own plain form."""


class Binder:
    """The ports of one callable, looked at once; binds as often as it is called."""

    def __init__(self, name: str, inputs: Sequence[InputPort], *, by_name_only: bool = False) -> None:
        self.name = name
        self.inputs = inputs
        self.by_name_only = by_name_only
        self.ports = {port.name: port for port in inputs}
        self.required = [port.name for port in inputs if port.required]
        self.positional_only = [port.name for port in inputs if port.kind is PortKind.POSITIONAL_ONLY]
        in_turn = (PortKind.POSITIONAL_ONLY, PortKind.STANDARD)
        self.positional = [] if by_name_only else [port.name for port in inputs if port.kind in in_turn]
        self.surplus = self._of(PortKind.VAR_POSITIONAL)
        self.options = self._of(PortKind.VAR_KEYWORD)
        self._checks: dict[str, Check | None] = {port.name: checker(_of_each(port)) for port in inputs}
        self._simple = not (self.surplus or self.options or self.positional_only)

    def bind(
        self, args: Sequence[Doc], kwargs: Mapping[str, Doc], required: Collection[str] | None = None
    ) -> dict[str, Doc]:
        """The arguments by port name.

        Args:
            required: the inputs that must be there, where these are not all that have no default.

        Raises:
            InvalidArguments: `details["problems"]` has each, `{"input", "problem", "message"}`.
        """
        if self._simple and not args and self._fits(kwargs, required):
            return dict(kwargs)
        return _Binding(self, required).bind(args, kwargs)

    @property
    def text(self) -> str:
        """`add(a: int, b: int, scale: int = 1)`."""
        return f"{self.name}({', '.join(_parameters(self.inputs))})"

    def mismatch(self, name: str, doc: Doc, where: str) -> str | None:
        """What is wrong with the type of a document; `where` is what the message calls it."""
        check = self._checks[name]
        found = check(doc if isinstance(doc, _SCALARS) else plain(doc)) if check else None
        if found is None:
            return None
        if found.path:
            return f"{where + found.path!r}: {found}"
        return f"{where!r}: expected {self.ports[name].type or found.expected}, got {_got(doc, found)}"

    def _of(self, kind: PortKind) -> str | None:
        return next((port.name for port in self.inputs if port.kind is kind), None)

    def _fits(self, kwargs: Mapping[str, Doc], required: Collection[str] | None) -> bool:
        """The common case, quickly: all by name, nothing wrong."""
        checks = self._checks
        for name, doc in kwargs.items():
            if name not in checks:
                return False
            check = checks[name]
            if check is not None and check(doc if isinstance(doc, _SCALARS) else plain(doc)) is not None:
                return False
        return all(name in kwargs for name in (self.required if required is None else required))


class _Binding:
    """One call whose arguments are not all by name, or not all right."""

    def __init__(self, binder: Binder, required: Collection[str] | None) -> None:
        self.binder = binder
        self.required = binder.required if required is None else required
        self.bound: dict[str, Doc] = {}
        self.problems: list[dict[str, str]] = []

    def bind(self, args: Sequence[Doc], kwargs: Mapping[str, Doc]) -> dict[str, Doc]:
        self._by_position(args)
        self._by_name(kwargs)
        self._missing()
        self._gaps()
        if self.problems:
            told = "; ".join(problem["message"] for problem in self.problems)
            raise InvalidArguments(
                f"{self.binder.name}() can't be called with these arguments: {told}.",
                hint=f"It is {self.binder.text}.",
                problems=self.problems,
            )
        return self.bound

    def _by_position(self, args: Sequence[Doc]) -> None:
        names, surplus = self.binder.positional, self.binder.surplus
        for name, doc in zip(names, args, strict=False):
            self._set(name, doc)
        rest = list(args[len(names) :])
        if rest and self.binder.by_name_only:
            self._wrong("", "unexpected", f"the inputs of a pipeline are given by name, got {len(args)} by position")
        elif rest and surplus is None:
            self._wrong("", "unexpected", f"takes {len(names)} by position, got {len(args)}")
        elif rest and surplus is not None:
            self.bound[surplus] = rest
            for at, doc in enumerate(rest):
                self._check(surplus, doc, f"{surplus}[{at}]")

    def _by_name(self, kwargs: Mapping[str, Doc]) -> None:
        ports, options = self.binder.ports, self.binder.options
        more: dict[str, Doc] = {}
        for name, doc in kwargs.items():
            if name in self.bound:
                self._wrong(name, "duplicate", f"{name!r} is given twice, by position and by name")
            elif name == self.binder.surplus:
                self._whole(name, doc, list, "list")
            elif name == options:
                self._whole(name, doc, dict, "dict")
            elif name in ports:
                self._set(name, doc)
            elif options is not None:
                more[name] = doc
                self._check(options, doc, name)
            else:
                guess = nearest(name, [known for known in ports if known not in kwargs])
                told = f" (did you mean {guess!r}?)" if guess else ""
                self._wrong(name, "unexpected", f"{name!r} is not one of its inputs{told}")
        if more and options is not None:
            self._further(options, more)

    def _further(self, name: str, more: dict[str, Doc]) -> None:
        if name in self.bound:
            self._wrong(name, "duplicate", f"{name!r} is given as a whole, and {', '.join(map(repr, more))} beside it")
        envelope = {"$spl": "dict", "v": [[key, doc] for key, doc in more.items()]}
        self.bound[name] = envelope if "$spl" in more else more

    def _whole(self, name: str, doc: Doc, kind: type[Any], expected: str) -> None:
        """All of `*args` or `**kwargs` under the port's own name, as a pipeline hands them over."""
        self.bound[name] = doc
        form = cast(Any, plain(doc))
        if form is OPAQUE:
            return
        if not isinstance(form, kind):
            self._wrong(name, "type", f"{name!r}: expected {expected}, got {shown(form)}")
            return
        items: dict[Any, Doc] = form if isinstance(form, dict) else dict(enumerate(form))
        for key, item in items.items():
            self._check(name, item, f"{name}[{key!r}]")

    def _missing(self) -> None:
        for name in self.required:
            if name not in self.bound and not any(problem["input"] == name for problem in self.problems):
                kind = self.binder.ports[name].type
                self._wrong(name, "missing", f"{name!r} is missing" + (f" ({kind})" if kind else ""))

    def _gaps(self) -> None:
        """What is handed over by position can't be left out in the middle."""
        names = self.binder.positional if self.bound.get(self.binder.surplus or "") else self.binder.positional_only
        last = max((at for at, name in enumerate(names) if name in self.bound), default=-1)
        if names is self.binder.positional:
            last = len(names)
        for name in names[:last]:
            if name not in self.bound and not self.binder.ports[name].required:
                self._wrong(name, "missing", f"{name!r} is missing: later arguments are handed over by position")

    def _set(self, name: str, doc: Doc) -> None:
        self.bound[name] = doc
        self._check(name, doc, name)

    def _check(self, name: str, doc: Doc, where: str) -> None:
        wrong = self.binder.mismatch(name, doc, where)
        if wrong is not None:
            self._wrong(where, "type", wrong)

    def _wrong(self, name: str, problem: str, message: str) -> None:
        self.problems.append({"input": name, "problem": problem, "message": message})


def _of_each(port: InputPort) -> Mapping[str, Any]:
    """The schema of one argument; `*args` and `**kwargs` are looked at one by one."""
    inner = {PortKind.VAR_POSITIONAL: "items", PortKind.VAR_KEYWORD: "additionalProperties"}.get(port.kind)
    found = port.schema.get(inner, {}) if inner else port.schema
    return found if isinstance(found, Mapping) else {}


def _got(doc: Doc, found: Mismatch) -> str:
    """What was given, by the type it had before it was encoded."""
    if isinstance(doc, dict) and isinstance(doc.get("$spl"), str):
        return str(doc["$spl"])
    return shown(found.value)


def _parameters(inputs: Sequence[InputPort]) -> Iterator[str]:
    """The parameters as in a `def`, with its `/` and `*`."""
    before: PortKind | None = None
    for port in inputs:
        if before is PortKind.POSITIONAL_ONLY and port.kind is not before:
            yield "/"
        if port.kind is PortKind.KEYWORD_ONLY and before not in (PortKind.KEYWORD_ONLY, PortKind.VAR_POSITIONAL):
            yield "*"
        stars = {PortKind.VAR_POSITIONAL: "*", PortKind.VAR_KEYWORD: "**"}.get(port.kind, "")
        default = f" = {port.default}" if port.default is not None and not stars else ""
        yield f"{stars}{port.name}" + (f": {port.type}" if port.type else "") + default
        before = port.kind
    if before is PortKind.POSITIONAL_ONLY:
        yield "/"
