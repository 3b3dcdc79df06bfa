"""What the runs routes take and give. Times are epoch milliseconds; durations too, unless the name says seconds.

A *document* is a value as it travels: JSON, with an envelope around what JSON has no form for.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from spl.daemon.http.routing import StrictModel
from spl.daemon.runs.lifecycle import Phase, State

Isolation = Literal["auto", "fork", "spare", "reuse", "fresh"]
EndedState = Literal["succeeded", "failed", "cancelled", "timed_out"]

# More than anybody ranks by hand, and far from what a database column holds.
HIGHEST_PRIORITY = 1_000
# A request of this many ids is read in a moment; a batch is the way to wait for more.
MOST_WAITED_FOR = 1_000
# A month; whoever needs longer wants no timeout.
LONGEST_TIMEOUT = 31 * 24 * 3600.0

Name = Annotated[str, Field(min_length=1, max_length=500)]
Version = Annotated[int | str | None, Field(description="A number from 1 on, or `latest`, which is the default.")]
Seconds = Annotated[
    float | None, Field(gt=0, le=LONGEST_TIMEOUT, description="Of the run itself, without its preparation.")
]
Key = Annotated[str | None, Field(min_length=1, max_length=200)]


class CallOptions(StrictModel):
    """What is called, and how."""

    object: Name
    version: Version = None
    function: Name | None = None
    output: Name | None = None
    timeout_seconds: Seconds = None
    isolation: Isolation | None = None
    priority: Annotated[int, Field(ge=-HIGHEST_PRIORITY, le=HIGHEST_PRIORITY)] = 0
    idempotency_key: Key = None
    allow_pickle: bool = False


class RunCreate(CallOptions):
    """One call."""

    args: list[Any] = Field(default_factory=list)
    kwargs: dict[str, Any] = Field(default_factory=dict)


class Call(StrictModel):
    """The arguments of one call of a batch."""

    args: list[Any] = Field(default_factory=list)
    kwargs: dict[str, Any] = Field(default_factory=dict)


class BatchCreate(CallOptions):
    """Many calls of the same object."""

    calls: list[Call]


class Timings(BaseModel):
    """Where a run's time went: waiting for a place, for its environment, for its process, and in the function."""

    queued_ms: float | None = None
    build_ms: float | None = None
    start_ms: float | None = None
    run_ms: float | None = None


class Progress(BaseModel):
    """How far a run says it is."""

    done: float | None
    total: float | None
    text: str


class RunSummary(BaseModel):
    """A run as lists show it. `phase` is what it is doing, while it has not ended."""

    id: str
    object: str
    version: int
    function: str | None
    output: str | None
    mode: Literal["local", "server"]
    state: State
    reason: str | None
    phase: Phase | None
    isolation: str | None
    priority: int
    parent_run_id: str | None = None
    batch_id: str | None
    batch_index: int | None
    created_at: int
    started_at: int | None
    finished_at: int | None
    timings: Timings
    progress: Progress | None


class Frame(BaseModel):
    """One call of a remote traceback."""

    file: str
    line: int
    function: str
    source: str


class RunError(BaseModel):
    """Why a run failed: the user's exception, or what became of its worker."""

    type: str
    message: str
    frames: list[Frame] = []
    node: str | None = None
    remote: dict[str, Any] | None = Field(
        default=None, description="Where the node ran that failed: `run_id`, `machine`, `object`, `state`, `reason`."
    )
    notes: list[str] = []
    cause: dict[str, Any] | None = None


class Artifact(BaseModel):
    """A file that a run left."""

    name: str
    size: int
    sha256: str
    media_type: str


class RunView(RunSummary):
    """A run with what it carries. `result` is a document, there only where the run succeeded."""

    result: Any = None
    error: RunError | None
    artifacts: list[Artifact]


class NodeView(BaseModel):
    """A node of a running pipeline. `elsewhere` is what is known of a remote node's run."""

    node: str
    state: Literal["running", "ended"]
    seconds: float | None
    elsewhere: dict[str, Any] | None


class RunDetail(RunView):
    """A run, how far its nodes are while it goes on, and the runs of its remote nodes on this machine."""

    nodes: list[NodeView]
    children: list[RunSummary]


class RunsWait(StrictModel):
    """Runs to wait for, and for how many seconds at most."""

    ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=MOST_WAITED_FOR)]
    wait: Annotated[float, Field(ge=0, le=3600)] = 0.0


class RunsEnded(BaseModel):
    """Runs that have ended, some of them where there are many; and ids that are no run's."""

    items: list[RunView]
    unknown: list[str]


class RunPage(BaseModel):
    """Runs, newest first."""

    items: list[RunSummary]
    next: str | None


class RunPrune(StrictModel):
    """Which ended runs to forget; without anything, all of them."""

    older_than_days: Annotated[float | None, Field(ge=0, le=100_000)] = None
    states: list[EndedState] | None = None
    dry_run: bool = False


class RunsPruned(BaseModel):
    """What was forgotten, or would be."""

    runs: int
    bytes: int
    dry_run: bool


class LogPiece(BaseModel):
    """A piece of a stream. Ask again from `next_offset`; `ended` says that there is no more to come."""

    stream: Literal["stdout", "stderr"]
    offset: int
    next_offset: int
    size: int
    text: str
    dropped_bytes: int
    ended: bool


class ArtifactPage(BaseModel):
    """The files of a run."""

    items: list[Artifact]
    next: str | None = None


class BatchCreated(BaseModel):
    id: str
    total: int


class BatchView(BaseModel):
    """How far a batch is; `counts` by state."""

    id: str
    object: str
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
    error: RunError | None = None


class BatchResults(BaseModel):
    """The next results. Ask again with `after` set to `next`, until `done`."""

    items: list[BatchItem]
    next: int
    done: bool


class BatchCancelled(BaseModel):
    """How many runs of a batch were still to end."""

    cancelled: int


class BlobView(BaseModel):
    """A blob that is here."""

    sha256: str
    size: int
