"""What can't travel: the error names the type, where it was, and what to do instead."""

from __future__ import annotations

import threading
from collections import namedtuple
from typing import Any

import pytest

from spl.runtime import values
from spl.runtime.values import MAX_DEPTH, NotEncodable, encode


class Plain:
    pass


class MyDict(dict):
    pass


class MyStr(str):
    __slots__ = ()


def refusal(value: Any, **options: Any) -> NotEncodable:
    with pytest.raises(NotEncodable) as caught:
        encode(value, **options)
    return caught.value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (Plain(), "result"),
        ({"a": [1, 2, 3, Plain()]}, 'result["a"][3]'),
        ([({1: Plain()},)], "result[0][0][1]"),
        ({("k", 1): {"x": Plain()}}, "result[('k', 1)][\"x\"]"),
        (namedtuple("Pair", "left right")(1, [Plain()]), "result.right[0]"),
        ({"k" * 100: Plain()}, 'result["' + "k" * 59 + "...]"),
    ],
)
def test_the_error_names_the_way_to_the_value(value, path):
    error = refusal(value)

    assert error.path == path
    assert error.type_name.endswith("test_refusals.Plain")
    assert path in str(error)


def test_the_value_can_have_another_name_than_result():
    assert refusal([Plain()], root="kwargs").path == "kwargs[0]"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (MyDict(a=1), "dict(value)"),
        (MyStr("x"), "str(value)"),
        ((item for item in ()), "make a list"),
        (len, "function"),
        (Plain, "class"),
        (threading.Lock(), "lock"),
        (Exception("x"), "Exception"),
        (object(), "object"),
        (NotImplemented, "NotImplemented"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_error_names_the_way_out(value, says):
    assert says in str(refusal(value))


def test_a_container_inside_itself_is_refused_by_its_name():
    inner: list[Any] = [1]
    inner.append({"me": (inner,)})

    error = refusal({"a": inner})

    assert "contains itself" in str(error)
    assert error.path.startswith('result["a"]')
    assert len(error.path) < 40


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_depth_is_bounded():
    deepest = nested(MAX_DEPTH)

    assert values.decode(encode(deepest)) == deepest
    assert "levels deep" in str(refusal(nested(MAX_DEPTH + 1)))
    assert "levels deep" in str(refusal(nested(100_000)))


def test_a_list_that_multiplies_itself_is_refused_in_time(monkeypatch):
    monkeypatch.setattr("spl.runtime.values.encoder.MAX_ITEMS", 10_000)
    value: list[Any] = [0]
    for _ in range(60):
        value = [value, value]

    assert "10000 items" in str(refusal(value))


def test_an_error_in_the_value_s_own_code_is_a_refusal():
    class Stubborn(dict[str, int]):
        pass

    class Odd(tuple):
        _fields = ("a",)

        def __len__(self) -> int:
            raise RuntimeError("no length today")

    assert "no length today" in str(refusal([Odd()]))


def test_nothing_is_pickled_unless_asked():
    from functools import partial

    value = {"f": partial(int, base=2)}
    assert refusal(value).path == 'result["f"]'

    doc = encode(value, allow_pickle=True)

    with pytest.raises(values.NotDecodable, match="allow_pickle=True"):
        values.decode(doc)
    assert values.decode(doc, allow_pickle=True)["f"]("101") == 5


def test_what_pickle_refuses_is_refused():
    error = refusal({"lock": threading.Lock()}, allow_pickle=True)

    assert error.path == 'result["lock"]'
    assert "pickle" in str(error)


@pytest.mark.parametrize("doc", [float("nan"), {"a": {1, 2}}, "\ud800", {"a": object()}])
def test_text_is_strict_when_written(doc):
    with pytest.raises(NotEncodable):
        values.dumps(doc)


@pytest.mark.parametrize(
    "data",
    [b"", b"NaN", b"[Infinity]", b"{'a': 1}", b"[1,]", b'"\xff"', b"[" * 100_000, "[1]".encode("utf-16"), b"1 2"],
    ids=lambda data: repr(data[:10]),
)
def test_text_is_strict_when_read(data):
    with pytest.raises(values.NotDecodable):
        values.loads(data)
