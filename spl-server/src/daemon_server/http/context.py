"""The server as its routes see it: what was composed once, at start."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daemon_server.clock import Clock
from daemon_server.db import Database, Topics
from daemon_server.home import Home
from daemon_server.http.metrics import Metrics
from daemon_server.http.ports import Credentials, Denials, MachinesBusy
from daemon_server.http.streams import Streams
from daemon_server.settings import Settings

if TYPE_CHECKING:
    from daemon_server.blobs.cas import BlobStore
    from daemon_server.blobs.gate import RunGate
    from daemon_server.identity.pepper import Pepper


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Everything a request may need.

    Attributes:
        blobs: large values and artifacts, by content.
        run_gate: who may read a run, and which machine holds it.
        started_at: epoch milliseconds.
        started_boot_ms: the same moment on the clock that never jumps: leases have an amnesty from then on.
        stopping: set when the server was asked to stop.
    """

    settings: Settings
    home: Home
    db: Database
    clock: Clock
    pepper: Pepper
    credentials: Credentials
    blobs: BlobStore
    run_gate: RunGate
    machines_busy: MachinesBusy
    denials: Denials | None = None
    metrics: Metrics = field(default_factory=Metrics)
    streams: Streams = field(default_factory=Streams)
    started_at: int = 0
    started_boot_ms: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def topics(self) -> Topics:
        return self.db.topics
