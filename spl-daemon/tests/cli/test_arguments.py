"""What a run's arguments may look like on a command line."""

from __future__ import annotations

import io
import math
import sys
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from spl.daemon.cli.arguments import keyword, keyword_arguments, positional_arguments
from spl.daemon.cli.options import parse_size


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ("seed=42", ("seed", 42)),
        ("rate=0.5", ("rate", 0.5)),
        ("name=alice", ("name", "alice")),
        ('name="42"', ("name", "42")),
        ("on=true", ("on", True)),
        ("nothing=null", ("nothing", None)),
        ("xs=[1, 2]", ("xs", [1, 2])),
        ('config={"a": 1}', ("config", {"a": 1})),
        ("empty=", ("empty", "")),
        ("formula=a=b", ("formula", "a=b")),
    ],
)
def test_a_kwarg_is_json_where_it_is_and_text_where_it_is_not(pair: str, expected: tuple[str, object]):
    assert keyword(pair) == expected


def test_a_kwarg_may_be_nan():
    assert math.isnan(keyword("x=NaN")[1])


@pytest.mark.parametrize("pair", ["seed", "=1", "1a=2", "a b=2", ""])
def test_a_kwarg_without_a_name_is_refused(pair: str):
    with pytest.raises(typer.BadParameter, match="NAME=VALUE"):
        keyword(pair)


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)))
def test_kwargs_are_what_json_says(arguments: dict[str, object]):
    import json

    assert keyword_arguments(json.dumps(arguments), (), None) == arguments


@pytest.mark.parametrize("text", ["{seed: 42}", "'{\"seed\": 42}'", "", "{"])
def test_kwargs_that_lost_their_quotes_are_refused_with_how_to_quote(text: str):
    with pytest.raises(typer.BadParameter, match="--kwarg seed=42"):
        keyword_arguments(text, (), None)


@pytest.mark.parametrize(
    ("text", "kind"), [("[1]", "an array"), ("42", "a number"), ("null", "null"), ('"x"', "a text")]
)
def test_kwargs_that_are_no_object_are_refused(text: str, kind: str):
    with pytest.raises(typer.BadParameter, match=f"JSON object.*not {kind}"):
        keyword_arguments(text, (), None)


def test_json_without_end_is_refused_and_not_fatal():
    with pytest.raises(typer.BadParameter):
        keyword_arguments("[" * 200_000, (), None)


def test_the_more_special_of_three_sources_wins(tmp_path: Path):
    file = tmp_path / "kwargs.json"
    file.write_text('{"a": 1, "b": 1, "c": 1}')

    assert keyword_arguments('{"b": 2, "c": 2}', ["c=3"], str(file)) == {"a": 1, "b": 2, "c": 3}


def test_a_file_from_powershell_begins_with_a_mark(tmp_path: Path):
    file = tmp_path / "kwargs.json"
    file.write_bytes('\ufeff{"name": "größe"}'.encode())

    assert keyword_arguments(None, (), str(file)) == {"name": "größe"}


def test_kwargs_may_come_from_stdin(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"a": 2}')))

    assert keyword_arguments(None, (), "-") == {"a": 2}


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(typer.BadParameter, match="--kwargs-file can't be read"):
        keyword_arguments(None, (), str(tmp_path / "nope.json"))


def test_args_are_a_json_array():
    assert positional_arguments("[2, 3]") == [2, 3]
    assert positional_arguments(None) == []
    with pytest.raises(typer.BadParameter, match="JSON array"):
        positional_arguments('{"a": 1}')


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1000", 1000),
        ("1k", 1024),
        ("20GiB", 20 * 1024**3),
        ("500MB", 500 * 1024**2),
        ("1.5 g", 3 * 1024**3 // 2),
        ("0", 0),
    ],
)
def test_a_size_has_a_unit_or_none(text: str, size: int):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "many", "-1", "1x", "inf", "nan", "1e300"])
def test_what_is_no_size_is_refused(text: str):
    with pytest.raises(typer.BadParameter):
        parse_size(text)
