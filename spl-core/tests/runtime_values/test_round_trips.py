"""Whatever values are put together, they arrive as they were; whatever documents arrive, decoding is safe."""

from __future__ import annotations

import contextlib
import datetime as dt
import enum
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from spl.runtime import values
from spl.runtime.blobs import Blobs
from spl.runtime.values import NotDecodable

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of the strategies below


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclass(frozen=True)
class Box:
    item: Any
    label: str = ""


class Colour(enum.Enum):
    RED = "r"
    BLUE = 2


any_text = st.text(st.characters(codec=None), max_size=20)  # lone surrogates too
hashable = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(min_value=-(2**200), max_value=2**200),
        st.floats(allow_nan=False),
        any_text,
        st.binary(max_size=20),
        st.decimals(allow_nan=False),
        st.uuids(),
        st.datetimes(),
        st.datetimes(timezones=st.timezones()),
        st.dates(),
        st.times(timezones=st.just(dt.UTC) | st.none()),
        st.timedeltas(),
        st.complex_numbers(allow_nan=False),
        st.sampled_from(Colour),
        st.builds(PurePosixPath, st.text(st.characters(codec=None, exclude_characters="\x00"), max_size=20)),
        st.builds(range, st.integers(), st.integers(), st.integers(min_value=1)),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner), st.frozensets(inner, max_size=3), st.builds(Pair, inner, inner), st.builds(Box, inner)
    ),
    max_leaves=8,
)
anything = st.recursive(
    hashable,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(any_text, inner, max_size=5),
        st.dictionaries(hashable, inner, max_size=5),
        st.sets(hashable, max_size=3),
        st.tuples(inner),
        st.builds(Box, inner, any_text),
    ),
    max_leaves=20,
)


def there_and_back(value: Any, blobs: Blobs | None = None) -> Any:
    return values.decode(values.loads(values.dumps(values.encode(value, blobs))), blobs)


def same(arrived: Any, value: Any) -> bool:
    """Equal, and of the same types all the way down; sets have no order that a repr could show."""
    if type(arrived) is not type(value):
        return False
    if isinstance(value, dict):
        pairs = zip(arrived.items(), value.items(), strict=True)
        return len(arrived) == len(value) and all(same(a, b) for a, b in pairs)
    if isinstance(value, (list, tuple)):
        return len(arrived) == len(value) and all(same(a, b) for a, b in zip(arrived, value, strict=True))
    if isinstance(value, Box):
        return same((arrived.item, arrived.label), (value.item, value.label))
    if isinstance(value, (set, frozenset)):
        return arrived == value
    return bool(arrived == value) and repr(arrived) == repr(value)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(anything)
@example({"$spl": {"$spl": 1}})
@example([True, 1, 1.0, False, 0, 0.0, -0.0])
def test_any_value_arrives_as_it_was(value):
    assert same(there_and_back(value), value)


@settings(max_examples=150, deadline=None)
@given(anything)
def test_a_document_is_stable(value):
    doc = values.encode(value)

    assert values.encode(values.decode(doc)) == doc


@settings(max_examples=150, deadline=None)
@given(anything)
def test_the_plain_view_is_json(value):
    view = values.plain(values.encode(value))

    json.dumps(view, default=lambda item: "opaque" if item is values.OPAQUE else pytest.fail(repr(item)))


dtypes = st.one_of(
    arrays.scalar_dtypes(),
    arrays.unicode_string_dtypes(),
    arrays.byte_string_dtypes(),
    arrays.array_dtypes(allow_subarrays=False),
)


@settings(max_examples=200, deadline=None)
@given(arrays.arrays(dtypes, arrays.array_shapes(min_dims=0, min_side=0, max_side=4)), st.integers(0, 3))
def test_any_array_arrives_as_it_was(array, twist):
    value = [array, array.T, array[::-1] if array.ndim else array, np.asfortranarray(array)][twist]

    arrived = there_and_back(value)

    assert (arrived.dtype, arrived.shape) == (value.dtype, value.shape)
    assert arrived.tobytes() == value.tobytes()


columns = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3),
    st.lists(st.floats(), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.lists(st.text(max_size=5) | st.none(), min_size=3, max_size=3),
    st.lists(st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)), min_size=3, max_size=3),  # noqa: DTZ001
    st.lists(st.text(max_size=2), min_size=3, max_size=3).map(lambda items: pd.Categorical(items)),
    st.lists(st.integers(0, 9) | st.none(), min_size=3, max_size=3).map(lambda items: pd.array(items, dtype="Int64")),
    st.lists(hashable, min_size=3, max_size=3).map(lambda items: np.array([None, *items], dtype=object)[1:]),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(max_size=4) | st.integers(0, 5), columns, max_size=4))
def test_any_frame_arrives_as_it_was(data):
    frame = pd.DataFrame({label: pd.Series(items) for label, items in data.items()})

    pd.testing.assert_frame_equal(there_and_back(frame), frame)


# --- documents from anywhere ------------------------------------------------------------------------------------------

