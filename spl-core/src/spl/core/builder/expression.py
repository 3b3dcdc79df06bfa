"""What users write: `lift`, `bind`, `alias`, `render`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from spl.core.builder.rendering import Rendering
from spl.core.builder.steps import Lift, Source, Step, Value, before, rebound
from spl.core.capture.signature import function_of
from spl.core.entities.function import Function
from spl.core.entities.nearest import did_you_mean, listed
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort
from spl.core.entities.scalar import Scalar
from spl.core.errors import PipelineError, UnknownPort

_LIFTABLE = (Function, NodeRemote, Pipeline)
_CALLABLES = (FunctionType, BuiltinFunctionType, MethodType, partial)
"""Callables that are surely meant as a step, not as a constant (as a class or a model may be)."""


def lift(x: Callable[..., Any] | Function | NodeRemote | Pipeline | PipelineBuilder) -> PipelineBuilder:
    """Begin an expression with a function, a `NodeRemote` or a whole pipeline, or go on with a builder.

    Raises:
        CaptureError: the callable has no ports that could be read.
        PipelineError: it is nothing that can be called.
    """
    if isinstance(x, PipelineBuilder):
        return x
    if isinstance(x, _LIFTABLE):
        return PipelineBuilder(Step(Lift(x), {}))
    if not callable(x):
        raise PipelineError(
            f"lift() takes a function, a NodeRemote or a Pipeline, not {type(x).__name__}.",
            hint="A constant goes straight into bind().",
        )
    return PipelineBuilder(Step(Lift(function_of(x)), {}))


class PipelineBuilder(Value):
    """An expression: the value of a step, and of all that it takes from."""

    __slots__ = ()

    def bind(self, /, **ports: Any) -> PipelineBuilder:
        """Feed inputs with constants of any type, or with other builders.

        A name is an input of this step; or else an input that steps before it still wait for, in all of them.

        Raises:
            UnknownPort: no step has an input of this name to bind.
            PipelineError: the input is bound already, or the value is a bare function.
        """
        step = self.step
        bound = dict(step.bound)
        others: dict[str, Source] = {}
        for name, value in ports.items():
            source = value if isinstance(value, PipelineBuilder) else _constant(name, value)
            if name in bound:
                raise self._already(name)
            if name in step.lift.ports:
                bound[name] = source
            else:
                others[name] = source
        builder = PipelineBuilder(Step(step.lift, bound), self.names, self.port)
        return builder._bind_others(others) if others else builder

    def bind_all(self, /, **ports: Any) -> PipelineBuilder:
        """Feed every input of these names that nothing is bound to yet, of this step and of all before it.

        Raises:
            UnknownPort: there is none.
        """
        sources: dict[str, Source] = {}
        for name, value in ports.items():
            sources[name] = value if isinstance(value, PipelineBuilder) else _constant(name, value)
            if not any(step.free(name) for step in before(self.step)):
                raise self._unknown(name)
        return PipelineBuilder(rebound(self.step, sources), self.names, self.port)

    def alias(self, name: str) -> PipelineBuilder:
        """Give this value a name: an output of the pipeline."""
        if not isinstance(name, str) or not name:
            raise PipelineError(f"An alias is a name, not {name!r}.")
        return self if name in self.names else PipelineBuilder(self.step, (*self.names, name), self.port)

    def output(self, port: str) -> PipelineBuilder:
        """Choose an output of a step that has several: a port of a remote node, an alias of a lifted pipeline.

        Raises:
            UnknownPort: the step has no such output.
        """
        target = self.step.lift.target
        known = list(target.aliases) if isinstance(target, Pipeline) else [one.name for one in target.outputs]
        if port not in known:
            raise UnknownPort(
                f"{self.step.lift.title} has no output {port!r}.{did_you_mean(port, known)}",
                hint=f"Its outputs: {listed(known)}.",
            )
        return PipelineBuilder(self.step, self.names, port)

    def render(self, name: str | None = None, *, doc: str = "") -> Pipeline:
        """The pipeline that computes this value, and everything with an alias on the way to it.

        The same expression always gives the same pipeline: ids come from the functions' names.

        Args:
            name: what it is called; by default the last step's name and `_pipeline`.

        Raises:
            PipelineError: two different steps have one alias.
        """
        return Rendering(self).pipeline(name or f"{self.step.lift.title}_pipeline", doc)

    @property
    def inputs(self) -> tuple[InputPort, ...]:
        """What the pipeline would take if it were rendered now."""
        return self.render().inputs

    def __repr__(self) -> str:
        bound = ", ".join(f"{name}=..." for name in self.step.bound_names())
        names = f" as {', '.join(self.names)}" if self.names else ""
        return f"<PipelineBuilder {self.step.lift.title}({bound}){names}>"

    def _bind_others(self, sources: dict[str, Source]) -> PipelineBuilder:
        """Bind names that are no ports of this step: inputs before it, or what its `**options` takes."""
        further: dict[str, Source] = {}
        upstream: dict[str, Source] = {}
        for name, source in sources.items():
            if any(step.free(name) for step in before(self.step)):
                upstream[name] = source
            elif self.step.lift.open:
                further[name] = source
            else:
                raise self._unknown(name)
        step = rebound(self.step, upstream) if upstream else self.step
        return PipelineBuilder(Step(step.lift, {**step.bound, **further}), self.names, self.port)

    def _already(self, name: str) -> PipelineError:
        return PipelineError(
            f"Input {name!r} of {self.step.lift.title} is bound already.",
            hint=f"Begin again from lift(), or use bind_all({name}=...) for the inputs of that name before it.",
        )

    def _unknown(self, name: str) -> UnknownPort:
        free = sorted({port for step in before(self.step) for port in step.lift.ports if step.free(port)})
        known = list(dict.fromkeys([*self.step.lift.ports, *free]))
        return UnknownPort(
            f"Neither {self.step.lift.title} nor a step before it has an input {name!r} to bind."
            f"{did_you_mean(name, known)}",
            hint=f"Inputs: {listed(known)}.",
        )


def _constant(name: str, value: Any) -> Scalar:
    if isinstance(value, (*_CALLABLES, *_LIFTABLE)):
        called = getattr(value, "__name__", None) or getattr(value, "name", "function")
        raise PipelineError(
            f"Input {name!r} was given {called!r} itself, and a pipeline can't pass functions on as values.",
            hint=f"Use lift({called}) for its result.",
        )
    return Scalar(value)
