"""Ports are read from the signature, and say what the author wrote."""

from __future__ import annotations

import functools
import gc
import math
import weakref
from typing import Any

import pytest

from spl.core.capture import signature
from spl.core.capture.signature import function_of
from spl.core.entities.function import FunctionKind
from spl.core.entities.port import PortKind
from spl.core.errors import CaptureError

RATE = 3


def every_kind(
    a: int,
    b: list[str] = [],  # noqa: B006
    /,
    c: "float" = RATE * 2,  # noqa: UP037
    *rest: int,
    d: dict[str, Any],
    e=None,
    **more: str,
) -> "int | None":  # noqa: UP037
    """What it does.

    In detail.
    """


def test_ports_carry_the_annotation_and_the_default_as_they_were_written():
    function = function_of(every_kind)

    assert [(port.name, port.type, port.default) for port in function.inputs] == [
        ("a", "int", None),
        ("b", "list[str]", "[]"),
        ("c", "float", "RATE * 2"),
        ("rest", "int", None),
        ("d", "dict[str, Any]", None),
        ("e", None, "None"),
        ("more", "str", None),
    ]
    assert [port.kind for port in function.inputs] == [
        PortKind.POSITIONAL_ONLY,
        PortKind.POSITIONAL_ONLY,
        PortKind.STANDARD,
        PortKind.VAR_POSITIONAL,
        PortKind.KEYWORD_ONLY,
        PortKind.KEYWORD_ONLY,
        PortKind.VAR_KEYWORD,
    ]
    assert [port.required for port in function.inputs] == [True, False, False, False, True, False, False]
    assert function.outputs[0].type == "int | None"
    assert function.doc == "What it does.\n\nIn detail."


def test_text_over_several_lines_is_put_on_one():
    def f(
        x: dict[
            str,
            int,
        ] = {  # noqa: B006
            "a": 1,
        },
    ): ...

    assert (function_of(f).inputs[0].type, function_of(f).inputs[0].default) == ("dict[str, int]", "{'a': 1}")


def test_a_function_is_known_by_how_it_is_called():
    async def coroutine(): ...

    def generator():
        yield

    async def stream():
        yield

    class Caller:
        async def __call__(self): ...

    kinds = [function_of(each).kind for each in (every_kind, coroutine, generator, stream, Caller())]

    assert kinds == [
        FunctionKind.PLAIN,
        FunctionKind.ASYNC,
        FunctionKind.GENERATOR,
        FunctionKind.ASYNC_GENERATOR,
        FunctionKind.ASYNC,
    ]
    assert function_of(functools.partial(coroutine)).kind is FunctionKind.ASYNC


def test_a_partial_has_the_ports_that_are_left():
    def power(base: int, exponent: int, *, plus: int = 0):
        """Raise."""

    function = function_of(functools.partial(power, 2, plus=1))

    assert [(port.name, port.default) for port in function.inputs] == [("exponent", None), ("plus", "0")]
    assert (function.name, function.doc) == ("power", "Raise.")


def test_a_method_has_no_self():
    class Model:
        def predict(self, x: int) -> int: ...

        @classmethod
        def load(cls, path: str): ...

    assert [port.name for port in function_of(Model().predict).inputs] == ["x"]
    assert [port.name for port in function_of(Model.load).inputs] == ["path"]
    assert function_of(Model().predict).name == "predict"


def test_a_class_has_the_ports_of_its_making():
    class Point:
        def __init__(self, x: int, y: int = 2): ...

    assert [port.name for port in function_of(Point).inputs] == ["x", "y"]
    assert (function_of(Point).name, function_of(Point).outputs[0].type) == ("Point", "Point")


def test_a_lambda_is_called_after_its_variable():
    double = lambda x: x * 2

    assert function_of(double).name == "double"
    assert function_of([lambda x: x][0]).name == signature.ANONYMOUS


def wraps(*layers: str):
    """Decorators of different hospitality."""

    def through(f):
        @functools.wraps(f)
        def inner(*args, **kwargs):
            return f(*args, **kwargs)

        return inner

    def positions(f):
        @functools.wraps(f)
        def inner(*args):
            return f(*args)

        return inner

    def own(f):
        @functools.wraps(f)
        def inner(renamed):
            return f(renamed)

        return inner

    return [{"through": through, "positions": positions, "own": own}[layer] for layer in layers]


@pytest.mark.parametrize(
    ("layers", "ports"),
    [
        (("through",), [("a", PortKind.STANDARD), ("b", PortKind.STANDARD)]),
        (("positions",), [("a", PortKind.POSITIONAL_ONLY), ("b", PortKind.POSITIONAL_ONLY)]),
        (("positions", "through"), [("a", PortKind.POSITIONAL_ONLY), ("b", PortKind.POSITIONAL_ONLY)]),
        (("own", "through"), [("renamed", PortKind.STANDARD)]),
    ],
)
def test_decorators_have_a_say_in_how_arguments_are_handed_over(layers, ports):
    """A wrapper that takes only `*args` would fail if it were called by keyword."""

    def f(a, b=1): ...

    for decorate in wraps(*layers):
        f = decorate(f)

    assert [(port.name, port.kind) for port in function_of(f).inputs] == ports


def test_what_has_no_signature_is_refused_with_a_way_out():
    with pytest.raises(CaptureError, match=r"'max' has no signature.*Wrap it in a function"):
        function_of(max)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(CaptureError, match="int can't be called"):
        function_of(3)  # type: ignore[arg-type]


def test_a_builtin_with_a_signature_has_ports():
    assert [port.kind for port in function_of(math.sqrt).inputs] == [PortKind.POSITIONAL_ONLY]


def test_a_callable_is_read_once(monkeypatch):
    def f(x): ...

    def g(x): ...

    first = function_of(f)
    function_of(g)
    monkeypatch.setattr(signature, "_read", lambda callable: pytest.fail("It was read again."))

    assert function_of(f) == first
    assert function_of(f).callable is f


def test_a_callable_that_was_read_can_go():
    def f(x): ...

    gone = weakref.ref(f)
    function_of(f)
    function_of(every_kind)  # the last one is kept ready
    del f
    gc.collect()

    assert gone() is None


def test_unhashable_callables_are_read_each_time():
    class Scorer:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, x): ...

    assert [port.name for port in function_of(Scorer()).inputs] == ["x"]
