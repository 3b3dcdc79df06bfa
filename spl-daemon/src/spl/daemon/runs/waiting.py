"""Waiting for the first of many runs to end, in one request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spl.core.errors import RunNotFound
from spl.daemon.runs import store
from spl.daemon.runs.lifecycle import is_over

if TYPE_CHECKING:
    from spl.daemon.runs.live import LiveRun
    from spl.daemon.runs.service import Runs

# Ended runs in one answer: each brings its result along. Whoever waits for more asks again, and is answered at once.
MOST_TOLD = 64


@dataclass(frozen=True, slots=True)
class Ended:
    """Runs that have ended, whole, as JSON; and ids that are no run's."""

    documents: list[bytes]
    unknown: list[str]


async def any_of(runs: Runs, ids: Sequence[str], wait: float) -> Ended:
    """Those of the runs that have ended, after waiting up to `wait` seconds for one that has."""
    going = [live for run in ids if (live := runs.live(run)) is not None and not live.ended]
    known = {live.id for live in going}
    rest = [run for run in ids if run not in known]
    found = await _ended(runs, rest)
    if found.documents or found.unknown or wait <= 0 or runs.supervisor.draining:
        return found
    await _first(going, wait)
    return await _ended(runs, [live.id for live in going if live.ended])


async def _ended(runs: Runs, ids: Sequence[str]) -> Ended:
    if not ids:
        return Ended([], [])
    states = await runs.db.read(lambda connection: store.states_of(connection, ids))
    documents = []
    unknown = [run for run in ids if run not in states]
    for run in [run for run in ids if run in states and is_over(states[run][0])][:MOST_TOLD]:
        try:
            documents.append((await runs.document(run))[1])
        except RunNotFound:  # forgotten between the two looks
            unknown.append(run)
    return Ended(documents, unknown)


async def _first(going: Sequence[LiveRun], wait: float) -> None:
    """Wait until the first of these ends, or is woken because the daemon is."""
    if not going or any(live.ended for live in going):
        return
    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    for live in going:
        live.waiters.append(waiter)
    try:
        await asyncio.wait([waiter], timeout=wait)
    finally:
        waiter.cancel()
        for live in going:
            if waiter in live.waiters:
                live.waiters.remove(waiter)
