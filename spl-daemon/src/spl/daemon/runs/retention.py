"""How long what runs left is kept: rows by age, folders by age and by how much they hold, blobs as long as rows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spl.daemon.db import Database
from spl.daemon.home import Home
from spl.daemon.runs import store
from spl.daemon.runs.folder import RunFolder
from spl.daemon.runs.lifecycle import TERMINAL, State
from spl.daemon.runs.live import LiveRun, now_ms
from spl.daemon.settings import Settings
from spl.runtime.blobs import Blobs

log = logging.getLogger(__name__)

DAY_MS = 24 * 3600 * 1000

# A blob may be uploaded a while before the run that refers to it is accepted.
BLOB_MARGIN_DAYS = 1.0

# A blob that was being written for this long is not being written any more.
STALE_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, or would go."""

    runs: int
    bytes: int


class Retention:
    def __init__(self, *, settings: Settings, home: Home, db: Database, live: dict[str, LiveRun], blobs: Blobs) -> None:
        self._settings = settings
        self._home = home
        self._db = db
        self._live = live
        self._blobs = blobs

    async def tend(self) -> None:
        """Let go of what the settings say is too old or too much."""
        history = self._settings.keep_history_days
        pruned = await self.prune(older_than_days=history)
        if pruned.runs:
            log.info("forgot %d runs older than %g days", pruned.runs, history)
        await self._tend_folders()
        await asyncio.to_thread(self._tend_blobs, time.time() - (history + BLOB_MARGIN_DAYS) * DAY_MS / 1000)

    async def prune(
        self, *, older_than_days: float | None = None, states: Collection[State] = TERMINAL, dry_run: bool = False
    ) -> Pruned:
        """Forget ended runs in these states that are older than so many days."""
        moment = now_ms() + 1 - int((older_than_days or 0.0) * DAY_MS)
        runs, held = 0, 0
        while True:
            limit = -1 if dry_run else store.ROWS_PER_DELETE
            found = await self._db.read(lambda connection: store.ended_before(connection, moment, states, limit))  # noqa: B023
            found = [run for run in found if run not in self._live]
            runs += len(found)
            held += await asyncio.to_thread(self._bytes, found)
            if not dry_run:
                await self.remove(found)
            if dry_run or len(found) < store.ROWS_PER_DELETE:
                return Pruned(runs, held)

    async def remove(self, ids: Sequence[str]) -> None:
        """Forget ended runs and what they left."""
        if not ids:
            return
        await self._db.write(lambda connection: store.remove(connection, ids), essential=True)
        await asyncio.to_thread(self._remove_folders, ids)

    async def _tend_folders(self) -> None:
        """Remove folders by age, then the oldest until the rest fits; the rows stay."""
        folders = await asyncio.to_thread(lambda: sorted(self._folders()))
        total = sum(size for _, _, size in folders)
        oldest = time.time() - self._settings.keep_run_folder_days * DAY_MS / 1000
        for start in range(0, len(folders), store.ROWS_PER_DELETE):
            part = folders[start : start + store.ROWS_PER_DELETE]
            going = []
            for run, moment, size in part:
                if run not in self._live and (moment < oldest or total > self._settings.keep_run_folder_bytes):
                    going.append(run)
                    total -= size
            if going:
                await asyncio.to_thread(self._remove_folders, going)

    def _folders(self) -> Iterator[tuple[str, float, int]]:
        """Id, time of the last change and size of each run's folder; ids sort by age."""
        for path in self._home.runs.iterdir():
            try:
                yield path.name, path.stat().st_mtime, RunFolder(path).bytes()
            except OSError:
                continue

    def _tend_blobs(self, before: float) -> None:
        for sha256, status in self._blobs.each():
            if status.st_mtime < before:
                self._blobs.remove(sha256)
        self._blobs.tidy(time.time() - STALE_SECONDS)

    def _remove_folders(self, ids: Sequence[str]) -> None:
        for run in ids:
            self._folder(run).remove()

    def _bytes(self, ids: Sequence[str]) -> int:
        return sum(self._folder(run).bytes() for run in ids)

    def _folder(self, run: str) -> RunFolder:
        return RunFolder(Path(self._home.runs, run))
