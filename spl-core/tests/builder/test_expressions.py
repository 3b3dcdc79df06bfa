"""What lift, bind, alias and render mean."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from spl.core.builder import PipelineBuilder, lift
from spl.core.entities.function import Function
from spl.core.entities.node import InputRef, OutputRef
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort
from spl.core.entities.scalar import Scalar
from spl.core.errors import PipelineError, UnknownPort


def happiness(a: int):
    return "Happy" if a == 300 else "Sad"


def traktorist(a: int, b: int, scale: int = 1, happiness_val=None) -> dict:
    return {"value": (a + b) * scale, "feeling": happiness_val}


def load(path: str) -> list: ...


def options(first=None, **rest): ...


def links(pipeline: Pipeline) -> dict[str, Any]:
    """Links as `node.port` from `node.port` or the constant's value."""
    return {
        f"{target.node}.{target.port}": source.value if isinstance(source, Scalar) else f"{source.node}.{source.port}"
        for target, source in pipeline.links.items()
    }


def inputs(pipeline: Pipeline) -> list[str]:
    return [port.name for port in pipeline.inputs]


def test_a_bound_expression_becomes_a_pipeline():
    pipeline = lift(traktorist).bind(happiness_val=lift(happiness)).alias("result").render("demo")

    assert pipeline.name == "demo"
    assert list(pipeline.nodes) == ["happiness", "traktorist"]
    assert links(pipeline) == {"traktorist.happiness_val": "happiness.default"}
    assert pipeline.aliases == {"result": "traktorist"}
    assert inputs(pipeline) == ["a", "b", "scale"]
    assert pipeline.check()


@pytest.mark.parametrize("value", [1, None, "x", 2.5, [1, [2]], {"k": {1}}, (1, 2), b"x", {1, 2}, object(), int])
def test_a_constant_may_be_anything(value: Any):
    pipeline = lift(happiness).bind(a=value).render()

    assert links(pipeline)["happiness.a"] is value


def test_an_array_is_a_constant():
    numpy = pytest.importorskip("numpy")
    array = numpy.arange(3)

    assert links(lift(happiness).bind(a=array).render())["happiness.a"] is array


def test_a_builder_never_changes():
    first = lift(traktorist)
    second = first.bind(a=1)
    third = second.alias("x")

    assert inputs(first.render()) == ["a", "b", "scale", "happiness_val"]
    assert inputs(second.render()) == ["b", "scale", "happiness_val"]
    assert (second.render().aliases, third.render().aliases) == ({}, {"x": "traktorist"})


def test_several_ports_are_bound_at_once_or_one_by_one():
    constant, step = [1], lift(traktorist)

    assert links(step.bind(b=2, a=constant).render()) == links(step.bind(a=constant).bind(b=2).render())


def test_a_name_that_is_no_port_of_the_step_binds_inputs_before_it():
    model = lift(traktorist).bind(a=1, b=2, happiness_val=lift(load))

    pipeline = model.bind(path="x.csv").render()

    assert links(pipeline)["load.path"] == "x.csv"
    assert inputs(pipeline) == ["scale"]


def test_it_binds_them_in_all_steps_that_wait_for_it():
    both = lift(traktorist).bind(a=lift(load), b=lift(load)).bind(path="x.csv").render()

    assert [links(both)["load.path"], links(both)["load_2.path"]] == ["x.csv", "x.csv"]


def test_the_steps_own_port_comes_first():
    pipeline = lift(traktorist).bind(happiness_val=lift(happiness)).bind(a=7).render()

    assert links(pipeline)["traktorist.a"] == 7
    assert inputs(pipeline) == ["a", "b", "scale"]


def test_bind_all_binds_a_name_everywhere():
    pipeline = lift(traktorist).bind(happiness_val=lift(happiness)).bind_all(a=7).render()

    assert (links(pipeline)["traktorist.a"], links(pipeline)["happiness.a"]) == (7, 7)
    assert inputs(pipeline) == ["b", "scale"]


def test_bind_all_leaves_what_is_bound():
    pipeline = lift(traktorist).bind(a=1, happiness_val=lift(happiness)).bind_all(a=7).render()

    assert (links(pipeline)["traktorist.a"], links(pipeline)["happiness.a"]) == (1, 7)


def test_what_was_bound_before_it_stays_as_it_was():
    shared = lift(load)
    bound = lift(traktorist).bind(a=shared).bind(path="x.csv")

    pipeline = lift(traktorist).bind(a=bound, b=shared).render()

    assert inputs(pipeline) == ["b", "scale", "happiness_val", "path"]
    assert links(pipeline)["load.path"] == "x.csv"
    assert "load_2.path" not in links(pipeline)


def test_a_function_with_options_takes_names_of_its_own():
    pipeline = lift(options).bind(colour="red", first=1).render()

    assert links(pipeline) == {"options.first": 1, "options.colour": "red"}


def test_inputs_before_it_come_before_its_options():
    pipeline = lift(options).bind(first=lift(load)).bind(path="x", colour="red").render()

    assert links(pipeline) == {"load.path": "x", "options.first": "load.default", "options.colour": "red"}


def test_binding_an_unknown_name_is_answered_with_the_nearest():
    step = lift(traktorist).bind(happiness_val=lift(load))
    with pytest.raises(UnknownPort) as caught:
        step.bind(pth=1)

    assert "'pth'" in str(caught.value)
    assert "Did you mean 'path'?" in str(caught.value)
    assert "Inputs: 'a', 'b', 'scale', 'happiness_val', 'path'." in str(caught.value)
    with pytest.raises(UnknownPort):
        step.bind_all(pth=1)


