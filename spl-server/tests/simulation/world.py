"""A small world under a seed: one server with the real services, several machines, a bad network, and clocks that jump.

Nothing here sleeps or opens a socket. True time is the world's own; the server's wall clock is set at random by
somebody, and each message may be lost, late, repeated or overtaken. Machines and the server crash and come back; what
they keep over a crash is what they would have on a disk.
"""

from __future__ import annotations

import heapq
import itertools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import select

from daemon_server.runs import attempting, claiming, ending, inbox, reaper, submitting
from daemon_server.runs.lifecycle import TERMINAL
from daemon_server.runs.problems import RunCancelled, RunNotFound, StaleClaim
from daemon_server.runs.records import Claimant, Held, Limits, MachineEvent, Times
from daemon_server.runs.tables import run_events, run_results, runs

from .stage import FakeClock, Memory, check_whole, new_run

BEAT_MS = 10_000
TICK_MS = 5_000
LOST_MS = 100_000
TTL_MS = 400_000
FAULTS_MS = 150_000
# After the faults stop: a lost lease, the time until it is lost, and the longest back-off of a second attempt.
QUIET_MS = 600_000
SELF_FENCE_MS = 10_000
# A decision at a tick may be as old as the tick, and a message as slow as the network.
SLACK_MS = TICK_MS

type Journalled = Literal["accepted", "spawned", "over"]


class Violation(AssertionError):
    """A promise was broken."""


@dataclass
class Attempt:
    """What a machine's journal has of a fence. `worker` is the number of the process that runs it."""

    run_id: str
    fence: int
    state: Journalled = "accepted"
    repeatable: bool = False
    worker: int = 0


