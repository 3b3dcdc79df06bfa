"""Which expressions are one node, and what nodes are called."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spl.core.builder import PipelineBuilder, lift
from spl.core.entities.function import Function
from spl.core.entities.port import InputPort
from spl.core.entities.scalar import Scalar


def draw(n: int = 1) -> float: ...


def pair(a: Any, b: Any) -> tuple: ...


def nodes(expression: PipelineBuilder) -> list[str]:
    return list(expression.render().nodes)


def test_a_builder_used_in_two_places_is_one_node():
    one = lift(draw)

    assert nodes(lift(pair).bind(a=one, b=one)) == ["draw", "pair"]


def test_an_alias_makes_no_new_node():
    one = lift(draw)

    assert nodes(lift(pair).bind(a=one.alias("x"), b=one)) == ["draw", "pair"]


def test_each_lift_begins_another_node():
    assert nodes(lift(pair).bind(a=lift(draw), b=lift(draw))) == ["draw", "draw_2", "pair"]


def test_what_is_bound_makes_a_difference():
    one = lift(draw)

    assert nodes(lift(pair).bind(a=one.bind(n=1), b=one.bind(n=2))) == ["draw", "draw_2", "pair"]
    assert nodes(lift(pair).bind(a=one.bind(n=1), b=one.bind(n=1))) == ["draw", "pair"]
    assert nodes(lift(pair).bind(a=one.bind(n=1), b=one.bind(n=True))) == ["draw", "draw_2", "pair"]


@pytest.mark.parametrize("make", [list, dict, lambda: 0.5 * 1])
def test_constants_of_other_types_are_the_same_if_they_are_one_object(make: Any):
    one, first, second = lift(draw), make(), make()

    assert nodes(lift(pair).bind(a=one.bind(n=first), b=one.bind(n=first))) == ["draw", "pair"]
    if first is not second:
        assert nodes(lift(pair).bind(a=one.bind(n=first), b=one.bind(n=second))) == ["draw", "draw_2", "pair"]


def test_a_diamond_keeps_its_one_beginning():
    start = lift(draw)
    left, right = lift(pair).bind(a=start, b=1), lift(pair).bind(a=start, b=2)

    assert nodes(lift(pair).bind(a=left, b=right)) == ["draw", "pair", "pair_2", "pair_3"]


def test_ids_do_not_depend_on_the_order_of_binding():
    def expression(*names: str) -> PipelineBuilder:
        values = {"a": lift(draw).bind(n=1), "b": lift(draw).bind(n=2)}
        step = lift(pair)
        for name in names:
            step = step.bind(**{name: values[name]})
        return step

    first, second = expression("a", "b").render(), expression("b", "a").render()

    assert list(first.nodes) == list(second.nodes)
    assert list(first.links) == list(second.links)
    assert [source.value for source in first.links.values() if isinstance(source, Scalar)] == [1, 2]


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["f", "f", "f"], ["f", "f_2", "f_3"]),
        (["f", "f", "f_2"], ["f", "f_2", "f_2_2"]),
        (["f_2", "f", "f"], ["f_2", "f", "f_3"]),
        (["<lambda>", "a-b", "--"], ["lambda", "a_b", "step"]),
        (["größe", "größe"], ["größe", "größe_2"]),
    ],
)
def test_ids_come_from_names(names: list[str], ids: list[str]):
    last = lift(Function(names[0]))
    for name in names[1:]:
        last = lift(Function(name, (InputPort("x"),))).bind(x=last)

    assert nodes(last) == ids


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 3)), min_size=1, max_size=30))
def test_an_expression_built_again_gives_the_same_pipeline(choices: list[tuple[int, int, int]]):
    def build() -> PipelineBuilder:
        steps = [lift(draw)]
        for first, second, kind in choices:
            a, b = steps[first % len(steps)], steps[second % len(steps)]
            steps.append(lift(pair).bind(a=a, b=b if kind else 5))
            if kind == 2:
                steps[-1] = steps[-1].alias(f"x{len(steps)}")
        return steps[-1]

    one, two = build().render("p"), build().render("p")

    def plain(value: Any) -> Any:
        return value.value if isinstance(value, Scalar) else value

    assert list(one.nodes) == list(two.nodes)
    assert one.nodes == two.nodes
    assert [(at, plain(value)) for at, value in one.links.items()] == [
        (at, plain(value)) for at, value in two.links.items()
    ]
    assert one.aliases == two.aliases
    assert one.check()


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=30))
def test_nodes_stand_in_an_order_in_which_they_can_run(choices: list[tuple[int, int]]):
    steps = [lift(draw)]
    for first, second in choices:
        steps.append(lift(pair).bind(a=steps[first % len(steps)], b=steps[second % len(steps)]))
    pipeline = steps[-1].render()

    places = {node_id: at for at, node_id in enumerate(pipeline.nodes)}
    assert all(places[b] < places[node] for node, befores in pipeline.predecessors().items() for b in befores)
