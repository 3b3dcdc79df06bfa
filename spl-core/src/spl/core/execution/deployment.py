"""Running a pipeline here, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spl.core.entities.function import Function
from spl.core.entities.nearest import did_you_mean, listed, nearest
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.scalar import Scalar
from spl.core.errors import InvalidArguments, NodeFailed, OutputNotFound, PipelineError, RunFailed, ValueNotDecodable
from spl.core.execution.compile import plan_of, ports_of
from spl.core.execution.engines import Engine, engine_of
from spl.core.execution.remote import RemoteCaller, nobody_to_ask, remote_of
from spl.core.execution.run import Run
from spl.runtime.execute import Entry, StepFailed
from spl.runtime.plan import InputsMismatch, Program, UnknownOutput, compile_plan
from spl.runtime.values import NotDecodable, decode


class Deployment:
    """A pipeline ready to run in this process, by the same executor that runs it in a worker.

    Deployment(pipeline).run(a=1)["result"]["default"]
    Deployment(client, pipeline)                      # where it has remote nodes
    """

    def __init__(
        self,
        client: RemoteCaller | Pipeline | None = None,
        pipeline: Pipeline | RemoteCaller | None = None,
        *,
        parallel: int = 0,
        engine: str | Engine | None = None,
    ) -> None:
        """Check and compile the pipeline.

        Args:
            client: calls remote nodes.
            pipeline: what to run; it may also be given alone, as the first argument.
            parallel: how many independent nodes may run at the same time, in threads.
            engine: `"dask"` runs the nodes as dask tasks.

        Raises:
            PipelineError: the pipeline is not well formed, or has a function that can't be called here.
        """
        if isinstance(client, Pipeline):
            client, pipeline = pipeline, client
        if not isinstance(pipeline, Pipeline):
            hint = "Call render() first." if hasattr(pipeline or client, "render") else None
            raise PipelineError(f"Deployment takes a Pipeline, not {type(pipeline or client).__name__}.", hint=hint)
        assert not isinstance(client, Pipeline)
        self.client = client
        self.pipeline = pipeline
        self._engine = engine_of(engine, parallel)
        self._program = _compiled(pipeline)
        self._remotes = {one.id: one for one in pipeline.nodes.values() if isinstance(one, NodeRemote)}

    def run(self, inputs: Mapping[str, Any] | None = None, /, *, output: str | None = None, **more: Any) -> Any:
        """Run it now.

        Args:
            inputs: inputs by name; also for those whose names are this method's own.
            output: an alias or a node's id: only what it needs is run, and its value is returned.
            more: inputs by name.

        Returns:
            A `Run` with the values of all nodes; or the value asked for.

        Raises:
            InvalidArguments: inputs are missing, or not the pipeline's.
            OutputNotFound: there is no such output.
            NodeFailed: from the exception of the node that raised; `error.run` has what was computed before.
        """
        given = {**(inputs or {}), **more}
        try:
            self._check_remotes(output)
            remote = remote_of(self.client, self.pipeline) if self.client is not None else None
            outcome = self._engine.run(self._program, given, output, remote)
        except InputsMismatch as error:
            raise self._mismatch(error) from None
        except UnknownOutput:
            raise self._unknown(str(output), given) from None
        except StepFailed as error:
            raise self._failed(error) from error.__cause__
        run = Run(self.pipeline, self._program, outcome)
        return run if output is None else run.value(output)

    def __repr__(self) -> str:
        return f"<Deployment of {self.pipeline!r}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {**self.pipeline._repr_mimebundle_(), "text/plain": repr(self)}

    def _check_remotes(self, output: str | None) -> None:
        """Nothing begins that could not be finished."""
        if self.client is not None or not self._remotes:
            return
        for step in self._program.select(output, everything=output is None).steps:
            if step[4] is not None:
                raise nobody_to_ask(step[4]["id"], self._remotes[step[4]["id"]])

    def _mismatch(self, error: InputsMismatch) -> InvalidArguments:
        ports = {port.name: port for port in self.pipeline.inputs}
        problems = []
        for name in error.missing:
            kind = f" ({ports[name].type})" if ports[name].type else ""
            problems.append({"input": name, "problem": "missing", "message": f"{name!r} is missing{kind}"})
        for name in error.unknown:
            guess = nearest(name, ports)
            told = f"{name!r} is not one of its inputs" + (f" (did you mean {guess!r}?)" if guess else "")
            problems.append({"input": name, "problem": "unexpected", "message": told})
        told = "; ".join(problem["message"] for problem in problems)
        return InvalidArguments(
            f"Pipeline {self.pipeline.name!r} can't be run with these inputs: {told}.",
            hint=f"Its inputs: {listed(ports)}.",
            problems=problems,
        )

    def _unknown(self, output: str, given: Mapping[str, Any]) -> OutputNotFound:
        known = list(self.pipeline.aliases) or list(self.pipeline.nodes)
        hint = f"Its outputs: {listed(known)}."
        if "output" in {port.name for port in self.pipeline.inputs} and "output" not in given:
            hint += ' An input named "output" is given as run({"output": ...}).'
        return OutputNotFound(
            f"{self.pipeline.name!r} has no output {output!r}.{did_you_mean(output, known)}", hint=hint
        )

    def _failed(self, error: StepFailed) -> NodeFailed:
        cause = error.__cause__
        run = Run(self.pipeline, self._program, error.outcome, failed=error.step_id)
        node = f"Node {error.step_id!r} of pipeline {self.pipeline.name!r} failed"
        if isinstance(cause, RunFailed) and cause.run_id:
            machine = cause.details.get("machine")
            place = f" on machine {machine!r}" if machine else ""
            told = f"{node}{place}, in run {cause.run_id}: {cause.message}"
            return NodeFailed(told, node=error.step_id, run=run, run_id=cause.run_id, machine=machine)
        text = f": {cause}" if str(cause) else ""
        return NodeFailed(f"{node}: {type(cause).__name__}{text}", node=error.step_id, run=run)


def _compiled(pipeline: Pipeline) -> Program:
    """The pipeline with its live functions and constants; functions of one name stay apart."""
    entries: dict[str, Entry] = {}
    names: dict[tuple[int, int, str], str] = {}

    def name_of(function: Function) -> str:
        key = (id(function.callable), id(function.inputs), function.kind)
        name = names.get(key)
        if name is None:
            name = names[key] = f"{function.name}#{len(names)}"
            entries[name] = _entry(function)
        return name

    return compile_plan(plan_of(pipeline, _as_it_is, name_of), entries, _live)


def _entry(function: Function) -> Entry:
    if function.callable is None:
        raise PipelineError(
            f"Function {function.name!r} can't be called here: only its source was read.",
            hint="Load the bundle with spl_import_from_file().",
        )
    return Entry(function.name, function.callable, str(function.kind), ports_of(function))


def _as_it_is(scalar: Scalar, where: str) -> Scalar:
    return scalar


def _live(scalar: Scalar) -> Any:
    try:
        return decode(scalar.value) if scalar.encoded else scalar.value
    except NotDecodable as error:
        raise ValueNotDecodable(f"A constant of the pipeline can't be read: {error}") from error