@dataclass
class World:
    """The world of one seed."""

    seed: int
    memory: Memory
    machine_kind: type[Machine] | None = None
    now: int = 0
    times: Times = field(default_factory=Times)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self.memory.clear()
        self.random = random.Random(self.seed)
        self.clock = FakeClock()
        self.queue: list[tuple[int, int, Callable[[], None]]] = []
        self.order = itertools.count()
        self.server = Server(self)
        kind = self.machine_kind or Machine
        self.machines = [kind(self, f"mch_{index}") for index in range(self.random.choice([1, 2, 2]))]
        self.executions: dict[str, list[tuple[Machine, list[int | None]]]] = {}
        self.executed: set[int] = set()
        self.repeatable: dict[str, bool] = {}
        self.heard: dict[str, int] = {}
        self.faulty = True

    # --- time

    def later(self, ms: int, act: Callable[[], None]) -> None:
        heapq.heappush(self.queue, (self.now + ms, next(self.order), act))

    def play(self) -> None:
        """Let it all happen, and check what was promised."""
        lanes = [*(machine.id for machine in self.machines), "pool:usr_alice", "pool:usr_alice"]
        for _ in range(self.random.randint(2, 5)):
            self.later(self.random.randrange(60_000), lambda: self.submit(self.random.choice(lanes)))
        for machine in self.machines:
            self.later(self.random.randrange(1_000), machine.beat)
        self.later(1, self.server.tick)
        for _ in range(self.random.randint(0, 6)):
            self.later(self.random.randrange(FAULTS_MS), self.fault)
        self.later(FAULTS_MS, self.calm)
        while self.queue and self.now < FAULTS_MS + QUIET_MS:
            moment, _, act = heapq.heappop(self.queue)
            self.clock.advance(moment - self.now)
            self.now = moment
            act()
            if self.now > FAULTS_MS and self.server.up and self.all_over():
                break
        self.check_end()

    def fault(self) -> None:
        fault = self.random.choice(("crash", "crash", "crash_server", "jump", "cancel", "cut", "freeze"))
        if fault == "crash_server":
            self.server.crash(self.random.choice([500, 20_000, 70_000]))
        elif fault == "jump":
            self.clock.wall += self.random.choice([-1, 1]) * self.random.choice([10_000, 3_600_000, 86_400_000])
        elif fault == "cancel" and self.repeatable:
            self.server.cancel(self.random.choice(list(self.repeatable)))
        elif fault == "cut":
            machine = self.random.choice(self.machines)
            machine.cut_until = self.now + self.random.choice([5_000, 90_000, 130_000])
        elif fault == "freeze":
            machine = self.random.choice(self.machines)
            ms = self.random.choice([3_000, 50_000])
            machine.frozen_until = self.now + ms
            self.later(ms, machine.thaw)
        elif fault == "crash":
            self.random.choice(self.machines).crash(self.random.choice([200, 5_000, 90_000]))

    def calm(self) -> None:
        self.faulty = False

    # --- the network

    def send(self, machine: Machine, ask: Callable[[], Any], answered: Callable[[Any], None]) -> None:
        """A request on its way to the server and its answer on the way back; each copy takes its own time."""
        bad = self.faulty and self.random.random() < 0.5
        for _ in range(2 if bad and self.random.random() < 0.2 else 1):
            if machine.cut_until > self.now or (bad and self.random.random() < 0.15):
                continue
            self.later(self.delay(bad), lambda: self._arrive(machine, ask, answered, bad))

    def _arrive(self, machine: Machine, ask: Callable[[], Any], answered: Callable[[Any], None], bad: bool) -> None:
        if not self.server.up:
            return
        answer = ask()
        if machine.cut_until > self.now or (bad and self.random.random() < 0.15):
            return
        boot = machine.boot
        self.later(self.delay(bad), lambda: answered(answer) if machine.boot == boot and machine.up else None)

    def delay(self, bad: bool) -> int:
        return self.random.choice([1, 5, 300, 4_000, 20_000]) if bad else self.random.choice([1, 2, 5])

    # --- what callers do

    def submit(self, lane: str) -> None:
        repeatable = self.random.random() < 0.4
        run_id = f"run_{len(self.repeatable):04d}"
        most = 3 if repeatable else 1
        new = new_run(lane, id=run_id, max_attempts=most, lost_after_ms=LOST_MS, queue_ttl_ms=TTL_MS)
        self.repeatable[run_id] = repeatable
        with self.memory.unit(self.clock) as session:
            submitting.submit(session, [new], self.limits)

    # --- what is promised

    def spawned(self, machine: Machine, run_id: str, fence: int) -> list[int | None]:
        """User code begins to run."""
        before = self.executions.setdefault(run_id, [])
        if before and not self.repeatable[run_id]:
            raise Violation(f"{run_id} was started twice")
        self.check_alone(machine, run_id)
        if fence in self.executed:
            raise Violation(f"the fence {fence} was used twice")
        self.executed.add(fence)
        interval: list[int | None] = [self.now, None]
        before.append((machine, interval))
        return interval

    def check_alone(self, machine: Machine, run_id: str) -> None:
        """No other machine runs it. One that sleeps runs nothing; it looks at the time before its workers go on."""
        for other, interval in self.executions[run_id]:
            if interval[1] is None and (other is machine or other.frozen_until <= self.now):
                raise Violation(f"{run_id} runs twice at the same time")

    def check_resumed(self, machine: Machine, run_id: str) -> None:
        """Nobody else began to run it while this machine slept."""
        awake = [
            other
            for other, interval in self.executions[run_id]
            if interval[1] is None and other is not machine and other.frozen_until <= self.now
        ]
        if awake:
            raise Violation(f"{run_id} goes on while another machine runs it")

    def all_over(self) -> bool:
        return all(state in TERMINAL for state in self.server.states().values())

    def check_lost(self, run_id: str) -> None:
        silent = self.now - self.heard.get(run_id, 0)
        if silent < LOST_MS - SLACK_MS:
            raise Violation(f"{run_id} was given up after {silent} ms")

    def check_end(self) -> None:
        states = self.server.states()
        if set(states) != set(self.repeatable):
            raise Violation("an accepted run is gone")
        if stuck := {run_id: state for run_id, state in states.items() if state not in TERMINAL}:
            raise Violation(f"never ended: {stuck}")
        with self.memory.unit(self.clock) as session:
            check_whole(session)
            columns = (runs.c.id, runs.c.state, runs.c.fence, run_results.c.result, run_results.c.fence.label("by"))
            for row in session.rows(select(*columns).outerjoin(run_results, run_results.c.run_id == runs.c.id)):
                if row.state == "succeeded" and (int(row.result) != row.fence or row.by != row.fence):
                    raise Violation(f"{row.id} has the outcome of another attempt")
                if row.state == "succeeded" and row.fence not in self.executed:
                    raise Violation(f"{row.id} succeeded without having run")
            told: set[tuple[str, str]] = set()
            for row in session.rows(select(run_events).where(run_events.c.kind == "progress")):
                text = json.loads(row.data)["text"]
                if (row.run_id, text) in told:
                    raise Violation(f"{row.run_id} was told {text!r} twice")
                told.add((row.run_id, text))


