"""The life of a run, as data.

    queued ──> running ──> succeeded, failed, timed_out
       │ ^        │
       │ └────────┤             sent to a worker that ended before it began with it
       │          v
       │      cancelling ──> cancelled
       └──> cancelled, failed   before it ever ran

Nothing leaves a terminal state: a result that is recorded before somebody cancels wins, and one that comes after loses.
What the database accepts and what the supervisor does both come from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

State = Literal["queued", "running", "cancelling", "succeeded", "failed", "cancelled", "timed_out"]
Phase = Literal["waiting", "building", "starting", "running"]

Reason = Literal[
    "ok",
    "user_exception",
    "worker_crashed",
    "worker_oom",
    "import_failed",
    "env_build_failed",
    "result_not_encodable",
    "result_too_large",
    "artifact_rejected",
    "interrupted",
    "cancelled",
    "timed_out",
]

TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    "queued": frozenset({"running", "cancelled", "failed"}),
    "running": frozenset({"queued", "cancelling", "succeeded", "failed", "timed_out", "cancelled"}),
    "cancelling": frozenset({"cancelled"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "timed_out": frozenset(),
}

STATES: Final[tuple[State, ...]] = tuple(TRANSITIONS)
TERMINAL: Final[frozenset[State]] = frozenset(state for state, following in TRANSITIONS.items() if not following)
UNFINISHED: Final[frozenset[State]] = frozenset(TRANSITIONS) - TERMINAL

# Which reasons an end may have.
REASONS: Final[Mapping[State, frozenset[Reason]]] = {
    "succeeded": frozenset({"ok"}),
    "failed": frozenset(
        {
            "user_exception",
            "worker_crashed",
            "worker_oom",
            "import_failed",
            "env_build_failed",
            "result_not_encodable",
            "result_too_large",
            "artifact_rejected",
            "interrupted",
        }
    ),
    "cancelled": frozenset({"cancelled", "interrupted"}),
    "timed_out": frozenset({"timed_out"}),
}


class IllegalTransition(RuntimeError):
    """A run can't go from this state to that one; a fault of the daemon's own."""


def check(before: State, after: State) -> State:
    """`after`, if a run may go there.

    Raises:
        IllegalTransition: it may not.
    """
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(f"{before} -> {after}")
    return after


def before(after: State) -> tuple[State, ...]:
    """The states from which a run may come to this one."""
    return tuple(state for state, following in TRANSITIONS.items() if after in following)


def is_over(state: State) -> bool:
    return state in TERMINAL
