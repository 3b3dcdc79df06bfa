"""Pipelines as pictures."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spl.core.entities.function import Function
from spl.core.entities.layout import layout
from spl.core.entities.node import InputRef, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort
from spl.core.entities.scalar import Scalar

SVG = "{http://www.w3.org/2000/svg}"


def function_node(name: str, *inputs: str) -> NodeFunction:
    return NodeFunction(name, Function(name, tuple(map(InputPort, inputs))))


def mixed() -> Pipeline:
    remote = NodeRemote(
        name="score", owner="alice", library="risk", target_machine="gpu", inputs=["x"], outputs=["default"], id="score"
    )
    nodes: dict[str, Any] = {"prep": function_node("prep", "a"), "score": remote, "end": function_node("end", "x", "y")}
    links = {
        InputRef("score", "x"): OutputRef("prep"),
        InputRef("end", "x"): OutputRef("score"),
        InputRef("end", "y"): Scalar("<b>&\"'"),
    }
    return Pipeline('mixed <&"', nodes, links, {"result": "end"})


def random_pipeline(size: int) -> Pipeline:
    chance = random.Random(7)
    nodes: dict[str, Any] = {"f0": function_node("f0", "a")}
    links: dict[InputRef, Any] = {}
    for at in range(1, size):
        nodes[f"f{at}"] = function_node(f"f{at}", "x", "y")
        links[InputRef(f"f{at}", "x")] = OutputRef(f"f{chance.randrange(max(0, at - 6), at)}")
        links[InputRef(f"f{at}", "y")] = OutputRef(f"f{at - 1}") if chance.random() < 0.5 else Scalar(at)
    return Pipeline("random", nodes, links, {"end": f"f{size - 1}"})


def test_a_drawing_shows_nodes_inputs_constants_and_outputs():
    root = ElementTree.fromstring(mixed().svg())
    texts = [text.text for text in root.iter(f"{SVG}text")]

    assert texts == ["a", "prep", "score", "@ alice/risk on gpu", "end", "y='<b>&\"\\''", "= result"]
    assert len(list(root.iter(f"{SVG}rect"))) == 4


def test_remote_nodes_and_named_outputs_look_different():
    root = ElementTree.fromstring(mixed().svg())

    assert [rect.get("class") for rect in root.iter(f"{SVG}rect")] == ["i", None, "r", "o"]


def test_a_drawing_takes_its_colours_from_the_page():
    drawing = mixed().svg()

    assert "currentColor" in drawing
    assert not re.search(r"#[0-9a-fA-F]{3,6}|rgb\(|black|white", drawing)
    assert "<script" not in drawing


def test_the_same_pipeline_is_drawn_the_same():
    assert random_pipeline(40).svg() == random_pipeline(40).svg()


def test_fifty_nodes_fit_in_twenty_kilobytes():
    assert len(random_pipeline(50).svg().encode()) < 20_000


def test_a_notebook_gets_text_and_a_drawing():
    shown = mixed()._repr_mimebundle_()

    assert set(shown) == {"text/plain", "image/svg+xml", "text/html"}
    assert shown["text/plain"].startswith("<Pipeline 'mixed")


def test_a_pipeline_too_large_to_draw_says_so():
    large = Pipeline("large", {f"f{at}": function_node(f"f{at}", "a") for at in range(5000)})

    assert "5,000 nodes, too many to draw" in large.svg()


def test_strange_names_do_no_harm():
    name = "</text><script>\x00\ud800" + "x" * 100
    root = ElementTree.fromstring(Pipeline("p", {name: function_node(name, "a")}).svg())

    assert any((text.text or "").endswith("…") for text in root.iter(f"{SVG}text"))


def test_mermaid_text_has_the_same_nodes_and_links():
    assert mixed().mermaid().splitlines() == [
        "flowchart LR",
        '    i0(["a"])',
        '    n0["prep"]',
        '    n1[["score<br>@ alice/risk on gpu"]]',
        '    n2["end<br>y=&#x27;&lt;b&gt;&amp;&quot;\\&#x27;&#x27;<br>= result"]',
        "    i0 --> n0",
        '    n0 -->|"x"| n1',
        '    n1 -->|"x"| n2',
    ]


def test_a_link_that_skips_layers_goes_around_the_boxes_between():
    links = {"a": [], "b": ["a"], "c": ["a", "b"]}
    placed = layout(links, dict.fromkeys(links, (50, 20)), 40, 10)

    _, points = next(edge for edge in placed.edges if edge[0] == "a" and len(edge[1]) == 3)
    gap, box = points[1], placed.positions["b"]
    assert gap.x == box.x
    assert abs(gap.y - box.y) >= 10 + 10


@st.composite
def drawings(draw: st.DrawFn) -> tuple[dict[str, list[str]], dict[str, tuple[float, float]]]:
    size = draw(st.integers(1, 15))
    links = {
        str(at): sorted({str(draw(st.integers(0, at - 1))) for _ in range(draw(st.integers(0, 3)))}) if at else []
        for at in range(size)
    }
    sides = st.integers(5, 80)
    return links, {key: (draw(sides), draw(sides)) for key in links}


@settings(max_examples=60)
@given(drawings())
def test_no_two_boxes_overlap_and_links_go_from_left_to_right(
    drawing: tuple[dict[str, list[str]], dict[str, tuple[float, float]]],
):
    links, sizes = drawing
    placed = layout(links, sizes, 40, 10)

    columns: dict[float, list[str]] = {}
    for key, point in placed.positions.items():
        columns.setdefault(point.x, []).append(key)
    for column in columns.values():
        stacked = sorted(column, key=lambda key: placed.positions[key].y)
        for upper, lower in pairwise(stacked):
            room = placed.positions[lower].y - placed.positions[upper].y
            assert room + 1e-6 >= (sizes[upper][1] + sizes[lower][1]) / 2 + 10 or upper == lower
    for key, befores in links.items():
        for before in befores:
            assert placed.positions[before].x + sizes[before][0] < placed.positions[key].x
    assert all(point.y - sizes[key][1] / 2 + 1e-6 >= 0 for key, point in placed.positions.items())


@pytest.mark.parametrize("size", [1, 2, 300])
def test_any_size_is_drawn(size: int):
    assert ElementTree.fromstring(random_pipeline(size).svg()).tag == f"{SVG}svg"
