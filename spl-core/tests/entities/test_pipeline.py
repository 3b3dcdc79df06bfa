"""Pipelines as values: their inputs and outputs, and whether they are well formed."""

from __future__ import annotations

from typing import Any

import pytest

from spl.core.entities.function import Function
from spl.core.entities.node import InputRef, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort, PortKind
from spl.core.entities.scalar import Scalar
from spl.core.errors import PipelineCycle, PipelineError, UnknownAlias


def nodes(**inputs: list[InputPort]) -> dict[str, Any]:
    return {name: NodeFunction(name, Function(name, tuple(ports))) for name, ports in inputs.items()}


A, B = InputPort("a"), InputPort("b")


def test_an_alias_finds_its_node():
    pipeline = Pipeline("p", nodes(f=[A]), aliases={"result": "f"})

    assert pipeline.get_node_by_alias("result") is pipeline.nodes["f"]


def test_an_unknown_alias_is_answered_with_the_known_ones():
    pipeline = Pipeline("p", nodes(f=[A]), aliases={"result": "f"})

    with pytest.raises(UnknownAlias, match=r"no output 'resul'\. Did you mean 'result'\? Its outputs: 'result'"):
        pipeline.get_node_by_alias("resul")
    with pytest.raises(KeyError):
        pipeline.get_node_by_alias("resul")


def test_ports_without_a_link_are_inputs_and_one_name_is_one_input():
    pipeline = Pipeline("p", nodes(f=[A, B], g=[A]), {InputRef("f", "b"): Scalar(1)})

    assert [port.name for port in pipeline.inputs] == ["a"]


def test_an_input_is_required_if_one_node_requires_it():
    optional = InputPort("a", default="1")

    assert Pipeline("p", nodes(f=[optional], g=[A])).inputs[0].required
    assert Pipeline("p", nodes(f=[A], g=[optional])).inputs[0].required
    assert not Pipeline("p", nodes(f=[optional], g=[optional])).inputs[0].required


def test_a_value_of_a_shared_input_has_to_suit_all():
    whole, text = {"type": "integer"}, {"type": "string"}
    pipeline = Pipeline("p", nodes(f=[InputPort("a", "int", schema=whole)], g=[InputPort("a", "str", schema=text)]))

    assert pipeline.inputs[0].type == "int & str"
    assert pipeline.inputs[0].schema == {"allOf": [whole, text]}


def test_inputs_of_every_kind_are_given_by_name():
    ports = [InputPort(kind.value, kind=kind) for kind in PortKind]
    inputs = Pipeline("p", nodes(f=ports)).inputs

    assert {port.kind for port in inputs} == {PortKind.STANDARD}
    assert [port.name for port in inputs if port.required] == ["positional_only", "standard", "keyword_only"]
    assert {port.name: port.schema["type"] for port in inputs if port.schema} == {
        "var_positional": "array",
        "var_keyword": "object",
    }


def test_a_good_pipeline_passes_its_check():
    pipeline = Pipeline("p", nodes(f=[A], g=[B]), {InputRef("g", "b"): OutputRef("f")}, {"end": "g"})

    assert pipeline.check() is pipeline


def test_everything_wrong_is_told_at_once():
    links: Any = {
        InputRef("f", "zz"): Scalar(1),
        InputRef("lost", "a"): Scalar(1),
        InputRef("g", "b"): OutputRef("gone"),
        InputRef("g", "a"): OutputRef("f", "side"),
    }
    found = {**nodes(f=[A], g=[A, B]), "other": NodeFunction("h", Function("h"))}

    with pytest.raises(PipelineError) as caught:
        Pipeline("p", found, links, {"x": "nowhere"}).check()

    assert caught.value.details["problems"] == [
        "node 'h' stands under the id 'other'",
        "node 'f' has no input 'zz' (its inputs: 'a')",
        "a link ends at node 'lost', which is not there",
        "a link begins at node 'gone', which is not there",
        "node 'f' has no output 'side' (its outputs: 'default')",
        "alias 'x' names node 'nowhere', which is not there",
    ]


def test_a_circle_is_refused():
    links = {InputRef("f", "a"): OutputRef("g"), InputRef("g", "a"): OutputRef("f")}

    with pytest.raises(PipelineCycle):
        Pipeline("p", nodes(f=[A], g=[A]), links).check()


def test_an_empty_pipeline_is_refused():
    with pytest.raises(PipelineError, match="it has no nodes"):
        Pipeline("p").check()


def test_a_function_with_options_takes_any_name():
    open_ = nodes(f=[InputPort("options", kind=PortKind.VAR_KEYWORD)])

    assert Pipeline("p", open_, {InputRef("f", "anything"): Scalar(1)}).check()


def test_without_an_alias_a_remote_node_gives_its_own_outputs():
    node = NodeRemote(name="o", inputs=[], outputs=["score", "text"], id="o")

    assert [port.name for port in Pipeline("p", {"o": node}).outputs] == ["score", "text"]


def test_its_repr_is_short_however_large_it_is():
    many = Pipeline("p", nodes(**{f"f{at}": [A] for at in range(1000)}), aliases={"end": "f1"})

    assert repr(many) == "<Pipeline 'p': f0, f1, f2, f3, f4, f5, ... -> end>"


def test_equal_parts_make_equal_pipelines():
    constant = Scalar([1])
    first, second = (Pipeline("p", nodes(f=[A]), {InputRef("f", "a"): constant}) for _ in range(2))

    assert first == second
