"""Order, reachability and circles of graphs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spl.core import graph
from spl.core.errors import PipelineCycle

DIAMOND = {"end": ["left", "right"], "left": ["start"], "right": ["start"], "start": []}


@st.composite
def acyclic(draw: st.DrawFn) -> dict[int, list[int]]:
    """A random graph whose links go from smaller to larger numbers, in shuffled order."""
    size = draw(st.integers(1, 25))
    links = {node: draw(st.lists(st.integers(0, node - 1), max_size=4)) if node else [] for node in range(size)}
    return {node: links[node] for node in draw(st.permutations(range(size)))}


def test_a_node_comes_after_those_it_depends_on():
    assert graph.order(DIAMOND) == ["start", "left", "right", "end"]


def test_nodes_without_links_stay_in_their_order():
    assert graph.order({"b": [], "a": [], "c": []}) == ["b", "a", "c"]


def test_a_graph_that_is_in_order_stays_as_it_is():
    assert graph.order({"a": [], "b": [], "c": ["a"], "d": ["b", "c"]}) == ["a", "b", "c", "d"]


def test_a_circle_is_named_in_the_direction_of_the_values():
    with pytest.raises(PipelineCycle, match=r"a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c"):
        graph.order({"a": ["c"], "b": ["a"], "c": ["b"], "outside": ["a"]})


def test_a_node_that_feeds_itself_is_a_circle():
    assert graph.cycle({"a": ["a"]}) == ("a",)


def test_a_long_circle_is_told_short():
    ring = {node: [(node + 1) % 1000] for node in range(1000)}
    with pytest.raises(PipelineCycle) as caught:
        graph.order(ring)
    assert len(str(caught.value)) < 200
    assert len(caught.value.details["nodes"]) == 1000


def test_a_graph_without_circles_has_none():
    assert graph.cycle(DIAMOND) is None


def test_ancestors_are_the_targets_and_all_before_them():
    assert graph.ancestors(DIAMOND, ["left"]) == {"left", "start"}


def test_a_node_reaches_what_depends_on_it_near_or_far():
    assert graph.reaches(DIAMOND, "start", "end")
    assert not graph.reaches(DIAMOND, "end", "start")
    assert not graph.reaches(DIAMOND, "left", "right")
    assert not graph.reaches(DIAMOND, "left", "left")


def test_sinks_are_what_nothing_depends_on():
    assert graph.sinks({**DIAMOND, "aside": []}) == ["end", "aside"]


def test_successors_are_the_links_the_other_way_round():
    assert graph.successors(DIAMOND) == {"start": ["left", "right"], "left": ["end"], "right": ["end"], "end": []}


def test_a_layer_is_the_longest_way_from_a_beginning():
    assert graph.layers({"a": [], "b": ["a"], "c": ["a", "b"]}) == {"a": 0, "b": 1, "c": 2}


def test_a_chain_of_a_hundred_thousand_does_not_recurse():
    chain = {node: [node - 1] if node else [] for node in reversed(range(100_000))}
    assert graph.order(chain) == list(range(100_000))
    assert len(graph.ancestors(chain, [99_999])) == 100_000


@given(acyclic())
def test_any_acyclic_graph_gets_an_order(links: dict[int, list[int]]):
    order = graph.order(links)

    assert sorted(order) == sorted(links)
    places = {node: at for at, node in enumerate(order)}
    assert all(places[before] < places[node] for node, befores in links.items() for before in befores)


@given(acyclic(), st.data())
def test_a_link_back_is_always_found(links: dict[int, list[int]], data: st.DataObject):
    node = data.draw(st.sampled_from(sorted(links)))
    first = data.draw(st.sampled_from(sorted(graph.ancestors(links, [node]))))
    links[first] = [*links[first], node]

    circle = graph.cycle(links)

    assert circle is not None
    follows = zip(circle, [*circle[1:], circle[0]], strict=True)
    assert all(str(before) in map(str, links[int(after)]) for before, after in follows)
