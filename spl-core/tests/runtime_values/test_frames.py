"""Pandas: frames, series, indexes and scalars."""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_extension_array_equal, assert_frame_equal, assert_index_equal, assert_series_equal

from spl.runtime.values import INLINE_LIMIT, EncodedValue, NotDecodable, NotEncodable, decode, dumps, encode, loads

DAYS = pd.date_range("2026-03-28", periods=3, tz="Europe/Paris")
PLUS2 = dt.timezone(dt.timedelta(hours=2))

FRAMES = {
    "numbers and text": pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan], "c": ["x", None], "d": [True, False]}),
    "objects": pd.DataFrame({"a": pd.Series([1, "x", None, np.nan, [1], (2,), {3}], dtype=object)}),
    "text as objects": pd.DataFrame({"a": pd.Series(["x", "文字"], dtype=object)}),
    "strings": pd.DataFrame({kind: pd.array(["a", None], dtype=kind) for kind in ("string", "string[python]", "str")}),
    "zone": pd.DataFrame({"t": DAYS}),
    "utc": pd.DataFrame({"t": DAYS.tz_convert("UTC")}),
    "offset": pd.DataFrame({"t": DAYS.tz_convert(PLUS2)}),
    "units": pd.DataFrame({unit: np.array([1, 2], f"M8[{unit}]") for unit in ("s", "ms", "us", "ns")}),
    "durations": pd.DataFrame({"t": pd.to_timedelta(["1D", None])}),
    "categories": pd.DataFrame({"c": pd.Categorical(["b", "a", None], ["b", "a", "z"], ordered=True)}),
    "number categories": pd.DataFrame({"c": pd.Categorical([2, 1])}),
    "intervals": pd.DataFrame({"c": pd.cut([1, 2, 3], 2), "i": pd.interval_range(0, 3, closed="both")}),
    "periods": pd.DataFrame({"p": pd.period_range("2026-01", periods=2, freq="M")}),
    "nullable": pd.DataFrame(
        {"i": pd.array([1, None], "Int8"), "f": pd.array([1.5, None], "Float64"), "b": pd.array([True, None])}
    ),
    "arrow types": pd.DataFrame({"a": pd.array([[1], None], dtype=pd.ArrowDtype(pa.list_(pa.int64())))}),
    "small floats": pd.DataFrame({"a": np.array([1, 2], "f2"), "b": np.array([1j, 2])}),
    "several levels": pd.DataFrame(
        [[1, 2], [3, 4]],
        index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None]),
        columns=pd.MultiIndex.from_product([["x"], [1, 2]]),
    ),
    "frequency": pd.DataFrame({"x": [1, 2, 3]}, index=DAYS),
    "text index": pd.DataFrame({"x": [1, 2]}, index=["a", "b"]),
    "named index": pd.DataFrame({"x": [1, 2]}, index=pd.Index(["a", "b"], name="key")),
    "steps": pd.DataFrame({"x": [1, 2]}, index=pd.RangeIndex(5, 9, 2)),
    "number labels": pd.DataFrame([[1, 2.5]]),
    "mixed labels": pd.DataFrame([[1, 2]], columns=["a", 1]),
    "same label twice": pd.DataFrame([[1, "x"]], columns=["a", "a"]),
    "named labels": pd.DataFrame({"a": [1]}).rename_axis(columns="which"),
    "nothing": pd.DataFrame(),
    "no columns": pd.DataFrame(index=[1, 2]),
    "no rows": pd.DataFrame({"a": pd.Series([], dtype="f8"), "b": pd.Series([], dtype=object)}),
    "large": pd.DataFrame(np.arange(300_000.0).reshape(-1, 3), columns=list("abc")),
    "large and strided": pd.DataFrame(np.arange(300_000.0).reshape(-1, 3)),
}


def check(arrived: pd.DataFrame, frame: pd.DataFrame) -> None:
    assert_frame_equal(arrived, frame, check_freq=True, check_column_type=True, check_index_type=True)
    assert list(arrived.dtypes) == list(frame.dtypes)
    assert type(arrived.index) is type(frame.index)
    assert arrived.attrs == frame.attrs


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_arrives_as_it_was(travel, name):
    check(travel(FRAMES[name]), FRAMES[name])


@pytest.mark.parametrize("name", sorted(set(FRAMES) - {"arrow types"}))
def test_a_frame_needs_nothing_but_pandas(blobs, name):
    assert b'"arrow"' not in dumps(encode(FRAMES[name], blobs))


@pytest.mark.parametrize("name", FRAMES)
def test_columns_and_indexes_arrive_alone(travel, name):
    frame = FRAMES[name]

    for position in range(frame.shape[1]):
        assert_series_equal(travel(frame.iloc[:, position]), frame.iloc[:, position], check_freq=True)
    for index in (frame.index, frame.columns):
        assert_index_equal(travel(index), index, exact=True)
        assert getattr(travel(index), "freq", None) == getattr(index, "freq", None)


LONG = ["text", "", "文字", "a\nb"] * 500
LONG_COLUMNS = {
    "text": pd.Series(LONG, dtype="str"),
    "text and gaps": pd.Series([None, *LONG, None], dtype="str"),
    "nullable text": pd.Series([None, *LONG], dtype="string"),
    "objects": pd.Series(LONG, dtype=object),
    "objects and None": pd.Series([*LONG, None], dtype=object),
    "objects and NaN": pd.Series([np.nan, *LONG], dtype=object),
    "objects and both": pd.Series([np.nan, None, *LONG], dtype=object),
    "objects and numbers": pd.Series([1.5, np.nan, *LONG], dtype=object),
    "separators": pd.Series([*LONG, "a\x00b"], dtype="str"),
    "half pairs": pd.Series([*LONG, "\ud800"], dtype=object),
    "gaps": pd.Series([None] * 2000, dtype="str"),
}


