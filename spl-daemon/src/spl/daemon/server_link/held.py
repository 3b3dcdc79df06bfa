"""An attempt that this machine has in hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from spl.daemon.runs.live import LiveRun
from spl.daemon.runs.origin import Remote
from spl.daemon.server_link.jobs import Job
from spl.daemon.server_link.telemetry import Telemetry


@dataclass(slots=True, eq=False)
class Held:
    """One attempt from its acceptance until its end is on the disk.

    Attributes:
        live: the run it became here, once it may start.
        cancelled: somebody asked for its end.
        orphaned: the server has given the run to somebody else.
        capability: what the run itself may show to the server; kept in memory alone.
    """

    job: Job
    remote: Remote
    telemetry: Telemetry
    live: LiveRun | None = None
    task: asyncio.Task[None] | None = None
    cancelled: bool = False
    orphaned: bool = False
    capability: str = field(default="", repr=False)

    def told(self) -> dict[str, Any]:
        """What each poll says of it; its lease begins anew with it."""
        phase = self.live.phase if self.live is not None else "starting"
        return {"run_id": self.job.run_id, "fence": self.job.fence, "phase": phase}
