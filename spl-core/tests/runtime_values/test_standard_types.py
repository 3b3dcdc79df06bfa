"""Every type of the standard library that travels, and how it arrives."""

from __future__ import annotations

import datetime as dt
import math
import types
import uuid
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from zoneinfo import ZoneInfo

import pytest

from spl.runtime.values import ArtifactRef, decode, dumps, encode

PARIS = ZoneInfo("Europe/Paris")
CEST = dt.timezone(dt.timedelta(hours=2), "CEST")

FAITHFUL = [
    None,
    True,
    False,
    0,
    -1,
    2**53,
    2**53 + 1,
    -(2**64),
    10**4000,
    0.1,
    -0.0,
    5e-324,
    1.7976931348623157e308,
    math.inf,
    -math.inf,
    "",
    "text",
    "naïve 文字 🙂",
    "nul \x00 and \u2028",
    "half a pair \ud83d",
    [],
    [1, "a", None, 2.5, True],
    [[[]]],
    {},
    {"b": 1, "a": {"c": [1]}},
    {1: "int", "1": "str", None: 0, (1, 2): 3, 2.5: 4},
    {"$spl": "tuple", "v": [1]},
    {"half a pair \ud83d": 1},
    (),
    (1,),
    ((1, [2]), {"a": (3,)}),
    set(),
    {1, 2, 3},
    {"a", 1, None, (2, 3)},
    frozenset({"a", frozenset({"b"})}),
    b"",
    b"\x00\xff",
    bytearray(b"abc"),
    range(0),
    range(3, 10**20, 7),
    1j,
    complex(-0.0, math.inf),
    Decimal("1.10"),
    Decimal("-0E+30"),
    Decimal("Infinity"),
    Fraction(-1, 10**30),
    uuid.UUID("12345678-1234-5678-1234-567812345678"),
    Path("a/b c"),
    Path("half a pair \udcff"),
    PurePosixPath("/a"),
    PureWindowsPath("C:\\a"),
    dt.date(2026, 2, 28),
    dt.date.min,
    dt.datetime(2026, 2, 28, 1, 2, 3, 4),  # noqa: DTZ001
    dt.datetime.max,  # noqa: DTZ901
    dt.datetime(2026, 2, 28, tzinfo=dt.UTC),
    dt.datetime(2026, 2, 28, tzinfo=CEST),
    dt.datetime(2026, 7, 1, 12, tzinfo=PARIS),
    dt.datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1),
    dt.datetime(1890, 1, 1, tzinfo=PARIS),
    dt.time(1, 2, 3, 4),
    dt.time(1, tzinfo=dt.UTC),
    dt.time(1, tzinfo=PARIS, fold=1),
    dt.timedelta(days=-1, microseconds=1),
    dt.timedelta.max,
    ArtifactRef("plot.png"),
]


def name_of(value: object) -> str:
    """The same in every process: the order of a set is not."""
    shown = len(value) if isinstance(value, (set, frozenset)) else ascii(value)[:20]
    return f"{type(value).__name__} {shown}"


@pytest.mark.parametrize("value", FAITHFUL, ids=name_of)
def test_a_value_arrives_as_it_was(travel, value):
    arrived = travel(value)

    assert type(arrived) is type(value)
    assert arrived == value
    if not isinstance(value, (set, frozenset)):  # which have no order
        assert repr(arrived) == repr(value), "order, sign of zero, types inside"


def test_an_int_too_long_for_decimal_digits_arrives(travel):
    assert travel(-(7**20_000)) == -(7**20_000)


def test_nan_arrives_as_nan(travel):
    [nan, decimal] = travel([math.nan, Decimal("sNaN")])

    assert type(nan) is float
    assert math.isnan(nan)
    assert str(decimal) == "sNaN"


@pytest.mark.parametrize(
    "moment", [value for value in FAITHFUL if isinstance(value, (dt.datetime, dt.time)) and value.tzinfo]
)
def test_a_time_keeps_its_zone_and_its_fold(travel, moment):
    arrived = travel(moment)

    assert type(arrived.tzinfo) is type(moment.tzinfo)
    assert (arrived.fold, str(arrived.tzinfo), arrived.tzname()) == (moment.fold, str(moment.tzinfo), moment.tzname())


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (types.MappingProxyType({1: 2}), {1: 2}),
        (deque([1, 2], maxlen=2), [1, 2]),
        ({"a": 1}.keys(), ["a"]),
        ({"a": 1}.values(), [1]),
        ({"a": 1}.items(), [("a", 1)]),
        (memoryview(b"abcd")[::2], b"ac"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_these_arrive_as_the_plain_type_they_stand_for(travel, value, arrives):
    arrived = travel(value)

    assert type(arrived) is type(arrives)
    assert arrived == arrives


def test_json_types_are_themselves():
    value = {"b": [1, 2.5, "x", None, True], "a": {}}

    assert encode(value) == value
    assert dumps(encode(value)) == b'{"b":[1,2.5,"x",null,true],"a":{}}'


def test_a_set_has_one_document_whatever_the_order_of_its_hashes():
    words = {f"word {number}" for number in range(100)}

    assert encode(words)["v"] == sorted(words)
    assert encode({1, "1", None, (1,)}) == encode({(1,), None, "1", 1})


def test_a_zone_that_this_machine_does_not_know_arrives_as_its_offset():
    doc = {"$spl": "datetime", "v": "2026-07-01T12:00:00+02:00", "zone": "Mars/Olympus"}

    assert decode(doc) == dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC)


def test_a_path_of_the_other_system_arrives_as_a_pure_path():
    assert decode({"$spl": "path", "kind": "windows", "v": "C:\\a"}) == PureWindowsPath("C:\\a")


def test_a_zone_with_another_implementation_arrives_by_its_name(travel):
    class Zone(dt.tzinfo):
        zone = "Europe/Paris"

        def utcoffset(self, moment):
            return dt.timedelta(hours=2)

    moment = dt.datetime(2026, 7, 1, 12, tzinfo=Zone())

    assert travel(moment).tzinfo is PARIS
    assert travel(moment) == moment