def test_binding_an_input_twice_is_refused():
    with pytest.raises(PipelineError, match="Input 'a' of traktorist is bound already"):
        lift(traktorist).bind(a=1).bind(a=2)
    with pytest.raises(PipelineError, match="Input 'colour' of options is bound already"):
        lift(options).bind(colour=1).bind(colour=2)


@pytest.mark.parametrize(
    "value",
    [happiness, len, partial(happiness, 1), [].append, Function("f"), NodeRemote(name="f", inputs=[]), Pipeline("f")],
)
def test_a_bare_function_as_a_value_is_refused_with_the_way_out(value: Any):
    with pytest.raises(PipelineError, match=r"Use lift\("):
        lift(happiness).bind(a=value)


def test_what_can_not_be_called_can_not_be_lifted():
    with pytest.raises(PipelineError, match=r"not int\. A constant goes straight into bind"):
        lift(3)  # type: ignore[arg-type]


def test_lifting_a_builder_is_the_builder():
    step = lift(happiness)

    assert lift(step) is step


def test_a_function_entity_can_be_lifted():
    assert inputs(lift(Function("f", (InputPort("x"),))).render()) == ["x"]


@pytest.mark.parametrize("name", ["", None, 3])
def test_an_alias_is_a_name(name: Any):
    with pytest.raises(PipelineError, match="An alias is a name"):
        lift(happiness).alias(name)


def test_a_step_may_have_several_aliases():
    assert lift(happiness).alias("x").alias("y").alias("x").render().aliases == {"x": "happiness", "y": "happiness"}


def test_aliases_on_the_way_are_outputs_too():
    pipeline = lift(traktorist).bind(happiness_val=lift(happiness).alias("mood")).alias("result").render()

    assert pipeline.aliases == {"mood": "happiness", "result": "traktorist"}


def test_one_alias_for_two_steps_is_refused():
    with pytest.raises(PipelineError, match="Two steps have the alias 'x': 'happiness' and 'traktorist'"):
        lift(traktorist).bind(happiness_val=lift(happiness).alias("x")).alias("x").render()


def test_a_pipeline_has_a_name_without_being_given_one():
    assert lift(happiness).render().name == "happiness_pipeline"


def test_the_inputs_can_be_asked_for_on_the_way():
    assert [port.name for port in lift(traktorist).bind(a=1).inputs] == ["b", "scale", "happiness_val"]


def test_its_repr_is_short():
    assert repr(lift(traktorist).bind(b=1, a=2).alias("x")) == "<PipelineBuilder traktorist(a=..., b=...) as x>"


def remote(**about: Any) -> NodeRemote:
    return NodeRemote(name="p::happiness", **{"inputs": ["a"], "outputs": ["default"], **about})


def test_a_remote_node_is_a_step_like_others():
    pipeline = lift(remote()).bind(a=300).alias("feeling").render("remote_feeling")

    node = pipeline.get_node_by_alias("feeling")
    assert (node.id, list(pipeline.nodes)) == ("happiness", ["happiness"])
    assert links(pipeline) == {"happiness.a": 300}


def test_a_machine_pinned_on_a_remote_node_stays():
    node = remote()
    object.__setattr__(node, "target_machine", "machine-y")

    rendered = lift(node).render().nodes["happiness"]

    assert isinstance(rendered, NodeRemote)
    assert rendered.target_machine == "machine-y"


def test_an_output_of_a_remote_node_can_be_chosen():
    step = lift(remote(outputs=["score", "text"]))

    pipeline = lift(load).bind(path=step.output("text")).render()

    assert pipeline.links[InputRef("load", "path")] == OutputRef("happiness", "text")
    with pytest.raises(PipelineError, match=r"p::happiness has several outputs: 'score', 'text'. Choose one"):
        lift(load).bind(path=step).render()
    with pytest.raises(UnknownPort, match="Did you mean 'score'"):
        step.output("scor")


def test_its_only_output_is_taken_by_whatever_name():
    pipeline = lift(load).bind(path=lift(remote(outputs=["report"]))).render()

    assert pipeline.links[InputRef("load", "path")] == OutputRef("happiness", "report")


def inner() -> Pipeline:
    step = lift(traktorist).bind(scale=3, happiness_val=lift(happiness).alias("mood"))
    return step.alias("result").render("day")


def test_a_pipeline_can_be_lifted_into_another():
    pipeline = lift(load).bind(path=lift(inner()).output("result").bind(a=1)).render("outer")

    assert list(pipeline.nodes) == ["day_happiness", "day_traktorist", "load"]
    assert links(pipeline) == {
        "day_traktorist.scale": 3,
        "day_traktorist.happiness_val": "day_happiness.default",
        "day_happiness.a": 1,
        "day_traktorist.a": 1,
        "load.path": "day_traktorist.default",
    }
    assert pipeline.aliases == {}
    assert inputs(pipeline) == ["b"]


def test_the_same_pipeline_can_be_lifted_twice():
    pipeline = lift(traktorist).bind(a=lift(inner()).output("mood"), b=lift(inner()).output("mood")).render("outer")

    assert links(pipeline)["traktorist.a"] == "day_happiness.default"
    assert links(pipeline)["traktorist.b"] == "day_happiness_2.default"
    assert pipeline.check()


def test_a_pipeline_lifted_as_the_whole_keeps_its_outputs():
    assert lift(inner()).output("result").bind(b=2).render("again").aliases == {
        "mood": "day_happiness",
        "result": "day_traktorist",
    }


def test_which_of_its_outputs_is_meant_has_to_be_said():
    with pytest.raises(PipelineError, match=r"day has several outputs: 'mood', 'result'"):
        lift(load).bind(path=lift(inner())).render()


def test_lift_gives_builders():
    assert isinstance(lift(happiness).bind(a=1).alias("x"), PipelineBuilder)
