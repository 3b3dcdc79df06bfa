"""A busy worker: which runs it has, and how far ahead it is given more."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Protocol

from spl.daemon.runs.live import LiveRun
from spl.daemon.runs.workers import Crash, Question, Report, Worker
from spl.daemon.runs.workers.bench import Bench

# A reused worker is given work for about this long ahead, so that it never waits for the daemon between two short runs,
# and a run never waits long behind others while another worker idles.
AHEAD_MS = 20.0
MOST_AHEAD = 64

# What a run costs beside its function, however short that is.
OVERHEAD_MS = 0.3

# How much the last run says about the next one.
WEIGHT = 0.2

OnEnd = Callable[["Seat", LiveRun, Report | Crash], None]


class RemoteSteps(Protocol):
    """Who runs the remote nodes of a run's pipeline, and answers its worker."""

    def ask(self, run: LiveRun, worker: Worker, question: Question) -> None: ...
    def forget(self, run: LiveRun) -> None:
        """End whatever the run still waits for; it is answered all the same."""


class NoRemoteSteps:
    """Nobody does."""

    def ask(self, run: LiveRun, worker: Worker, question: Question) -> None:
        error = {"type": "ServerNotConnected", "message": "Remote nodes can't be run here.", "frames": [], "notes": []}
        worker.answer(question.answered("failed", json.dumps(error).encode()))

    def forget(self, run: LiveRun) -> None:
        """There is nothing."""


class Seat:
    """One of the parallel places, taken by a worker."""

    __slots__ = ("bench", "pace", "promised", "runs", "worker")

    def __init__(self, worker: Worker, bench: Bench) -> None:
        self.worker = worker
        self.bench = bench
        self.runs: list[LiveRun] = []
        self.promised = 0  # runs that are being recorded as its
        self.pace: float | None = None

    @property
    def occupied(self) -> bool:
        return bool(self.runs) or self.promised > 0

    @property
    def window(self) -> int:
        """How many runs it may have at a time."""
        if self.worker.single_use or self.pace is None:
            return 1
        return max(1, min(MOST_AHEAD, int(AHEAD_MS / (self.pace + OVERHEAD_MS))))

    @property
    def room(self) -> int:
        return self.window - len(self.runs) - self.promised

    @property
    def wants_more(self) -> bool:
        """Half empty: one message then carries several runs."""
        return not self.worker.single_use and self.room >= max(1, self.window // 2)

    def note(self, run_ms: float) -> None:
        self.pace = run_ms if self.pace is None else self.pace + (run_ms - self.pace) * WEIGHT


class SeatSink:
    """Tells the supervisor of one run on one seat."""

    __slots__ = ("_on_end", "_remote", "_run", "_seat")

    def __init__(self, seat: Seat, run: LiveRun, on_end: OnEnd, remote: RemoteSteps) -> None:
        self._seat = seat
        self._run = run
        self._on_end = on_end
        self._remote = remote

    def on_progress(self, done: float | None, total: float | None, text: str) -> None:
        self._run.report(done, total, text)

    def on_nodes(self, started: Sequence[str], ended: Sequence[tuple[str, float]]) -> None:
        self._run.note_nodes(started, ended)

    def on_question(self, question: Question) -> None:
        self._remote.ask(self._run, self._seat.worker, question)

    def on_forget(self) -> None:
        self._remote.forget(self._run)

    def on_end(self, end: Report | Crash) -> None:
        self._on_end(self._seat, self._run, end)
