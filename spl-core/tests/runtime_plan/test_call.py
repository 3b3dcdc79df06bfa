"""Arguments by port name, handed over as Python wants them."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from spl.runtime.execute import Entry, call

from .plans import add, entry


def test_arguments_are_handed_over_by_name():
    assert call(entry(add, a="standard", b="standard"), {"a": 1, "b": 2}) == 3


def test_what_is_not_given_has_its_default():
    assert call(entry(add, a="standard", b="standard"), {"a": 1}) == 11


def everything(a: int, /, b: int, *rest: int, c: int, **options: int) -> tuple[Any, ...]:
    return a, b, rest, c, options


EVERYTHING = entry(
    everything, a="positional_only", b="standard", rest="var_positional", c="keyword_only", options="var_keyword"
)


def test_every_kind_of_port_is_handed_over():
    arguments = {"a": 1, "b": 2, "rest": [3, 4], "c": 5, "options": {"d": 6, "a": 7}, "e": 8}

    assert call(EVERYTHING, arguments) == (1, 2, (3, 4), 5, {"d": 6, "a": 7, "e": 8})
    assert arguments["rest"] == [3, 4]


def test_var_ports_may_be_left_out():
    assert call(EVERYTHING, {"a": 1, "b": 2, "c": 3}) == (1, 2, (), 3, {})


def optional_ones(a: int = 1, b: int = 2, /, c: int = 3, *rest: int) -> tuple[Any, ...]:
    return a, b, c, rest


OPTIONAL = entry(optional_ones, a="positional_only", b="positional_only", c="standard", rest="var_positional")


def test_positional_defaults_may_be_left_out_at_the_end():
    assert call(OPTIONAL, {"a": 7}) == (7, 2, 3, ())
    assert call(OPTIONAL, {"c": 9}) == (1, 2, 9, ())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"b": 1}, "'a' must be given where 'b' is"),
        ({"a": 1, "b": 2, "rest": [4]}, "'c' must be given where [*]rest is"),
        ({"rest": [4]}, "'a' must be given where [*]rest is"),
        ({"a": 1, "b": 2, "c": 3, "rest": "abc"}, "[*]rest takes a list, not str"),
    ],
)
def test_what_python_could_not_hand_over_is_told(arguments: dict[str, Any], told: str):
    with pytest.raises(TypeError, match=told):
        call(OPTIONAL, arguments)


def test_an_option_given_twice_is_told():
    with pytest.raises(TypeError, match="more than one value for 'e'"):
        call(EVERYTHING, {"a": 1, "b": 2, "c": 3, "e": 1, "options": {"e": 2}})


async def later(x: int) -> int:
    await asyncio.sleep(0)
    return x + 1


def counting(x: int) -> Iterator[int]:
    yield from range(x)


async def counting_later(x: int) -> AsyncIterator[int]:
    for number in range(x):
        await asyncio.sleep(0)
        yield number


@pytest.mark.parametrize(
    ("function", "kind", "value"),
    [(later, "async", 4), (counting, "generator", [0, 1, 2]), (counting_later, "async_generator", [0, 1, 2])],
)
def test_async_functions_and_generators_come_to_a_value(function: Any, kind: str, value: Any):
    assert call(Entry("f", function, kind), {"x": 3}) == value


@pytest.mark.parametrize("function", [later, counting, counting_later])
def test_so_they_do_behind_a_decorator_that_hides_them(function: Any):
    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    assert call(Entry("f", wrapped), {"x": 3}) == call(Entry("f", function, "plain"), {"x": 3})


def test_an_async_function_runs_where_a_loop_runs_already():
    setting = contextvars.ContextVar("setting", default="unset")

    async def told() -> str:
        return setting.get()

    async def notebook() -> Any:
        setting.set("mine")
        return call(Entry("told", told, "async"), {})

    assert asyncio.run(notebook()) == "mine"


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs a signal to one thread")
def test_an_interrupt_in_a_notebook_ends_the_async_function():
    """The interrupt arrives in the thread of the notebook, while another one runs the function."""
    ended: list[type[BaseException]] = []

    async def endless() -> None:
        try:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            await asyncio.sleep(60)
        except BaseException as error:
            ended.append(type(error))
            raise

    async def notebook() -> None:
        call(Entry("endless", endless, "async"), {})

    loop = asyncio.new_event_loop()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background begin without one
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(notebook())
    finally:
        signal.signal(signal.SIGINT, before)
        loop.close()
    assert ended == [asyncio.CancelledError]


def test_the_users_exception_comes_out_as_it_is():
    async def raising() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        call(Entry("raising", raising, "async"), {})
