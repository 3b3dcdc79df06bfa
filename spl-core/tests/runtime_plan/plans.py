"""Small plans for the tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spl.runtime.execute import Entry
from spl.runtime.plan import Program, compile_plan


def entry(function: Callable[..., Any], kind: str = "plain", **ports: str) -> Entry:
    """An entry whose ports are given as `name="kind"`; a required one unless it says `optional`."""
    inputs = [{"name": name, "kind": port, "required": True} for name, port in ports.items()]
    return Entry(function.__name__, function, kind, inputs)


def step(id: str, function: str, **args: list[Any]) -> dict[str, Any]:
    return {"id": id, "function": function, "args": args}


def remote_step(id: str, outputs: tuple[str, ...] = ("default",), **args: list[Any]) -> dict[str, Any]:
    return {"id": id, "remote": {"name": id}, "outputs": list(outputs), "args": args}


def plan(
    *steps: dict[str, Any], aliases: Mapping[str, str] | None = None, optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A plan with the inputs that its steps take."""
    sources = [source for one in steps for source in one["args"].values()]
    names = dict.fromkeys(source[1] for source in sources if source[0] == "input")
    used = {source[1] for source in sources if source[0] == "step"}
    return {
        "format": 1,
        "inputs": [{"name": name, "required": name not in optional} for name in names],
        "steps": list(steps),
        "aliases": dict(aliases or {}),
        "sinks": [one["id"] for one in steps if one["id"] not in used],
    }


def of(source: str, port: str = "default") -> list[Any]:
    return ["step", source, port]


def const(doc: Any) -> list[Any]:
    return ["const", doc]


def given(name: str) -> list[Any]:
    return ["input", name]


def program(document: Mapping[str, Any], *functions: Callable[..., Any] | Entry) -> Program:
    entries = [one if isinstance(one, Entry) else entry(one) for one in functions]
    return compile_plan(document, {one.name: one for one in entries})


def add(a: int, b: int = 10) -> int:
    return a + b


def double(x: int) -> int:
    return 2 * x


def fail(x: Any = None) -> None:
    raise KeyError("the reason")
