"""What machines and the server say to each other. Fences are strings of digits; times epoch milliseconds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from daemon_server.http.routing import StrictModel
from daemon_server.runs.records import EventKind

# 63 bits, as the database has them.
Fence = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")]
Id = Annotated[str, Field(min_length=1, max_length=200)]
# What one machine can hold, and more than it ever tells at once.
MOST_HELD = 10_000
MOST_EVENTS = 100
LARGEST_CAPACITY = 10_000
LARGEST_NUMBER = 2**53


class Told(StrictModel):
    """An attempt that a machine has in hand."""

    run_id: Id
    fence: Fence
    phase: Annotated[str | None, Field(max_length=40)] = None
    state: Annotated[str | None, Field(max_length=40)] = None


class Policy(StrictModel):
    allow: Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=200)] = Field(default_factory=list)


class ConnectRequest(StrictModel):
    """A machine says who it is and what it offers. Fields of newer machines are left unread."""

    model_config = ConfigDict(extra="ignore", strict=True)

    machine_id: Id | None = None
    boot_id: Id
    daemon_version: Annotated[str, Field(max_length=100)] = ""
    display_name: Annotated[str | None, Field(max_length=200)] = None
    capabilities: dict[str, Any] | list[Any] | None = None
    labels: Annotated[list[Annotated[str, Field(max_length=100)]] | None, Field(max_length=200)] = None
    policy: Policy = Field(default_factory=Policy)
    capacity: Annotated[int, Field(ge=0, le=LARGEST_CAPACITY)] = 0
    snapshot: dict[str, Any] = Field(default_factory=dict)
    generation: Annotated[int, Field(ge=0, lt=2**31)] = 0
    held: Annotated[list[Told], Field(max_length=MOST_HELD)] = Field(default_factory=list)


class TimesView(BaseModel):
    sync_seconds: float
    wait_seconds: float
    machine_lease_seconds: float
    run_lease_seconds: float
    claim_lease_seconds: float


class Pair(BaseModel):
    run_id: str
    fence: str


class VerdictView(Pair):
    verdict: Literal["continue", "stop", "stale"]


class Connected(BaseModel):
    connection_id: str
    machine_id: str
    owner: str
    server_time: int
    generation: int
    scopes: list[str]
    times: TimesView
    limits: dict[str, int]
    event_kinds: list[str]
    held: list[VerdictView]


class DisconnectRequest(StrictModel):
    connection_id: Id


class Disconnected(BaseModel):
    disconnected: bool


class EventTold(StrictModel):
    """One entry of a machine's outbox."""

    id: Annotated[str, Field(min_length=1, max_length=100)]
    kind: EventKind
    run_id: Id
    fence: Fence
    seq: Annotated[int, Field(ge=0, lt=LARGEST_NUMBER)] = 0
    data: dict[str, Any] = Field(default_factory=dict)


class SyncRequest(StrictModel):
    """A sign of life, what happened, and the wish for work. `poll` 0 only delivers."""

    model_config = ConfigDict(extra="ignore", strict=True)

    connection_id: Id
    poll: Annotated[int, Field(ge=0, lt=LARGEST_NUMBER)] = 0
    wait: Annotated[float, Field(ge=0, le=3600, strict=False)] = 0.0
    capacity: Annotated[int, Field(ge=0, le=LARGEST_CAPACITY)] = 0
    held: Annotated[list[Told], Field(max_length=MOST_HELD)] = Field(default_factory=list)
    events: Annotated[list[EventTold], Field(max_length=MOST_EVENTS)] = Field(default_factory=list)


class EventAnswer(BaseModel):
    id: str
    status: Literal["ok", "duplicate", "stale", "rejected"]
    code: str | None = None
    permanent: bool = False


class JobObject(BaseModel):
    owner: str
    library: str
    name: str
    version: int
    version_id: str
    content_hash: str
    env: str
    isolation: str | None
    kind: str
    entrypoint: str


class JobView(BaseModel):
    """A claimed run: what a machine needs to know to run it."""

    run_id: str
    attempt: int
    fence: str
    lease_expires_at: int
    object: JobObject
    function: str | None
    output: str | None
    args: list[Any]
    kwargs: dict[str, Any]
    timeout_seconds: float | None
    isolation: str | None
    priority: int
    allow_pickle: bool
    delivery: dict[str, Any]
    caller: dict[str, str]
    policy_subject: str


class SyncView(BaseModel):
    server_time: int
    generation: int
    events: list[EventAnswer]
    jobs: list[JobView]
    cancel: list[Pair]
    stale: list[Pair]
    draining: bool
