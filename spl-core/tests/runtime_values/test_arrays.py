"""Numpy: arrays as .npy files, mapped when read; scalars."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pytest

from spl.runtime.blobs import Blobs
from spl.runtime.values import INLINE_LIMIT, EncodedValue, NotDecodable, NotEncodable, decode, encode, plain

LARGE = np.arange(200_000, dtype="f8").reshape(400, 500)

ARRAYS = [
    np.arange(5),
    np.array(3.5),
    np.zeros((0, 3)),
    np.zeros((2, 0, 3), "i1"),
    np.array([], dtype="U"),
    np.arange(12).reshape(3, 4).T,
    np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2),
    np.arange(100)[::-3],
    np.broadcast_to(np.arange(3), (4, 3)),
    np.array([True, False]),
    np.array([1, 2], ">i4"),
    np.array([1.5, np.nan, -0.0], "<f2"),
    np.array([1, 2], np.longdouble),
    np.array([1j, np.inf]),
    np.array(["a", "文字", ""]),
    np.array([b"x", b"yz"]),
    np.array(["2026-01-01", "NaT"], "M8[D]"),
    np.array([1, 2], "m8[us]"),
    np.array([(1, "a", [1, 2])], [("x", "i4"), ("y", "U3"), ("z", "f4", (2,))]),
    np.array([((1, 2), 3)], [("outer", [("a", "i1"), ("b", "i8")]), ("c", "u2")]),
    np.zeros(3, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    np.zeros(2, np.dtype([("größe", "f8")])),
    np.rec.array([(1, 2.0)], dtype=[("a", "i8"), ("b", "f8")]),
    LARGE,
    np.asfortranarray(LARGE),
    LARGE[::2, ::3],
    LARGE.astype(">f4"),
    np.ones((700, 500), bool)[:, 1:],
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype} {array.shape}")
@pytest.mark.parametrize("where", ["in a blob if it is large", "inline"])
def test_an_array_arrives_as_it_was(blobs, array, where):
    store = blobs if where != "inline" else None

    arrived = decode(encode(array, store), store)

    assert type(arrived) is type(array)
    assert (arrived.dtype, arrived.shape) == (array.dtype, array.shape)
    assert arrived.tobytes() == array.tobytes()


def test_a_large_array_is_a_npy_file_for_anybody(blobs):
    doc = encode(LARGE, blobs)

    assert doc["blob"]["size"] >= LARGE.nbytes > INLINE_LIMIT
    assert np.array_equal(np.load(blobs.path(doc["blob"]["sha256"])), LARGE)
    assert blobs.verify(doc["blob"]["sha256"])


def test_a_fortran_array_keeps_its_order(travel):
    arrived = travel(np.asfortranarray(LARGE))

    assert arrived.flags.f_contiguous


def test_an_array_may_be_written_to_and_never_changes_the_blob(blobs):
    doc = encode(LARGE, blobs)
    first = decode(doc, blobs)

    first[:] = -1

    assert np.array_equal(decode(doc, blobs), LARGE)
    assert blobs.verify(doc["blob"]["sha256"])


def test_a_small_array_may_be_written_to(travel):
    arrived = travel(np.arange(3))

    arrived[0] = 9

    assert arrived.tolist() == [9, 1, 2]


def test_an_array_outlives_its_blob(blobs):
    doc = encode(LARGE, blobs)
    arrived = decode(doc, blobs)

    blobs.remove(doc["blob"]["sha256"])

    assert np.array_equal(arrived, LARGE)


def test_the_same_array_is_stored_once(blobs):
    docs = [encode(array, blobs) for array in (LARGE, LARGE.copy())]

    assert docs[0] == docs[1]
    assert len(list(blobs.each())) == 1


def test_an_array_that_was_mapped_travels_on(blobs):
    arrived = decode(encode(LARGE, blobs), blobs)

    assert encode(arrived, blobs) == encode(LARGE, blobs)
    assert encode(np.memmap(blobs.path(encode(LARGE, blobs)["blob"]["sha256"]), mode="r"), blobs)["dtype"] == "|u1"


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.array([object(), 1]), "tolist"),
        (np.array([{}], dtype=object), "tolist"),
        (np.array([(1, None)], [("a", int), ("b", object)]), "tolist"),
        (np.ma.array([1, 2], mask=[0, 1]), "mask"),
        (np.eye(2).view(type("Mine", (np.ndarray,), {"__module__": "numpy"})), "asarray"),
        (np.array(["a"], dtype=np.dtypes.StringDType()), "astype"),
        (np.dtype("f8"), "str"),
    ],
    ids=lambda array: type(array).__name__,
)
def test_what_a_npy_file_would_not_bring_back_is_refused(array, says):
    with pytest.raises(NotEncodable, match=says) as caught:
        encode({"a": array})

    assert caught.value.path == 'result["a"]'


def test_objects_travel_as_a_pickle_where_that_is_allowed():
    array = np.array([1, "x", None], dtype=object)

    doc = encode(array, allow_pickle=True)

    assert decode(doc, allow_pickle=True).tolist() == [1, "x", None]
    with pytest.raises(NotDecodable, match="allow_pickle"):
        decode(doc)


SCALARS = [
    np.int64(-3),
    np.uint64(2**64 - 1),
    np.int8(1),
    np.float64(0.1),
    np.float32(0.1),
    np.float16(0.1),
    np.longdouble("1.1"),
    np.bool_(True),
    np.str_("文字"),
    np.bytes_(b"ab"),
    np.complex64(1j),
    np.datetime64("2026-01-01T00:00"),
    np.timedelta64(3, "h"),
    np.array([(1, 2)], "i4,i8")[0],
]


@pytest.mark.parametrize("scalar", SCALARS, ids=lambda scalar: type(scalar).__name__)
def test_a_scalar_arrives_as_it_was(travel, scalar):
    arrived = travel([scalar])[0]

    assert type(arrived) is type(scalar)
    assert arrived.dtype == scalar.dtype
    assert arrived == scalar


def test_a_scalar_is_a_number_to_a_schema():
    assert plain(encode(np.int32(3))) == 3
    assert plain(encode(np.uint64(2**64 - 1))) == 2**64 - 1
    assert plain(encode(np.float64(0.5))) == 0.5


SMALL = encode(np.arange(4, dtype="<i4").reshape(2, 2))


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [2, 3]},
        {"shape": [2**40, 2**40]},
        {"shape": [-2, -2]},
        {"shape": [2.0, 2]},
        {"shape": None},
        {"shape": [1] * 100_000},
        {"dtype": "O"},
        {"dtype": [["a", "O"]]},
        {"dtype": [["a", "f8", 10**12]]},
        {"dtype": "f8,f8"},
        {"dtype": "no such"},
        {"dtype": {"a": 1}},
        {"dtype": [[[[[]]]]]},
        {"v": "AAAA"},
        {"v": ""},
        {"v": 1},
        {"blob": {"sha256": "0" * 64, "size": 1}},
        {"blob": None},
    ],
    ids=str,
)
def test_a_damaged_array_is_refused(blobs, change):
    with pytest.raises(NotDecodable):
        decode({**SMALL, **change}, blobs)


def test_a_blob_of_another_length_is_refused(blobs):
    doc = encode(LARGE, blobs)
    with blobs.path(doc["blob"]["sha256"]).open("ab") as file:
        file.write(b"more")

    with pytest.raises(NotDecodable, match="bytes"):
        decode(doc, blobs)


def test_without_numpy_an_array_arrives_as_its_file(blobs, monkeypatch):
    docs = [encode(value, blobs) for value in (LARGE, np.arange(3), np.str_("x"))]
    monkeypatch.setitem(sys.modules, "numpy", None)

    large, small, scalar = (decode(doc, blobs) for doc in docs)

    assert isinstance(large, EncodedValue)
    assert (large.media_type, large.type_name) == ("application/x-npy", "numpy.ndarray")
    assert large.read()[:6] == small.read()[:6] == b"\x93NUMPY"
    assert large.path == Blobs(blobs.root).path(docs[0]["blob"]["sha256"])
    assert scalar.media_type == "application/json"
    assert [encode(value, blobs) for value in (large, small, scalar)] == docs


@dataclass
class Holder:
    item: np.ndarray


def test_arrays_travel_inside_anything(travel):
    arrived = travel({"a": [np.arange(3)], "h": Holder(np.eye(2))})

    assert arrived["a"][0].tolist() == [0, 1, 2]
    assert np.array_equal(arrived["h"].item, np.eye(2))
