"""Brings accepted runs to an end: in their order, so many at a time, each on a worker of its kind.

    accepted ──> preparing ──> queue ──> seat ──> outcome in the journal
                 (environment,           (a busy worker; one that is reused takes several runs in turn)
                  import)

All of it happens on the event loop, and mostly in callbacks: a call that finds a warm worker costs no task.
"""

from __future__ import annotations

import asyncio
import functools
import heapq
import logging
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from spl.daemon.environments import Environments
from spl.daemon.home import Home
from spl.daemon.objects import Objects, ObjectVersion
from spl.daemon.objects.naming import folder_name
from spl.daemon.runs import ends
from spl.daemon.runs.ends import End, OomWatch
from spl.daemon.runs.folder import STREAMS, RunFolder
from spl.daemon.runs.ids import new_id
from spl.daemon.runs.journal import Journal
from spl.daemon.runs.live import LiveRun, as_json, now_ms
from spl.daemon.runs.origin import told_of
from spl.daemon.runs.preparing import Preparing, mode_of
from spl.daemon.runs.records import Outcome
from spl.daemon.runs.seat import NoRemoteSteps, RemoteSteps, Seat, SeatSink
from spl.daemon.runs.store import Start
from spl.daemon.runs.workers import Command, Crash, Mode, Pool, Report, Worker
from spl.daemon.runs.workers.bench import Bench
from spl.daemon.settings import Settings
from spl.runtime import artifacts, launch

log = logging.getLogger(__name__)

# How often the output of running functions is held to its limit; in between a printer writes what the disk can take.
WATCH_SECONDS = 0.2

# A run that was sent to workers which ended before they began with it is not sent a fourth time.
MOST_REQUEUES = 3

# Runs that wait for their remote nodes take no parallel place, but each is a process: with so many of them, only what
# they wait for is begun.
MOST_AWAY = 32


