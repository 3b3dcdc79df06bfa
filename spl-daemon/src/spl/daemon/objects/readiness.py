"""What happens after a publish: the environment is built, then the bundle is imported in it, in the background.

    building -> importing -> ready
           \\-> failed <-/

The outcome is kept for whoever asks `GET /objects/{ref}/ready`. A failure is not for ever: asked again later, it is
tried again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from spl.core.errors import InternalError, SPLError
from spl.daemon.environments import Environments
from spl.daemon.objects.version import ObjectVersion

log = logging.getLogger(__name__)

Status = Literal["building", "importing", "ready", "failed"]
Warm = Callable[[ObjectVersion], Awaitable[object]]
"""Brings a version's bundle into a worker; raises what a run of it would end with."""

# Whoever asks right after a failure wants to read it; whoever asks a minute later has probably mended the cause.
FAILURE_KEPT_SECONDS = 60.0
# Outcomes are small, and only those of recent publishes are asked for.
OUTCOMES_KEPT = 1_000


@dataclass(slots=True)
class Readiness:
    """How far a version is; `line` is the last thing the installer said."""

    status: Status = "building"
    line: str = ""
    error: SPLError | None = None
    ended: float | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def stale(self) -> bool:
        return self.status == "failed" and time.monotonic() - (self.ended or 0.0) > FAILURE_KEPT_SECONDS

    def end(self, status: Status, error: SPLError | None = None) -> None:
        self.status, self.error, self.ended = status, error, time.monotonic()
        self.done.set()

    def to_json(self) -> dict[str, Any]:
        error = self.error.problem() if self.error else None
        return {"ready": self.status == "ready", "status": self.status, "line": self.line, "error": error}


class Preparations:
    """The preparations under way and the outcomes of the last ones, by version id."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments
        self._known: OrderedDict[str, Readiness] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, version: ObjectVersion, warm: Warm | None, *, again: bool = False) -> Readiness:
        """The one under way, or the last outcome, or (`again`, or long after a failure) a new one."""
        known = self._known.get(version.id)
        if known is not None and (version.id in self._tasks or not (again or known.stale)):
            return known
        readiness = self._known[version.id] = Readiness()
        self._known.move_to_end(version.id)
        while len(self._known) > OUTCOMES_KEPT:
            self._known.popitem(last=False)
        task = asyncio.create_task(self._prepare(version, warm, readiness), name=f"prepare {version}")
        self._tasks[version.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(version.id, None))
        return readiness

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _prepare(self, version: ObjectVersion, warm: Warm | None, readiness: Readiness) -> None:
        def on_line(line: str) -> None:
            readiness.line = line

        try:
            await self._environments.ensure(version.spec, on_line)
            readiness.status = "importing"
            if warm is not None:
                await warm(version)
            readiness.end("ready")
        except SPLError as error:
            log.info("%s is not ready: %s", version, error.message)
            readiness.end("failed", error)
        except asyncio.CancelledError:
            readiness.end("failed", InternalError("The daemon was stopped before this version was ready."))
            raise
        except Exception:
            log.exception("Preparing %s failed.", version)
            readiness.end("failed", InternalError(f"Preparing {version} failed; the daemon's log says why."))
