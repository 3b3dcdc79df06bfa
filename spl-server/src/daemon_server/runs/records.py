"""What is said about runs between the services, named and frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from daemon_server.runs.lifecycle import State

type Json = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Times:
    """How long things may take, in milliseconds. Machines are told of them and keep to them.

    Attributes:
        claim_lease_ms: between a claim and the start, renewed while the machine prepares; a lost claim costs no more.
        run_lease_ms: between two signs of life; four beats fit into it.
        requeue_grace_ms: after a lease ended, before somebody else may start the run: the machine has ended it by then.
        cancel_ms: for a machine to kill what it was asked to; twice its ladder of signals, and a lease on top.
        backoff_ms, backoff_cap_ms: before the second attempt; it doubles from there.
        nack_delay_ms: before a run that was handed back is offered again; it doubles too.
    """

    claim_lease_ms: int = 30_000
    run_lease_ms: int = 45_000
    requeue_grace_ms: int = 15_000
    cancel_ms: int = 60_000
    backoff_ms: int = 2_000
    backoff_cap_ms: int = 300_000
    nack_delay_ms: int = 1_000

    @property
    def cancel_deadline_ms(self) -> int:
        return self.cancel_ms + self.run_lease_ms

    @property
    def longest_delay_ms(self) -> int:
        """No run is ever told to wait longer than this before it is offered again."""
        return max(self.backoff_cap_ms * 3 // 2, self.nack_delay_ms * 2**MOST_NACK_DOUBLINGS)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of something there may be."""

    events_per_run: int = 10_000
    queued_per_machine: int = 10_000
    active_per_owner: int = 1_000
    log_bytes: int = 10 * 1024 * 1024


# A delay after a nack doubles so often at most.
MOST_NACK_DOUBLINGS: Final = 8
# A machine that hands a run back so often for one reason would do so for ever.
LARGEST_NACKS: Final = 5


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run as it is accepted: what, by whom, where and how. `args` and `kwargs` are documents, as JSON texts."""

    id: str
    owner_id: str
    owner: str
    library_id: str
    library: str
    object: str
    version: int
    version_id: str
    content_hash: str
    kind: str
    entrypoint: str
    env: str
    caller_id: str
    caller: str
    token_kind: str
    token_id: str
    lane: str
    lost_after_ms: int
    queue_ttl_ms: int
    function: str | None = None
    output: str | None = None
    caller_machine_id: str | None = None
    parent_run_id: str | None = None
    retry_of: str | None = None
    batch_id: str | None = None
    batch_index: int | None = None
    correlation_id: str | None = None
    labels: str = "[]"
    target_machine_id: str | None = None
    machine_owner_id: str | None = None
    waiting: str | None = None
    waiting_text: str | None = None
    priority: int = 0
    library_max: int | None = None
    isolation: str | None = None
    object_isolation: str | None = None
    timeout_ms: int | None = None
    allow_pickle: bool = False
    max_attempts: int = 1
    args: str = "[]"
    kwargs: str = "{}"
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Claimant:
    """A connected machine that asks for work.

    Attributes:
        labels: what it offers.
        allow: its own policy, `owner/library/object` patterns.
        max_concurrent: how many runs its owner lets it hold; None is as many as it has places for.
    """

    machine_id: str
    owner_id: str
    boot_id: str
    labels: frozenset[str] = frozenset()
    allow: tuple[str, ...] = ("*/*/*",)
    max_concurrent: int | None = None
    draining: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed run on its way to the machine: what it needs to know to run it."""

    run_id: str
    attempt: int
    fence: int
    lease_expires_at: int
    owner: str
    library: str
    object: str
    version: int
    version_id: str
    content_hash: str
    kind: str
    entrypoint: str
    env: str
    function: str | None
    output: str | None
    args: str
    kwargs: str
    priority: int
    isolation: str | None
    object_isolation: str | None
    timeout_ms: int | None
    allow_pickle: bool
    max_attempts: int
    caller: str
    token_kind: str


@dataclass(frozen=True, slots=True)
class Held:
    """An attempt that a machine says it has."""

    run_id: str
    fence: int
    phase: str | None = None


type Verdict = Literal["continue", "stop", "stale"]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a machine is to do with what it holds: go on, stop since it was cancelled, or stop since it lost it."""

    going: tuple[Held, ...] = ()
    cancel: tuple[Held, ...] = ()
    stale: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """Permission to start. Only whoever has this may run user code of the attempt."""

    run_id: str
    fence: int
    attempt: int
    lease_expires_at: int
    capability_id: str


type FinishState = Literal["succeeded", "failed", "timed_out", "cancelled"]


@dataclass(frozen=True, slots=True)
class Finish:
    """How an attempt ended, as its machine tells it. `result`, `error`, `artifacts` and `timings` are JSON texts."""

    state: FinishState
    reason: str
    result: str | None = None
    error: str | None = None
    artifacts: str | None = None
    artifact_count: int = 0
    timings: str | None = None
    isolation: str | None = None
    started_at: int | None = None
    finished_at: int | None = None


type EventKind = Literal["phase", "progress", "node", "log", "nack", "finished"]
type Status = Literal["ok", "duplicate", "stale", "rejected"]


@dataclass(frozen=True, slots=True)
class MachineEvent:
    """One entry of a machine's outbox."""

    id: str
    kind: EventKind
    run_id: str
    fence: int
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one event. `final` answers are remembered; one that is not may be tried again."""

    id: str
    status: Status
    code: str | None = None
    final: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands: what the services decide by."""

    id: str
    state: State
    reason: str | None
    machine_id: str | None
    attempt: int
    fence: int | None
    starts: int
    max_attempts: int
    nacks: int
    nack_reason: str | None
