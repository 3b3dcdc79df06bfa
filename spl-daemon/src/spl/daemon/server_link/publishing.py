"""Brings what is published here into the catalogue of the server, in the order in which it was published.

A publish and the note that it is to be delivered are one transaction. What was published before there was a connection
is noted when it is made. Versions are known by their content, so that a delivery that is repeated changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from sqlalchemy import Connection

from spl.core.errors import SPLError
from spl.daemon.db import Database
from spl.daemon.objects import Objects
from spl.daemon.outbox import Entry, Identity
from spl.daemon.outbox import store as outbox
from spl.daemon.runs.ids import new_id
from spl.daemon.runs.live import now_ms
from spl.daemon.server_link.api import Refusal
from spl.daemon.server_link.line import Line

log = logging.getLogger(__name__)

DEFAULT_LIBRARY = "default"
PAGE = 50
# After a refusal that may heal.
AGAIN_SECONDS = 2.0

_PENDING = (
    "SELECT id, body, created_at FROM outbox WHERE state = 'pending' AND kind = 'publish' AND origin = ? AND owner = ? "
    "ORDER BY id LIMIT ?"
)
_DELIVERED = (
    "SELECT version FROM deliveries WHERE origin = ? AND owner = ? AND version_id = ? AND delivered_at IS NOT NULL"
)
_NOT_DELIVERED = (
    "SELECT v.id, coalesce(s.library, ?) FROM object_versions v "
    "JOIN objects o ON o.name = v.object AND o.latest = v.version "
    "LEFT JOIN object_sharing s ON s.version_id = v.id "
    "LEFT JOIN deliveries d ON d.version_id = v.id AND d.origin = ? AND d.owner = ? "
    "WHERE v.yaml != '' AND coalesce(s.share, 1) = 1 AND d.version_id IS NULL ORDER BY v.created_at"
)


def note(connection: Connection, identity: Identity, version_id: str, library: str, now: int) -> None:
    """Have a version delivered; what waits or was delivered already is not noted again."""
    known = connection.exec_driver_sql(
        "SELECT library, delivered_at FROM deliveries WHERE origin = ? AND owner = ? AND version_id = ?",
        (identity.origin, identity.owner, version_id),
    ).first()
    if known is not None and known[0] == library and known[1] is None:
        return
    connection.exec_driver_sql(
        "INSERT INTO deliveries (origin, owner, version_id, library) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET library = excluded.library, delivered_at = NULL",
        (identity.origin, identity.owner, version_id, library),
    )
    body = json.dumps({"version_id": version_id, "library": library})
    outbox.add(connection, Entry(new_id(), identity.origin, identity.owner, "publish", None, None, body, now))


def note_all(connection: Connection, identity: Identity, now: int) -> int:
    """Have the latest version of every shared object delivered that was not yet; how many."""
    parameters = (DEFAULT_LIBRARY, identity.origin, identity.owner)
    rows = connection.exec_driver_sql(_NOT_DELIVERED, parameters).all()
    for version_id, library in rows:
        note(connection, identity, version_id, library, now)
    return len(rows)


class Publishing:
    """The lane for versions."""

    def __init__(self, line: Line, *, db: Database, objects: Objects) -> None:
        self._line = line
        self._db = db
        self._objects = objects
        self._news = asyncio.Event()
        self._waiters: dict[str, asyncio.Future[dict[str, Any]]] = {}

    def wake(self) -> None:
        """There is something to deliver."""
        self._news.set()

    async def delivered(self, version_id: str, seconds: float) -> dict[str, Any] | None:
        """What became of a delivery, once that is known; None where it takes longer."""
        waiter = self._waiters.setdefault(version_id, asyncio.get_running_loop().create_future())
        self._news.set()
        identity = self._line.record.identity
        known = await self._db.read(
            lambda connection: connection.exec_driver_sql(
                _DELIVERED, (identity.origin, identity.owner, version_id)
            ).first()
        )
        if known is not None and not waiter.done():  # the lane was quicker than whoever asks
            self._waiters.pop(version_id, None)
            return {"delivered": True, "version": known[0], "refused": None}
        done, _ = await asyncio.wait([waiter], timeout=seconds)
        if done:
            return waiter.result()
        return None

    async def run(self) -> None:
        """Deliver until cancelled.

        Raises:
            Unreachable, Refusal: the connection is lost.
        """
        identity = self._line.record.identity
        parameters = (identity.origin, identity.owner, PAGE)
        while True:
            self._news.clear()
            while self._line.record.may_publish:
                found = await self._db.read(
                    lambda connection: connection.exec_driver_sql(_PENDING, parameters).tuples().all()
                )
                for entry_id, body, created_at in found:
                    entry = Entry(entry_id, identity.origin, identity.owner, "publish", None, None, body, created_at)
                    await self._deliver(entry)
                if len(found) < PAGE:
                    break
            await self._news.wait()

    async def _deliver(self, entry: Entry) -> None:
        about = json.loads(entry.body)
        version_id, library = str(about["version_id"]), str(about["library"])
        try:
            row = await self._objects.row(version_id, None)
        except SPLError as error:  # it was forgotten meanwhile
            await self._settle(entry, version_id, None, error.message)
            return
        document: dict[str, Any] = {
            "yaml": row.yaml,
            "name": row.object,
            "entrypoint": row.entrypoint,
            "env": row.env,
            "display_name": row.display_name,
            "isolation": row.isolation,
            "content_hash": row.content_hash,
        }
        if row.capture is not None:
            document["capture"] = json.loads(row.capture)
        while True:
            try:
                answer = await self._line.api.publish(self._line.record.owner, library, document)
                break
            except Refusal as error:
                if error.passing:
                    await asyncio.sleep(AGAIN_SECONDS)
                    continue
                if error.credential:
                    raise
                log.error("the server does not take %s v%s: %s", row.object, row.version, error)
                await self._settle(entry, version_id, None, f"{error.code}: {error.detail}")
                return
        await self._settle(entry, version_id, answer, "")

    async def _settle(self, entry: Entry, version_id: str, answer: dict[str, Any] | None, refusal: str) -> None:
        now = now_ms()
        number = answer.get("version") if answer is not None else None

        def unit(connection: Connection) -> None:
            if answer is None:
                outbox.bury(connection, entry, refusal)
                return
            outbox.done(connection, [entry], now)
            connection.exec_driver_sql(
                "UPDATE deliveries SET version = ?, delivered_at = ? WHERE origin = ? AND owner = ? AND version_id = ?",
                (number, now, entry.origin, entry.owner, version_id),
            )

        await self._db.write(unit, essential=True)
        waiter = self._waiters.pop(version_id, None)
        if waiter is not None and not waiter.done():
            waiter.set_result({"delivered": answer is not None, "version": number, "refused": refusal or None})