SEEDS: list[Any] = [
    values.encode(value, allow_pickle=False)
    for value in (
        {"a": [1, (2.5, {3, "x"}), b"bytes", 2**70, float("nan")], 1: {None: True}},
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        [dt.date(2026, 1, 1), dt.time(1), dt.timedelta(1), Decimal("1.5"), uuid.UUID(int=1), 1j, range(3)],
        [Pair(1, Box([2])), Colour.RED, PurePosixPath("a/b"), frozenset({"a"}), "\ud800"],
        np.arange(6, dtype="f8").reshape(2, 3),
        np.array([(1, "a")], [("x", "i4"), ("y", "U3")]),
        [np.float32(1.5), np.datetime64("2026-01-01")],
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
        pd.DataFrame({"a": pd.Series([1, "x"], dtype=object), "c": pd.Categorical(["u", "v"])}),
        pd.Series(["text", "文"] * 600),
        pd.Series([1.5], index=pd.MultiIndex.from_tuples([(1, "a")])),
        pd.Series(pd.interval_range(0, 2)),
        pd.date_range("2026-01-01", periods=3, tz="Europe/Paris"),
        [pd.Timestamp("2026-01-01"), pd.NaT, pd.Period("2026-01", "M")],
    )
]
TAGS = sorted({tag for seed in SEEDS for tag in values.dumps(seed).decode().split('"') if tag.isalpha()})
SCRAPS: list[Callable[[random.Random], Any]] = [
    lambda rnd: rnd.choice([None, True, 0, -1, 2**62, 1.5, "", "x", "\ud800", [], {}, [[]], {"$spl": "tuple"}]),
    lambda rnd: rnd.choice(TAGS),
    lambda rnd: rnd.choice(SEEDS),
    lambda rnd: {"$spl": rnd.choice(TAGS), "v": rnd.choice(SEEDS)},
    lambda rnd: {"$spl": rnd.choice(TAGS), "type": rnd.choice(["builtins:dict", f"{__name__}:Box", "os:path", ":"])},
    lambda rnd: "9" * rnd.choice([1, 10, 5000]),
    lambda rnd: {"$spl": "blob", "blob": {"sha256": rnd.choice("0a") * 64, "size": 1, "media_type": "x"}},
]


def mutated(doc: Any, rnd: random.Random, chance: float) -> Any:
    """The document with some of its parts replaced, dropped, doubled or renamed."""
    if rnd.random() < chance:
        return rnd.choice(SCRAPS)(rnd)
    if isinstance(doc, list):
        items = [mutated(item, rnd, chance) for item in doc if rnd.random() > chance / 2]
        return items * 2 if rnd.random() < chance / 2 else items
    if isinstance(doc, dict):
        return {
            (rnd.choice(TAGS) if key != "$spl" and rnd.random() < chance / 2 else key): mutated(item, rnd, chance)
            for key, item in doc.items()
            if rnd.random() > chance / 4
        }
    if isinstance(doc, str) and doc and rnd.random() < chance:
        position = rnd.randrange(len(doc))
        return doc[:position] + rnd.choice(["", "A", "\x00", "é"]) + doc[position + 1 :]
    return doc


def decodes_safely(doc: Any, blobs: Blobs) -> None:
    with contextlib.suppress(NotDecodable):
        values.decode(doc, blobs)
    with contextlib.suppress(NotDecodable):
        values.plain(doc)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_a_damaged_document_is_refused_and_never_more_than_that(blobs, seed):
    rnd = random.Random(seed)
    for _ in range(400):
        decodes_safely(mutated(SEEDS[seed], rnd, rnd.choice([0.02, 0.1, 0.3])), blobs)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=4), inner, max_size=4),
        st.fixed_dictionaries({"$spl": st.sampled_from(TAGS), "v": inner}),
        st.dictionaries(st.sampled_from(["$spl", *TAGS]), inner | st.sampled_from(TAGS), max_size=5),
    ),
    max_leaves=20,
)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(doc=json_like)
def test_any_json_decodes_or_is_refused(blobs, doc):
    decodes_safely(doc, blobs)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_json_or_are_refused(data):
    try:
        doc = values.loads(data)
    except NotDecodable:
        return
    assert values.loads(values.dumps(values.encode(values.decode(doc)))) is not ...


def test_a_document_can_be_no_deeper_than_the_bound(blobs):
    doc: Any = 1
    for _ in range(5000):
        doc = [doc]

    with pytest.raises(NotDecodable, match="deep"):
        values.decode(doc, blobs)
    with pytest.raises(NotDecodable, match="deep"):
        values.plain(doc)


def test_blobs_of_blobs_come_to_an_end(blobs):
    doc: Any = 1
    for _ in range(3000):
        doc = {"$spl": "blob", "blob": blobs.put_bytes(values.dumps(doc), "application/json").to_doc()}

    with pytest.raises(NotDecodable):
        values.decode(doc, blobs)


def test_an_unknown_kind_arrives_as_its_document(blobs):
    doc = {"$spl": "hologram", "v": [1, 2]}

    value = values.decode([doc], blobs)[0]

    assert isinstance(value, values.EncodedValue)
    assert (value.type_name, values.loads(value.read())) == ("hologram", doc)
    assert values.encode([value], blobs) == [doc]
