"""What the rest of the daemon asks of runs."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from spl.core.errors import Conflict, Draining, QueueFull, RunNotFound
from spl.daemon.db import Database
from spl.daemon.environments import Environments
from spl.daemon.home import Home
from spl.daemon.objects import Objects, ObjectVersion
from spl.daemon.runs import store
from spl.daemon.runs.batches import Batches
from spl.daemon.runs.events import Events
from spl.daemon.runs.folder import RunFolder
from spl.daemon.runs.ids import new_id
from spl.daemon.runs.journal import Journal
from spl.daemon.runs.live import BatchProgress, LiveRun, RunRequest, now_ms
from spl.daemon.runs.logs import Logs
from spl.daemon.runs.records import Payload, RunRecord, document
from spl.daemon.runs.recovery import recover
from spl.daemon.runs.remote_nodes.service import RemoteNodes
from spl.daemon.runs.retention import Retention
from spl.daemon.runs.store import Filter
from spl.daemon.runs.supervisor import Supervisor
from spl.daemon.runs.workers import Pool
from spl.daemon.runs.workers.installed import install
from spl.daemon.runs.workers.process import Launcher
from spl.daemon.settings import Settings
from spl.runtime.blobs import Blobs

Also = Callable[[Connection, RunRecord], None]
"""What goes with the acceptance of a run."""


class Runs:
    """Runs of this home: `submit` one, `wait` for it, `cancel` it; see what was and what is."""

    def __init__(
        self, *, settings: Settings, home: Home, db: Database, environments: Environments, objects: Objects
    ) -> None:
        self.settings = settings
        self.home = home
        self.db = db
        self.objects = objects
        self.blobs = Blobs(home.blobs)
        self.boot_id = new_id()
        self._launcher = Launcher(install(home.runtime), home=home.root, blobs=home.blobs)
        self.pool = Pool(
            self._launcher,
            home=home.root,
            idle_seconds=settings.worker_idle_seconds,
            idle_bytes=settings.worker_idle_bytes,
        )
        self.journal = Journal(db)
        self.supervisor = Supervisor(
            settings=settings,
            home=home,
            journal=self.journal,
            pool=self.pool,
            environments=environments,
            objects=objects,
        )
        self.remote_nodes = RemoteNodes(self)
        self.supervisor.remote = self.remote_nodes
        self.batches = Batches(self)
        self.logs = Logs(self)
        self.events = Events(self)
        self.retention = Retention(settings=settings, home=home, db=db, live=self.supervisor.live, blobs=self.blobs)

    # --- a daemon's beginning and end

    async def recover(self) -> None:
        """Give every run that the last daemon left an honest end, or its turn."""
        await recover(self)

    async def drain(self, seconds: float) -> None:
        """Accept nothing more; what is running may take so long to end. What waits is run by the next daemon."""
        await self.supervisor.drain(seconds)

    async def close(self) -> None:
        """End every process of ours."""
        await self.supervisor.drain(0.0)
        await self.pool.close()
        await asyncio.to_thread(self._launcher.close)

    async def retain(self) -> None:
        """Let go of what is too old or too much."""
        await self.retention.tend()

    # --- runs

    async def submit(self, request: RunRequest, *, also: Also | None = None) -> LiveRun | str:
        """Accept a run: when this returns, it is on the disk. The id of the earlier run, where its key was used before.

        `also` is part of the same transaction, and refuses the run by raising.

        Raises:
            Draining, QueueFull, DiskFull
        """
        self.check_room(1)
        record = self.record(request)
        seat = self.supervisor.reserve(request.version, request.isolation, child=request.parent is not None)
        if seat is not None:
            record = replace(record, state="running", started_at=record.created_at, isolation=seat.worker.mode)
        arguments = request.arguments.decode()
        found = ""
        try:
            found = await self.db.write(functools.partial(_accept, record, arguments, also), small=True)
        finally:
            if seat is not None and found != record.id:
                self.supervisor.give_back(seat)
        if found != record.id:
            return self.supervisor.live.get(found) or found
        run = LiveRun(record, request.version, request.arguments)
        if seat is not None:
            self.supervisor.begin(run, seat)
        else:
            self.supervisor.enqueue(run)
        return run

    def record(self, request: RunRequest, batch: BatchProgress | None = None, index: int | None = None) -> RunRecord:
        """The row of a new run."""
        version = request.version
        default = int(self.settings.run_timeout_seconds * 1000) or None
        return RunRecord(
            id=new_id(),
            object=version.object,
            version=version.version,
            version_id=version.id,
            function=request.function,
            output=request.output,
            state="queued",
            reason=None,
            isolation=request.isolation,
            priority=request.priority,
            batch_id=batch.id if batch is not None else None,
            batch_index=index,
            timeout_ms=request.timeout_ms or default,
            attempt=request.remote.attempt if request.remote is not None else 1,
            created_at=now_ms(),
            started_at=None,
            finished_at=None,
            timings=None,
            progress=None,
            artifacts=0,
            idempotency_key=request.idempotency_key,
            origin=request.origin,
        )

    def check_room(self, count: int) -> None:
        """May so many more runs be accepted?

        Raises:
            Draining, QueueFull
        """
        if self.supervisor.draining:
            raise Draining(hint="Start the daemon again, then call again.")
        allowed = self.settings.max_waiting_runs + self.settings.max_workers
        if len(self.supervisor.live) + count > allowed:
            raise QueueFull(
                f"{len(self.supervisor.live)} runs are waiting or running, and {allowed} may.",
                hint="Try again when some have ended, or raise SPL_DAEMON_MAX_WAITING_RUNS.",
                retry_after=1,
            )

    def live(self, run: str) -> LiveRun | None:
        return self.supervisor.live.get(run)

    async def document(self, run: str, wait: float = 0.0) -> tuple[bool, bytes]:
        """Whether the run has ended, and all of it as JSON, after waiting for its end so many seconds.

        Raises:
            RunNotFound
        """
        live = self.live(run)
        if live is not None:
            if not self.supervisor.is_held_back(live):
                await live.wait(wait)
            return live.ended, live.document()
        record, payload = await self.find(run)
        return record.over, document(record.to_json(), payload)

    async def find(self, run: str) -> tuple[RunRecord, Payload]:
        """A run as it is on the disk.

        Raises:
            RunNotFound
        """
        found = await self.db.read(lambda connection: store.find(connection, run))
        if found is None:
            raise RunNotFound(f"There is no run {run[:80]!r}.", hint="`spl-daemon run-list` shows the last ones.")
        return found

    async def page(self, wanted: Filter, limit: int, after: tuple[int, str] | None) -> list[dict[str, Any]]:
        """Runs, newest first, as they are now."""
        records = await self.db.read(lambda connection: store.page(connection, wanted, limit=limit, after=after))
        live = self.supervisor.live
        return [live[record.id].view() if record.id in live else record.to_json() for record in records]

    async def cancel(self, run: str) -> bytes:
        """Ask a run to end; one that has ended stays as it is.

        Raises:
            RunNotFound
        """
        live = self.live(run)
        if live is not None:
            self.supervisor.cancel(live)
            await self.journal.settle()
        return (await self.document(run))[1]

    async def delete(self, run: str) -> None:
        """Forget an ended run and what it left.

        Raises:
            RunNotFound
            Conflict: it has not ended.
        """
        record, _ = await self.find(run)
        if not record.over or self.live(run) is not None:
            raise Conflict(f"The run {run} has not ended.", hint="Cancel it first.")
        await self.retention.remove([run])

    async def warm(self, version: ObjectVersion) -> None:
        """Make a version ready to run: its environment built, its bundle imported.

        Raises:
            EnvironmentBuildFailed, RunFailed: what a run of it would end with.
        """
        await self.supervisor.warm(version)

    def folder(self, run: str) -> RunFolder:
        return RunFolder(Path(self.home.runs, run))

    def status(self) -> dict[str, Any]:
        """What the status page shows of runs."""
        supervisor = self.supervisor
        going = [run for run in supervisor.live.values() if run.outcome is None]
        running = sum(1 for run in going if run.claimed)
        workers = {"max": self.settings.max_workers, "busy": supervisor.busy, "idle": self.pool.idle()}
        return {"workers": workers, "queue": {"waiting": len(going) - running, "running": running}}


def _accept(record: RunRecord, arguments: str, also: Also | None, connection: Connection) -> str:
    found = store.insert_once(connection, record, arguments)
    if also is not None and found == record.id:
        also(connection, record)
    return found


def as_documents(arguments: Sequence[dict[str, Any]]) -> list[bytes]:
    """Bound arguments as they travel."""
    return [json.dumps(bound, separators=(",", ":"), ensure_ascii=False).encode() for bound in arguments]
