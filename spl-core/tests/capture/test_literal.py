"""Literals give the value back, and the same value has the same literal."""

from __future__ import annotations

import ast
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spl.core.capture.literal import gives, literal, same_literal

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary()
)
hashable = st.recursive(scalars, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=6)
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.sets(hashable, max_size=4)
    ),
    max_leaves=20,
)


@given(plain)
def test_a_literal_gives_its_value_back(value):
    text = literal(value)

    assert text is not None
    assert eval(text, {"frozenset": frozenset, "set": set}) == value
    assert literal(eval(text, {"frozenset": frozenset, "set": set})) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), Decimal(1), [1, object()], True + 0j])
def test_what_is_not_plain_has_no_literal(value):
    assert literal(value) is None


def test_what_contains_itself_has_no_literal():
    value: list = []
    value.append(value)

    assert literal(value) is None


def test_sets_are_sorted_and_long_collections_go_one_part_a_line():
    assert literal({"b", "a", 3}) == "{3, 'a', 'b'}"
    assert literal(["x" * 60, {"k": "y" * 60}]) == f"[\n    '{'x' * 60}',\n    {{'k': '{'y' * 60}'}},\n]"


def test_a_huge_integer_is_written_so_that_python_reads_it():
    assert ast.literal_eval(literal(10**5000) or "") == 10**5000


@pytest.mark.parametrize(
    ("source", "value", "same"),
    [("60 * 60", 3600, True), ("[1, 2]", [1, 2], True), ("1", True, False), ("x", 1, False), ("{3, 1}", {1, 3}, True)],
)
def test_constants_as_written_are_recognised(source, value, same):
    assert same_literal(ast.parse(source, mode="eval").body, value) is same


@pytest.mark.parametrize(
    ("source", "value", "same"),
    [
        ("K * 2", 6, True),
        ("K", 4, False),
        ("Decimal('0.1')", Decimal("0.1"), True),
        ("f()", 1, False),
        ("K.missing", 1, False),
    ],
)
def test_expressions_are_evaluated_again_only_where_that_is_harmless(source, value, same):
    names = {"K": 3, "Decimal": Decimal, "f": lambda: pytest.fail("It was called.")}

    assert gives(ast.parse(source, mode="eval").body, names, value) is same
