"""How tables, times and sizes look."""

from __future__ import annotations

import pytest

from spl.daemon.cli.layout import duration, fields, moment, size, table, value_text


def test_columns_are_as_wide_as_they_need_and_nothing_is_cut_off():
    long = "x" * 200

    assert table(("NAME", "N"), [("a", 1), (long, None)]) == [
        f"NAME{' ' * 196}  N",
        f"a{' ' * 199}  1",
        f"{long}  -",
    ]


def test_a_table_without_rows_is_its_header():
    assert table(("NAME", "N"), []) == ["NAME  N"]


def test_wide_and_combining_characters_keep_the_columns():
    assert table(("A", "B"), [("数据", 1), ("e\u0301", 2)]) == ["A     B", "数据  1", "e\u0301     2"]


def test_a_cell_is_one_line():
    assert table(("A",), [("two\nlines",)]) == ["A", "two lines"]


def test_nobodys_words_steer_the_terminal():
    assert table(("A",), [("\x1b[2Jgone\x07",)]) == ["A", r"\x1b[2Jgone\x07"]
    assert fields([("doc", "one\n\x1b]0;title\x07")]) == ["doc  one", r"     \x1b]0;title\x07"]


def test_fields_leave_out_what_is_not_there():
    assert fields([("a", 1), ("long", None), ("b", ["x", "y"]), ("c", True)]) == ["a  1", "b  x, y", "c  yes"]


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, "-"), (0, "0 ms"), (4.25, "4.25 ms"), (999, "999 ms"), (1500, "1.5 s"), (59_999, "60.0 s"),
     (125_000, "2 min 5 s"), (3_600_000 * 3 + 600_000, "3 h 10 min"), (86_400_000 * 2 + 3_600_000, "2 d 1 h")],
)  # fmt: skip
def test_a_duration_has_its_fitting_unit(milliseconds: float | None, text: str):
    assert duration(milliseconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "-"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (20 * 1024**3, "20.0 GiB"),
        (2**60, "1048576.0 TiB"),
    ],
)
def test_a_size_has_its_fitting_unit(count: int | None, text: str):
    assert size(count) == text


def test_a_moment_that_has_not_come_is_a_dash():
    assert moment(None) == "-"
    assert len(moment(1_700_000_000_000)) == len("2023-11-14 22:13:20")


@pytest.mark.parametrize(
    ("value", "text"),
    [("as it is\n", "as it is\n"), (42, "42"), ({"a": [1]}, '{\n  "a": [\n    1\n  ]\n}'), ({1}, '"{1}"')],
)
def test_a_value_is_text_or_json(value: object, text: str):
    assert value_text(value) == text
