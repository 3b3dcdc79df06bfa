"""What the server does unasked: each a named loop with a beginning, a wake-up and an ending, all of them here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from daemon_server.audit import service as audit
from daemon_server.blobs import sweeping
from daemon_server.db import Session
from daemon_server.http.context import Server
from daemon_server.identity import console_sessions, tokens
from daemon_server.runs.ticking import Reaper, Retention

log = logging.getLogger(__name__)

# A full disk is looked at this often: whoever frees space is not kept waiting long, and a look costs nothing.
DISK_INTERVAL_SECONDS = 15.0
DAY_MS = 86_400_000


@dataclass(slots=True, eq=False)
class Loop:
    """Calls `tick` after `first` seconds, then when `every` seconds have passed or somebody wakes it.

    A tick that fails is logged, and the next one comes.
    """

    name: str
    tick: Callable[[], Awaitable[object]]
    every: float
    first: float | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Don't wait for the clock."""
        self._woken.set()

    async def run(self) -> None:
        """Go round until cancelled."""
        patience = self.every if self.first is None else self.first
        self.began.set()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._woken.wait()
            self._woken.clear()
            patience = self.every
            try:
                await self.tick()
            except Exception:
                log.exception("%s failed; it is tried again in %g seconds", self.name, self.every)


@asynccontextmanager
async def running(*loops: Loop) -> AsyncIterator[None]:
    """Run the loops until the block ends; each has begun when the block does."""
    tasks = [asyncio.create_task(loop.run(), name=loop.name) for loop in loops]
    try:
        for loop in loops:
            await loop.began.wait()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def server_loops(server: Server) -> list[Loop]:
    """The loops of a server."""

    async def keep_room() -> None:
        await asyncio.to_thread(server.db.make_room_again)

    settings = server.settings

    def old_audit(session: Session) -> int:
        return audit.prune(session, before=session.now - int(settings.keep_audit_days * DAY_MS))

    async def forget() -> None:
        for prune in (tokens.prune, console_sessions.prune, old_audit):
            while await server.db.write(prune, essential=True) >= tokens.PRUNED_AT_ONCE:
                pass

    return [
        Loop("room on the disk", keep_room, DISK_INTERVAL_SECONDS, first=0.0),
        Loop("reaper", Reaper(server).tick, settings.reaper_seconds, first=0.0),
        Loop("sweeper", partial(sweeping.sweep, server), sweeping.EVERY_SECONDS),
        Loop("retention", Retention(server).tick, settings.retention_interval_seconds),
        Loop("old credentials and audit rows", forget, settings.retention_interval_seconds),
    ]
