"""The outbox on a connection: rows are added by whoever changes what they tell of, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from spl.daemon.outbox import attempts
from spl.daemon.outbox.entry import Entry, Identity

# What a machine may have to tell at once: weeks of work while offline, and a database that still opens quickly.
MOST_ROWS = 50_000
MOST_BYTES = 256 * 1024 * 1024
# From this share of either bound on, what can be made again is not added any more, and no new jobs are taken.
CROWDED_SHARE = 0.8

FIELDS = tuple(Entry.__dataclass_fields__)

_ADD = (
    f"INSERT INTO outbox ({', '.join(FIELDS)}, size, state) VALUES ({', '.join('?' * len(FIELDS))}, ?, 'pending') "
    "ON CONFLICT DO NOTHING"
)
_PENDING = (
    f"SELECT {', '.join(FIELDS)} FROM outbox WHERE state = 'pending' AND origin = ? AND owner = ? "
    "ORDER BY kind = 'publish', id LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Dead:
    """An event that the server will never take, and what it said."""

    id: str
    kind: str
    run_id: str | None
    answer: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Load:
    """How much waits to be told, and how much never will be."""

    rows: int
    bytes: int
    dead: int

    @property
    def crowded(self) -> bool:
        return self.rows >= MOST_ROWS * CROWDED_SHARE or self.bytes >= MOST_BYTES * CROWDED_SHARE


def add(connection: Connection, entry: Entry) -> None:
    """Note what is to be told; an entry that is there already stays as it is."""
    values = tuple(getattr(entry, name) for name in FIELDS)
    connection.exec_driver_sql(_ADD, (*values, entry.size))


def finish(connection: Connection, entry: Entry) -> bool:
    """Note the end of an attempt, in the transaction that records it. False where the server gave the run away."""
    assert entry.fence is not None
    if not attempts.move(connection, entry.origin, entry.fence, "finished", entry.created_at):
        return False
    add(connection, entry)
    return True


def give_back(connection: Connection, entry: Entry) -> bool:
    """Note that an attempt never began. False where it may have."""
    assert entry.fence is not None
    if not attempts.move(connection, entry.origin, entry.fence, "returned", entry.created_at):
        return False
    add(connection, entry)
    return True


def pending(connection: Connection, identity: Identity, limit: int) -> list[Entry]:
    """What waits for this server and owner: ends of runs first, each kind in its order."""
    rows = connection.exec_driver_sql(_PENDING, (identity.origin, identity.owner, limit))
    return [Entry(*row) for row in rows]


def done(connection: Connection, entries: Sequence[Entry], now: int) -> None:
    """The server has these: it may be forgotten that they were to be told."""
    if not entries:
        return
    connection.exec_driver_sql("DELETE FROM outbox WHERE id = ?", [(entry.id,) for entry in entries])
    for entry in entries:
        if entry.kind == "finished" and entry.fence is not None:
            attempts.move(connection, entry.origin, entry.fence, "delivered", now)


def stale(connection: Connection, entry: Entry, now: int) -> None:
    """The server has given the run to somebody else: what we have of it stays here, as evidence."""
    connection.exec_driver_sql("DELETE FROM outbox WHERE id = ?", (entry.id,))
    if entry.fence is not None:
        attempts.move(connection, entry.origin, entry.fence, "orphaned", now)


def bury(connection: Connection, entry: Entry, answer: str) -> None:
    """The server will never take this; it is kept for `doctor` to show."""
    connection.exec_driver_sql("UPDATE outbox SET state = 'dead', answer = ? WHERE id = ?", (answer, entry.id))


def dead(connection: Connection, limit: int = 100) -> list[Dead]:
    rows = connection.exec_driver_sql(
        "SELECT id, kind, run_id, answer, created_at FROM outbox WHERE state = 'dead' ORDER BY id DESC LIMIT ?",
        (limit,),
    )
    return [Dead(row[0], row[1], row[2], row[3] or "", row[4]) for row in rows]


def load(connection: Connection) -> Load:
    row = connection.exec_driver_sql(
        "SELECT count(*) FILTER (WHERE state = 'pending'), coalesce(sum(size) FILTER (WHERE state = 'pending'), 0), "
        "count(*) FILTER (WHERE state = 'dead') FROM outbox"
    ).one()
    return Load(int(row[0]), int(row[1]), int(row[2]))
