"""After a daemon that did not say goodbye: its processes are ended, and its runs get an honest end or their turn."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from spl.core.errors import SPLError
from spl.daemon.objects import ObjectVersion
from spl.daemon.outbox import store as outbox
from spl.daemon.runs import store
from spl.daemon.runs.ends import as_text, error_text
from spl.daemon.runs.folder import STREAMS, RunFolder
from spl.daemon.runs.ids import new_id
from spl.daemon.runs.lifecycle import State
from spl.daemon.runs.live import LiveRun, now_ms
from spl.daemon.runs.origin import Remote, not_started, parent_of, remote_of, report, told_of
from spl.daemon.runs.records import Outcome, Payload, RunRecord
from spl.daemon.runs.workers.tree import end_marked

if TYPE_CHECKING:
    from spl.daemon.runs.service import Runs

log = logging.getLogger(__name__)

# A blob that is still being written is younger than this.
STALE_SECONDS = 60.0

INTERRUPTED = "The daemon ended while the run was under way; the function may have been half done."

NOBODY_WAITS = "The daemon ended, and with it the run that waited for this one."

HANDED_BACK = "The daemon ended before the run had begun; the server gives it to whoever is free."


async def recover(runs: Runs) -> None:
    ended = await asyncio.to_thread(end_marked, runs.home.root)
    if ended:
        log.warning("ended %d processes of the last daemon", ended)
    await asyncio.to_thread(runs.blobs.tidy, time.time() - STALE_SECONDS)
    left = await runs.db.read(store.unfinished)
    begun = [(record, payload) for record, payload in left if record.state != "queued"]
    waiting = [(record, payload) for record, payload in left if record.state == "queued"]
    for record, _ in begun:
        _cut_output(runs, record)
    outcomes = [_outcome(record) for record, _ in begun]
    if outcomes:
        log.warning("%d runs were interrupted", len(outcomes))
        await runs.db.write(lambda connection: store.advance(connection, outcomes=outcomes), essential=True)
    for record, payload in waiting:
        if record.origin is not None and (remote := remote_of(record.origin)) is not None:
            await _hand_back(runs, record, remote)
        elif parent_of(record.origin) is not None:
            await _drop(runs, record)
        else:
            await _take_up(runs, record, payload)


async def _hand_back(runs: Runs, record: RunRecord, remote: Remote) -> None:
    """A server's run that provably never began: the server may give it to whoever is free."""
    moment = now_ms()
    outcome = Outcome(record.id, "cancelled", "interrupted", moment, error=error_text("Interrupted", HANDED_BACK))
    entry = not_started(remote, "daemon_restarted", id=new_id(), now=moment)

    def unit(connection: Connection) -> None:
        returned = outbox.give_back(connection, entry)
        told = outcome if returned else replace(outcome, report=report(remote, outcome, id=entry.id))
        store.advance(connection, outcomes=[told])

    await runs.db.write(unit, essential=True)


async def _drop(runs: Runs, record: RunRecord) -> None:
    """A remote node's run that never began: the run that waited for it is over."""
    outcome = Outcome(record.id, "cancelled", "interrupted", now_ms(), error=error_text("Interrupted", NOBODY_WAITS))
    await runs.db.write(lambda connection: store.advance(connection, outcomes=[outcome]), essential=True)


async def _take_up(runs: Runs, record: RunRecord, payload: Payload) -> None:
    """Give a run that never began its turn, if what it needs is still there."""
    try:
        version = await _version(runs, record)
    except SPLError as error:
        told = error_text(type(error).__name__, error.message)
        outcome = Outcome(record.id, "failed", "interrupted", now_ms(), error=told)
        await runs.db.write(lambda connection: store.advance(connection, outcomes=[outcome]), essential=True)
        return
    batch = await runs.batches.adopt(record.batch_id) if record.batch_id else None
    runs.supervisor.enqueue(LiveRun(record, version, (payload.arguments or "{}").encode(), batch))


async def _version(runs: Runs, record: RunRecord) -> ObjectVersion:
    version = await runs.objects.load(record.object, record.version)
    if version.id != record.version_id:
        raise SPLError(f"{record.object} v{record.version} is another one now than when this run was accepted.")
    return version


def _outcome(record: RunRecord) -> Outcome:
    state: State = "cancelled" if record.state == "cancelling" else "failed"
    reason = "cancelled" if record.state == "cancelling" else "interrupted"
    message = "The run was cancelled." if state == "cancelled" else INTERRUPTED
    kind = "RunCancelled" if state == "cancelled" else "Interrupted"
    outcome = Outcome(record.id, state, reason, now_ms(), timings=as_text({}), error=error_text(kind, message))
    remote = remote_of(record.origin)
    return outcome if remote is None else told_of(remote, outcome, id=new_id())


def _cut_output(runs: Runs, record: RunRecord) -> None:
    folder = RunFolder(runs.home.runs / record.id)
    for stream in STREAMS:
        folder.finish(runs.settings.output_bytes, stream, 0)
