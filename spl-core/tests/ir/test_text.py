"""What the loader makes of YAML from strangers."""

from __future__ import annotations

import math
import time

import pytest

from spl.core.errors import InvalidBundle
from spl.core.ir.document import DEPTH_LIMIT, NODE_LIMIT, TEXT_LIMIT
from spl.core.ir.text import load


def loaded(plain: str):
    return load(f"a: {plain}")[0]["a"]


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[("0", 0), ("-12", -12), ("+7", 7), ("0x1F", 31), ("0o17", 15), ("9007199254740993", 9007199254740993)],
        *[("1.5", 1.5), ("-0.0", -0.0), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("2.5E-3", 0.0025)],
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(plain, value):
    found = loaded(plain)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "plain",
    [
        "yes",
        "No",
        "on",
        "off",
        "y",
        "n",
        "1:30",
        "014",
        "-007",
        "2026-03-01",
        "2026-03-01T12:00:00Z",
        "1_000",
        "0b11",
        "tRue",
    ],
)
def test_a_plain_scalar_that_only_older_yaml_reads_otherwise_is_text(plain):
    assert loaded(plain) == plain


def test_quoted_scalars_are_text():
    assert loaded("'1'") == "1"
    assert loaded('"null"') == "null"
    assert loaded('"\\x41\\u00e9\\U0001F600"') == "Aé😀"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: !!str x", 1, "tag"),
        ("a: !!python/object/apply:os.system ['true']", 1, "tag"),
        ("b: 1\na: !thing {}", 2, "tag"),
        ("b: 1\na: !local [1]", 2, "tag"),
        ("a: ! x", 1, "tag"),
        ("a: &x 1", 1, "anchors"),
        ("a: 1\nb: *x", 2, "anchors"),
        ("a: &x {b: *x}", 1, "anchors"),
        ("a: {<<: {b: 1}}", 1, "merge keys"),
        ("a: 1\nb: 2\na: 3", 3, "twice"),
        ("a:\n  x: 1\n  'x': 2", 3, "twice"),
        ("a: 1\n1: 2", 2, "a key is text"),
        ("a: {null: 2}", 1, "a key is text"),
        ("a: {[1]: 2}", 1, "a key is text"),
        ("a: 1\n---\nb: 2", 2, "second document"),
        ("%TAG ! tag:x,2000:\n---\na: 1", 1, "directives"),
        ("a: 1\n...\n%YAML 1.1\n---\nb: 1", 3, "directives"),
        ("a: .inf", 1, "finite"),
        ("a: -.INF", 1, "finite"),
        ("a: .nan", 1, "finite"),
        ("a: 1e999", 1, "finite"),
        (f"a: {'9' * 5000}", 1, "5000 characters"),
        ("a: 'x", 1, "can't be read"),
        ("a: [1\nb: 2", 2, "can't be read"),
        ("a:\n\t- b", 2, "can't be read"),
        ("a: b: c", 1, "can't be read"),
        ("a: \ud800", 1, "surrogate"),
        ("b: 1\na: [\udfff]", 2, "surrogate"),
    ],
)
def test_what_is_not_allowed_is_refused_with_its_line(text, line, says):
    with pytest.raises(InvalidBundle, match=says) as caught:
        load(text)

    assert caught.value.details["line"] == line
    assert f"line {line}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty|not an SPL/YAML"),
        ("# only a comment\n", "empty|not an SPL/YAML"),
        ("---\n", "not an SPL/YAML"),
        ("just text", "not an SPL/YAML"),
        ("42", "not an SPL/YAML"),
        ("a: \x00", "can't be read"),
        ("a: \x07", "can't be read"),
        ("a: \ufffe", "can't be read"),
    ],
)
def test_what_is_no_mapping_or_no_text_is_refused(text, says):
    with pytest.raises(InvalidBundle, match=says):
        load(text)


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert load("\ufeffa: 1")[0] == {"a": 1}


def test_the_text_may_not_be_larger_than_its_limit():
    fits = "a: " + "x" * (TEXT_LIMIT - 3)

    assert len(load(fits)[0]["a"]) == TEXT_LIMIT - 3
    with pytest.raises(InvalidBundle, match="bytes"):
        load(fits + "x")
    with pytest.raises(InvalidBundle, match="bytes"):
        load("a: " + "é" * (TEXT_LIMIT // 2))


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ("{k: ", "}")])
def test_nesting_is_bounded(begin, end):
    def nested(levels: int) -> str:
        return f"a: {begin * levels}1{end * levels}"

    assert load(nested(DEPTH_LIMIT - 1))
    with pytest.raises(InvalidBundle, match=f"deeper than {DEPTH_LIMIT}"):
        load(nested(DEPTH_LIMIT))


def test_the_number_of_nodes_is_bounded():
    fits = "a:\n" + "- x\n" * (NODE_LIMIT - 3)

    assert len(load(fits)[0]["a"]) == NODE_LIMIT - 3
    with pytest.raises(InvalidBundle, match="keys and values") as caught:
        load(fits + "- x\n")
    assert caught.value.details["line"] == NODE_LIMIT - 1


HOSTILE = {
    "many brackets": "[" * 1_000_000,
    "many maps": "{a: " * 500_000,
    "many dashes": "- " * 1_000_000,
    "many questions": "? " * 1_000_000,
    "many tag directives": "".join(f"%TAG !a{number}! tag:x\n" for number in range(50_000)),
    "tag directives behind a document": "a: 1\n...\n" + "".join(f"%TAG !a{n}! tag:x\n" for n in range(50_000)),
    "aliases of aliases": "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a]\n" for n in range(1000)),
    "many documents": "---\n" * 1_000_000,
    "a long number": "a: " + "1" * 4_000_000,
    "a long float": "a: 0." + "1" * 4_000_000,
    "a long plain scalar": "a: " + "x " * 2_000_000,
    "a long key": "x" * 4_000_000 + ": 1",
    "many commas": "a: [" + "," * 4_000_000,
    "blank lines": "a: |\n" + "\n" * 4_000_000,
    "many keys": "".join(f"k{number}: v\n" for number in range(300_000)),
    "many anchors": "a: " + "&a " * 1_000_000,
    "open quotes": 'a: "' * 1_000_000,
    "comments": "#" * 4_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_or_read_quickly(name):
    began = time.perf_counter()
    try:
        load(HOSTILE[name])
    except InvalidBundle as error:
        assert len(str(error)) < 500

    assert time.perf_counter() - began < 1


def test_lines_are_found_again_by_path():
    document, lines = load("a:\n- b: 1\n  c:\n  - 2\n  - {d: 3,\n     e: 4}\n")

    assert lines.at(["a"]) == 1
    assert lines.at(["a", 0, "b"]) == 2
    assert lines.at(["a", 0, "c", 1]) == 5
    assert lines.at(["a", 0, "c", 1, "e"]) == 6
    assert lines.at(["a", 0, "missing", 5]) == 2
    assert lines.at([]) is None
    assert document["a"][0]["c"][1]["e"] == 4


def test_negative_zero_keeps_its_sign():
    assert math.copysign(1, loaded("-0.0")) == -1