class Supervisor:
    def __init__(
        self,
        *,
        settings: Settings,
        home: Home,
        journal: Journal,
        pool: Pool,
        environments: Environments,
        objects: Objects,
    ) -> None:
        self.live: dict[str, LiveRun] = {}
        self.draining = False
        self.remote: RemoteSteps = NoRemoteSteps()
        self.on_room: Callable[[], None] = lambda: None  # whoever has runs for us elsewhere wants to hear of it
        self._settings = settings
        self._home = home
        self._journal = journal
        self._environments = environments
        self._preparing = Preparing(
            pool=pool, environments=environments, objects=objects, ready=self._push, fail=self.end
        )
        self._queue: list[tuple[bool, int, str, LiveRun]] = []
        self._away: set[str] = set()
        self._seats: set[Seat] = set()
        self._launching = 0
        self._launches: set[asyncio.Task[None]] = set()
        self._endings: set[asyncio.Task[None]] = set()
        self._watching: asyncio.TimerHandle | None = None
        self._oom = OomWatch()
        self._idle = asyncio.Event()
        self._idle.set()
        limits = {"max_count": settings.max_artifacts, "max_size": settings.artifact_bytes}
        self._artifact_limits = (
            {} if limits == {"max_count": artifacts.MAX_COUNT, "max_size": artifacts.MAX_SIZE} else limits
        )

    # --- coming in

    @property
    def busy(self) -> int:
        """How many of the parallel places are taken. A run that waits for a remote node takes none."""
        return len(self._seats) + self._launching - len(self._away)

    def reserve(self, version: ObjectVersion, isolation: str | None, *, child: bool = False) -> Seat | None:
        """A warm worker for a run that would not have to wait for anything, if there is one."""
        if self.draining or self._queue or self.busy >= self._settings.max_workers:
            return None
        if not child and len(self._away) >= MOST_AWAY:
            return None
        mode = mode_of(isolation, version, self._settings)
        bench = self._preparing.warm_bench(version, mode)
        worker = bench.take(mode) if bench is not None else None
        return self._seat(worker, bench) if worker is not None and bench is not None else None

    def give_back(self, seat: Seat) -> None:
        """The run it was reserved for is not coming."""
        self._vacate(seat)

    def begin(self, run: LiveRun, seat: Seat) -> None:
        """Start a run that is on the disk as running."""
        self.live[run.id] = run
        self._claim(run, seat)
        self._send(seat, [run])

    def enqueue(self, run: LiveRun) -> None:
        """Take in a run that is on the disk as queued."""
        self.live[run.id] = run
        self._preparing.add(run, mode_of(run.record.isolation, run.version, self._settings))

    def is_held_back(self, run: LiveRun) -> bool:
        """Whether it is for the next daemon: nobody need wait for it here."""
        return self.draining and not run.claimed

    def is_warm(self, version: ObjectVersion, isolation: str | None = None) -> bool:
        """Whether a run of this version would have nothing to wait for but a place."""
        return self._preparing.warm_bench(version, mode_of(isolation, version, self._settings)) is not None

    async def warm(self, version: ObjectVersion, isolation: str | None = None) -> None:
        """Build what a version needs and import it.

        Raises:
            RunFailed: as a run would.
        """
        await self._preparing.warm(version, mode_of(isolation, version, self._settings))

    # --- from outside

    def away(self, run: LiveRun, waits: bool) -> None:
        """Whether a run waits for remote nodes: then others may have its place, lest they wait for each other."""
        if not waits:
            self._away.discard(run.id)
        elif run.outcome is None and run.id in self.live:
            self._away.add(run.id)
            self._pump()
            self.on_room()

    @property
    def away_count(self) -> int:
        """How many runs wait for remote nodes."""
        return len(self._away)

    def cancel(self, run: LiveRun, reason: str = "cancelled") -> None:
        """Bring a run to its end as cancelled; what has ended already stays as it is."""
        if run.outcome is not None or run.stopping is not None:
            return
        run.stopping, run.stop_reason = "cancelled", reason
        if run.state == "queued":
            self.end(run, ends.of_stop("cancelled", reason, _cancelled(reason), None))
        else:
            run.go("cancelling")
            self._journal.cancelling(run.id, functools.partial(self._stop, run))

    async def drain(self, seconds: float) -> None:
        """Begin nothing more; wait for what is running, and end what has not ended in time. What waits is left."""
        self.draining = True
        self._preparing.close()
        for run in self.live.values():
            if not run.claimed:
                run.wake()
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            for task in self._launches:
                task.cancel()
            for run in [run for run in self.live.values() if run.state != "queued"]:
                self.cancel(run, "interrupted")
            await self._idle.wait()
        await asyncio.gather(*self._endings, return_exceptions=True)
        await self._journal.settle()

    # --- queue and seats

    def _push(self, run: LiveRun) -> None:
        run.enter("waiting")
        # What another run waits for comes first: that one holds a process, and its caller, until it has it.
        heapq.heappush(self._queue, (run.parent is None, -run.record.priority, run.id, run))
        self._pump()

    def _next(self) -> LiveRun | None:
        """The run whose turn it is; runs that were cancelled while they waited are passed over."""
        while self._queue and self._queue[0][3].outcome is not None:
            heapq.heappop(self._queue)
        if not self._queue or (self._queue[0][0] and len(self._away) >= MOST_AWAY):
            return None
        return self._queue[0][3]

    def _pump(self) -> None:
        while not self.draining and self.busy < self._settings.max_workers and (run := self._next()) is not None:
            heapq.heappop(self._queue)
            run.claimed = True
            mode = mode_of(run.record.isolation, run.version, self._settings)
            bench = self._preparing.warm_bench(run.version, mode)
            worker = bench.take(mode) if bench is not None else None
            if worker is not None and bench is not None:
                self._hand_over(self._seat(worker, bench), run)
            else:
                self._launching += 1
                self._idle.clear()
                self._spawn(self._launch(run, mode), self._launches)

    async def _launch(self, run: LiveRun, mode: Mode) -> None:
        """Take a run to a worker that has to be started first."""
        began = time.perf_counter()
        run.enter("starting")
        try:
            bench, worker = await self._preparing.acquire(run.version, mode)
        except BaseException as error:
            self._launching -= 1
            if isinstance(error, Exception):
                self.end(run, self._preparing.failure(error))
            else:  # the daemon is stopping; the run waits for the next one
                run.claimed = False
            self._settle_down()
            return
        self._launching -= 1
        run.timings["start_ms"] = round(run.timings.get("start_ms", 0.0) + (time.perf_counter() - began) * 1000, 3)
        seat = self._seat(worker, bench)
        if run.outcome is None:
            self._hand_over(seat, run)
        else:
            self._vacate(seat)

    def _seat(self, worker: Worker, bench: Bench) -> Seat:
        seat = Seat(worker, bench)
        self._environments.hold(bench.key.spec_hash)
        self._seats.add(seat)
        self._idle.clear()
        if self._watching is None:
            self._watching = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._watch)
        return seat

    def _hand_over(self, seat: Seat, first: LiveRun) -> None:
        """Give runs to a worker: they are recorded as running before it hears of them."""
        runs = [first, *self._more_for(seat, seat.room - 1)]
        seat.promised += len(runs)
        starts = []
        for run in runs:
            self._claim(run, seat)
            if run.state == "queued":
                run.go("running")
            started, remote = run.started_at or 0, run.remote is not None
            starts.append(Start(run.id, started, seat.worker.mode, seat.worker.pid, run.record.attempt, remote))
        self._journal.start(starts, functools.partial(self._send_promised, seat, runs))

    def _more_for(self, seat: Seat, count: int) -> list[LiveRun]:
        """Runs whose turn it is anyway and that this worker can take, one after the other."""
        found: list[LiveRun] = []
        while len(found) < count and (run := self._next()) is not None and self._fits(run, seat):
            heapq.heappop(self._queue)
            found.append(run)
        return found

    def _fits(self, run: LiveRun, seat: Seat) -> bool:
        same = (
            run.version.content_hash == seat.bench.key.content_hash
            and run.version.spec.hash == seat.bench.key.spec_hash
        )
        if run.parent is not None:  # it could stand behind the very run that waits for it
            return False
        return same and mode_of(run.record.isolation, run.version, self._settings) == seat.worker.mode

    def _claim(self, run: LiveRun, seat: Seat) -> None:
        run.claimed = True
        run.worker = seat.worker
        run.isolation = seat.worker.mode
        run.started_at = now_ms()
        run.started_clock = time.perf_counter()

    def _send_promised(self, seat: Seat, runs: list[LiveRun]) -> None:
        seat.promised -= len(runs)
        self._send(seat, runs)

    def _send(self, seat: Seat, runs: list[LiveRun]) -> None:
        if seat.worker.retired:
            for run in runs:
                self._not_begun(run, Crash(seat.worker.status, began=False))
            self._after(seat)
            return
        for run in runs:
            if run.stopping is not None:
                self.end(run, self._stopped(run, None))
                continue
            seat.runs.append(run)
            seat.worker.start(self._command(run), SeatSink(seat, run, self._on_end, self.remote))
            if len(seat.runs) == 1:
                self._on_turn(run)
        self._after(seat)

    def _command(self, run: LiveRun) -> Command:
        return Command(
            run=run.id,
            attempt=run.record.attempt,
            folder=str(self._home.runs / run.id),
            object=str(run.version.copy or self._copy(run.version)),
            arguments=run.arguments,
            function=run.record.function,
            output=run.record.output,
            artifacts=self._artifact_limits,
            result_bytes=self._settings.result_bytes,
            allow_pickle=run.allow_pickle,
        )

    def _copy(self, version: ObjectVersion) -> Path:
        return self._home.objects / folder_name(version.object) / "versions" / f"{version.version}.yaml"

    def _on_turn(self, run: LiveRun) -> None:
        """It is this run that its worker works on now."""
        run.started_at = now_ms()
        run.started_clock = time.perf_counter()
        run.enter("running")
        timeout = run.record.timeout_ms
        if timeout:
            run.timer = asyncio.get_running_loop().call_later(timeout / 1000, self._on_timeout, run)
        if run.stopping is not None:
            self._stop(run)

    def _on_timeout(self, run: LiveRun) -> None:
        if run.outcome is None and run.stopping is None:
            run.stopping, run.stop_reason = "timed_out", "timed_out"
            self._stop(run)

    def _stop(self, run: LiveRun) -> None:
        self.remote.forget(run)
        if run.outcome is None and run.worker is not None and run.worker.is_at(run.id):
            run.worker.stop(self._settings.kill_grace_seconds if not self.draining else DRAIN_GRACE_SECONDS)

    # --- ends

    def _on_end(self, seat: Seat, run: LiveRun, end: Report | Crash) -> None:
        seat.runs.remove(run)
        run.close_timer()
        if isinstance(end, Report):
            seat.note(end.run_ms)
            self._cut_output(run, end.output)
            run.timings["run_ms"] = end.run_ms
            self.end(run, self._stopped(run, end) if run.stopping else ends.of_report(end))
        elif end.began:
            self._cut_output(run, None)
            self._spawn(self._end_crashed(run, end), self._endings)
        else:
            self._not_begun(run, end)
        if seat.runs and not seat.worker.retired:
            self._on_turn(seat.runs[0])
        self._after(seat)

    def _after(self, seat: Seat) -> None:
        """Give the worker more to do, or the place to somebody else."""
        if seat not in self._seats:
            return
        may_have_more = not seat.worker.retired and not self.draining and seat.wants_more
        if may_have_more and (more := self._more_for(seat, 1)):
            self._hand_over(seat, more[0])
            return
        if not seat.occupied:
            self._vacate(seat)

    def _vacate(self, seat: Seat) -> None:
        self._seats.discard(seat)
        self._environments.release(seat.bench.key.spec_hash)
        if not seat.worker.retired:
            seat.bench.give_back(seat.worker)
        self._settle_down()

    def _settle_down(self) -> None:
        self._pump()
        if not self._seats and not self._launching:
            self._idle.set()

    def _not_begun(self, run: LiveRun, crash: Crash) -> None:
        """Its worker ended before it came to it: it waits again, in its old place."""
        if run.stopping is not None:
            self.end(run, self._stopped(run, None))
        elif run.requeues >= MOST_REQUEUES:
            self.end(run, ends.of_crash(crash, "", out_of_memory=False))
        else:
            run.requeues += 1
            run.claimed, run.worker = False, None
            run.go("queued")
            self._journal.requeue([run.id], functools.partial(self._push, run))

    async def _end_crashed(self, run: LiveRun, crash: Crash) -> None:
        folder = self.folder(run)
        kept = await asyncio.to_thread(_kept_artifacts, folder.path)
        launch.save(str(folder.path / "inputs.json"), run.arguments)  # what the process would have done at its end
        stderr = folder.tail("stderr", ends.STDERR_SHOWN)
        if run.stopping is not None:
            end = self._stopped(run, crash)
        else:
            end = ends.of_crash(crash, stderr, out_of_memory=self._oom.killed(crash))
        self.end(run, End(end.state, end.reason, error=end.error, artifacts=kept))

    def _stopped(self, run: LiveRun, end: Report | Crash | None) -> End:
        if run.stopping == "timed_out":
            seconds = (run.record.timeout_ms or 0) / 1000
            message = f"The run took longer than its timeout of {seconds:g} seconds and was stopped."
            return ends.of_stop("timed_out", "timed_out", message, end)
        return ends.of_stop("cancelled", run.stop_reason, _cancelled(run.stop_reason), end)

    def end(self, run: LiveRun, end: End) -> None:
        """Record how a run ended; whoever waits for it is woken when that is on the disk."""
        if run.outcome is not None:
            return
        self._away.discard(run.id)
        self.remote.forget(run)
        finished = run.batch.stamp(now_ms(), run.index or 0) if run.batch is not None else now_ms()
        if run.started_clock:
            run.timings.setdefault("run_ms", round((time.perf_counter() - run.started_clock) * 1000, 3))
        run.note_queued()
        run.outcome = Outcome(
            run=run.id,
            state=end.state,
            reason=end.reason,
            finished_at=finished,
            started_at=run.started_at,
            isolation=run.isolation,
            pid=run.worker.pid if run.worker is not None else None,
            timings=as_json(run.timings),
            progress=as_json(run.progress) if run.progress else None,
            result=end.result,
            error=end.error,
            artifacts=as_json(list(end.artifacts)) if end.artifacts else None,
            artifact_count=len(end.artifacts),
        )
        if run.remote is not None:
            run.outcome = told_of(run.remote, run.outcome, id=new_id())
        self._journal.end(run.outcome, functools.partial(self._ended, run))

    def _ended(self, run: LiveRun) -> None:
        self.live.pop(run.id, None)
        run.settle()

    # --- output

    def folder(self, run: LiveRun) -> RunFolder:
        return RunFolder(self._home.runs / run.id)

    def _watch(self) -> None:
        """Hold what is running to its output limit."""
        self._watching = None
        for seat in self._seats:
            for run in seat.runs[:1]:
                folder = self.folder(run)
                for at, stream in enumerate(STREAMS):
                    run.dropped[at] += folder.hold_to(self._settings.output_bytes, stream)
        if self._seats:
            self._watching = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._watch)

    def _cut_output(self, run: LiveRun, sizes: object) -> None:
        """Cut what is too long for good; nothing is looked at where the worker said that nothing is."""
        limit = self._settings.output_bytes
        if isinstance(sizes, list | tuple) and max(sizes, default=0) <= limit and not any(run.dropped):
            return
        folder = self.folder(run)
        for at, stream in enumerate(STREAMS):
            folder.finish(limit, stream, run.dropped[at])

    def _spawn(self, work: Coroutine[None, None, None], among: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(work)
        among.add(task)
        task.add_done_callback(among.discard)


# A daemon on its way out gives functions no more than this to clean up.
DRAIN_GRACE_SECONDS = 2.0


def _cancelled(reason: str) -> str:
    return "The run was cancelled." if reason == "cancelled" else "The daemon was stopped before the run had ended."


def _kept_artifacts(folder: Path) -> list[dict[str, object]]:
    """The artifacts of a run that could not tell of them itself."""
    try:
        return artifacts.collect(folder)
    except artifacts.ArtifactRejected as rejected:
        return rejected.accepted
    except Exception:
        log.exception("the artifacts in %s could not be collected", folder)
        return []
