"""The checker of the served fault loop sees each kind of broken promise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from .served_history import Accepted, AttemptRow, History, ResultRow, Row, broken_promises

GOOD = History(
    accepted={"r1": Accepted(4), "r2": Accepted(5, most_starts=2)},
    rows=[Row("r1", "succeeded", 11, 2), Row("r2", "cancelled", 13, 1)],
    attempts=[AttemptRow("r1", 1, 11, "succeeded"), AttemptRow("r2", 1, 12, None), AttemptRow("r2", 2, 13, None)],
    results=[ResultRow("r1", 11, 8)],
    events=[("r1", 1, "created"), ("r1", 2, "ended"), ("r2", 1, "ended")],
    begun=[4, 5, 5],
    seen={"r1": "succeeded"},
    cancelled=frozenset({"r2"}),
    held=[11, 12, 13],
)

DEFECTS: dict[str, tuple[History, str]] = {
    "a lost run": (replace(GOOD, accepted={"r3": Accepted(1)}), "r3 was accepted and is lost"),
    "no outcome": (replace(GOOD, rows=[Row("r1", "running", 11, 2), GOOD.rows[1]], seen={}), "has no outcome"),
    "two outcomes": (replace(GOOD, seen={"r1": "failed"}), "r1 ended twice: failed, then succeeded"),
    "a second start": (replace(GOOD, begun=[4, 4]), "r1 may begin 1 times and was started 2 times"),
    "more starts than attempts": (replace(GOOD, begun=[4, 5, 5, 5]), "r2 may begin 2 times"),
    "a start without permission": (
        replace(GOOD, attempts=[replace(GOOD.attempts[0], permitted=False), *GOOD.attempts[1:]]),
        "r1 was started 1 times with 0 permissions",
    ),
    "a success that never ran": (replace(GOOD, begun=[]), "r1 succeeded and never began"),
    "a cancelled run that went on": (replace(GOOD, cancelled=frozenset({"r1"})), "r1 was cancelled and is succeeded"),
    "no result": (replace(GOOD, results=[]), "succeeded and has no result"),
    "a wrong value": (replace(GOOD, results=[ResultRow("r1", 11, 9)]), "wrong value: 9"),
    "an outcome of an old fence": (replace(GOOD, results=[ResultRow("r1", 10, 8)]), "an outcome of fence 10"),
    "an attempt left out": (replace(GOOD, attempts=[GOOD.attempts[0], GOOD.attempts[2]]), "r2 has attempts [2]"),
    "an old fence": (replace(GOOD, rows=[GOOD.rows[0], Row("r2", "cancelled", 12, 1)]), "not its newest"),
    "two successes": (
        replace(GOOD, attempts=[*GOOD.attempts[:1], *(replace(row, outcome="succeeded") for row in GOOD.attempts[1:])]),
        "r2 succeeded in 2 attempts",
    ),
    "a fence taken twice": (replace(GOOD, held=[11, 11]), "fence 11 was taken 2 times"),
    "a fence out of nowhere": (replace(GOOD, held=[99]), "was never given"),
    "a gap in the events": (replace(GOOD, events=[("r1", 2, "ended"), ("r2", 1, "ended")]), "r1 has a gap"),
    "two ends told": (
        replace(GOOD, events=[("r1", 1, "ended"), ("r1", 2, "ended"), ("r2", 1, "ended")]),
        "r1 tells of its end 2 times",
    ),
}


def test_a_clean_history_has_no_broken_promises():
    assert broken_promises(GOOD) == []


@pytest.mark.parametrize("name", DEFECTS)
def test_a_broken_promise_is_seen(name: str):
    history, sentence = DEFECTS[name]
    assert any(sentence in told for told in broken_promises(history)), broken_promises(history)
