"""One thing to be told to a server, and to whom. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["finished", "nack", "publish"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a connection speaks for: a server's origin (scheme, host, port) and the owner of this machine there."""

    origin: str
    owner: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the outbox. `body` is JSON that nobody opens before it is sent; `created_at` epoch milliseconds."""

    id: str
    origin: str
    owner: str
    kind: Kind
    run_id: str | None
    fence: str | None
    body: str
    created_at: int

    @property
    def size(self) -> int:
        """About how many bytes it takes on the way."""
        return len(self.body)
