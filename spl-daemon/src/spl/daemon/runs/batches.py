"""Runs that were submitted together, and their results as they come."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spl.core.errors import BatchNotFound
from spl.daemon.runs import store
from spl.daemon.runs.ids import new_id
from spl.daemon.runs.live import BatchProgress, LiveRun, RunRequest, now_ms
from spl.daemon.runs.store import BatchRecord

if TYPE_CHECKING:
    from spl.daemon.runs.service import Runs

# Batches whose order of ends is remembered; an older one's is read from the database again.
BATCHES_KEPT = 1_000

# One answer carries at most so many results: a few hundred kilobytes where they are small.
RESULTS_PER_ANSWER = 500

# A batch's idempotency key is kept by its first run.
BATCH_KEY = "batch:"

# After the first new result, this long is waited for more to send with it: answers of one result each would cost more
# than the runs, and nobody sees the difference.
GATHER_SECONDS = 0.01
GATHER_COUNT = 100


class Batches:
    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._live: dict[str, BatchProgress] = {}

    async def submit(self, request: RunRequest, arguments: list[bytes]) -> tuple[str, int]:
        """Accept a run for each of these arguments, all or none; the batch's id and size.

        Where the request's idempotency key was used before, they are those of the earlier batch.

        Raises:
            Draining, QueueFull, DiskFull
        """
        runs = self._runs
        runs.check_room(len(arguments))
        key = request.idempotency_key and BATCH_KEY + request.idempotency_key
        request = replace(request, idempotency_key=None)
        progress = BatchProgress(new_id(), len(arguments))
        version = request.version
        records = [runs.record(request, progress, index) for index in range(len(arguments))]
        batch = BatchRecord(progress.id, version.object, version.version, request.function, len(arguments), now_ms())
        texts = [one.decode() for one in arguments]
        if key and records:
            records[0] = replace(records[0], idempotency_key=key)
        found = await runs.db.write(lambda connection: store.insert_batch(connection, batch, records, texts))
        if found != batch:
            return found.id, found.total
        self._keep(progress)
        for record, one in zip(records, arguments, strict=True):
            runs.supervisor.enqueue(LiveRun(record, version, one, progress))
        return batch.id, len(arguments)

    async def adopt(self, batch: str) -> BatchProgress:
        """The progress of a batch that an earlier daemon accepted."""
        known = self._live.get(batch)
        if known is None:
            known = await self._load(batch)
            self._keep(known)
        return known

    async def counts(self, batch: str) -> dict[str, Any]:
        """How far a batch is.

        Raises:
            BatchNotFound
        """
        record = await self._record(batch)
        counts = await self._runs.db.read(lambda connection: store.batch_counts(connection, batch))
        ended = sum(count for state, count in counts.items() if state not in ("queued", "running", "cancelling"))
        described = {
            name: getattr(record, name) for name in ("id", "object", "version", "function", "total", "created_at")
        }
        return {**described, "counts": counts, "ended": ended, "done": ended >= record.total}

    async def results(self, batch: str, after: int, wait: float, order: str, limit: int) -> bytes:
        """The next results, as JSON, as soon as there are any: in the order of the calls, or of their ends.

        Raises:
            BatchNotFound
        """
        progress = await self._progress(batch)
        await progress.wait_for(order, after + 1, wait)
        if wait > 0 and not progress.done and progress.available(order) < after + GATHER_COUNT:
            await progress.wait_for(order, after + GATHER_COUNT, min(wait, GATHER_SECONDS))
        until = min(progress.available(order), after + min(limit, RESULTS_PER_ANSWER))
        indexes = list(range(after, until)) if order == "index" else progress.ended[after:until]
        items = (
            await self._runs.db.read(lambda connection: store.batch_items(connection, batch, indexes))
            if indexes
            else []
        )
        following = max(after, until)
        return _answer(items, following, done=following >= progress.total)

    async def cancel(self, batch: str) -> int:
        """Cancel what has not ended; how many that were.

        Raises:
            BatchNotFound
        """
        await self._record(batch)
        supervisor = self._runs.supervisor
        found = [run for run in supervisor.live.values() if run.batch is not None and run.batch.id == batch]
        for run in found:
            supervisor.cancel(run)
        await self._runs.journal.settle()
        return len(found)

    def _keep(self, progress: BatchProgress) -> None:
        self._live[progress.id] = progress
        if len(self._live) > BATCHES_KEPT:
            for old in [one.id for one in self._live.values() if one.done][: len(self._live) - BATCHES_KEPT]:
                del self._live[old]

    async def _progress(self, batch: str) -> BatchProgress:
        return self._live.get(batch) or await self._load(batch)

    async def _load(self, batch: str) -> BatchProgress:
        record = await self._record(batch)
        ended = await self._runs.db.read(lambda connection: store.batch_ends(connection, batch))
        return BatchProgress(batch, record.total, ended)

    async def _record(self, batch: str) -> BatchRecord:
        found = await self._runs.db.read(lambda connection: store.find_batch(connection, batch))
        if found is None:
            raise BatchNotFound(f"There is no batch {batch[:80]!r}.")
        return found


def _answer(items: list[tuple[Any, ...]], following: int, *, done: bool) -> bytes:
    """The answer's JSON; results and errors go in as they are."""
    parts = []
    for index, run, state, reason, result, error in items:
        head = json.dumps({"index": index, "run_id": run, "state": state, "reason": reason}, separators=(",", ":"))
        tail = f',"result":{result}' if result is not None else ""
        tail += f',"error":{error}' if error is not None else ""
        parts.append(head[:-1] + tail + "}")
    rest = json.dumps({"next": following, "done": done}, separators=(",", ":"))
    return f'{{"items":[{",".join(parts)}],{rest[1:]}'.encode()
