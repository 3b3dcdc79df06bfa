"""All warm processes: a bench for each bundle in each environment build, let go when it idles or memory is short."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from spl.daemon.runs.workers.bench import Bench, Key
from spl.daemon.runs.workers.process import Launcher
from spl.daemon.runs.workers.served import ImportFailed
from spl.daemon.runs.workers.tree import end_marked
from spl.daemon.runs.workers.worker import Worker

log = logging.getLogger(__name__)

# Often enough that memory is given back soon after it is not needed, seldom enough to cost nothing.
LOOK_SECONDS = 15.0

# Ends that come together are swept for together: looking through all processes takes a few milliseconds.
SWEEP_SECONDS = 0.2


class Pool:
    """Benches by key. `bench` makes one where there is none; it costs nothing until a worker is taken."""

    def __init__(self, launcher: Launcher, *, home: Path, idle_seconds: float, idle_bytes: int) -> None:
        self._launcher = launcher
        self._home = home
        self._idle_seconds = idle_seconds
        self._idle_bytes = idle_bytes
        self._benches: dict[Key, Bench] = {}
        self._looking: asyncio.Task[None] | None = None
        self._to_sweep: set[str] = set()
        self._sweeping: asyncio.Task[None] | None = None
        self.on_dropped: Callable[[Key], None] = lambda key: None

    def find(self, key: Key) -> Bench | None:
        return self._benches.get(key)

    def bench(self, key: Key) -> tuple[Bench, bool]:
        """The bench of this key, and whether it is a new one."""
        known = self._benches.get(key)
        if known is not None:
            return known, False
        made = self._benches[key] = Bench(key, self._launcher, self._on_gone)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="idle workers")
        return made, True

    def idle(self) -> list[dict[str, Any]]:
        """The idle processes, as the status page shows them."""
        return [
            {"spec": key.spec_hash, "bundle": key.content_hash, "mode": mode, "pid": pid}
            for key, bench in self._benches.items()
            for mode, pid in bench.pids()
        ]

    async def let_go(self, spec_hash: str) -> None:
        """End everything that runs from this build: it is about to be replaced or removed."""
        await self._drop([key for key in self._benches if key.spec_hash == spec_hash])

    async def let_go_of(self, key: Key) -> None:
        await self._drop([key] if key in self._benches else [])

    async def close(self) -> None:
        """End every worker; returns when none is left."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self._drop(list(self._benches))
        if self._sweeping is not None:
            await asyncio.gather(self._sweeping, return_exceptions=True)

    def sweep(self, runs: Iterable[str]) -> None:
        """End, soon, whatever these runs left behind."""
        self._to_sweep.update(runs)
        if self._sweeping is None or self._sweeping.done():
            self._sweeping = asyncio.create_task(self._sweep(), name="sweep leftovers")

    def _on_gone(self, worker: Worker) -> None:
        # What a forked child leaves comes back to its zygote, and what ends in good order ends its own children.
        if worker.runs and worker.mode != "fork" and not (worker.status == 0 and sys.platform == "linux"):
            self.sweep(worker.runs)

    async def _sweep(self) -> None:
        while self._to_sweep:
            await asyncio.sleep(SWEEP_SECONDS)
            runs, self._to_sweep = self._to_sweep, set()
            if ended := await asyncio.to_thread(end_marked, self._home, runs):
                log.info("ended %d processes that runs had left behind", ended)

    async def _look(self) -> None:
        while self._benches:
            await asyncio.sleep(min(LOOK_SECONDS, self._idle_seconds / 2))
            await self._drop(list(self._stale()))

    def _stale(self) -> Iterator[Key]:
        """The benches that idle for too long; then the longest idle ones, until the rest fits into memory."""
        now = time.monotonic()
        idle = sorted((bench for bench in self._benches.values() if not bench.busy), key=lambda bench: bench.last_used)
        held = {bench.key: sum(_memory(pid) for _, pid in bench.pids()) for bench in idle}
        surplus = sum(held.values()) - self._idle_bytes
        for bench in idle:
            if now - bench.last_used > self._idle_seconds or surplus > 0:
                surplus -= held[bench.key]
                yield bench.key

    async def _drop(self, keys: list[Key]) -> None:
        benches = [bench for key in keys if (bench := self._benches.pop(key, None)) is not None]
        await asyncio.gather(*(bench.close() for bench in benches))
        for bench in benches:
            self.on_dropped(bench.key)


def _memory(pid: int) -> int:
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


__all__ = ["ImportFailed", "Pool"]
