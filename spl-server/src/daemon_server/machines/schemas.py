"""What the routes of machines take and give. Times are epoch milliseconds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from daemon_server.access.policy import MachineRight
from daemon_server.http.routing import StrictModel
from daemon_server.machines.enrolment import LONGEST_DISPLAY_NAME, Issue, May
from daemon_server.machines.record import Machine, Status

# A machine that held more runs than this would not be one machine.
MOST_RUNS = 10_000


def _printable(text: str) -> str:
    """Text for one line in a list, without what could hide or move the rest of it."""
    if not all(character.isprintable() for character in text):
        raise ValueError("has characters that can't be shown")
    return text


Label = Annotated[str, Field(max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
DisplayName = Annotated[str, Field(min_length=1, max_length=LONGEST_DISPLAY_NAME), AfterValidator(_printable)]
Labels = Annotated[list[Label], Field(max_length=200)]


class EnrolmentRequest(StrictModel):
    """A place for a machine: a new one, or the caller's own by `machine_id`.

    Without `may` it may do what its owner's credential may.
    """

    machine_id: Name | None = None
    name: Name | None = None
    display_name: DisplayName | None = None
    labels: Labels | None = None
    may: list[May] | None = Field(None, max_length=2)
    issue: Issue = "both"


class EnrolmentView(BaseModel):
    """The machine's place. Token and code are shown this once; `expires_at` is the code's end, or the token's."""

    machine_id: str
    name: str
    display_name: str
    owner: str
    scopes: list[str]
    machine_token: str | None
    token_expires_at: int | None
    code: str | None
    expires_at: int
    command: str | None


class RedeemRequest(StrictModel):
    """What a daemon says of itself as it comes in with a code."""

    daemon_version: str = Field("", max_length=80)
    display_name: DisplayName | None = None


class ServerView(BaseModel):
    version: str
    time: int


class RedeemView(BaseModel):
    """The machine's token, shown this once."""

    machine_id: str
    name: str
    display_name: str
    owner: str
    scopes: list[str]
    machine_token: str
    expires_at: int
    server: ServerView


class RotatedView(BaseModel):
    """The machine's next token, shown this once. The one before stays good for a day."""

    machine_id: str
    machine_token: str
    token_id: str
    expires_at: int


class MachineChange(StrictModel):
    """What is to be another way; what is not given stays. `max_concurrent` null leaves that to the machine."""

    name: Name | None = None
    display_name: DisplayName | None = None
    labels: Labels | None = None
    draining: bool | None = None
    max_concurrent: int | None = Field(None, ge=0, le=MOST_RUNS)


class MachineView(BaseModel):
    id: str
    name: str
    owner: str
    display_name: str
    labels: list[str]
    online: bool
    status: Status
    draining: bool
    running: int
    capacity: int
    max_concurrent: int | None
    policy: list[str]
    daemon_version: str | None
    snapshot: dict[str, Any]
    connected_at: int | None
    last_seen_at: int | None
    lease_expires_at: int | None
    created_at: int
    revoked_at: int | None
    can: list[MachineRight]


class MachinePage(BaseModel):
    items: list[MachineView]
    next: str | None


class RevokedView(BaseModel):
    id: str
    name: str
    status: Literal["revoked"] = "revoked"


def machine_view(machine: Machine, *, now: int, running: int, can: frozenset[MachineRight]) -> MachineView:
    """A machine as it is shown at a moment."""
    return MachineView(
        id=machine.id,
        name=machine.name,
        owner=machine.owner,
        display_name=machine.display_name,
        labels=list(machine.labels),
        online=machine.live_at(now),
        status=machine.status_at(now),
        draining=machine.draining,
        running=running,
        capacity=machine.capacity,
        max_concurrent=machine.max_concurrent,
        policy=list(machine.policy),
        daemon_version=machine.daemon_version,
        snapshot=machine.snapshot,
        connected_at=machine.connected_at,
        last_seen_at=machine.last_seen_at,
        lease_expires_at=machine.lease_expires_at,
        created_at=machine.created_at,
        revoked_at=machine.revoked_at,
        can=sorted(can),
    )
