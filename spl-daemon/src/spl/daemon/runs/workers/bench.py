"""The warm processes of one bundle in one environment build."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from spl.daemon.runs.workers.command import Mode
from spl.daemon.runs.workers.process import POSIX, Launcher
from spl.daemon.runs.workers.served import ImportFailed, start_served
from spl.daemon.runs.workers.worker import Worker
from spl.daemon.runs.workers.zygote import Zygote

log = logging.getLogger(__name__)

# Processes that wait for their run, so that a call does not wait for them.
CHILDREN_AHEAD = 1
SPARES_AHEAD = 2

# Starting an interpreter costs the daemon more than a short run does: the run that took a spare goes first.
HEAD_START_SECONDS = 0.02

# A killed process is gone at once, unless the kernel itself is stuck; nobody is helped by waiting for that.
CLOSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Key:
    """What warm processes are good for: this content in this build. (`built_at` tells two builds of one spec apart.)"""

    spec_hash: str
    built_at: int
    content_hash: str
    python: Path = field(compare=False)
    bundle: Path = field(compare=False)


class Bench:
    """Takes workers off the bench: at once where one is warm, else as soon as one has started.

    `gone` is called for every worker that ends, after it left the bench.
    """

    def __init__(self, key: Key, launcher: Launcher, gone: Callable[[Worker], None]) -> None:
        self.key = key
        self.last_used = time.monotonic()
        self.closed = False
        self.hazard: str | None = None if POSIX else "this system can't fork"
        self._launcher = launcher
        self._gone = gone
        self._zygote: Zygote | None = None
        self._starting_zygote: asyncio.Task[None] | None = None
        self._idle: dict[Mode, deque[Worker]] = {mode: deque() for mode in ("fork", "spare", "reuse", "fresh")}
        self._workers: set[Worker] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def busy(self) -> int:
        """How many workers are not idle."""
        return len(self._workers) - sum(map(len, self._idle.values()))

    def actual(self, mode: Mode) -> Mode:
        """The mode that will be used: where a fork is not safe, a spare."""
        return "spare" if mode == "fork" and self.hazard else mode

    def is_warm(self, mode: Mode) -> bool:
        """Whether workers of this mode can be had without importing the bundle first."""
        return self.actual(mode) != "fork" or (self._zygote is not None and self._zygote.alive)

    async def warm(self, mode: Mode) -> None:
        """Import the bundle in the process that this mode's workers come from.

        Raises:
            ImportFailed, OSError
        """
        self.last_used = time.monotonic()
        if mode == "fork" and not self.is_warm(mode):
            if self._starting_zygote is None or self._starting_zygote.done():
                self._starting_zygote = asyncio.create_task(self._start_zygote(), name="start zygote")
            await asyncio.shield(self._starting_zygote)
        mode = self.actual(mode)
        if mode == "fresh":
            (await self._start(mode)).dismiss()
        elif mode != "fork" and not self._idle[mode]:
            self._put_back(await self._start(mode))

    def take(self, mode: Mode) -> Worker | None:
        """A warm worker, if there is one."""
        self.last_used = time.monotonic()
        mode = self.actual(mode)
        idle = self._idle[mode]
        while idle:
            worker = idle.popleft()
            if not worker.retired:
                self._refill(mode)
                return worker
        if mode == "fork" and self._zygote is not None and self._zygote.alive:
            with suppress(OSError):  # no file descriptors left for another one; whoever waits for it hears why
                return self._fork(self._zygote)
        return None

    async def acquire(self, mode: Mode) -> Worker:
        """A worker, warm or not.

        Raises:
            ImportFailed, OSError: none can be started.
        """
        if (worker := self.take(mode)) is not None:
            return worker
        if self.actual(mode) == "fork":
            await self.warm("fork")
        if self.actual(mode) == "fork" and self._zygote is not None:
            return self._fork(self._zygote)
        self._refill(self.actual(mode))
        return await self._start(self.actual(mode))

    def give_back(self, worker: Worker) -> None:
        """A worker that can still be used: it serves many runs, or was never sent one."""
        if self.closed or worker.retired:
            worker.dismiss()
        else:
            self._put_back(worker)

    def pids(self) -> list[tuple[Mode, int]]:
        """The idle processes worth naming, and the zygote."""
        found = [(mode, worker.pid) for mode, idle in self._idle.items() for worker in idle if worker.pid]
        zygote: list[tuple[Mode, int]] = [("fork", self._zygote.pid)] if self._zygote and self._zygote.alive else []
        return zygote + [(mode, pid) for mode, pid in found if mode != "fork"]

    async def close(self) -> None:
        """Let everything idle go, and end what is not; returns when all of it is gone."""
        self.closed = True
        for task in [*self._tasks, *([self._starting_zygote] if self._starting_zygote else [])]:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        for idle in self._idle.values():
            while idle:
                idle.popleft().dismiss()
        if self._zygote is not None:
            await self._zygote.close()
        for worker in list(self._workers):
            worker.kill() if worker.outstanding else worker.dismiss()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._empty.wait()
        except TimeoutError:
            log.error("%d workers did not end: %s", len(self._workers), [worker.pid for worker in self._workers])

    async def _start_zygote(self) -> None:
        began = time.perf_counter()
        zygote = await Zygote.start(self._launcher, self.key.python, self.key.bundle)
        try:
            self.hazard = await zygote.ready()
        except BaseException:
            await zygote.close()
            raise
        if self.hazard is not None:
            log.info("bundle %s is not forked: %s", self.key.content_hash[:12], self.hazard)
            await zygote.close()
            return
        log.debug("zygote of bundle %s in %.0f ms", self.key.content_hash[:12], (time.perf_counter() - began) * 1000)
        self._zygote = zygote
        self._refill("fork")

    def _fork(self, zygote: Zygote) -> Worker:
        worker = zygote.fork(self._left)
        self._joined(worker)
        return worker

    async def _start(self, mode: Mode) -> Worker:
        worker = await start_served(self._launcher, mode, self.key.python, self.key.bundle, self._left)
        self._joined(worker)
        return worker

    def _put_back(self, worker: Worker) -> None:
        if self.closed:
            worker.dismiss()
        elif not worker.ended:
            self._idle[worker.mode].append(worker)

    def _refill(self, mode: Mode) -> None:
        """Have the next ones ready before they are asked for."""
        if self.closed:
            return
        if mode == "fork" and self._zygote is not None and self._zygote.alive:
            with suppress(OSError):
                while len(self._idle["fork"]) < CHILDREN_AHEAD:
                    self._idle["fork"].append(self._fork(self._zygote))
        elif mode == "spare":
            for _ in range(SPARES_AHEAD - len(self._idle["spare"]) - len(self._tasks)):
                task = asyncio.create_task(self._start_ahead(), name="start spare")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _start_ahead(self) -> None:
        await asyncio.sleep(HEAD_START_SECONDS)
        try:
            self._put_back(await self._start("spare"))
        except (ImportFailed, OSError) as error:
            log.warning("a spare worker could not be started: %s", error)

    def _joined(self, worker: Worker) -> None:
        if not worker.ended:
            self._workers.add(worker)
            self._empty.clear()

    def _left(self, worker: Worker) -> None:
        self._workers.discard(worker)
        if not self._workers:
            self._empty.set()
        idle = self._idle[worker.mode]
        if worker in idle:
            idle.remove(worker)
        self._gone(worker)
