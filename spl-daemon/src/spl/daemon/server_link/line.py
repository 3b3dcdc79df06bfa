"""Whether the server can be spoken to now, and with what: what lanes and carriers of attempts share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spl.daemon.outbox import Entry
from spl.daemon.server_link.api import ServerApi
from spl.daemon.server_link.records import Record

if TYPE_CHECKING:
    from spl.daemon.server_link.held import Held


@dataclass(slots=True, eq=False)
class Line:
    """The way to one server, as the owner of this machine there.

    Attributes:
        up: set while connected.
        news: set when there is something to deliver at once.
        renew: set when the poll under way is out of date.
        ready: ends of runs and returned attempts, to be delivered, by id.
        kinds: kinds of events that the server says it takes beside those that every server does.
        disowned: fences of which the server said that they are not ours any more.
        leftovers: attempts out of hand whose telemetry goes before their ends, by fence.
    """

    record: Record
    api: ServerApi
    up: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    renew: asyncio.Event = field(default_factory=asyncio.Event)
    ready: dict[str, Entry] = field(default_factory=dict)
    leftovers: dict[str, Held] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    disowned: set[str] = field(default_factory=set)

    def disown(self, fence: str) -> None:
        """The server counts this attempt as nobody's: it hears of its end, and of nothing else."""
        if any(entry.fence == fence for entry in self.ready.values()):
            self.disowned.add(fence)

    def ended(self) -> list[dict[str, Any]]:
        """What polls say of attempts that ended here and whose end the server has not got: they are still ours."""
        return [
            {"run_id": entry.run_id, "fence": entry.fence, "phase": "finalizing"}
            for entry in list(self.ready.values())
            if entry.kind == "finished" and entry.fence not in self.disowned
        ]

    def deliver(self, entry: Entry, held: Held | None = None) -> None:
        """Have an entry told, after what its attempt has not told yet; it is in the outbox already."""
        if held is not None and held.telemetry.waiting and entry.fence is not None:
            self.leftovers[entry.fence] = held
        self.ready[entry.id] = entry
        self.news.set()