class Server:
    """The real services, one unit of work for each request, and what a process remembers between them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.up = True
        self.anchor = reaper.Anchor()
        self.ended: dict[str, str] = {}

    def crash(self, ms: int) -> None:
        self.up = False
        self.world.later(ms, self.restart)

    def restart(self) -> None:
        self.up = True
        with self.world.memory.unit(self.world.clock) as session:
            self.anchor = reaper.begin(session, self.world.times)

    def tick(self) -> None:
        self.world.later(TICK_MS, self.tick)
        if not self.up:
            return
        with self.world.memory.unit(self.world.clock) as session:
            _, self.anchor = reaper.tick(session, self.anchor, self.world.times)
        for run_id, state in self.states().items():
            if self.ended.setdefault(run_id, state) != state and self.ended[run_id] in TERMINAL:
                raise Violation(f"{run_id} was {self.ended[run_id]} and is {state}")
            if state == "lost" and self.ended[run_id] != "lost":
                self.world.check_lost(run_id)
            self.ended[run_id] = state

    def states(self) -> dict[str, str]:
        rows = self.world.memory.raw.execute("SELECT id, state FROM runs").fetchall()
        return dict(rows)

    def cancel(self, run_id: str) -> None:
        if self.up:
            with self.world.memory.unit(self.world.clock) as session:
                ending.cancel(session, run_id)

    def sync(
        self, machine: str, boot: str, poll: int, capacity: int, held: list[Held], told: list[MachineEvent]
    ) -> Any:
        world = self.world
        with world.memory.unit(world.clock) as session:
            verdicts = attempting.renew(session, machine_id=machine, held=held, times=world.times)
            answers = inbox.deliver(
                session, machine, told, times=world.times, limits=world.limits, missing_artifacts=lambda *_: ()
            )
            claimant = Claimant(machine, "usr_alice", boot)
            jobs = claiming.claim(session, claimant, poll=poll, capacity=capacity, times=world.times)
        for one in (*verdicts.going, *verdicts.cancel):
            world.heard[one.run_id] = world.now
        return verdicts, answers, jobs

    def start(self, machine: str, run_id: str, fence: int) -> str:
        world = self.world
        try:
            with world.memory.unit(world.clock) as session:
                attempting.start(session, machine_id=machine, run_id=run_id, fence=fence, times=world.times)
        except (StaleClaim, RunNotFound):
            return "stale"
        except RunCancelled:
            return "cancelled"
        world.heard[run_id] = world.now
        return "started"


class Machine:
    """The daemon's side of the protocol: `journal` and `outbox` are on its disk, the rest is lost in a crash."""

    asks_before_start = True
    remembers_fences = True
    writes_spawned_first = True
    fences_itself = True

    def __init__(self, world: World, machine_id: str) -> None:
        self.world = world
        self.id = machine_id
        self.journal: dict[int, Attempt] = {}
        self.outbox: list[MachineEvent] = []
        self.events = itertools.count()
        self.boots = itertools.count(1)
        self.boot = "boot0"
        self.up = True
        self.cut_until = self.frozen_until = 0
        self.polls = itertools.count(1)
        self.acknowledged = 0
        self.running: dict[int, list[int | None]] = {}

    # --- the link

    def beat(self) -> None:
        """One sign of life, with all that there is to tell; the next one follows."""
        world = self.world
        world.later(world.random.randint(BEAT_MS * 9 // 10, BEAT_MS * 11 // 10), self.beat)
        if not self.up or self.frozen_until > world.now:
            return
        self.guard()
        held = [Held(one.run_id, one.fence) for one in self.journal.values() if one.state != "over"]
        capacity = max(0, 2 - len(held))
        poll, told, boot, sent = next(self.polls), list(self.outbox[:20]), self.boot, world.now
        world.send(
            self,
            lambda: world.server.sync(self.id, boot, poll, capacity, held, told),
            lambda answer: self.answered(sent, answer),
        )

    def answered(self, sent: int, answer: Any) -> None:
        verdicts, answers, jobs = answer
        self.acknowledged = max(self.acknowledged, sent)
        done = {one.id for one in answers if one.final}
        self.outbox = [event for event in self.outbox if event.id not in done]
        for one in verdicts.stale:
            self.drop(one.fence)
        for one in verdicts.cancel:
            self.stop(one.fence)
        for job in jobs:
            if job.fence in self.journal and self.remembers_fences:
                continue
            attempt = Attempt(job.run_id, job.fence, repeatable=job.max_attempts > 1)
            self.journal[job.fence] = attempt
            if self.asks_before_start:
                self.ask(attempt, self.boot)
            else:
                self.spawn(attempt)

    def ask(self, attempt: Attempt, boot: str) -> None:
        """Ask for the start until there is an answer."""
        if boot != self.boot or attempt.state != "accepted" or not self.up:
            return
        sent = self.world.now
        self.world.send(
            self,
            lambda: self.world.server.start(self.id, attempt.run_id, attempt.fence),
            lambda answer: self.permitted(attempt, sent, answer),
        )
        self.world.later(5_000, lambda: self.ask(attempt, boot))

    def permitted(self, attempt: Attempt, sent: int, answer: str) -> None:
        if attempt.state != "accepted":
            return
        if answer == "started":
            late = self.world.now - sent > self.world.times.run_lease_ms - SELF_FENCE_MS
            if attempt.repeatable and late and self.fences_itself:
                return  # the lease that came with it is nearly over: ask again
            self.acknowledged = max(self.acknowledged, sent)
            self.spawn(attempt)
        else:
            self.drop(attempt.fence)
            if answer == "cancelled":
                self.tell("finished", attempt, {"state": "cancelled"})

    # --- the work

    def spawn(self, attempt: Attempt) -> None:
        if self.writes_spawned_first:
            attempt.state = "spawned"
        attempt.worker += 1
        self.running[attempt.fence] = self.world.spawned(self, attempt.run_id, attempt.fence)
        self.tell("progress", attempt, {"text": f"{attempt.fence} {attempt.worker}"})
        worker = attempt.worker
        self.world.later(self.world.random.choice([10, 3_000, 30_000, 150_000]), lambda: self.finish(attempt, worker))

    def finish(self, attempt: Attempt, worker: int) -> None:
        if attempt.fence not in self.running or attempt.worker != worker:
            return
        if self.frozen_until > self.world.now or not self.up:
            self.world.later(1_000, lambda: self.finish(attempt, worker))  # the machine sleeps, or nobody reaps it yet
            return
        self.ended(attempt.fence)
        failed = self.world.random.random() < 0.2
        data: dict[str, Any] = {"state": "failed", "reason": "user_exception"} if failed else {"state": "succeeded"}
        self.tell("finished", attempt, data if failed else {**data, "result": attempt.fence})

    def stop(self, fence: int) -> None:
        attempt = self.journal.get(fence)
        if attempt is not None and attempt.state != "over":
            self.ended(fence)
            self.tell("finished", attempt, {"state": "cancelled"})

    def drop(self, fence: int) -> None:
        """The attempt is somebody else's, or nobody's: its worker is ended and nothing is told."""
        self.ended(fence)

    def ended(self, fence: int) -> None:
        if fence in self.journal:
            self.journal[fence].state = "over"
        if (interval := self.running.pop(fence, None)) is not None:
            interval[1] = self.world.now

    def tell(self, kind: Any, attempt: Attempt, data: dict[str, Any]) -> None:
        event = MachineEvent(f"{self.id}-{next(self.events)}", kind, attempt.run_id, attempt.fence, data)
        self.outbox.append(event)

    def guard(self) -> None:
        """Worker of a run that may be repeated end before the server may have it repeated."""
        patience = self.world.times.run_lease_ms - SELF_FENCE_MS
        if not self.fences_itself or self.world.now - self.acknowledged < patience:
            return
        for attempt in list(self.journal.values()):
            if attempt.repeatable and attempt.fence in self.running:
                self.drop(attempt.fence)

    def thaw(self) -> None:
        """It wakes: timers that count sleep are due at once, and what must not go on ends."""
        if self.frozen_until > self.world.now or not self.up:
            return
        self.guard()
        for attempt in self.journal.values():
            if attempt.fence in self.running:
                self.world.check_resumed(self, attempt.run_id)

    # --- its crashes

    def crash(self, ms: int) -> None:
        if not self.up:
            return
        self.up = False
        self.boot = f"boot{next(self.boots)}"
        for attempt in self.journal.values():
            if attempt.repeatable and attempt.fence in self.running:
                self.running.pop(attempt.fence)[1] = self.world.now  # bound to the daemon, and ends with it
        self.world.later(ms, self.restart)

    def restart(self) -> None:
        """What was never spawned is handed back; what was spawned is adopted where it lives, or has crashed."""
        self.up = True
        self.polls = itertools.count(1)
        for attempt in list(self.journal.values()):
            if attempt.state == "accepted":
                attempt.state = "over"
                self.tell("nack", attempt, {"reason": "daemon_restarted"})
            elif attempt.state == "spawned" and (attempt.fence not in self.running or self.world.random.random() < 0.5):
                self.ended(attempt.fence)
                self.tell("finished", attempt, {"state": "failed", "reason": "worker_crashed"})
