"""What is written reads as code, and every reader finds in it what was meant."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from spl.core.errors import InvalidBundle
from spl.core.ir.document import DEPTH_LIMIT, NODE_LIMIT, TEXT_LIMIT
from spl.core.ir.emit import dump
from spl.core.ir.text import load

ODD = "abn:-#?|>'\"\\ \t\n\r\x00\x07\x7f\x85\xa0\u2028\ufeff\uffffé漢😀,[]{}&*!%@`~=<.0123e"
WORDS = [
    "",
    "null",
    "~",
    "yes",
    "No",
    "on",
    "y",
    "true",
    "014",
    "1:30",
    "1e5",
    "0x1",
    ".5",
    ".inf",
    "<<",
    "=",
    "-",
    "---",
]

words = st.one_of(st.sampled_from(WORDS), st.text(ODD, max_size=12), st.text(max_size=20))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), words)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=12
)
documents = st.dictionaries(words, values, min_size=1, max_size=4)


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types throughout, in the same order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other and (not isinstance(one, float) or math.copysign(1, one) == math.copysign(1, other))


@settings(max_examples=500, deadline=None)
@given(documents)
def test_every_document_is_read_as_it_was_written(document):
    assert same(load(dump(document))[0], document)


@settings(max_examples=150, deadline=None)
@given(documents)
def test_a_reader_of_older_yaml_finds_the_same(document):
    text = dump(document)

    assert same(yaml.load(text, yaml.CSafeLoader), document)
    assert same(yaml.load(text, yaml.SafeLoader), document)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text("ab \t'\"#:|>-é😀", max_size=6), min_size=1, max_size=8), st.text("\n", max_size=3))
def test_source_is_a_literal_block_that_keeps_every_character(lines, end):
    source = "\n".join(lines) + end
    text = dump({"modules": [{"name": "main", "source": source}]})

    assert load(text)[0]["modules"][0]["source"] == source
    if "\n" in source and source.strip("\n"):
        assert "source: |" in text


@pytest.mark.parametrize(
    ("source", "header"),
    [
        ("a\nb\n", "|"),
        ("a\nb", "|-"),
        ("a\nb\n\n\n", "|+"),
        (" a\nb\n", "|2"),
        ("\n\na\n", "|2"),
        ("\ta\nb", "|2-"),
        ("  \n\n", "|2+"),
    ],
)
def test_a_literal_block_says_how_it_ends_and_where_it_begins(source, header):
    text = dump({"source": source})

    assert text.startswith(f"source: {header}\n")
    assert load(text)[0] == {"source": source}


@pytest.mark.parametrize(
    "source", ["a\fb\n", "a\rb\n", "a\x85b\n", "a\u2028b\n", "a\ufeffb\n", "a\x00b\n", "\n", "\n\n"]
)
def test_text_that_a_block_could_not_keep_is_quoted(source):
    text = dump({"source": source})

    assert text.count("\n") == 1
    assert load(text)[0] == {"source": source}


def test_short_things_are_on_one_line_and_long_things_are_not():
    links = [{"to": "b.x", "from": "a.default"}, {"to": "b.y", "value": list(range(50))}]

    text = dump({"pipelines": [{"nodes": {"a": {"function": "f"}}, "links": links}]})

    assert "    a: {function: f}\n" in text
    assert "  - {to: b.x, from: a.default}\n" in text
    assert "\n    - 49\n" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_key_that_is_too_long_for_a_simple_one_is_read_again():
    document = {"k" * 5000: 1, "é" * 600: [{"q" * 2000: "a\nb\n"}], "after": 2}

    assert load(dump(document))[0] == document


def test_a_tree_of_lists_is_read_again():
    document = {"a": [[["x\ny", [[]]], {"b": [["z\n"]]}], [[["w" * 99]]]]}

    assert load(dump(document))[0] == document


def test_what_no_reader_would_take_is_not_written():
    deep: Any = 1
    for _ in range(DEPTH_LIMIT):
        deep = [deep]

    with pytest.raises(InvalidBundle, match="nested"):
        dump({"a": deep})
    with pytest.raises(InvalidBundle, match="keys and values"):
        dump({"a": [1] * NODE_LIMIT})
    with pytest.raises(InvalidBundle, match="bytes"):
        dump({"a": "x" * TEXT_LIMIT})
    with pytest.raises(InvalidBundle, match="surrogate"):
        dump({"a": "\ud800"})
    assert load(dump({"a": deep[0]}))[0]["a"] == deep[0]
    assert load(dump({"a": [1] * (NODE_LIMIT - 3)}))
