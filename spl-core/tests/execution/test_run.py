"""What a run tells of itself."""

from __future__ import annotations

from typing import Any

import pytest

from spl.core.common import Deployment, Run, lift
from spl.core.errors import NodeFailed, OutputNotFound


def one(a: int = 1) -> int:
    return a


def text(x: Any = None) -> Any:
    return "<b>" + "x" * 1000


def pair(a: Any, b: Any) -> tuple[Any, Any]:
    return a, b


def run(**inputs: Any) -> Run:
    pipeline = lift(pair).bind(a=lift(one).alias("one"), b=lift(text)).alias("both").render("p")
    found = Deployment(pipeline).run(**inputs)
    assert isinstance(found, Run)
    return found


def test_it_is_read_like_a_mapping_of_its_outputs():
    found = run()

    assert list(found) == ["one", "both"]
    assert (len(found), found.keys()) == (2, ["one", "both"])
    assert dict(found.items())["one"] == {"default": 1}
    assert "one" in found
    assert "text" in found
    assert "nothing" not in found


def test_without_aliases_its_outputs_are_the_last_nodes():
    assert list(Deployment(lift(one).render()).run()) == ["one"]


def test_a_value_is_had_by_its_name():
    found = run(a=5)

    assert found.value("one") == 5
    assert found.value(found.pipeline.get_node_by_alias("one")) == 5


def test_the_only_value_needs_no_name():
    assert Deployment(lift(one).render()).run().value() == 1
    with pytest.raises(OutputNotFound, match=r"The run has 2 results. Name one: 'one', 'both'"):
        run().value()


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(OutputNotFound, match=r"no output 'oen'\. Did you mean 'one'"):
        run()["oen"]
    with pytest.raises(OutputNotFound, match=r"'one' has no output port 'side'. Its ports: 'default'"):
        run().value("one", "side")


def test_each_node_has_its_time():
    assert set(run().timings) == {"one", "text", "pair"}


def test_its_repr_is_short():
    assert repr(Deployment(lift(one).render()).run()) == "<Run of 'one_pipeline', 1 nodes: one=1>"
    assert len(repr(run())) < 200


def test_a_notebook_shows_its_values_escaped_and_cut():
    shown = run()._repr_mimebundle_()

    assert set(shown) == {"text/plain", "text/html"}
    assert "&lt;b&gt;x" in shown["text/html"]
    assert "<b>x" not in shown["text/html"]
    assert len(shown["text/html"]) < 3000


def test_a_long_run_is_shown_in_part():
    last = lift(one)
    for _ in range(200):
        last = lift(text).bind(x=last)

    html = Deployment(last.render()).run()._repr_mimebundle_()["text/html"]

    assert html.count("<tr>") == 51
    assert "... 151 more" in html


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError


def test_a_value_that_can_not_show_itself_does_not_hide_the_others():
    found = Deployment(lift(pair).bind(a=Rude(), b=1).render()).run()

    assert "its repr raised RuntimeError" in repr(found)


def broken(x: Any) -> None:
    raise ValueError


def test_a_failed_run_says_where():
    with pytest.raises(NodeFailed) as caught:
        Deployment(lift(broken).bind(x=lift(one)).render()).run()

    assert repr(caught.value.run) == "<Run of 'broken_pipeline', failed at 'broken'>"
    assert "failed at <b>broken</b>" in caught.value.run._repr_mimebundle_()["text/html"]
