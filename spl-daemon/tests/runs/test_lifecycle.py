"""The life of a run as data."""

from __future__ import annotations

import pytest

from spl.daemon.runs.lifecycle import (
    REASONS,
    STATES,
    TERMINAL,
    TRANSITIONS,
    UNFINISHED,
    IllegalTransition,
    before,
    check,
    is_over,
)


def test_nothing_leaves_a_terminal_state():
    assert sorted(TERMINAL) == ["cancelled", "failed", "succeeded", "timed_out"]
    assert all(not TRANSITIONS[state] for state in TERMINAL)


def test_every_other_state_has_a_way_to_an_end():
    def ends(state, seen=frozenset()):
        return is_over(state) or any(ends(after, seen | {state}) for after in TRANSITIONS[state] - seen)

    assert all(ends(state) for state in UNFINISHED)


def test_every_state_but_the_first_can_be_reached():
    assert {after for following in TRANSITIONS.values() for after in following} == set(STATES)


@pytest.mark.parametrize("state", STATES)
def test_only_what_the_table_says_is_possible(state):
    for after in STATES:
        if after in TRANSITIONS[state]:
            assert check(state, after) == after and state in before(after)
        else:
            with pytest.raises(IllegalTransition):
                check(state, after)


def test_every_end_has_reasons_of_its_own_and_no_other_state_has_any():
    assert set(REASONS) == TERMINAL
    assert all(REASONS.values())
