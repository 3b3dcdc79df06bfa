"""A machine, as the rest of the server sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

type Status = Literal["online", "offline", "draining", "revoked"]


@dataclass(frozen=True, slots=True)
class Machine:
    """One row, read. Times are epoch milliseconds.

    Attributes:
        owner: the owner's name.
        labels: what jobs may ask of it, sorted.
        policy: the patterns it announced, see `policy`.
        max_concurrent: how many runs at most, whatever it offers; None leaves that to the machine.
        capacity: how many runs it offered to hold when it last spoke.
        connection_id: the connection that may speak for it; None where it said goodbye.
        snapshot: what it told of itself: environments, platform, isolation levels.
        generation_seen: the highest store generation it has met.
    """

    id: str
    owner_id: str
    owner: str
    name: str
    display_name: str
    labels: tuple[str, ...]
    policy: tuple[str, ...]
    max_concurrent: int | None
    draining: bool
    connection_id: str | None
    boot_id: str | None
    daemon_version: str | None
    capacity: int
    snapshot: dict[str, Any]
    lease_expires_at: int | None
    connected_at: int | None
    last_seen_at: int | None
    created_at: int
    revoked_at: int | None
    generation_seen: int

    def live_at(self, moment: int) -> bool:
        """Whether it is connected, and was heard of recently enough."""
        return (
            self.revoked_at is None
            and self.connection_id is not None
            and self.lease_expires_at is not None
            and self.lease_expires_at > moment
        )

    def status_at(self, moment: int) -> Status:
        if self.revoked_at is not None:
            return "revoked"
        if not self.live_at(moment):
            return "offline"
        return "draining" if self.draining else "online"


@dataclass(frozen=True, slots=True)
class Hello:
    """What a machine says of itself when it connects. No labels: as they are."""

    boot_id: str
    daemon_version: str
    capacity: int
    policy: tuple[str, ...]
    generation: int
    labels: tuple[str, ...] = ()
    display_name: str | None = None
    snapshot: dict[str, Any] = field(default_factory=dict)
