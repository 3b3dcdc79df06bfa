"""Ways to run a compiled pipeline: in this thread, in several, or on dask."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from spl.core.errors import PipelineError
from spl.core.execution.remote import Remote
from spl.runtime.execute import MISSING, Outcome, perform
from spl.runtime.plan import Program

if TYPE_CHECKING:
    from spl.runtime.execute import Step


class Engine(Protocol):
    def run(self, program: Program, inputs: Mapping[str, Any], output: str | None, remote: Remote | None) -> Outcome:
        """Run what the output needs, or everything.

        Raises:
            StepFailed, InputsMismatch, UnknownOutput: as `Program.run` does.
        """
        ...


class InProcess:
    """One node after the other; or independent ones in up to `parallel` threads.

    Remote nodes never wait for each other.
    """

    def __init__(self, parallel: int = 0) -> None:
        self.parallel = parallel

    def run(self, program: Program, inputs: Mapping[str, Any], output: str | None, remote: Remote | None) -> Outcome:
        return program.run(inputs, output, remote=remote, parallel=self.parallel, everything=output is None)


class Dask:
    """Nodes as tasks of dask: of the cluster whose client is the current one, else of dask's threads.

    A task catches its exception, so that what was computed beside it stays readable.
    """

    def run(self, program: Program, inputs: Mapping[str, Any], output: str | None, remote: Remote | None) -> Outcome:
        get = _dask_get()
        selection = program.select(output, everything=output is None)
        values = program.slots(inputs, selection)
        run = uuid.uuid4().hex
        slots = {step[0] for step in selection.steps}
        graph = {}
        for step in selection.steps:
            before = sorted({slot for _, slot in step[2] if slot in slots})
            known = {slot: values[slot] for _, slot in step[2] if slot not in slots}
            graph[_key(run, step[0])] = (_Task(step, known, before, remote), *(_key(run, slot) for slot in before))
        results = get(graph, [_key(run, slot) for slot in sorted(slots)])
        return _outcome(program, values, dict(zip(sorted(slots), results, strict=True)), output)


def engine_of(name: str | Engine | None, parallel: int) -> Engine:
    """The engine by its name: `threads`, `dask`, or nothing in particular."""
    if name is None:
        return InProcess(parallel)
    if name == "threads":
        return InProcess(max(parallel, 0) or _processors())
    if name == "dask":
        return Dask()
    if isinstance(name, str):
        raise PipelineError(f"There is no engine {name!r}.", hint='Engines: "threads", "dask".')
    return name


class _Result:
    """What a task came to: a value or an exception, or nothing where a task before it failed."""

    __slots__ = ("error", "seconds", "value")

    def __init__(self, value: Any = MISSING, error: Exception | None = None, seconds: float = 0.0) -> None:
        self.value = value
        self.error = error
        self.seconds = seconds


class _Task:
    """A step as something that dask can call with the results of the steps before it."""

    def __init__(self, step: Step, known: dict[int, Any], before: list[int], remote: Remote | None) -> None:
        self.step = step
        self.known = known
        self.before = before
        self.remote = remote

    def __call__(self, *results: _Result) -> _Result:
        if any(result.error is not None or result.value is MISSING for result in results):
            return _Result()
        began = perf_counter()
        values = {**self.known, **{slot: result.value for slot, result in zip(self.before, results, strict=True)}}
        try:
            value = perform(self.step, values, self.remote)
        except Exception as error:
            return _Result(error=error, seconds=perf_counter() - began)
        return _Result(value, seconds=perf_counter() - began)


def _outcome(program: Program, values: list[Any], results: dict[int, _Result], output: str | None) -> Outcome:
    seconds = {}
    failure: tuple[int, Exception] | None = None
    for slot, result in results.items():
        values[slot] = result.value
        if result.value is not MISSING:
            seconds[slot] = result.seconds
        if result.error is not None and failure is None:
            failure = slot, result.error
    return program.outcome(values, seconds, output, failure)


def _key(run: str, slot: int) -> str:
    return f"spl-{run}-{slot}"


def _dask_get() -> Callable[..., Any]:
    try:
        from dask.base import get_scheduler
        from dask.threaded import get
    except ImportError as error:
        raise PipelineError(
            'engine="dask" needs dask, which is not installed here.', hint='pip install "spl-framework[dask]"'
        ) from error
    chosen: Callable[..., Any] = get_scheduler() or get
    return chosen


def _processors() -> int:
    import os

    return os.process_cpu_count() or 1
