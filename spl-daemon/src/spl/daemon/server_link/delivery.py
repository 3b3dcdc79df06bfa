"""Delivers what is in the outbox: ends of runs first, then what runs tell while they go on, each run's in its order.

An entry leaves the outbox only after the server answered it. One that the server will never take is put aside, for
`spl-daemon doctor` to show, and holds nobody up.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from spl.daemon.db import Database
from spl.daemon.outbox import Entry, attempts
from spl.daemon.outbox import store as outbox
from spl.daemon.runs import Runs
from spl.daemon.runs.ends import error_text
from spl.daemon.runs.ids import new_id
from spl.daemon.runs.live import now_ms
from spl.daemon.server_link.api import Refusal
from spl.daemon.server_link.blobs import all_results, head_of, upload, wanted
from spl.daemon.server_link.exchange import Unreachable
from spl.daemon.server_link.held import Held
from spl.daemon.server_link.line import Line
from spl.daemon.server_link.telemetry import Event
from spl.runtime.blobs import Blobs

log = logging.getLogger(__name__)

# What a server takes at once.
MOST_EVENTS = 100
MOST_BYTES = 512 * 1024
# Read ahead from the outbox; the rest is read when these are told.
PAGE = 200
# Large files of several runs go up beside each other, and leave the network to others as well.
UPLOADS_AT_ONCE = 2
# A server that has not got the files which it acknowledged is told again, but not for ever.
MOST_TRIES = 3
# Statuses that say that a request as a whole can't be read.
UNREADABLE = frozenset({400, 413, 422})
# After a refusal that may heal.
AGAIN_SECONDS = 1.0


@dataclass(slots=True)
class _Batch:
    """One request's events: entries of the outbox and telemetry."""

    texts: list[str] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    telemetry: dict[str, tuple[Held, Event]] = field(default_factory=dict)
    size: int = 0
    most: int = MOST_EVENTS

    def has_room(self, size: int) -> bool:
        return not self.texts or (len(self.texts) < self.most and self.size + size <= MOST_BYTES)

    def add(self, text: str) -> None:
        self.texts.append(text)
        self.size += len(text)