@pytest.mark.parametrize("name", LONG_COLUMNS)
def test_a_long_column_of_text_arrives_as_it_was(travel, name):
    column = LONG_COLUMNS[name]

    arrived = travel(column)

    assert_series_equal(arrived, column)
    assert [type(item) for item in arrived] == [type(item) for item in column]


def test_a_long_column_of_text_is_one_text(blobs):
    doc = encode(pd.Series([f"row {number}" for number in range(100_000)]), blobs)

    assert doc["values"]["text"]["blob"]["size"] > INLINE_LIMIT


@pytest.mark.parametrize("gaps", [[2000], [-2001], [0.5], "no"])
def test_gaps_outside_the_column_are_refused(gaps):
    doc = encode(LONG_COLUMNS["text"])
    doc["values"]["gaps"] = encode(np.array(gaps)) if gaps != "no" else gaps

    with pytest.raises(NotDecodable):
        decode(doc)


def test_what_a_frame_says_of_itself_travels(travel):
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"unit": ("kg", 1)}
    frame["a"].attrs = {"x": 1}

    assert travel(frame).attrs == {"unit": ("kg", 1)}


def test_an_arrived_frame_may_be_written_to(travel):
    for name in ("large", "large and strided", "nullable"):
        arrived = travel(FRAMES[name])
        arrived.iloc[0, 0] = 7
        assert arrived.iloc[0, 0] == 7


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2026-01-01T12:00:00.123456789", tz="Europe/Paris"),
        pd.Timestamp("2026-01-01", tz=PLUS2),
        pd.Timestamp("2026-01-01").as_unit("s"),
        pd.NaT,
        pd.NA,
        pd.Timedelta("1D 1ns"),
        pd.Period("2026-01", "M"),
        pd.Interval(0, 1.5, closed="left"),
    ],
    ids=str,
)
def test_a_scalar_arrives_as_it_was(travel, value):
    [arrived] = travel([value])

    assert type(arrived) is type(value)
    assert arrived is value or arrived == value
    assert repr(arrived) == repr(value)
    assert getattr(arrived, "unit", None) == getattr(value, "unit", None)


@pytest.mark.parametrize("values", [pd.array([1, None]), pd.Categorical(["a"]), DAYS.array], ids=repr)
def test_an_array_of_pandas_arrives_as_it_was(travel, values):
    assert_extension_array_equal(travel(values), values)


def test_the_error_names_the_cell():
    frame = pd.DataFrame({"a": [1, 2], "b": pd.Series([1, {"k": object()}], dtype=object)})

    with pytest.raises(NotEncodable) as caught:
        encode({"f": frame})

    assert caught.value.path == 'result["f"]["b"][1]["k"]'


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame({"a": pd.arrays.SparseArray([0, 1])}),
        pd.DataFrame({"a": [1]}).groupby("a"),
        type("MyFrame", (pd.DataFrame,), {})({"a": [1]}),
    ],
    ids=["sparse", "groups", "subclass"],
)
def test_what_would_arrive_as_something_else_is_refused(value):
    with pytest.raises(NotEncodable):
        encode(value)


def test_without_pandas_a_frame_arrives_as_its_document(blobs, monkeypatch):
    docs = [encode(value, blobs) for value in (FRAMES["objects"], FRAMES["objects"]["a"], DAYS, pd.NaT, DAYS.array)]
    monkeypatch.setitem(sys.modules, "pandas", None)

    for doc in docs:
        value = decode(doc, blobs)
        assert isinstance(value, EncodedValue)
        assert value.media_type == "application/json"
        assert loads(value.read()) == doc


COLUMNS = encode(pd.DataFrame({"a": pd.Series([1, "x"], dtype=object), "c": pd.Categorical(["a", "b"])}))


@pytest.mark.parametrize(
    "change",
    [
        {"values": None},
        {"values": COLUMNS["values"][:1]},
        {"values": [*COLUMNS["values"][:1], {"kind": "objects", "data": [1, 2, 3]}]},
        {"values": [{"kind": "no such"}] * 2},
        {"values": [{"kind": "string", "data": [1], "storage": "python", "na": "NA"}] * 2},
        {"values": [{**COLUMNS["values"][1], "codes": encode(np.array([5, 9], "i1"))}] * 2},
        {"values": [{**COLUMNS["values"][1], "codes": encode(np.array([0.5, 1]))}] * 2},
        {"index": {"kind": "range", "v": [0, 10**30, 1]}},
        {"index": {"kind": "range", "v": [0, 2]}},
        {"index": {"kind": "multi", "levels": [COLUMNS["index"]], "codes": [encode(np.array([7, 7]))], "names": ["a"]}},
        {"index": 3},
        {"columns": {"kind": "range", "v": [0, 5, 1]}},
        {"attrs": [1]},
    ],
    ids=lambda change: str(change)[:60],
)
def test_a_damaged_frame_is_refused(change):
    with pytest.raises(NotDecodable):
        decode({**COLUMNS, **change})
