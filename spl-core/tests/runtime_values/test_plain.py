"""The view of a document that schemas are checked against."""

from __future__ import annotations

import datetime as dt
import enum
import math
import uuid
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pytest

from spl.runtime.values import OPAQUE, encode, plain


@dataclass
class Point:
    x: int
    y: Any


class Pair(NamedTuple):
    left: int
    right: int


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "view"),
    [
        ({"a": [1, 2.5, None, True, "x"]}, {"a": [1, 2.5, None, True, "x"]}),
        ((1, (2,)), [1, [2]]),
        ({3, 1, 2}, [1, 2, 3]),
        ({1: "a", (1, 2): "b"}, {"1": "a", "[1, 2]": "b"}),
        (2**70, 2**70),
        (math.inf, math.inf),
        (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "2026-01-01T00:00:00+00:00"),
        (dt.date(2026, 1, 1), "2026-01-01"),
        (dt.time(1), "01:00:00"),
        (dt.timedelta(days=1, seconds=2, microseconds=3), "P1DT2.000003S"),
        (Decimal("1.50"), "1.50"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (PurePosixPath("a/b"), "a/b"),
        (b"x", "eA=="),
        (Colour.RED, "red"),
        (Point(1, [Pair(2, 3)]), {"x": 1, "y": [[2, 3]]}),
        (np.int64(3), 3),
        (np.float64("nan"), pytest.approx(math.nan, nan_ok=True)),
        (np.arange(3), OPAQUE),
        ([np.arange(3)], [OPAQUE]),
        (1j, OPAQUE),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_value_is_seen_as_json_has_it(value, view):
    assert plain(encode(value)) == view


@pytest.mark.parametrize(
    "doc",
    [
        {"$spl": "no such"},
        {"$spl": 7},
        {"$spl": ["list"]},
        {"$spl": "tuple"},
        {"$spl": "int", "v": "x"},
        {"$spl": "dict", "v": [1]},
        {"$spl": "timedelta", "v": [1]},
        {"$spl": "dataclass"},
        {"$spl": "datetime", "v": 7},
        {"$spl": "blob", "blob": {}},
    ],
    ids=str,
)
def test_what_is_damaged_is_opaque_until_somebody_decodes_it(doc):
    assert plain([doc]) == [OPAQUE]
