"""The life of a remote run, as data.

              ┌────────────── nack, claim_expired ──────────────┐
              v                                                 │
    ──> queued ──claim──> claimed ──start──> running ──finish──> succeeded, failed, timed_out
           │ ^                                │   ^
           │ │                          suspect   recover
           │ │                                v   │
           │ └──── requeue, not_started ──── unknown ──lose──> lost
           │
           ├──> cancelled          somebody asked before it was claimed
           └──> expired            nobody claimed it in time

    claimed, running, unknown ──> cancelling ──> cancelled

Nothing leaves a terminal state. What the store lets happen, what the database refuses and what the tests expect all
come from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

type State = Literal[
    "queued", "claimed", "running", "unknown", "cancelling",
    "succeeded", "failed", "cancelled", "timed_out", "lost", "expired",
]  # fmt: skip
type Who = Literal["caller", "machine", "server"]

STATES: Final[tuple[State, ...]] = State.__value__.__args__
TERMINAL: Final[frozenset[State]] = frozenset({"succeeded", "failed", "cancelled", "timed_out", "lost", "expired"})
ACTIVE: Final[frozenset[State]] = frozenset(STATES) - TERMINAL
# A machine has it, or may still have it: these rows are what its places and its library's are counted by.
LEASED: Final[frozenset[State]] = frozenset({"claimed", "running", "unknown", "cancelling"})

# Why a run failed, as machines say it and as the server does.
FAILURES: Final[frozenset[str]] = frozenset(
    {
        "user_exception",
        "worker_crashed",
        "worker_oom",
        "import_failed",
        "env_build_failed",
        "result_not_encodable",
        "result_too_large",
        "artifact_rejected",
        "contract_error",
        "rejected_by_machine",
        "interrupted",
    }
)
# What may go wrong before user code is allowed to start.
EARLY_FAILURES: Final[frozenset[str]] = frozenset(
    {"env_build_failed", "import_failed", "contract_error", "rejected_by_machine"}
)


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from some states to another.

    Attributes:
        event: the kind of run event that tells of it.
        fenced: whether it is taken by naming the current fence; False where the state alone decides.
    """

    name: str
    before: frozenset[State]
    after: State
    who: Who
    event: str
    fenced: bool = True


def _edge(name: str, before: str, after: State, who: Who, event: str, *, fenced: bool = True) -> Edge:
    states: frozenset[State] = frozenset(state for state in STATES if state in before.split())
    return Edge(name, states, after, who, event, fenced)


CLAIM = _edge("claim", "queued", "claimed", "machine", "claimed", fenced=False)
START = _edge("start", "claimed", "running", "machine", "started")
NACK = _edge("nack", "claimed", "queued", "machine", "requeued")
CLAIM_EXPIRED = _edge("claim_expired", "claimed", "queued", "server", "requeued")
REJECT = _edge("reject", "claimed", "failed", "machine", "ended")
FAIL_EARLY = _edge("fail_early", "claimed", "failed", "machine", "ended")
SUSPECT = _edge("suspect", "running", "unknown", "server", "suspected")
RESTORE = _edge("restore", "claimed running", "unknown", "server", "suspected")
RECOVER = _edge("recover", "unknown", "running", "machine", "recovered")
SUCCEED = _edge("succeed", "running unknown", "succeeded", "machine", "ended")
FAIL = _edge("fail", "running unknown", "failed", "machine", "ended")
TIME_OUT = _edge("time_out", "running unknown", "timed_out", "machine", "ended")
STOPPED = _edge("stopped", "running unknown", "cancelled", "machine", "ended")
NOT_STARTED = _edge("not_started", "running unknown", "queued", "machine", "requeued")
REQUEUE = _edge("requeue", "unknown", "queued", "server", "requeued")
LOSE = _edge("lose", "unknown", "lost", "server", "ended")
WITHDRAW = _edge("withdraw", "queued", "cancelled", "caller", "ended", fenced=False)
EXPIRE = _edge("expire", "queued", "expired", "server", "ended", fenced=False)
ASK_CANCEL = _edge("ask_cancel", "claimed running unknown", "cancelling", "caller", "cancelling", fenced=False)
CANCELLED = _edge("cancelled", "cancelling", "cancelled", "machine", "ended")
CANCEL_OVERDUE = _edge("cancel_overdue", "cancelling", "cancelled", "server", "ended")

EDGES: Final[tuple[Edge, ...]] = (
    CLAIM, START, NACK, CLAIM_EXPIRED, REJECT, FAIL_EARLY, SUSPECT, RESTORE, RECOVER, SUCCEED, FAIL, TIME_OUT, STOPPED,
    NOT_STARTED, REQUEUE, LOSE, WITHDRAW, EXPIRE, ASK_CANCEL, CANCELLED, CANCEL_OVERDUE,
)  # fmt: skip

# How an attempt that a machine reports as ended moves its run.
FINISHES: Final[Mapping[str, Edge]] = {
    "succeeded": SUCCEED,
    "failed": FAIL,
    "timed_out": TIME_OUT,
    "cancelled": STOPPED,
}


def allowed(before: State, after: State) -> bool:
    """Whether any edge leads from the one to the other."""
    return any(before in edge.before and edge.after == after for edge in EDGES)


def is_over(state: State) -> bool:
    return state in TERMINAL
