"""Exceptions as data."""

from __future__ import annotations

import json
import linecache
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from spl.runtime.traceback import MAX_CHAIN, MAX_FRAMES, MAX_GROUP, MAX_TEXT, MAX_TOTAL, describe, format


class Custom(Exception):
    pass


def caught(function: Any, *arguments: Any) -> BaseException:
    try:
        function(*arguments)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def inner(value: int) -> float:
    return 1 / value  # the line that fails


def outer(value: int) -> float:
    return inner(value)


def test_frames_have_the_source_lines_outermost_call_first():
    description = describe(caught(outer, 0))

    assert (description["type"], description["message"]) == ("ZeroDivisionError", "division by zero")
    assert [frame["function"] for frame in description["frames"]] == ["caught", "outer", "inner"]
    last = description["frames"][-1]
    assert (last["file"], last["source"]) == (__file__, "return 1 / value  # the line that fails")
    assert linecache.getline(__file__, last["line"]).strip() == last["source"]
    assert (description["cause"], description["context"], description["notes"]) == (None, None, [])


def test_a_class_of_a_module_is_named_with_it():
    assert describe(caught(lambda: (_ for _ in ()).throw(Custom("x"))))["type"] == f"{__name__}.Custom"


def test_frames_of_the_runtime_and_of_the_caller_are_hidden(tmp_path):
    from spl.runtime.context import RunContext

    def user() -> None:
        RunContext(folder=tmp_path).artifact("../bad")

    description = describe(caught(user))
    assert [frame["function"] for frame in description["frames"]] == ["caught", "user"]

    assert describe(caught(user), hide=[__file__])["frames"] == []


def test_the_chain_of_causes_is_kept():
    def fail() -> None:
        try:
            inner(0)
        except ZeroDivisionError as error:
            try:
                raise Custom("first") from error
            except Custom:
                raise KeyError("k")  # noqa: B904 (so that it has a context)

    description = describe(caught(fail))

    assert description["message"] == "'k'"
    assert description["context"]["message"] == "first"
    assert description["context"]["cause"]["type"] == "ZeroDivisionError"
    assert description["context"]["context"] is None


def test_a_suppressed_context_is_left_out():
    def fail() -> None:
        try:
            inner(0)
        except ZeroDivisionError:
            raise Custom("only this") from None

    assert describe(caught(fail))["context"] is None


def test_notes_are_kept():
    error = Custom("x")
    error.add_note("line 3 of the file")
    error.__notes__.append(object())

    assert describe(error)["notes"][0] == "line 3 of the file"
    assert len(describe(error)["notes"]) == 2


def test_a_group_is_described_whole():
    group = ExceptionGroup("two", [caught(inner, 0), ExceptionGroup("deeper", [Custom("x")])])

    description = describe(group)

    assert description["exceptions"][0]["frames"][-1]["function"] == "inner"
    assert description["exceptions"][1]["exceptions"][0]["message"] == "x"


class Rude(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


class Noted(Exception):
    class Note:
        def __str__(self) -> str:
            raise RuntimeError("no")

    __notes__ = (Note(),)


def test_an_exception_that_can_not_be_printed_is_described():
    assert describe(Rude())["message"] == "<unprintable Rude object>"
    assert describe(Noted("x"))["notes"] == ["<unprintable note>"]


def recurse(number: int) -> int:
    return recurse(number + 1) + 1


def test_everything_is_bounded():
    deep = describe(caught(recurse, 0))
    assert len(deep["frames"]) == MAX_FRAMES
    assert deep["omitted"]["frames"] > 500
    assert f"[{deep['omitted']['frames']} more frames]" in format(deep)

    long = describe(Custom("x" * 10**6))
    assert len(long["message"]) < MAX_TEXT + 100

    wide = describe(ExceptionGroup("many", [Custom(str(number)) for number in range(1000)]))
    assert len(wide["exceptions"]) == MAX_GROUP
    assert wide["omitted"]["exceptions"] == 1000 - MAX_GROUP


def chain_of(length: int) -> BaseException:
    error: BaseException = Custom("0")
    for number in range(1, length):
        following = Custom(str(number))
        following.__cause__ = error
        error = following
    return error


def test_long_chains_and_circles_come_to_an_end():
    description = describe(chain_of(1000))
    length = 0
    while description:
        description, length = description["cause"], length + 1
    assert length == MAX_CHAIN + 1

    first, second = Custom("a"), Custom("b")
    first.__context__, second.__context__ = second, first
    assert describe(first)["context"]["context"] is None

    tree: Any = [Custom("leaf")] * 2
    for _ in range(8):
        tree = [ExceptionGroup("g", [Custom(str(number)), *tree]) for number in range(4)]
    assert format(describe(tree[0])).count("\n") < MAX_TOTAL * 20


def test_a_description_is_json_whatever_the_text():
    error = Custom("half \ud800 a pair")
    error.add_note("\udcff")

    text = json.dumps(describe(error), ensure_ascii=False).encode("utf-8")

    assert json.loads(text)["message"] == "half \\ud800 a pair"


def test_the_text_is_as_python_prints_it():
    def fail() -> None:
        try:
            outer(0)
        except ZeroDivisionError as error:
            new = Custom("it was zero")
            new.add_note("two\nlines")
            raise new from error

    error = caught(fail)
    expected = [line for line in traceback.format_exception(error) for line in line.splitlines()]
    without_carets = [line for line in expected if set(line.strip()) - set("^~") or not line.strip()]

    assert format(describe(error)).splitlines() == without_carets


def test_the_text_of_a_group_shows_its_exceptions():
    text = format(describe(ExceptionGroup("two", [caught(inner, 0), Custom("x")])))

    assert "ExceptionGroup: two (2 sub-exceptions)" in text
    assert "  | ZeroDivisionError: division by zero" in text
    assert f"  | {__name__}.Custom: x" in text


def test_a_file_that_changed_since_shows_the_line_as_it_is_known(tmp_path):
    path = tmp_path / "user.py"
    path.write_text("def fail():\n    raise ValueError('x')\n")
    namespace: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), namespace)

    assert describe(caught(namespace["fail"]))["frames"][-1]["source"] == "raise ValueError('x')"

    path.unlink()
    linecache.checkcache(str(path))
    assert describe(caught(namespace["fail"]))["frames"][-1]["source"] == ""


def test_a_syntax_error_is_described(tmp_path):
    error = caught(compile, "def f(:\n", "user.py", "exec")

    assert describe(error)["type"] == "SyntaxError"
    assert "user.py" in describe(error)["message"]


@pytest.mark.parametrize("description", [{}, {"type": "X"}, {"message": "m", "frames": []}])
def test_a_description_with_little_in_it_has_a_text(description):
    assert format(description).endswith("\n")
