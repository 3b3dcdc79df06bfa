"""Who was refused. The first hundred within an hour are all written down, then one in ten: a flood of them is to be
seen in the audit, not to be the audit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from daemon_server.audit.service import record
from daemon_server.clock import Clock
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal

HOUR_MS = 3_600_000
ALL_OF = 100
THEN_ONE_IN = 10
# Counters are kept for so many credentials; beyond it the count begins anew, which writes down more, not less.
COUNTED = 10_000


class Writes(Protocol):
    """The part of the database that is needed here."""

    async def write[Result](self, unit: Unit[Result], /) -> Result: ...


class Unit[Result](Protocol):
    """A unit of work."""

    def __call__(self, session: Session, /) -> Result: ...


@dataclass(slots=True)
class Sampler:
    """Which of many denials are written down, for each credential and hour. Pure but for its counters."""

    _hour: int = -1
    _counts: dict[str, int] = field(default_factory=dict)

    def wanted(self, token_id: str, now_ms: int) -> tuple[bool, int]:
        """Whether this one is written down, and how many there were within the hour, this one included."""
        hour = now_ms // HOUR_MS
        if hour != self._hour or len(self._counts) > COUNTED:
            self._hour, self._counts = hour, {}
        count = self._counts[token_id] = self._counts.get(token_id, 0) + 1
        return count <= ALL_OF or count % THEN_ONE_IN == 0, count


class Denials:
    """Writes down refused requests of known credentials."""

    def __init__(self, db: Writes, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._sampler = Sampler()

    async def note(self, principal: Principal, operation: str, code: str) -> None:
        """A credential was refused `operation` (`POST /libraries`) with `code`."""
        wanted, count = self._sampler.wanted(principal.token_id, self._clock.wall_ms())
        if wanted:
            await self._db.write(
                lambda session: record(session, principal, "denied", operation, code=code, within_the_hour=count)
            )
