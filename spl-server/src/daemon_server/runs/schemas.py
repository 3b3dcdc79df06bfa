"""What the routes of runs take and give. Times are epoch milliseconds; durations too, unless the name says seconds.

A *document* is a value as it travels: JSON, with an envelope around what JSON has no form for.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from daemon_server.http.routing import StrictModel
from daemon_server.runs.lifecycle import State

type Isolation = Literal["auto", "fork", "spare", "reuse", "fresh"]

# More than anybody ranks by hand, and far from what a database column holds.
HIGHEST_PRIORITY = 1_000
# A month; whoever needs longer wants no timeout.
LONGEST_TIMEOUT = 31 * 24 * 3600.0
# Trying more often than this helps nobody.
MOST_ATTEMPTS = 10
MOST_LABELS = 50

Name = Annotated[str, Field(min_length=1, max_length=500)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Key = Annotated[str, Field(min_length=1, max_length=200)]
Seconds = Annotated[float, Field(gt=0, le=LONGEST_TIMEOUT, strict=False)]


class Delivery(StrictModel):
    """How often user code may start: at most once, or until it has ended, up to `max_attempts` times."""

    mode: Literal["at_most_once", "at_least_once"] = "at_most_once"
    max_attempts: Annotated[int | None, Field(ge=1, le=MOST_ATTEMPTS)] = None


class CallOptions(StrictModel):
    """What is called, where and how."""

    object: Name
    owner: Text | None = None
    library: Text | None = None
    version: int | Text | None = None
    function: Name | None = None
    output: Name | None = None
    timeout_seconds: Seconds | None = None
    isolation: Isolation | None = None
    priority: Annotated[int, Field(ge=-HIGHEST_PRIORITY, le=HIGHEST_PRIORITY)] = 0
    idempotency_key: Key | None = None
    allow_pickle: bool = False
    target_machine: Text | None = None
    labels: Annotated[list[Text], Field(max_length=MOST_LABELS)] = Field(default_factory=list)
    delivery: Delivery = Field(default_factory=Delivery)
    queue: bool = False
    offline_policy: Literal["queue", "fail"] = "queue"
    lost_after_seconds: Seconds | None = None
    machine_subtoken: Annotated[str | None, Field(max_length=200)] = None
    correlation_id: Text | None = None
    parent_run_id: Text | None = None
    context: dict[str, Any] | None = None


class RunCreate(CallOptions):
    """One call."""

    args: list[Any] = Field(default_factory=list)
    kwargs: dict[str, Any] = Field(default_factory=dict)
    batch: Text | None = None


class Call(StrictModel):
    """The arguments of one call of a batch."""

    args: list[Any] = Field(default_factory=list)
    kwargs: dict[str, Any] = Field(default_factory=dict)


class BatchCreate(CallOptions):
    """Many calls of the same object."""

    calls: list[Call]


class RetryRequest(StrictModel):
    """A key makes sure that a run is tried again once, however often it is asked for."""

    idempotency_key: Key | None = None


class Timings(BaseModel):
    queued_ms: float | None = None
    build_ms: float | None = None
    start_ms: float | None = None
    run_ms: float | None = None


class Progress(BaseModel):
    done: float | None = None
    total: float | None = None
    text: str | None = ""


class Waiting(BaseModel):
    """Why a run waits."""

    code: str
    text: str


class MachineHint(BaseModel):
    id: str
    name: str


class DeliveryView(BaseModel):
    mode: Literal["at_most_once", "at_least_once"]
    max_attempts: int


class PlacementView(BaseModel):
    """The machine that was asked for, the one that has it, and why it waits."""

    target_machine: str | None
    machine: MachineHint | None
    waiting: Waiting | None


class RunSummary(BaseModel):
    """A run as lists show it. `status` is `state`; `phase` is what it is doing, while it has not ended."""

    id: str
    object: str
    owner: str
    library: str
    version: int
    kind: Literal["function", "pipeline"]
    function: str | None
    output: str | None
    mode: Literal["server"]
    state: State
    status: State
    reason: str | None
    phase: str | None
    isolation: str | None
    priority: int
    batch_id: str | None
    batch_index: int | None
    caller: str
    target_machine: str | None
    machine: MachineHint | None
    attempt: int
    waiting: Waiting | None
    retry_of: str | None
    parent_run_id: str | None
    correlation_id: str | None
    delivery: DeliveryView
    timeout_seconds: float | None
    queue_expires_at: int
    created_at: int
    started_at: int | None
    finished_at: int | None
    timings: Timings
    progress: Progress | None
    can: list[str]


class RunView(RunSummary):
    """A run with what it carries. `result` is a document, there only where the run succeeded."""

    result: Any = None
    error: dict[str, Any] | None
    artifacts: list[dict[str, Any]]


class RunPage(BaseModel):
    items: list[RunSummary]
    next: str | None


class Counts(BaseModel):
    """How many runs one sees, by state."""

    counts: dict[str, int]
    active: int
    total: int


class AttemptView(BaseModel):
    attempt: int
    fence: str
    machine: MachineHint
    claimed_at: int
    started_at: int | None
    ended_at: int | None
    observed_started_at: int | None
    observed_ended_at: int | None
    outcome: str | None
    reason: str | None
    late: dict[str, Any] | None


class EventView(BaseModel):
    seq: int
    kind: str
    at: int
    data: dict[str, Any]


class EventPage(BaseModel):
    items: list[EventView]
    next: int
    ended: bool


class RunInput(BaseModel):
    """What a run was called with, as documents. `bytes` is its size; what is too large for a page is left out."""

    args: list[Any]
    kwargs: dict[str, Any]
    bytes: int
    complete: bool


class RunDetail(BaseModel):
    """A run, whole: its attempts, its timeline, its files, and where it was placed."""

    run: RunView
    input: RunInput | None
    attempts: list[AttemptView]
    events: list[EventView]
    artifacts: list[dict[str, Any]]
    placement: PlacementView


class LogPiece(BaseModel):
    """A piece of a stream. Ask again from `next_offset`; `ended` says that there is no more to come.

    `line` is the number of its first line, where it was asked for by lines.
    """

    stream: Literal["stdout", "stderr"]
    offset: int
    next_offset: int
    size: int
    text: str
    line: int | None
    dropped_bytes: int
    ended: bool


class FoundLine(BaseModel):
    """A line of a log; `line` counts from 1."""

    line: int
    text: str


class FoundLines(BaseModel):
    """Lines that have a text in them. Ask again with `after=next` for those that follow."""

    items: list[FoundLine]
    next: int | None


class BulkRequest(StrictModel):
    """Cancel or retry many runs: by id, or all that a state and an object name."""

    action: Literal["cancel", "retry"]
    ids: Annotated[list[Text] | None, Field(max_length=500)] = None
    filter: dict[Literal["state", "object", "batch"], Text] | None = None


class BulkItem(BaseModel):
    id: str
    ok: bool
    run_id: str | None = None
    code: str | None = None


class BulkView(BaseModel):
    items: list[BulkItem]


class BatchCreated(BaseModel):
    id: str
    total: int


class BatchView(BaseModel):
    """How far a batch is; `counts` by state."""

    id: str
    object: str
    owner: str
    library: str
    version: int
    function: str | None
    total: int
    created_at: int
    counts: dict[str, int]
    ended: int
    done: bool


class BatchItem(BaseModel):
    """One call of a batch that has ended."""

    index: int
    run_id: str
    state: State
    reason: str | None
    result: Any = None
    error: dict[str, Any] | None = None


class BatchResults(BaseModel):
    items: list[BatchItem]
    next: int
    done: bool


class BatchCancelled(BaseModel):
    cancelled: int


class StartRequest(StrictModel):
    fence: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")]


class StartView(BaseModel):
    run_id: str
    fence: str
    attempt: int
    lease_expires_at: int
    capability: str
