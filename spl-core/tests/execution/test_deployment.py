"""Pipelines run in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from spl.core.common import Deployment, Run, lift
from spl.core.entities.function import Function
from spl.core.entities.pipeline import Pipeline
from spl.core.errors import InvalidArguments, NodeFailed, OutputNotFound, PipelineCycle, PipelineError


def happiness(a: int):
    return "Happy" if a == 300 else "Saaad :c"


def traktorist(a: int, b: int, scale: int = 1, happiness_val=None) -> dict:
    value = (a + b) * scale
    return {"value": value, "formula": f"({a} + {b}) * {scale} = {value}", "feeling": happiness_val}


def demo() -> Pipeline:
    return lift(traktorist).bind(happiness_val=lift(happiness)).alias("result").render("demo")


def broken(x: Any = None) -> None:
    raise KeyError("the reason")


def after(x: Any) -> Any:
    return x


def test_a_node_is_read_by_its_port():
    pipeline = demo()

    run = Deployment(pipeline).run(a=300, b=0, scale=1)

    assert run[pipeline.get_node_by_alias("result")]["default"]["feeling"] == "Happy"
    assert list(run["result"]["default"]) == ["value", "formula", "feeling"]


def test_defaults_are_pythons():
    assert Deployment(demo()).run(a=1, b=2).value("result")["formula"] == "(1 + 2) * 1 = 3"


def test_everything_runs_at_once_and_can_be_read():
    run = Deployment(demo()).run(a=1, b=2)

    assert isinstance(run, Run)
    assert run.nodes == ("happiness", "traktorist")
    assert run["happiness"] == {"default": "Saaad :c"}


def test_an_output_that_is_asked_for_is_returned_itself():
    deployment = Deployment(demo())

    assert deployment.run(output="result", a=300, b=0)["feeling"] == "Happy"
    assert deployment.run(output="happiness", a=300) == "Happy"


def test_only_what_the_output_needs_is_run():
    pipeline = lift(after).bind(x=lift(happiness).alias("mood")).render()
    both = lift(broken).bind(x=lift(happiness).alias("mood")).render()

    assert Deployment(pipeline).run(output="mood", a=300) == "Happy"
    assert Deployment(both).run(output="mood", a=300) == "Happy"


def test_a_deployment_runs_again_and_again():
    deployment = Deployment(demo())

    assert [deployment.run(a=a, b=0).value("result")["value"] for a in range(3)] == [0, 1, 2]


def test_constants_of_any_type_arrive_as_they_are():
    marker = object()

    assert Deployment(lift(after).bind(x=marker).render()).run().value() is marker


def test_wrong_inputs_are_told_all_at_once():
    with pytest.raises(InvalidArguments) as caught:
        Deployment(demo()).run(a=1, bb=2, zz=3)

    assert [problem["message"] for problem in caught.value.details["problems"]] == [
        "'b' is missing (int)",
        "'bb' is not one of its inputs (did you mean 'b'?)",
        "'zz' is not one of its inputs",
    ]
    assert "Its inputs: 'a', 'b', 'scale'." in str(caught.value)


def test_an_input_that_is_bound_can_not_be_given():
    with pytest.raises(InvalidArguments, match="'a' is not one of its inputs"):
        Deployment(lift(happiness).bind(a=1).render()).run(a=2)


def test_an_unknown_output_is_told():
    with pytest.raises(OutputNotFound, match=r"'demo' has no output 'resul'\. Did you mean 'result'"):
        Deployment(demo()).run(output="resul", a=1, b=2)


def write(output: str) -> str:
    return f"written to {output}"


def test_an_input_may_be_called_output():
    deployment = Deployment(lift(write).render())

    assert deployment.run({"output": "x.csv"}).value() == "written to x.csv"
    with pytest.raises(OutputNotFound, match=r'run\(\{"output": \.\.\.\}\)'):
        deployment.run(output="x.csv")


def test_a_failing_node_names_itself_from_the_users_exception():
    pipeline = lift(after).bind(x=lift(broken).bind(x=lift(happiness))).render("p")

    with pytest.raises(NodeFailed) as caught:
        Deployment(pipeline).run(a=300)

    assert str(caught.value) == "Node 'broken' of pipeline 'p' failed: KeyError: 'the reason'"
    assert caught.value.node == "broken"
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.__cause__.__traceback__ is not None


def test_what_was_computed_before_a_failure_stays_readable():
    pipeline = lift(after).bind(x=lift(broken).bind(x=lift(happiness).alias("mood"))).alias("end").render("p")

    with pytest.raises(NodeFailed) as caught:
        Deployment(pipeline).run(a=300)

    run = caught.value.run
    assert run.value("mood") == "Happy"
    assert (run.nodes, run.failed, list(run)) == (("happiness",), "broken", ["mood"])
    with pytest.raises(OutputNotFound, match="Node 'after' has no value in this run: 'broken' failed before it"):
        run["end"]


def everything(a: int, /, b: int, *rest: int, c: int, **options: int) -> tuple[Any, ...]:
    return a, b, rest, c, options


def test_ports_of_every_kind_are_inputs_by_name():
    deployment = Deployment(lift(everything).bind(d=4).render())

    assert deployment.run(a=1, b=2, c=3).value() == (1, 2, (), 3, {"d": 4})
    assert deployment.run(a=1, b=2, c=3, rest=[7, 8], options={"e": 9}).value() == (1, 2, (7, 8), 3, {"d": 4, "e": 9})


async def later(x: int) -> int:
    await asyncio.sleep(0)
    return x + 1


def counting(n: int) -> Iterator[int]:
    yield from range(n)


def test_async_functions_and_generators_are_steps():
    pipeline = lift(counting).bind(n=lift(later)).render()

    assert Deployment(pipeline).run(x=2).value() == [0, 1, 2]


def test_they_run_inside_a_running_loop_too():
    async def notebook() -> Any:
        return Deployment(lift(later).render()).run(x=2).value()

    assert asyncio.run(notebook()) == 3


def test_functions_of_one_name_stay_apart():
    def make(factor: int):
        def scale(x: int) -> int:
            return x * factor

        return scale

    ports = lift(make(1)).inputs
    first, second = (Function("scale", ports, callable=make(factor)) for factor in (2, 5))

    assert Deployment(lift(second).bind(x=lift(first)).render()).run(x=1).value() == 10


def test_a_pipeline_inside_another_runs():
    outer = lift(after).bind(x=lift(demo()).bind(a=300)).render("outer")

    assert Deployment(outer).run(b=0).value()["feeling"] == "Happy"


def test_the_pipeline_is_checked_first():
    from spl.core.entities.node import InputRef, OutputRef
    from spl.core.entities.node_function import NodeFunction

    node = NodeFunction("f", next(iter(lift(after).render().nodes.values())).function)  # type: ignore[attr-defined]
    with pytest.raises(PipelineCycle):
        Deployment(Pipeline("p", {"f": node}, {InputRef("f", "x"): OutputRef("f")}))


def test_a_function_without_its_code_can_not_be_run_here():
    with pytest.raises(PipelineError, match="only its source was read"):
        Deployment(lift(Function("f")).render())


@pytest.mark.parametrize("given", [3, None, happiness])
def test_it_takes_a_pipeline(given: Any):
    with pytest.raises(PipelineError, match="Deployment takes a Pipeline"):
        Deployment(given)


def test_a_builder_is_answered_with_the_missing_step():
    with pytest.raises(PipelineError, match=r"Call render\(\) first"):
        Deployment(lift(happiness))  # type: ignore[arg-type]


def test_client_and_pipeline_may_be_given_by_name():
    assert Deployment(client=None, pipeline=demo()).run(a=300, b=0).value("result")["feeling"] == "Happy"
    assert repr(Deployment(demo())) == "<Deployment of <Pipeline 'demo': happiness, traktorist -> result>>"
