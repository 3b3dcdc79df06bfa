"""The arguments of a call, held against a signature: what is wrong is found before a machine is asked. Pure.

Arguments come as value documents: JSON, or an envelope `{"$spl": kind, ...}` for what JSON can't say. Nothing is
rebuilt; an envelope that has no plain form is taken to fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from daemon_server.objects import fitting
from daemon_server.objects.problems import InvalidArguments, OutputNotFound, did_you_mean, listed

type Signature = Mapping[str, Any]
type Port = Mapping[str, Any]


def check_output(signature: Signature, output: str | None) -> None:
    """Whether this output may be asked for.

    Raises:
        OutputNotFound: with those that there are.
    """
    if output is None or output in signature.get("aliases", ()) or output in signature.get("nodes", ()):
        return
    if signature["kind"] == "function":
        if output == "default":
            return
        raise OutputNotFound(
            f"{signature['name']!r} is a function and has no output {output[:200]!r}.", hint="Leave output out."
        )
    known = list(signature["aliases"]) or list(signature["nodes"])
    raise OutputNotFound(
        f"{signature['name']!r} has no output {output[:200]!r}.{did_you_mean(output, known)}",
        hint=f"Its outputs: {listed(known)}.",
    )


def check(signature: Signature, args: Sequence[Any], kwargs: Mapping[str, Any], output: str | None = None) -> None:
    """Whether a call may be made.

    Args:
        output: the one that is asked for; one that can do without some inputs does not require them.

    Raises:
        OutputNotFound
        InvalidArguments: `details["problems"]` has each, `{"input", "problem", "message"}`.
    """
    check_output(signature, output)
    problems = problems_of(signature, args, kwargs, output)
    if problems:
        told = "; ".join(problem["message"] for problem in problems)
        raise InvalidArguments(
            f"{signature['name']}() can't be called with these arguments: {told}.",
            hint=f"It is {text_of(signature)}.",
            problems=problems,
        )


def problems_of(
    signature: Signature, args: Sequence[Any], kwargs: Mapping[str, Any], output: str | None = None
) -> list[dict[str, str]]:
    """Everything that is wrong with the arguments; nothing where the call may be made."""
    call = _Call(signature, output)
    call.by_position(args)
    call.by_name(kwargs)
    call.missing()
    return call.problems


def text_of(signature: Signature) -> str:
    """The signature on one line: `add(a: int, b: int, scale: int = 1)`."""
    parts: list[str] = []
    before = None
    for port in signature["inputs"]:
        kind = port["kind"]
        if before == "positional_only" and kind != before:
            parts.append("/")
        if kind == "keyword_only" and before not in ("keyword_only", "var_positional"):
            parts.append("*")
        stars = {"var_positional": "*", "var_keyword": "**"}.get(kind, "")
        default = f" = {port['default']}" if port["default"] is not None and not stars else ""
        parts.append(f"{stars}{port['name']}" + (f": {port['type']}" if port["type"] else "") + default)
        before = kind
    if before == "positional_only":
        parts.append("/")
    return f"{signature['name']}({', '.join(parts)})"


class _Call:
    def __init__(self, signature: Signature, output: str | None) -> None:
        self.problems: list[dict[str, str]] = []
        self._ports: dict[str, Port] = {port["name"]: port for port in signature["inputs"]}
        self._pipeline = signature["kind"] == "pipeline"
        in_turn = ("positional_only", "standard")
        self._positional = [] if self._pipeline else [n for n, port in self._ports.items() if port["kind"] in in_turn]
        self._surplus = self._named("var_positional")
        self._options = self._named("var_keyword")
        needed = signature.get("needs", {}).get(output) if output is not None else None
        self._required = [n for n, port in self._ports.items() if port["required"]] if needed is None else needed
        self._given: set[str] = set()
        self._overflow = False

    def _named(self, kind: str) -> str | None:
        return next((name for name, port in self._ports.items() if port["kind"] == kind), None)

    def by_position(self, args: Sequence[Any]) -> None:
        for name, doc in zip(self._positional, args, strict=False):
            self._take(name, doc)
        rest = args[len(self._positional) :]
        if not rest:
            return
        if self._pipeline:
            self._wrong("", "unexpected", f"the inputs of a pipeline are given by name, got {len(args)} by position")
        elif self._surplus is None:
            self._wrong("", "unexpected", f"takes {len(self._positional)} by position, got {len(args)}")
        else:
            self._overflow = True
            self._given.add(self._surplus)
            for at, doc in enumerate(rest):
                self._fits(self._ports[self._surplus], doc, f"{self._surplus}[{at}]")

    def by_name(self, kwargs: Mapping[str, Any]) -> None:
        for name, doc in kwargs.items():
            if name in self._given:
                self._wrong(name, "duplicate", f"{name!r} is given twice, by position and by name")
            elif name in (self._surplus, self._options):
                self._whole(name, doc)
            elif name in self._ports:
                self._take(name, doc)
            elif self._options is not None:
                self._fits(self._ports[self._options], doc, name)
            else:
                close = get_close_matches(name, [known for known in self._ports if known not in kwargs], n=1)
                told = f" (did you mean {close[0]!r}?)" if close else ""
                self._wrong(name, "unexpected", f"{name[:200]!r} is not one of its inputs{told}")

    def missing(self) -> None:
        for name in self._required:
            if name not in self._given and not any(problem["input"] == name for problem in self.problems):
                kind = self._ports[name]["type"]
                self._wrong(name, "missing", f"{name!r} is missing" + (f" ({kind})" if kind else ""))
        ordered = self._positional
        if not self._overflow:  # only what can't be named has to be handed over without a gap
            ordered = [name for name in ordered if self._ports[name]["kind"] == "positional_only"]
        given = [at for at, name in enumerate(ordered) if name in self._given]
        last = len(ordered) if self._overflow else max(given, default=0)
        for name in ordered[:last]:
            if name not in self._given and not self._ports[name]["required"]:
                self._wrong(name, "missing", f"{name!r} is missing: later arguments are handed over by position")

    def _take(self, name: str, doc: Any) -> None:
        self._given.add(name)
        self._fits(self._ports[name], doc, name)

    def _whole(self, name: str, doc: Any) -> None:
        """All of `*args` or `**kwargs` under its own name."""
        self._given.add(name)
        form = fitting.plain(doc)
        kind = list if name == self._surplus else dict
        if form is fitting.OPAQUE:
            return
        if not isinstance(form, kind):
            self._wrong(name, "type", f"{name!r}: expected {kind.__name__}, got {fitting.shown(form)}")
            return
        self._overflow |= name == self._surplus and bool(form)
        for key, item in form.items() if isinstance(form, dict) else enumerate(form):
            self._fits(self._ports[name], item, f"{name}[{key!r}]")

    def _fits(self, port: Port, doc: Any, where: str) -> None:
        inner = {"var_positional": "items", "var_keyword": "additionalProperties"}.get(port["kind"])
        schema = port["schema"].get(inner, {}) if inner else port["schema"]
        found = fitting.mismatch(schema, fitting.plain(doc)) if isinstance(schema, dict) else None
        if found is not None:
            at = f"{where}{found.path}"
            expected = found.expected if found.path else port["type"] or found.expected
            self._wrong(where, "type", f"{at!r}: expected {expected}, got {_got(doc, found)}")

    def _wrong(self, name: str, problem: str, message: str) -> None:
        self.problems.append({"input": name, "problem": problem, "message": message})


def _got(doc: Any, found: fitting.Mismatch) -> str:
    """What was given, by the type that it had before it was encoded."""
    if not found.path and isinstance(doc, dict) and isinstance(doc.get("$spl"), str):
        return str(doc["$spl"])[:60]
    return fitting.shown(found.value)
