"""How runs reach the disk: what happened since the last commit goes into the next one.

While one commit is under way, whatever else happens is gathered for the next. A single call is written at once; under
load one commit carries hundreds of runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from spl.core.errors import Unavailable
from spl.daemon.db import Database
from spl.daemon.runs import store
from spl.daemon.runs.records import Outcome
from spl.daemon.runs.store import Start

log = logging.getLogger(__name__)

# An outcome that can't be written (a full disk without ballast) is tried again until it can: it must not be lost.
RETRY_SECONDS = 1.0

# What a lone call has to record; committed where it stands, it saves two changes of thread.
SMALL_PAGE = 2

UNWRITABLE = '{"type":"InternalError","message":"The outcome of this run could not be recorded.","frames":[]}'

Then = Callable[[], None]


@dataclass(slots=True)
class _Page:
    """What the next commit carries, and who waits for it."""

    starts: list[Start] = field(default_factory=list)
    requeued: list[str] = field(default_factory=list)
    cancelling: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    then: list[Then] = field(default_factory=list)


class Journal:
    """Moves runs on in the database. `then` is called after the commit is on the disk."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._page = _Page()
        self._writer: asyncio.Task[None] | None = None

    def start(self, starts: list[Start], then: Then) -> None:
        self._page.starts += starts
        self._note(then)

    def requeue(self, runs: list[str], then: Then) -> None:
        self._page.requeued += runs
        self._note(then)

    def cancelling(self, run: str, then: Then) -> None:
        self._page.cancelling.append(run)
        self._note(then)

    def end(self, outcome: Outcome, then: Then) -> None:
        self._page.outcomes.append(outcome)
        self._note(then)

    async def settle(self) -> None:
        """Wait until everything so far is on the disk."""
        while self._writer is not None and not self._writer.done():
            await asyncio.shield(self._writer)

    def _note(self, then: Then) -> None:
        self._page.then.append(then)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="run journal")

    async def _write(self) -> None:
        while self._page.then:
            page, self._page = self._page, _Page()
            await self._commit(page)
            for then in page.then:
                try:
                    then()
                except Exception:
                    log.exception("what follows a commit failed")

    async def _commit(self, page: _Page) -> None:
        try:
            await self._persist(page.starts, page.requeued, page.cancelling, page.outcomes)
        except Exception:
            log.exception("a page of the run journal can't be written whole; its outcomes are written one by one")
            await self._persist(page.starts, page.requeued, page.cancelling, [])
            for outcome in page.outcomes:
                await self._salvage(outcome)

    async def _salvage(self, outcome: Outcome) -> None:
        """An outcome that the database will not take must not hold up the others, nor leave its run without an end."""
        try:
            await self._persist([], [], [], [outcome])
        except Exception:
            log.exception("the outcome of run %s can't be written as it is", outcome.run)
            bare = replace(outcome, state="failed", reason="interrupted", result=None, error=UNWRITABLE, progress=None)
            await self._persist([], [], [], [replace(bare, artifacts=None, artifact_count=0)])

    async def _persist(
        self, starts: list[Start], requeued: list[str], cancelling: list[str], outcomes: list[Outcome]
    ) -> None:
        small = len(starts) + len(requeued) + len(cancelling) + len(outcomes) <= SMALL_PAGE
        while True:
            try:
                await self._db.write(
                    lambda connection: store.advance(
                        connection, starts=starts, requeued=requeued, cancelling=cancelling, outcomes=outcomes
                    ),
                    essential=True,
                    small=small,
                )
                return
            except Unavailable as error:
                log.error("%d outcomes of runs wait to be written: %s", len(outcomes), error)
                await asyncio.sleep(RETRY_SECONDS)
