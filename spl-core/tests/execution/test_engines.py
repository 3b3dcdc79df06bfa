"""The same results from every engine."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spl.core.common import Deployment, lift
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.errors import InvalidArguments, NodeFailed, OutputNotFound, PipelineError

ENGINES: list[dict[str, Any]] = [{}, {"parallel": 3}, {"engine": "threads"}, {"engine": "dask"}]


@pytest.fixture(autouse=True)
def dask_where_it_is_needed(request: pytest.FixtureRequest) -> None:
    if "dask" in request.node.name:
        pytest.importorskip("dask")


def mix(a: int = 0, b: int = 0, c: int = 0) -> int:
    if (a + b + c) % 97 == 13:
        raise ArithmeticError("unlucky")
    return ((a * 31 + b) * 31 + c + 1) % 1_000_003


def diamond() -> Pipeline:
    start = lift(mix)
    left, right = lift(mix).bind(a=start, b=1), lift(mix).bind(a=start, b=2)
    return lift(mix).bind(a=left, b=right, c=3).alias("end").render("diamond")


@pytest.mark.parametrize("options", ENGINES, ids=str)
def test_a_diamond_comes_to_the_same(options: dict[str, Any]):
    run = Deployment(diamond(), **options).run(a=5, c=6)

    left, right = mix(mix(5, 0, 6), 1, 6), mix(mix(5, 0, 6), 2, 6)
    assert run["end"] == {"default": mix(left, right, 3)}
    assert set(run.timings) == set(run.nodes) == {"mix", "mix_2", "mix_3", "mix_4"}


def broken(a: int) -> int:
    raise KeyError("the reason")


@pytest.mark.parametrize("options", ENGINES, ids=str)
def test_a_failure_is_told_the_same(options: dict[str, Any]):
    pipeline = lift(mix).bind(a=lift(broken).bind(a=lift(mix).bind(b=1))).alias("end").render("p")

    with pytest.raises(NodeFailed) as caught:
        Deployment(pipeline, **options).run(a=1, b=2, c=3)

    assert str(caught.value) == "Node 'broken' of pipeline 'p' failed: KeyError: 'the reason'"
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.run.nodes == ("mix",)


@pytest.mark.parametrize("options", ENGINES, ids=str)
def test_wrong_inputs_and_outputs_are_told_the_same(options: dict[str, Any]):
    deployment = Deployment(diamond(), **options)

    with pytest.raises(InvalidArguments):
        deployment.run(zz=1)
    with pytest.raises(OutputNotFound):
        deployment.run(output="nowhere")
    assert deployment.run(output="mix_2", a=5, c=6) == mix(mix(5, 0, 6), 1, 6)


@pytest.mark.parametrize("options", ENGINES, ids=str)
def test_remote_nodes_run_on_every_engine(options: dict[str, Any]):
    class Elsewhere:
        def run_node(self, node: NodeRemote, kwargs: dict[str, Any]) -> Any:
            return mix(**kwargs)

    remote = NodeRemote(name="far", inputs=["a"], outputs=["default"])
    pipeline = lift(mix).bind(a=lift(remote).bind(a=lift(mix)), b=1, c=2).render()

    assert Deployment(Elsewhere(), pipeline, **options).run(a=3, b=4, c=5).value() == mix(mix(mix(3, 4, 5)), 1, 2)


@pytest.mark.parametrize("options", ENGINES[1:3], ids=str)
def test_independent_nodes_run_at_the_same_time_in_threads(options: dict[str, Any]):
    meeting = threading.Barrier(2)

    def meet(x: int) -> int:
        meeting.wait(20)
        return x

    both = lift(mix).bind(a=lift(meet).bind(x=1), b=lift(meet).bind(x=2), c=0).render()
    if "engine" in options:
        options = {**options, "parallel": 2}

    assert Deployment(both, **options).run().value() == mix(1, 2, 0)


def test_an_unknown_engine_is_refused():
    with pytest.raises(PipelineError, match=r"There is no engine 'spark'\."):
        Deployment(diamond(), engine="spark")


def test_dask_may_carry_the_nodes_to_other_processes():
    """A scheduler that copies whatever it is given, as a cluster would."""
    import cloudpickle
    import dask

    def get(graph: dict[str, Any], keys: list[str], **options: Any) -> list[Any]:
        results: dict[str, bytes] = {}
        for key, (task, *before) in graph.items():
            arguments = [cloudpickle.loads(results[one]) for one in before]
            results[key] = cloudpickle.dumps(cloudpickle.loads(cloudpickle.dumps(task))(*arguments))
        return [cloudpickle.loads(results[key]) for key in keys]

    pipeline = lift(mix).bind(a=lift(broken).bind(a=lift(mix).bind(b=1)).alias("lost"), c=lift(mix)).render()
    with dask.config.set(scheduler=get):
        with pytest.raises(NodeFailed) as caught:
            Deployment(pipeline, engine="dask").run(a=1)
        assert caught.value.run.nodes == ("mix", "mix_2")
        assert Deployment(diamond(), engine="dask").run(a=5).value("end") == Deployment(diamond()).run(a=5).value("end")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_dask_any_graph_comes_to_the_same(choices: list[tuple[int, int, int]]):
    steps = [lift(mix).bind(b=1, c=2)]
    for first, second, constant in choices:
        a, b = steps[first % len(steps)], steps[second % len(steps)]
        steps.append(lift(mix).bind(a=a, b=b, c=constant))
    pipeline = steps[-1].render()

    def result(**options: Any) -> Any:
        try:
            return Deployment(pipeline, **options).run(a=7).value()
        except NodeFailed as error:
            return error.node, type(error.__cause__)

    assert result() == result(engine="dask") == result(parallel=2)
