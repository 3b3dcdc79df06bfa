"""What the console is given at its start. Times are epoch milliseconds."""

from __future__ import annotations

from pydantic import BaseModel

from daemon_server.http.principal import CredentialKind
from daemon_server.machines.record import Status
from daemon_server.runs.schemas import RunSummary


class MeView(BaseModel):
    """Who is looking, and what they may do."""

    id: str
    name: str
    display_name: str
    admin: bool
    kind: CredentialKind
    scopes: list[str]
    expires_at: int | None


class Tiles(BaseModel):
    """Counts of what one may see. `waiting_offline` are queued runs whose machine is not there."""

    running: int
    queued: int
    waiting_offline: int
    failed_24h: int
    machines_online: int
    machines: int


class MachineStripe(BaseModel):
    """A machine in the strip."""

    id: str
    name: str
    owner: str
    display_name: str
    status: Status
    running: int
    capacity: int
    last_seen_at: int | None


class ExpiringToken(BaseModel):
    id: str
    kind: str
    name: str
    machine_id: str | None
    expires_at: int


class SetupStep(BaseModel):
    """Something to do before everything works, and whether it is done."""

    step: str
    done: bool


class OverviewView(BaseModel):
    """Everything the console shows first. Its events go on behind `event_cursor`."""

    server_time: int
    server_version: str
    event_cursor: str
    me: MeView
    tiles: Tiles
    recent_runs: list[RunSummary]
    machines: list[MachineStripe]
    expiring_tokens: list[ExpiringToken]
    setup: list[SetupStep]
