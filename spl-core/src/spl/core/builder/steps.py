"""Expressions as data: lifted things, what is bound to them, and walks over both. Nothing here recurses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from spl.core.entities.function import Function
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort, PortKind
from spl.core.entities.scalar import Scalar

type Target = Function | NodeRemote | Pipeline
type Source = Scalar | Value


class Lift:
    """What one call of `lift` began. Its identity is part of its nodes' identity.

    Attributes:
        target: what was lifted.
        ports: its inputs by name.
        open: it takes inputs of any name besides (`**options`).
    """

    __slots__ = ("open", "ports", "target")

    def __init__(self, target: Target) -> None:
        inputs = target.inputs
        self.target = target
        self.ports: Mapping[str, InputPort] = {port.name: port for port in inputs}
        self.open = any(port.kind is PortKind.VAR_KEYWORD for port in inputs)

    @property
    def title(self) -> str:
        target = self.target
        return (target.function or target.name) if isinstance(target, NodeRemote) else target.name


class Step:
    """A lifted thing with what is bound to it."""

    __slots__ = ("bound", "lift")

    def __init__(self, lift: Lift, bound: Mapping[str, Source]) -> None:
        self.lift = lift
        self.bound = bound

    def bound_names(self) -> list[str]:
        """In the order of the ports: the order in which they were bound makes no difference."""
        bound, ports = self.bound, self.lift.ports
        if len(bound) < 2:
            return list(bound)
        return [*(name for name in ports if name in bound), *sorted(name for name in bound if name not in ports)]

    def free(self, name: str) -> bool:
        """Whether it has an input of this name that nothing is bound to."""
        return name in self.lift.ports and name not in self.bound


class Value:
    """One output of a step, with the names given to it.

    Attributes:
        port: the output; None where the step has only one.
    """

    __slots__ = ("names", "port", "step")

    def __init__(self, step: Step, names: tuple[str, ...] = (), port: str | None = None) -> None:
        self.step = step
        self.names = names
        self.port = port


def before(last: Step) -> Iterator[Step]:
    """The step and all before it, each once, the nearest first."""
    seen = {id(last)}
    waiting = [last]
    for step in waiting:
        yield step
        for source in step.bound.values():
            if isinstance(source, Value) and id(source.step) not in seen:
                seen.add(id(source.step))
                waiting.append(source.step)


def in_order(last: Step) -> Iterator[Step]:
    """The step and all before it, each once and after what it takes from."""
    seen = {id(last)}
    path = [(last, _sources(last))]
    while path:
        step, sources = path[-1]
        for source in sources:
            if isinstance(source, Value) and id(source.step) not in seen:
                seen.add(id(source.step))
                path.append((source.step, _sources(source.step)))
                break
        else:
            path.pop()
            yield step


def rebound(last: Step, sources: Mapping[str, Source]) -> Step:
    """The same expression with every free input of these names bound. What that doesn't touch stays the same step."""
    new: dict[int, Step] = {}
    for step in in_order(last):
        bound = dict(step.bound)
        changed = False
        for name, source in step.bound.items():
            if isinstance(source, Value) and new[id(source.step)] is not source.step:
                bound[name] = type(source)(new[id(source.step)], source.names, source.port)
                changed = True
        for name, source in sources.items():
            if step.free(name):
                bound[name] = source
                changed = True
        new[id(step)] = Step(step.lift, bound) if changed else step
    return new[id(last)]


def _sources(step: Step) -> Iterator[Source]:
    return iter([step.bound[name] for name in step.bound_names()])
