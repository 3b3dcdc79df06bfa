"""What a callable takes and gives: as an object, as JSON, as text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spl.core.entities.bundle import Bundle
from spl.core.entities.function import Function
from spl.core.entities.node import InputRef, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort, OutputPort, PortKind
from spl.core.entities.signature import Signature
from spl.core.errors import FunctionNotFound, OutputNotFound

INT = {"type": "integer"}
ADD = Function(
    "add",
    (InputPort("a", "int", schema=INT), InputPort("b", "int", schema=INT), InputPort("scale", "int", "1", schema=INT)),
    (OutputPort(type="dict"),),
    doc="Adds two numbers.\n\nAnd scales them.",
)
MOOD = Function("mood", (InputPort("a", "int", schema=INT),))
DRIVE = Function("drive", (InputPort("a", "int"), InputPort("b", "int"), InputPort("mood_val", None, "None")))


def pipeline(**aliases: str) -> Pipeline:
    nodes = {"mood": NodeFunction("mood", MOOD), "drive": NodeFunction("drive", DRIVE)}
    links = {InputRef("drive", "mood_val"): OutputRef("mood")}
    return Pipeline("day", nodes, links, aliases)


def bundle(**aliases: str) -> Bundle:
    return Bundle("day", functions=(MOOD, DRIVE), pipelines=(pipeline(**aliases),))


def test_a_function_has_its_own_ports():
    signature = Signature.of(Bundle("add", functions=(ADD,)))

    assert (signature.name, signature.kind) == ("add", "function")
    assert [port.name for port in signature.inputs] == ["a", "b", "scale"]
    assert signature.text == "add(a: int, b: int, scale: int = 1) -> dict"


def test_a_pipeline_takes_what_nothing_is_linked_to():
    signature = Signature.of(bundle(result="drive"))

    assert signature.kind == "pipeline"
    assert [(port.name, port.required) for port in signature.inputs] == [("a", True), ("b", True)]
    assert [port.name for port in signature.outputs] == ["result"]
    assert signature.functions == ("mood", "drive")


def test_a_function_of_a_pipeline_has_a_signature_of_its_own():
    assert Signature.of(bundle(), function="mood") == Signature.of_function(MOOD)


def test_an_unknown_function_is_answered_with_the_nearest():
    with pytest.raises(
        FunctionNotFound, match=r"no function 'mod'\. Did you mean 'mood'\? Its functions: 'mood', 'drive'"
    ):
        Signature.of(bundle(), function="mod")


def test_describe_tells_a_function_with_an_example():
    text = Signature.of_function(ADD).describe("demo_add", 1)

    assert text.splitlines() == [
        "demo_add v1 (function)",
        "  Adds two numbers.",
        "Inputs:",
        "  - a: int (required)",
        "  - b: int (required)",
        "  - scale: int (optional, default=1)",
        "Outputs:",
        "  - default: no output selector; read result.value (dict)",
        """Example: result = client.call("demo_add", kwargs={'a': '<int>', 'b': '<int>'})""",
        "Read: result.value",
    ]


def test_describe_tells_a_pipeline_with_its_outputs_and_functions():
    text = Signature.of(bundle(result="drive")).describe("demo", 2, "A day")

    assert text.splitlines() == [
        "demo v2 (pipeline): A day",
        "Inputs:",
        "  - a: int (required)",
        "  - b: int (required)",
        "Outputs:",
        '  - result: output="result"; read result.value["default"]',
        "Functions:",
        '  - mood: function="mood"',
        '  - drive: function="drive"',
        """Example: result = client.call("demo", kwargs={'a': '<int>', 'b': '<int>'}, output="result")""",
        'Read: result.value["default"]',
    ]


def test_describe_of_a_function_inside_an_object_calls_it_there():
    text = Signature.of_function(MOOD).describe("day::mood")

    assert """client.call("day", function="mood", kwargs={'a': '<int>'})""" in text


def test_describe_tells_ports_of_every_kind():
    ports = (InputPort("rest", kind=PortKind.VAR_POSITIONAL), InputPort("options", "int", kind=PortKind.VAR_KEYWORD))
    text = Signature("f", inputs=ports).describe()

    assert "  - *rest: any (any number)\n  - **options: int (any number)" in text
    assert "Inputs:\n  none" in Signature("g").describe()


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        (["positional_only", "standard"], "f(p0, /, p1)"),
        (["positional_only"], "f(p0, /)"),
        (["standard", "keyword_only", "keyword_only"], "f(p0, *, p1, p2)"),
        (["standard", "var_positional", "keyword_only", "var_keyword"], "f(p0, *p1, p2, **p3)"),
    ],
)
def test_the_one_line_form_is_python(kinds: list[str], text: str):
    ports = tuple(InputPort(f"p{at}", kind=PortKind(kind)) for at, kind in enumerate(kinds))

    assert Signature("f", inputs=ports).text == text


def test_without_aliases_the_last_nodes_are_the_outputs():
    one = Signature.of_pipeline(pipeline())
    assert [(port.name, one.selector(port)) for port in one.outputs] == [("default", None)]

    two = Pipeline("two", {"mood": NodeFunction("mood", MOOD), "drive": NodeFunction("drive", DRIVE)})
    assert [port.name for port in Signature.of_pipeline(two).outputs] == ["mood", "drive"]


def test_an_output_is_an_alias_or_a_node():
    signature = Signature.of_pipeline(pipeline(result="drive"))

    signature.check_output(None)
    signature.check_output("result")
    signature.check_output("mood")
    with pytest.raises(OutputNotFound, match=r"no output 'reslt'\. Did you mean 'result'\?"):
        signature.check_output("reslt")


def test_a_function_has_no_outputs_to_choose_from():
    Signature.of_function(ADD).check_output("default")
    with pytest.raises(OutputNotFound, match="'add' is a function"):
        Signature.of_function(ADD).check_output("result")


def test_an_output_that_needs_fewer_inputs_does_without_the_others():
    signature = Signature.of_pipeline(pipeline(mood="mood", result="drive"))

    assert signature.needs == {"mood": ("a",)}
    assert signature.bind([], {"a": 1}, output="mood") == {"a": 1}


@pytest.mark.parametrize("signature", [Signature.of_function(ADD), Signature.of(bundle(result="drive", mood="mood"))])
def test_json_gives_the_same_signature_back(signature: Signature):
    document = json.loads(json.dumps(signature.to_json()))

    assert Signature.from_json(document) == signature
    assert Signature.from_json(document).to_json() == signature.to_json()


def test_json_tells_how_each_output_is_read():
    outputs: Any = Signature.of(bundle(result="drive")).to_json()["outputs"]

    assert outputs == [
        {"name": "result", "type": None, "selector": "result", "read": 'result.value["default"]', "schema": {}}
    ]


ports = st.builds(
    InputPort,
    st.text(min_size=1, max_size=8),
    st.none() | st.text(max_size=8),
    st.none() | st.text(max_size=8),
    st.sampled_from(PortKind),
    st.sampled_from([{}, INT, {"type": "array", "items": INT}]),
)


@given(st.lists(ports, max_size=6), st.text(max_size=20))
def test_any_function_survives_json(inputs: list[InputPort], doc: str):
    signature = Signature("f", inputs=tuple(inputs), doc=doc)

    assert Signature.from_json(json.loads(json.dumps(signature.to_json()))) == signature
