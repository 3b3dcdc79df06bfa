"""The ring of hints: nobody who comes back with a good cursor misses one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon_server.console import hints as module
from daemon_server.console.hints import Hints


def names(hints: Hints, cursor: str) -> list[str]:
    found = hints.after(cursor)
    assert found is not None
    return [hint.id for hint in found[0]]


def test_what_came_behind_a_cursor_is_told_in_its_order() -> None:
    hints = Hints()
    hints.heard("run:a")
    cursor = hints.cursor()
    for topic in (
        "run:b",
        "user:x",
        "machines:m",
        "batch:1",
        "machine:poll",
        "libraries",
        "access",
        "run:c",
        "libraries:l",
    ):
        hints.heard(topic)

    found = hints.after(cursor)

    assert found is not None
    assert [(hint.kind, hint.id) for hint in found[0]] == [
        ("run", "b"),
        ("machine", "m"),
        ("run", "c"),
        ("library", "l"),
    ]
    assert names(hints, found[1]) == []


def test_a_cursor_that_fell_out_of_the_ring_is_no_cursor(monkeypatch) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    hints = Hints()
    cursor = hints.cursor()
    for number in range(3):
        hints.heard(f"run:{number}")
    assert names(hints, cursor) == ["0", "1", "2"]

    hints.heard("run:3")

    assert hints.after(cursor) is None


@pytest.mark.parametrize("cursor", ["", "-", "0", "abc-1", "x" * 60, "-1"])
def test_what_is_no_cursor_of_this_server_begins_anew(cursor: str) -> None:
    assert Hints().after(cursor) is None


def test_a_cursor_from_the_future_or_another_life_begins_anew() -> None:
    hints = Hints()
    life = hints.cursor().partition("-")[0]

    assert hints.after(f"{life}-1") is None
    assert hints.after(f"{life}-{'9' * 30}") is None
    assert hints.after(Hints().cursor()) is None


def test_after_missed_wake_ups_every_cursor_begins_anew() -> None:
    hints = Hints()
    hints.heard("run:a")
    cursor = hints.cursor()

    hints.heard("*")

    assert hints.after(cursor) is None
    assert names(hints, hints.cursor()) == []


@given(st.lists(st.sampled_from(["run:a", "run:b", "machines:m", "user:x"]), max_size=40), st.data())
def test_reading_at_any_pace_misses_and_repeats_nothing(topics: list[str], data: st.DataObject) -> None:
    hints = Hints()
    cursor, told = hints.cursor(), []
    for topic in topics:
        hints.heard(topic)
        if data.draw(st.booleans()):
            found = hints.after(cursor)
            assert found is not None
            told += [hint.id for hint in found[0]]
            cursor = found[1]
    told += names(hints, cursor)

    assert told == [topic.partition(":")[2] for topic in topics if not topic.startswith("user:")]
