"""The hash is of what a bundle means."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from spl.core.entities.bundle import Bundle, Module
from spl.core.entities.function import Function
from spl.core.entities.node import InputRef, OutputRef
from spl.core.entities.node_function import NodeFunction
from spl.core.entities.pipeline import Pipeline
from spl.core.entities.port import InputPort
from spl.core.entities.scalar import Scalar
from spl.core.errors import InvalidBundle
from spl.core.ir.files import bundle_from_text, dump_bundle
from spl.core.ir.hashing import content_hash

F = Function("f", (InputPort("x"), InputPort("y", default="1")), module="main", qualname="f")
NODES = {"a": NodeFunction("a", F), "b": NodeFunction("b", F)}
LINKS = {
    InputRef("a", "x"): Scalar(1),
    InputRef("b", "x"): OutputRef("a"),
    InputRef("b", "y"): Scalar([1.5]),
}
GRAPH = Pipeline("p", NODES, LINKS, {"out": "b"})
BUNDLE = Bundle("p", modules=(Module("main", "main.py", "def f(x, y=1): ...\n"),), functions=(F,), pipelines=(GRAPH,))


def with_graph(**changes: object) -> Bundle:
    return replace(BUNDLE, pipelines=(replace(GRAPH, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        replace(BUNDLE, entrypoint="f"),
        replace(BUNDLE, requires_python=">=3.12"),
        replace(BUNDLE, requirements=("numpy",)),
        replace(BUNDLE, modules=(Module("main", "main.py", "def f(x, y=2): ...\n"),)),
        replace(BUNDLE, modules=(Module("main", "main.py", "def f(x, y=1): ...\n", constants={"A": 1}),)),
        with_graph(links=LINKS | {InputRef("a", "x"): Scalar(2)}),
        with_graph(links=LINKS | {InputRef("a", "x"): Scalar(1.0)}),
        with_graph(links=LINKS | {InputRef("a", "x"): Scalar(True)}),
        with_graph(links={InputRef("a", "x"): Scalar(1)}),
        with_graph(aliases={"out": "a"}),
        with_graph(nodes={"b": NODES["b"], "a": NODES["a"]}),
    ],
)
def test_whatever_changes_the_meaning_changes_the_hash(changed):
    assert content_hash(changed) != content_hash(BUNDLE)


def test_the_python_it_was_captured_on_does_not_count():
    assert content_hash(replace(BUNDLE, python="3.13.7")) == content_hash(BUNDLE)


def test_the_order_of_linking_does_not_count():
    backwards = dict(reversed(LINKS.items()))

    assert content_hash(with_graph(links=backwards)) == content_hash(BUNDLE)
    assert dump_bundle(with_graph(links=backwards)) == dump_bundle(BUNDLE)


def test_the_line_ends_of_the_source_do_not_count():
    windows = replace(BUNDLE, modules=(Module("main", "main.py", "def f(x, y=1): ...\r\n"),))

    assert content_hash(windows) == content_hash(BUNDLE)


def test_layout_comments_and_the_order_of_keys_do_not_count():
    shuffled = yaml.safe_dump(yaml.safe_load(dump_bundle(BUNDLE)), sort_keys=False, default_flow_style=True)
    swapped = dict(reversed(yaml.safe_load(shuffled).items()))

    for text in (shuffled, yaml.safe_dump(swapped, sort_keys=False), "# a comment\n" + dump_bundle(BUNDLE)):
        assert content_hash(bundle_from_text(text)) == content_hash(BUNDLE)


def test_a_bundle_that_has_no_text_has_no_hash():
    with pytest.raises(InvalidBundle):
        content_hash(replace(BUNDLE, modules=(Module("main", "main.py", "'\ud800'"),)))
    with pytest.raises(InvalidBundle):
        content_hash(with_graph(links={InputRef("a", "x"): Scalar(float("nan"), encoded=True)}))
