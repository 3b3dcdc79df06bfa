"""Runs that have not ended, as the daemon holds them in memory."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from spl.daemon.objects import ObjectVersion
from spl.daemon.runs.lifecycle import Phase, State, check
from spl.daemon.runs.node_status import NodeStatus
from spl.daemon.runs.origin import Parent, Remote, parent_of, remote_of, written
from spl.daemon.runs.records import Outcome, Payload, RunRecord, document
from spl.daemon.runs.workers import Mode, Worker

# Events a listener has not taken; one that is this far behind has lost interest.
EVENTS_HELD = 1_000


def now_ms() -> int:
    return int(time.time() * 1000)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a caller asks for. `arguments` are bound to the signature already: a JSON object of documents by name."""

    version: ObjectVersion
    arguments: bytes
    function: str | None = None
    output: str | None = None
    timeout_ms: int | None = None
    isolation: str | None = None
    priority: int = 0
    idempotency_key: str | None = None
    allow_pickle: bool = False
    remote: Remote | None = None
    parent: Parent | None = None

    @property
    def origin(self) -> str | None:
        """What the row keeps of where the run came from; most have nothing to say."""
        return written(allow_pickle=self.allow_pickle, remote=self.remote, parent=self.parent)


class LiveRun:
    """One run from its acceptance to its outcome. Only the event loop touches it."""

    __slots__ = (
        "arguments",
        "batch",
        "claimed",
        "created_at",
        "dropped",
        "ended",
        "finished_at",
        "id",
        "index",
        "isolation",
        "listeners",
        "nodes",
        "outcome",
        "parent",
        "phase",
        "progress",
        "queued_clock",
        "record",
        "remote",
        "requeues",
        "started_at",
        "started_clock",
        "state",
        "stop_reason",
        "stopping",
        "timer",
        "timings",
        "version",
        "waiters",
        "worker",
    )

    def __init__(
        self, record: RunRecord, version: ObjectVersion, arguments: bytes, batch: BatchProgress | None = None
    ) -> None:
        self.id = record.id
        self.record = record
        self.remote = remote_of(record.origin)
        self.parent = parent_of(record.origin)
        self.version = version
        self.arguments = arguments
        self.batch = batch
        self.index = record.batch_index
        self.state: State = record.state
        self.phase: Phase = "waiting"
        self.created_at = record.created_at
        self.started_at: int | None = None
        self.finished_at: int | None = None
        self.isolation: Mode | None = None
        self.worker: Worker | None = None
        self.claimed = False  # a worker has it, or is about to
        self.stopping: State | None = None  # the end it is being brought to from outside
        self.stop_reason = ""
        self.timer: asyncio.TimerHandle | None = None
        self.requeues = 0
        self.dropped = [0, 0]
        self.queued_clock = time.perf_counter()
        self.started_clock = 0.0
        self.timings: dict[str, float] = {}
        self.progress: dict[str, Any] | None = None
        self.nodes: NodeStatus | None = None  # a pipeline has one once its first node has begun
        self.outcome: Outcome | None = None
        self.ended = False  # its outcome is on the disk
        self.waiters: list[asyncio.Future[None]] = []
        self.listeners: list[asyncio.Queue[dict[str, Any]]] = []

    def go(self, state: State) -> None:
        self.state = check(self.state, state)
        self.tell({"event": "state", "state": state})

    def enter(self, phase: Phase) -> None:
        if phase != self.phase:
            self.phase = phase
            self.tell({"event": "phase", "phase": phase})

    def report(self, done: float | None, total: float | None, text: str) -> None:
        self.progress = {"done": done, "total": total, "text": text}
        self.tell({"event": "progress", **self.progress})

    def note_nodes(self, started: Sequence[str], ended: Sequence[tuple[str, float]]) -> None:
        """These nodes of its pipeline began, and those ended after so many seconds."""
        self._known_nodes().note(started, ended)
        told = [{"node": node, "seconds": seconds} for node, seconds in ended]
        self.tell({"event": "node", "started": list(started), "ended": told})

    def note_elsewhere(self, node: str, about: dict[str, Any]) -> None:
        """What became known of the run that a remote node is elsewhere."""
        self._known_nodes().note_elsewhere(node, about)
        self.tell({"event": "node", "started": [], "ended": [], "elsewhere": {"node": node, **about}})

    def _known_nodes(self) -> NodeStatus:
        if self.nodes is None:
            self.nodes = NodeStatus()
        return self.nodes

    def note_queued(self) -> None:
        """How long it waited for a worker that was there, as what is left of its time."""
        until = self.started_clock or time.perf_counter()
        known = self.timings.get("build_ms", 0.0) + self.timings.get("start_ms", 0.0)
        self.timings["queued_ms"] = round(max(0.0, (until - self.queued_clock) * 1000 - known), 3)

    def tell(self, event: dict[str, Any]) -> None:
        for queue in self.listeners:
            if queue.qsize() < EVENTS_HELD:
                queue.put_nowait(event)

    def settle(self) -> None:
        """Its outcome is on the disk: wake everybody who waits for that."""
        self.ended = True
        self.wake()
        assert self.outcome is not None
        self.tell({"event": "state", "state": self.outcome.state, "reason": self.outcome.reason})
        if self.batch is not None and self.index is not None:
            self.batch.add(self.index)

    async def wait(self, seconds: float) -> bool:
        """Wait for the outcome; whether it is there."""
        if self.ended or seconds <= 0:
            return self.ended
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiters.append(waiter)
        await asyncio.wait([waiter], timeout=seconds)
        if not waiter.done():
            waiter.cancel()
            if waiter in self.waiters:
                self.waiters.remove(waiter)
        return self.ended

    @property
    def allow_pickle(self) -> bool:
        return self.record.origin is not None and json.loads(self.record.origin).get("allow_pickle") is True

    def wake(self) -> None:
        """Let whoever waits look again, though it has not ended."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)
        self.waiters.clear()

    def view(self) -> dict[str, Any]:
        """What lists show of it, as of now."""
        shown = self.record.to_json(phase=None if self.outcome is not None and self.ended else self.phase)
        outcome = self.outcome if self.ended else None
        shown["state"] = outcome.state if outcome else self.state
        shown["reason"] = outcome.reason if outcome else None
        shown["isolation"] = self.isolation or self.record.isolation
        shown["started_at"] = self.started_at
        shown["finished_at"] = outcome.finished_at if outcome else None
        shown["timings"] = self.timings
        shown["progress"] = self.progress
        return shown

    def document(self) -> bytes:
        """The whole of it, as JSON."""
        outcome = self.outcome if self.ended else None
        payload = Payload(None, outcome.result, outcome.error, outcome.artifacts) if outcome else Payload()
        return document(self.view(), payload)

    def close_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class BatchProgress:
    """Which runs of a batch have ended, in the order in which they did."""

    def __init__(self, batch: str, total: int, ended: list[int] | None = None) -> None:
        self.id = batch
        self.total = total
        self.ended = ended or []
        self._last = (0, -1)
        self._set = set(self.ended)
        self._prefix = 0
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    @property
    def done(self) -> bool:
        return len(self.ended) >= self.total

    def stamp(self, now: int, index: int) -> int:
        """The time of a run's end, such that sorting by time and index gives the order of the ends again.

        A list that is read again from the database has the places of the one in memory.
        """
        moment, last = self._last
        now = max(now, moment)
        self._last = (now, index) if (now, index) > (moment, last) else (now + 1, index)
        return self._last[0]

    def add(self, index: int) -> None:
        if index in self._set:
            return
        self._set.add(index)
        self.ended.append(index)
        for waiting in [waiting for waiting in self._waiters if waiting[0]()]:
            self._waiters.remove(waiting)
            if not waiting[1].done():
                waiting[1].set_result(None)

    def prefix(self) -> int:
        """How many runs have ended from the first one on, without a gap."""
        while self._prefix in self._set:
            self._prefix += 1
        return self._prefix

    def available(self, order: str) -> int:
        """How far results can be handed out in this order."""
        return self.prefix() if order == "index" else len(self.ended)

    async def wait_for(self, order: str, count: int, seconds: float) -> None:
        """Wait until so many results are there, or all of them, or the time is up."""

        def enough() -> bool:
            return self.done or self.available(order) >= count

        if enough() or seconds <= 0:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = (enough, future)
        self._waiters.append(waiting)
        await asyncio.wait([future], timeout=seconds)
        if waiting in self._waiters:
            self._waiters.remove(waiting)
        future.cancel()


def as_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
