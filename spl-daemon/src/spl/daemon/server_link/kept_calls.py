"""Calls that are kept here while the server is away, and brought to it when it is back: each becomes one run there.

    kept on the disk with its key ──> published versions go first ──> large arguments ──> POST /remote-runs ──> its run

Whatever breaks between the request and the note that it was answered, the next request has the same key, and the
server answers with the same run.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from spl.core.errors import RunNotFound, SPLError
from spl.core.server_errors import IdempotencyKeyReused
from spl.core.wire.paths import KEPT_RUN
from spl.daemon.db import Database
from spl.daemon.outbox import Identity, kept
from spl.daemon.outbox.kept import KeptCall
from spl.daemon.runs.ids import new_id
from spl.daemon.runs.live import now_ms
from spl.daemon.server_link.api import Refusal, json_object
from spl.daemon.server_link.arguments import send_blobs
from spl.daemon.server_link.exchange import Unreachable
from spl.daemon.server_link.line import Line
from spl.runtime.blobs import Blobs

log = logging.getLogger(__name__)

PAGE = 50
# Lists show what waits; whoever has more of it counts rather than reads.
MOST_SHOWN = 500
# After a refusal that may heal, and while versions that were published before are on their way.
AGAIN_SECONDS = 1.0
PUBLISH_LOOK_SECONDS = 0.1
# Ended calls are found by their id for as long as anybody may hold a handle of one.
KEPT_MS = 30 * 24 * 3600 * 1000


class KeptCalls:
    """What is kept for servers; `lane` brings it to the one that is connected."""

    def __init__(self, *, db: Database, blobs: Blobs, ttl_seconds: float) -> None:
        self._db = db
        self._blobs = blobs
        self._ttl_ms = int(ttl_seconds * 1000)
        self._bell = asyncio.Event()
        self._news = asyncio.Event()
        self._refusals: dict[str, SPLError] = {}

    # --- what callers ask

    async def keep(self, identity: Identity, body: dict[str, Any]) -> KeptCall:
        """Have a call on the disk; asked again with its key, it is the same call.

        Raises:
            QueueFull, DiskFull
            IdempotencyKeyReused: the key belongs to another call.
        """
        now = now_ms()
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        call = KeptCall(
            KEPT_RUN + new_id(), identity.origin, identity.owner, str(body["idempotency_key"]), text, "waiting", 0,
            None, None, now, now + self._ttl_ms, None,
        )  # fmt: skip
        found = await self._db.write(lambda connection: kept.add(connection, call))
        if json.loads(found.body) != body:
            raise IdempotencyKeyReused("This idempotency key belongs to another call that is kept here.")
        self._news.set()
        return found

    async def answered(self, call_id: str, seconds: float) -> KeptCall:
        """The call once it is over or with the server, or as it is after so many seconds.

        Raises:
            RunNotFound
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            bell = self._bell
            call = await self._found(call_id)
            left = min(deadline - asyncio.get_running_loop().time(), (call.expires_at - now_ms()) / 1000)
            if call.over or deadline - asyncio.get_running_loop().time() <= 0:
                return call
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, left) + 0.001):
                    await bell.wait()

    async def cancel(self, call_id: str) -> KeptCall:
        """End a call that has not left; one that may have is cancelled at the server as soon as that answers."""
        now = now_ms()

        await self._db.write(lambda connection: kept.cancel(connection, call_id, now), essential=True)
        self._ring()
        self._news.set()
        return await self._found(call_id)

    async def shown(self) -> list[KeptCall]:
        """What waits, and what ended here, newest first."""
        await self._expire()
        return await self._db.read(lambda connection: kept.shown(connection, MOST_SHOWN))

    async def withdrawn(self, call: KeptCall) -> SPLError | None:
        """The refusal of a call that its caller still waits for; it is not kept any longer then."""
        error = self._refusals.pop(call.id, None)
        if error is not None:
            await self._db.write(lambda connection: kept.remove(connection, call), essential=True)
        return error

    async def tidy(self) -> None:
        """Let go of what ended long ago."""
        await self._db.write(lambda connection: kept.forget(connection, now_ms() - KEPT_MS), essential=True)

    # --- the lane

    async def lane(self, line: Line) -> None:
        """Bring what is kept to this server until cancelled.

        Raises:
            Unreachable, Refusal: the connection is lost.
        """
        identity = line.record.identity
        try:
            while True:
                self._news.clear()
                await self._expire()
                while calls := await self._db.read(lambda connection: kept.due(connection, identity, PAGE)):
                    for call in calls:
                        await self._bring(line, call)
                await self._news.wait()
        finally:
            self._ring()

    async def _bring(self, line: Line, call: KeptCall) -> None:
        if call.state != "sent":
            while not await self._db.read(lambda connection: kept.after_publishes(connection, call)):
                await asyncio.sleep(PUBLISH_LOOK_SECONDS)
            current = await self._found(call.id)
            if current.over or not await self._send(line, current):
                return
        current = await self._found(call.id)
        if current.cancel and current.run_id is not None:
            try:
                await self._ask(line, f"/remote-runs/{quote(current.run_id, safe='')}/cancel")
            except Refusal as error:  # it has ended, say
                if error.credential:
                    raise
            await self._write(lambda connection: kept.cancelled_there(connection, current))

    async def _send(self, line: Line, call: KeptCall) -> bool:
        """Send a call; whether the server has it."""
        if not await self._write(lambda connection: kept.sending(connection, call)):
            return False
        body = json.loads(call.body)
        try:
            await send_blobs(line, self._blobs, [body.get("args"), body.get("kwargs")])
            run = await self._ask(line, "/remote-runs", body)
        except Unreachable as error:
            if call.state == "waiting" and not error.sent:
                await self._write(lambda connection: kept.stayed(connection, call))
            raise
        except Refusal as error:
            if error.credential:
                if call.state == "waiting":
                    await self._write(lambda connection: kept.stayed(connection, call))
                raise
            await self._refuse(call, error.error())
            return False
        except FileNotFoundError:
            await self._refuse(call, RunNotFound("The large arguments of this call are not on this machine any more."))
            return False
        await self._note(call, str(run["id"]))
        return True

    async def _note(self, call: KeptCall, run_id: str) -> None:
        await self._write(lambda connection: kept.sent(connection, call, run_id, now_ms()))
        log.info("the call %s is run %s of its server", call.id, run_id)
        self._ring()

    async def _refuse(self, call: KeptCall, error: SPLError) -> None:
        log.error("the server does not take the call %s: %s", call.id, error.message)
        told: dict[str, Any] = {"type": type(error).__name__, "message": error.message, "frames": []}
        told |= {"code": error.code, "hint": error.hint}
        text = json.dumps(told, ensure_ascii=False)
        self._refusals[call.id] = error
        while len(self._refusals) > MOST_SHOWN:
            self._refusals.pop(next(iter(self._refusals)))
        await self._write(lambda connection: kept.refused(connection, call, text, now_ms()))
        self._ring()

    async def _ask(self, line: Line, path: str, body: object = None) -> dict[str, Any]:
        """The server's answer; one that has too much to do is asked until it has less."""
        while True:
            try:
                return json_object(await line.api.request("POST", path, body))
            except Refusal as error:
                if not error.passing:
                    raise
                await asyncio.sleep(AGAIN_SECONDS)

    # --- inner

    async def _found(self, call_id: str) -> KeptCall:
        found = await self._db.read(lambda connection: kept.find(connection, call_id))
        if found is None:
            raise RunNotFound(f"No call {call_id[:80]!r} is kept here.")
        if not found.over and found.expires_at <= now_ms():
            await self._expire()
            again = await self._db.read(lambda connection: kept.find(connection, call_id))
            return again or found
        return found

    async def _expire(self) -> None:
        now = now_ms()
        if await self._db.read(lambda connection: kept.overdue(connection, now)):
            await self._write(lambda connection: kept.expire(connection, now))
            self._ring()

    async def _write[T](self, work: Callable[[Any], T]) -> T:
        return await self._db.write(work, essential=True, small=True)

    def _ring(self) -> None:
        """Whoever waits looks again."""
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
