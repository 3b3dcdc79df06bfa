"""The checker of the fault loops sees each kind of broken promise."""

from __future__ import annotations

from .checker import Recorded, violations

GOOD = [Recorded("r1", "succeeded", 2), Recorded("r2", "failed", None)]


def test_a_clean_history_has_no_violations():
    assert violations({"r1": 2, "r2": 3}, GOOD, ["r1", "r2"], seen={"r1": "succeeded"}) == []


def test_a_lost_run_is_seen():
    assert "lost" in violations({"r3": 1}, GOOD, ["r1"], seen={})[0]


def test_a_run_without_an_outcome_is_seen():
    assert "no outcome" in violations({}, [Recorded("r1", "running", None)], [], seen={})[0]


def test_a_second_outcome_is_seen():
    assert "ended twice" in violations({}, GOOD, ["r1"], seen={"r1": "failed"})[0]


def test_a_wrong_value_is_seen():
    assert "wrong value" in violations({"r1": 5}, GOOD, ["r1"], seen={})[0]


def test_a_second_start_is_seen():
    assert "started 2 times" in " ".join(violations({}, GOOD, ["r1", "r2", "r2"], seen={}))


def test_a_success_that_never_ran_is_seen():
    assert "began 0 times" in violations({"r1": 2}, GOOD, [], seen={})[0]
