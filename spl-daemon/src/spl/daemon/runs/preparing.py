"""What has to be there before a run can begin: its environment, and its bundle imported in it.

Runs that need the same wait together, outside of the queue, and take no parallel place meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from spl.core.errors import EnvironmentBuildFailed, RunFailed, SPLError
from spl.daemon.environments import EnvBuild, Environments
from spl.daemon.objects import Objects, ObjectVersion
from spl.daemon.runs.ends import End, error_text
from spl.daemon.runs.live import LiveRun
from spl.daemon.runs.workers import ImportFailed, Mode, Pool, Worker
from spl.daemon.runs.workers.bench import Bench, Key
from spl.daemon.settings import Settings

log = logging.getLogger(__name__)

Wanted = tuple[str, str, Mode]
"""Spec, content and mode: what runs have in common that can be prepared together."""


def mode_of(asked: str | None, version: ObjectVersion, settings: Settings) -> Mode:
    """How a run gets its process: as the caller says, else the object, else the setting."""
    for choice in (asked, version.isolation, settings.isolation):
        if choice and choice != "auto":
            return choice  # type: ignore[return-value]  # checked where it came in
    return "fork"


@dataclass(slots=True)
class _Party:
    """Runs that wait for the same preparation."""

    runs: list[LiveRun] = field(default_factory=list)
    joined: list[float] = field(default_factory=list)

    def add(self, run: LiveRun) -> None:
        self.runs.append(run)
        self.joined.append(time.perf_counter())

    def note(self, name: str, since: float) -> None:
        """Note in each run's timings how long it waited for this part."""
        now = time.perf_counter()
        for run, joined in zip(self.runs, self.joined, strict=True):
            run.timings[name] = round((now - max(since, joined)) * 1000, 3)


class Preparing:
    def __init__(
        self,
        *,
        pool: Pool,
        environments: Environments,
        objects: Objects,
        ready: Callable[[LiveRun], None],
        fail: Callable[[LiveRun, End], None],
    ) -> None:
        self._pool = pool
        self._environments = environments
        self._objects = objects
        self._ready = ready
        self._fail = fail
        self._benches: dict[tuple[str, str], Bench] = {}
        self._versions: dict[Key, ObjectVersion] = {}
        self._parties: dict[Wanted, _Party] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        pool.on_dropped = self._on_dropped
        environments.on_leaving(pool.let_go)

    def warm_bench(self, version: ObjectVersion, mode: Mode) -> Bench | None:
        """The bench that has this version imported, if nothing needs to be prepared."""
        bench = self._benches.get((version.spec.hash, version.content_hash))
        if bench is None or bench.closed or not bench.is_warm(mode):
            return None
        return bench if self._environments.status(version.spec.hash) == "ready" else None

    def add(self, run: LiveRun, mode: Mode) -> None:
        """Call `ready` with the run once all is there, or `fail`."""
        if self.warm_bench(run.version, mode) is not None:
            self._ready(run)
            return
        wanted = (run.version.spec.hash, run.version.content_hash, mode)
        party = self._parties.get(wanted)
        if party is None:
            party = self._parties[wanted] = _Party()
            task = asyncio.create_task(self._prepare(wanted, party, run.version), name=f"prepare {run.version}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        party.add(run)

    async def warm(self, version: ObjectVersion, mode: Mode) -> None:
        """Prepare a version without a run.

        Raises:
            RunFailed: as a run would.
        """
        build = await self._environments.ensure(version.spec)
        try:
            await self._imported(version, mode, build)
        except ImportFailed as failed:
            raise _as_error(failed) from None
        except OSError as error:
            raise RunFailed(f"The worker could not be started: {error}.", reason="worker_crashed") from None

    async def acquire(self, version: ObjectVersion, mode: Mode) -> tuple[Bench, Worker]:
        """A worker for one run, started if need be."""
        build = await self._environments.ensure(version.spec)
        bench = self._bench(version, build)
        return bench, await bench.acquire(mode)

    def failure(self, error: Exception) -> End:
        """How a run ends whose preparation failed."""
        match error:
            case ImportFailed():
                return End("failed", "import_failed", error=error.error.decode())
            case EnvironmentBuildFailed():
                notes = [str(error.details["log"])] if error.details.get("log") else []
                told = error_text("EnvironmentBuildFailed", error.message, notes, hint=error.hint)
                return End("failed", "env_build_failed", error=told)
            case SPLError():
                told = error_text(type(error).__name__, error.message, hint=error.hint)
                return End("failed", "env_build_failed", error=told)
            case OSError():
                message = f"The worker could not be started: {error}."
                return End("failed", "worker_crashed", error=error_text("WorkerCrashed", message))
        log.error("preparing a run failed", exc_info=error)
        return End("failed", "interrupted", error=error_text("InternalError", "Preparing the run failed."))

    def close(self) -> None:
        """Stop preparing; the runs keep waiting, for the next daemon."""
        for task in self._tasks:
            task.cancel()

    async def _prepare(self, wanted: Wanted, party: _Party, version: ObjectVersion) -> None:
        def on_line(line: str) -> None:
            for run in party.runs:
                run.enter("building")
                run.tell({"event": "build", "line": line})

        began, part = time.perf_counter(), "build_ms"
        try:
            build = await self._environments.ensure(version.spec, on_line)
            party.note(part, began)
            began, part = time.perf_counter(), "start_ms"
            for run in party.runs:
                run.enter("starting")
            if wanted[2] == "fork":
                await self._imported(version, wanted[2], build)
            else:
                self._bench(version, build)
            party.note(part, began)
        except Exception as error:
            del self._parties[wanted]
            party.note(part, began)
            end = self.failure(error)
            for run in party.runs:
                self._fail(run, end)
            return
        except asyncio.CancelledError:
            self._parties.pop(wanted, None)
            raise
        del self._parties[wanted]
        for run in party.runs:
            if run.outcome is None:
                self._ready(run)

    async def _imported(self, version: ObjectVersion, mode: Mode, build: EnvBuild) -> None:
        """Import the bundle; where its folder turns out to be damaged, once more from a new one."""
        bench = self._bench(version, build)
        try:
            await bench.warm(mode)
        except ImportFailed as failed:
            if json.loads(failed.error).get("type") != "spl.runtime.loader.CannotLoad":
                raise
            log.warning("the bundle folder of %s can't be read; it is written again", version)
            await self._objects.restore(version)
            await bench.warm(mode)

    def _bench(self, version: ObjectVersion, build: EnvBuild) -> Bench:
        key = Key(build.spec_hash, build.built_at, version.content_hash, build.python, version.bundle_folder)
        bench, new = self._pool.bench(key)
        if new:
            self._objects.hold(version)
            self._versions[key] = version
        self._benches[version.spec.hash, version.content_hash] = bench
        return bench

    def _on_dropped(self, key: Key) -> None:
        bench = self._benches.get((key.spec_hash, key.content_hash))
        if bench is not None and bench.key == key:
            del self._benches[key.spec_hash, key.content_hash]
        if (version := self._versions.pop(key, None)) is not None:
            self._objects.release(version)


def _as_error(failed: ImportFailed) -> RunFailed:
    told = json.loads(failed.error)
    return RunFailed(
        f"The bundle can't be imported: {told['type']}: {told['message']}",
        reason="import_failed",
        type=told["type"],
        frames=told.get("frames", ()),
        notes=told.get("notes", []),
    )
