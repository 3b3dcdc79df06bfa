"""Connections as they are kept: one for each server and owner, one of them active. Tokens are files beside them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from spl.core.errors import ServerNotConnected
from spl.daemon.outbox import Identity


@dataclass(frozen=True, slots=True)
class Record:
    """A connection to a server. `url` is where its API begins; times are epoch milliseconds."""

    id: str
    origin: str
    owner: str
    url: str
    machine_id: str
    display_name: str | None
    capabilities: str
    scopes: str
    generation: int
    active: int
    created_at: int
    connected_at: int | None

    @property
    def identity(self) -> Identity:
        return Identity(self.origin, self.owner)

    @property
    def may_publish(self) -> bool:
        return "machine:publish" in json.loads(self.scopes)

    def told(self) -> dict[str, Any]:
        """What is shown of it."""
        return {
            "server_url": self.url,
            "machine_id": self.machine_id,
            "owner": self.owner,
            "display_name": self.display_name,
            "capabilities": json.loads(self.capabilities),
            "scopes": json.loads(self.scopes),
            "connected_at": self.connected_at,
        }


FIELDS = tuple(Record.__dataclass_fields__)


def active(connection: Connection) -> Record | None:
    row = connection.exec_driver_sql(f"SELECT {', '.join(FIELDS)} FROM server_connections WHERE active = 1").first()
    return None if row is None else Record(*row)


def every(connection: Connection) -> list[Record]:
    rows = connection.exec_driver_sql(f"SELECT {', '.join(FIELDS)} FROM server_connections ORDER BY created_at")
    return [Record(*row) for row in rows]


def of(connection: Connection, identity: Identity) -> Record | None:
    row = connection.exec_driver_sql(
        f"SELECT {', '.join(FIELDS)} FROM server_connections WHERE origin = ? AND owner = ?",
        (identity.origin, identity.owner),
    ).first()
    return None if row is None else Record(*row)


def put(connection: Connection, record: Record) -> None:
    """Keep a connection, and make it the active one; another of the same server and owner is replaced."""
    connection.exec_driver_sql("UPDATE server_connections SET active = 0")
    connection.exec_driver_sql(
        "DELETE FROM server_connections WHERE origin = ? AND owner = ?", (record.origin, record.owner)
    )
    values = tuple(getattr(record, name) for name in FIELDS)
    connection.exec_driver_sql(
        f"INSERT INTO server_connections ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))})", values
    )


def connected(connection: Connection, record_id: str, *, scopes: str, generation: int, now: int) -> None:
    connection.exec_driver_sql(
        "UPDATE server_connections SET scopes = ?, generation = ?, connected_at = ? WHERE id = ?",
        (scopes, generation, now, record_id),
    )


def deactivate(connection: Connection) -> None:
    connection.exec_driver_sql("UPDATE server_connections SET active = 0")


class Tokens:
    """Machine tokens: files that this user alone can read, never rows, never log lines."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, record_id: str, token: str) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        beside = self._folder / f"{record_id}.new"
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(token + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path(record_id))

    def read(self, record_id: str) -> str:
        """The token of a connection.

        Raises:
            ServerNotConnected: it is gone, or others may have read it.
        """
        path = self._path(record_id)
        try:
            status = path.lstat()
            if os.name == "posix" and (status.st_uid != os.geteuid() or status.st_mode & 0o077):
                raise ServerNotConnected(
                    f"Others may have read {path}.", hint="Revoke that machine's token, then connect again."
                )
            return path.read_text(encoding="ascii").strip()
        except OSError as error:
            raise ServerNotConnected(
                f"The machine's token can't be read: {error.strerror}.",
                hint="Connect again: `spl-daemon join URL CODE`.",
            ) from None

    def written_at(self, record_id: str) -> int:
        """When the token came here, in epoch milliseconds."""
        return self._path(record_id).stat().st_mtime_ns // 1_000_000

    def remove(self, record_id: str) -> None:
        self._path(record_id).unlink(missing_ok=True)

    def _path(self, record_id: str) -> Path:
        return self._folder / f"{record_id}.token"
