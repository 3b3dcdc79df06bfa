"""Calls that wait here until their server is there. Plain SQL on a connection.

    waiting ──> sending ──> sent       the server has it: from here on its own run is what is looked at
       │           ├──────> refused    the server will never take it
       │           └──────> waiting    it provably never left
       └──> cancelled, expired         while it provably had not left

`sending` is on the disk before a request leaves, so that what may have arrived counts as arrived: it is sent again with
its key, and never cancelled or expired behind the server's back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection

from spl.core.errors import QueueFull
from spl.core.wire.paths import KEPT_RUN
from spl.daemon.outbox.entry import Identity

KeptState = Literal["waiting", "sending", "sent", "refused", "cancelled", "expired"]

OPEN: Final[tuple[KeptState, ...]] = ("waiting", "sending")
"""Calls that are still to be brought to the server."""

# As many as a server lets wait for one machine, and a database that still opens quickly.
MOST_CALLS = 10_000
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeptCall:
    """One row; times are epoch milliseconds, `body` is the request as it will be sent, `error` a run's error as JSON.

    Attributes:
        cancel: whether its run is to be cancelled as soon as the server has it.
        run_id: the server's run.
    """

    id: str
    origin: str
    owner: str
    key: str
    body: str
    state: KeptState
    cancel: int
    run_id: str | None
    error: str | None
    created_at: int
    expires_at: int
    ended_at: int | None

    @property
    def identity(self) -> Identity:
        return Identity(self.origin, self.owner)

    @property
    def over(self) -> bool:
        return self.state not in OPEN

    @property
    def moment(self) -> str:
        """The id that the outbox would have given it: what sorts before it was noted before it."""
        return self.id.removeprefix(KEPT_RUN)


FIELDS = tuple(KeptCall.__dataclass_fields__)

_ADD = f"INSERT INTO kept_calls ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))})"
_SELECT = f"SELECT {', '.join(FIELDS)} FROM kept_calls"
_IS_OPEN = "state IN ('waiting', 'sending')"
_LOAD = f"SELECT count(*), coalesce(sum(length(body)), 0) FROM kept_calls WHERE {_IS_OPEN}"
_PUBLISHES_BEFORE = (
    "SELECT 1 FROM outbox WHERE state = 'pending' AND kind = 'publish' AND origin = ? AND owner = ? AND id < ? LIMIT 1"
)


def add(connection: Connection, call: KeptCall) -> KeptCall:
    """Keep a call; the one that has its key already, if there is one.

    Raises:
        QueueFull: too many are waiting.
    """
    known = connection.exec_driver_sql(
        f"{_SELECT} WHERE origin = ? AND owner = ? AND key = ?", (call.origin, call.owner, call.key)
    ).first()
    if known is not None:
        return KeptCall(*known)
    count, size = connection.exec_driver_sql(_LOAD).one()
    if count >= MOST_CALLS or size + len(call.body) > MOST_BYTES:
        raise QueueFull(
            f"{count:,} calls ({size:,} bytes) wait on this machine for their server, and no more can.",
            hint="Cancel some of client.runs(scope='waiting'), or wait until the server is back.",
        )
    connection.exec_driver_sql(_ADD, tuple(getattr(call, name) for name in FIELDS))
    return call


def find(connection: Connection, call_id: str) -> KeptCall | None:
    row = connection.exec_driver_sql(f"{_SELECT} WHERE id = ?", (call_id,)).first()
    return None if row is None else KeptCall(*row)


def due(connection: Connection, identity: Identity, limit: int) -> list[KeptCall]:
    """What this server and owner is still to hear of, oldest first."""
    rows = connection.exec_driver_sql(
        f"{_SELECT} WHERE ({_IS_OPEN} OR cancel = 1) AND origin = ? AND owner = ? ORDER BY id LIMIT ?",
        (identity.origin, identity.owner, limit),
    )
    return [KeptCall(*row) for row in rows]


def shown(connection: Connection, limit: int) -> list[KeptCall]:
    """What waits, and what ended here without the server, newest first."""
    rows = connection.exec_driver_sql(f"{_SELECT} WHERE state != 'sent' ORDER BY id DESC LIMIT ?", (limit,))
    return [KeptCall(*row) for row in rows]


def waiting(connection: Connection) -> int:
    return int(connection.exec_driver_sql(_LOAD).one()[0])


def after_publishes(connection: Connection, call: KeptCall) -> bool:
    """Whether everything that was published before this call was made is with the server."""
    return connection.exec_driver_sql(_PUBLISHES_BEFORE, (call.origin, call.owner, call.moment)).first() is None


def sending(connection: Connection, call: KeptCall) -> bool:
    """Note that a request is about to leave; False where the call ended meanwhile."""
    return _moved(connection, "UPDATE kept_calls SET state = 'sending' WHERE id = ? AND " + _IS_OPEN, (call.id,))


def stayed(connection: Connection, call: KeptCall) -> None:
    """The request never left: only for a call that had not been sent before either."""
    _moved(connection, "UPDATE kept_calls SET state = 'waiting' WHERE id = ? AND state = 'sending'", (call.id,))


def sent(connection: Connection, call: KeptCall, run_id: str, now: int) -> None:
    """The server has it, as this run."""
    statement = "UPDATE kept_calls SET state = 'sent', run_id = ?, ended_at = ? WHERE id = ? AND state = 'sending'"
    _moved(connection, statement, (run_id, now, call.id))


def refused(connection: Connection, call: KeptCall, error: str, now: int) -> None:
    """The server will never take it."""
    statement = (
        "UPDATE kept_calls SET state = 'refused', error = ?, ended_at = ?, cancel = 0 WHERE id = ? AND " + _IS_OPEN
    )
    _moved(connection, statement, (error, now, call.id))


def cancel(connection: Connection, call_id: str, now: int) -> None:
    """End a call that has not left; one that may have is cancelled at the server, once that is there."""
    ended = "UPDATE kept_calls SET state = 'cancelled', ended_at = ? WHERE id = ? AND state = 'waiting'"
    if not _moved(connection, ended, (now, call_id)):
        _moved(connection, "UPDATE kept_calls SET cancel = 1 WHERE id = ? AND state = 'sending'", (call_id,))


def cancelled_there(connection: Connection, call: KeptCall) -> None:
    """The server was told."""
    _moved(connection, "UPDATE kept_calls SET cancel = 0 WHERE id = ?", (call.id,))


def expire(connection: Connection, now: int) -> int:
    """End what waited for too long; what may have left is cancelled at the server instead."""
    connection.exec_driver_sql("UPDATE kept_calls SET cancel = 1 WHERE state = 'sending' AND expires_at <= ?", (now,))
    statement = "UPDATE kept_calls SET state = 'expired', ended_at = ? WHERE state = 'waiting' AND expires_at <= ?"
    return int(connection.exec_driver_sql(statement, (now, now)).rowcount)


def overdue(connection: Connection, now: int) -> bool:
    """Whether `expire` would change anything."""
    statement = f"SELECT 1 FROM kept_calls WHERE {_IS_OPEN} AND cancel = 0 AND expires_at <= ? LIMIT 1"
    return connection.exec_driver_sql(statement, (now,)).first() is not None


def forget(connection: Connection, before_ms: int) -> None:
    """Let go of what ended long ago."""
    connection.exec_driver_sql(f"DELETE FROM kept_calls WHERE ended_at < ? AND NOT {_IS_OPEN}", (before_ms,))


def remove(connection: Connection, call: KeptCall) -> None:
    """As if it had never been kept: whoever asked was told so at once."""
    connection.exec_driver_sql("DELETE FROM kept_calls WHERE id = ?", (call.id,))


def _moved(connection: Connection, statement: str, parameters: Sequence[object]) -> bool:
    return connection.exec_driver_sql(statement, tuple(parameters)).rowcount == 1