class Delivery:
    """The lane to the server for everything that is not a question."""

    def __init__(self, line: Line, held: dict[str, Held], *, db: Database, runs: Runs) -> None:
        self._line = line
        self._held = held
        self._db = db
        self._runs = runs
        self._more = True
        self._uploads: dict[str, asyncio.Task[None]] = {}
        self._uploaded: set[str] = set()
        self._tries: dict[str, int] = {}
        self._seats = asyncio.Semaphore(UPLOADS_AT_ONCE)
        self._single = False

    async def run(self, connection_id: str) -> None:
        """Deliver until cancelled.

        Raises:
            Unreachable, Refusal: the connection is lost.
        """
        self._more = True
        try:
            while True:
                self._line.news.clear()
                await self._load()
                while batch := self._batch():
                    await self._send(connection_id, batch)
                self._failed_uploads()
                if not (self._more and not self._line.ready):
                    await self._line.news.wait()
        finally:
            for task in self._uploads.values():
                task.cancel()
            await asyncio.gather(*self._uploads.values(), return_exceptions=True)
            self._uploads.clear()

    # --- what to send

    async def _load(self) -> None:
        """Read on in the outbox once what was read before is told."""
        if self._line.ready or not self._more:
            return
        identity = self._line.record.identity
        found = await self._db.read(lambda connection: outbox.pending(connection, identity, PAGE))
        ends = [entry for entry in found if entry.kind != "publish"]
        self._more = len(ends) == PAGE
        self._line.ready.update({entry.id: entry for entry in ends})

    def _batch(self) -> _Batch | None:
        batch = _Batch(most=1 if self._single else MOST_EVENTS)
        for entry in list(self._line.ready.values()):
            if not self._may_go(entry):
                continue
            held = self._leftover(entry)
            if held is not None and not self._telemetry(batch, held):
                break
            seq = held.telemetry.next_seq() if held is not None else _LAST_SEQ
            text = _event(entry, seq)
            if not batch.has_room(len(text)):
                break
            batch.add(text)
            batch.entries[entry.id] = entry
        for held in list(self._held.values()):
            if not self._telemetry(batch, held):
                break
        return batch if batch.texts else None

    def _leftover(self, entry: Entry) -> Held | None:
        """The attempt that an end belongs to, as long as it has something to tell before."""
        fence = entry.fence or ""
        return self._line.leftovers.get(fence) or self._held.get(fence)

    def _telemetry(self, batch: _Batch, held: Held) -> bool:
        """Add what an attempt has to tell; False where not all of it had room."""
        if held.orphaned:
            held.telemetry.waiting.clear()
        for event in held.telemetry.waiting:
            if event.id in batch.telemetry:
                continue
            text = event.json()
            if not batch.has_room(len(text)):
                return False
            batch.add(text)
            batch.telemetry[event.id] = (held, event)
        return True

    # --- files that go first

    def _may_go(self, entry: Entry) -> bool:
        """Whether the files that an end names are with the server; begun to be taken there where they are not."""
        if entry.kind != "finished" or entry.id in self._uploaded or entry.fence is None:
            return True
        if entry.id in self._uploads:
            return False
        head = head_of(entry.body)
        if not head.get("artifacts") and not head.get("result_blobs"):
            self._uploaded.add(entry.id)
            return True
        task = asyncio.create_task(self._take_files(entry, head), name=f"files of {entry.run_id}")
        task.add_done_callback(lambda _: self._line.news.set())  # however it went, it is looked at
        self._uploads[entry.id] = task
        return False

    async def _take_files(self, entry: Entry, head: dict[str, Any]) -> None:
        assert entry.run_id is not None and entry.fence is not None
        run_id, fence = entry.run_id, entry.fence
        async with self._seats:
            attempt = await self._db.read(lambda connection: attempts.find(connection, entry.origin, fence))
            local = attempt.local_run if attempt is not None else None
            if head.get("result_blobs"):
                head, entry = await asyncio.to_thread(_with_all_results, self._runs.blobs, head, entry)
                self._line.ready[entry.id] = entry
            items = wanted(self._runs.blobs, self._runs.folder(local or "-"), head)
            while True:
                try:
                    await upload(self._line, run_id, fence, items)
                    break
                except Unreachable as error:
                    # What became of it is unknown: the same manifest asked again says how far each file is.
                    log.info("the files of run %s are offered again: %s", run_id, error)
                    await asyncio.sleep(AGAIN_SECONDS)
                    await self._line.up.wait()
                except Refusal as error:
                    if error.passing:
                        await asyncio.sleep(AGAIN_SECONDS)
                    elif error.code in ("stale_claim", "run_not_found", "store_restored"):
                        break  # the end itself is answered the same, and kept as evidence
                    else:
                        await self._without_files(entry, error)
                        return
        self._uploaded.add(entry.id)

    async def _without_files(self, entry: Entry, error: Refusal) -> None:
        """The server will never have the files: the run has another end, and says why."""
        log.error("the files of run %s were refused: %s", entry.run_id, error)
        told = error_text("ArtifactRejected", f"The server did not take the run's files: {error.detail}")
        body = {**head_of(entry.body), "state": "failed", "reason": "artifact_rejected"}
        body |= {"artifacts": [], "result_blobs": [], "result": None, "error": json.loads(told), "timings": {}}
        other = replace(entry, id=new_id(), body=json.dumps(body, separators=(",", ":")))

        def unit(connection: Connection) -> None:
            outbox.bury(connection, entry, f"{error.code}: {error.detail}")
            outbox.add(connection, other)

        await self._db.write(unit, essential=True)
        self._line.ready.pop(entry.id, None)
        self._line.deliver(other)

    def _failed_uploads(self) -> None:
        """An upload that failed for no reason we know ends this connection; the next one begins it anew."""
        for entry_id, task in list(self._uploads.items()):
            if task.done():
                del self._uploads[entry_id]
                if not task.cancelled() and (error := task.exception()) is not None:
                    raise error

    # --- what became of it

    async def _send(self, connection_id: str, batch: _Batch) -> None:
        head = json.dumps({"connection_id": connection_id, "poll": 0, "wait": 0, "capacity": 0, "held": []})
        body = f'{head[:-1]},"events":[{",".join(batch.texts)}]' + "}"
        try:
            answer = await self._line.api.sync(body.encode())
        except Refusal as error:
            if error.passing:
                await asyncio.sleep(AGAIN_SECONDS)
                return
            if error.status not in UNREADABLE:
                raise
            await self._refused_whole(batch, error)
            return
        self._single = False
        said = {str(one.get("id")): one for one in answer.get("events") or ()}
        await self._settle(batch, said)

    async def _refused_whole(self, batch: _Batch, error: Refusal) -> None:
        """A request that the server can't read is sent event by event; the one it stumbles over is buried."""
        log.error("the server refused %d events at once: %s", len(batch.texts), error)
        if len(batch.texts) > 1:
            self._single = True
            return
        said = {"status": "rejected", "code": error.code}
        await self._settle(batch, dict.fromkeys([*batch.entries, *batch.telemetry], said))

    async def _settle(self, batch: _Batch, said: dict[str, dict[str, Any]]) -> None:
        done, stale, dead = [], [], []
        unanswered = False
        for entry in batch.entries.values():
            answer = said.get(entry.id)
            if answer is None:
                unanswered = True
                continue  # it is told again
            status, code = str(answer.get("status")), str(answer.get("code") or "")
            if status in ("ok", "duplicate"):
                done.append(entry)
            elif status == "stale":
                stale.append(entry)
            elif answer.get("permanent") is True or not self._again(entry):
                dead.append((entry, f"{status}: {code}"))
        now = now_ms()

        def unit(connection: Connection) -> None:
            outbox.done(connection, done, now)
            for entry in stale:
                outbox.stale(connection, entry, now)
            for entry, answer in dead:
                outbox.bury(connection, entry, answer)

        if done or stale or dead:
            await self._db.write(unit, essential=True, small=True)
        for entry in (*done, *stale, *(entry for entry, _ in dead)):
            self._line.ready.pop(entry.id, None)
            self._uploaded.discard(entry.id)
            self._tries.pop(entry.id, None)
            self._line.leftovers.pop(entry.fence or "", None)
            self._line.disowned.discard(entry.fence or "")
        self._acknowledge(batch.telemetry.values(), said)
        if unanswered:
            await asyncio.sleep(AGAIN_SECONDS)
        if batch.texts and not said:
            raise Unreachable("the server answered to no event", sent=True)

    def _again(self, entry: Entry) -> bool:
        """Whether a refused entry may go another time: the files that it names were lost on the way, say."""
        tries = self._tries[entry.id] = self._tries.get(entry.id, 0) + 1
        self._uploaded.discard(entry.id)
        return tries < MOST_TRIES

    def _acknowledge(self, events: Iterable[tuple[Held, Event]], said: dict[str, dict[str, Any]]) -> None:
        """Telemetry that was answered, whatever the answer, is told."""
        by_attempt: dict[str, tuple[Held, list[str]]] = {}
        for held, event in events:
            if event.id in said:
                by_attempt.setdefault(held.job.fence, (held, []))[1].append(event.id)
        for held, ids in by_attempt.values():
            held.telemetry.acknowledged(ids)


def _with_all_results(blobs: Blobs, head: dict[str, Any], entry: Entry) -> tuple[dict[str, Any], Entry]:
    """The end with every blob of its result named, those inside of others too."""
    named = {**head, "result_blobs": all_results(blobs, head["result_blobs"])}
    cut = entry.body.find(',"result":')
    text = json.dumps(named, separators=(",", ":"))
    return named, replace(entry, body=text[:-1] + entry.body[cut:] if cut > 0 else text)


# Behind whatever an attempt of an earlier daemon may have told.
_LAST_SEQ = 1_000_000


def _event(entry: Entry, seq: int) -> str:
    about = {"id": entry.id, "kind": entry.kind, "run_id": entry.run_id, "fence": entry.fence, "seq": seq}
    head = json.dumps(about, separators=(",", ":"))
    return f'{head[:-1]},"data":{entry.body}' + "}"
