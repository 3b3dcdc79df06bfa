"""The services against a model: whatever is asked, in whatever order, both agree, and no edge is missing or made up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from daemon_server.db.postgresql import PostgresqlDatabase
from daemon_server.db.session import Session
from daemon_server.runs import attempting, claiming, ending, guards, inbox, reaper, submitting
from daemon_server.runs.lifecycle import EDGES, TERMINAL
from daemon_server.runs.problems import RunCancelled, StaleClaim
from daemon_server.runs.records import Answer, Claimant, Held, Limits, MachineEvent, Times
from daemon_server.runs.tables import run_results, runs

from .model import Model, ModelRun
from .stage import FakeClock, Memory, check_whole, new_run

MACHINES = ("mch_a", "mch_b")
REASONS = ("draining", "isolation_unavailable")
ENDS = (
    ("succeeded", "ok"), ("failed", "user_exception"), ("failed", "env_build_failed"), ("timed_out", "timed_out"),
    ("cancelled", "cancelled"),
)  # fmt: skip
# From less than a beat up to more than the longest wait of any run here.
STEPS_MS = (1, 3_000, 14_000, 31_000, 46_000, 110_000, 700_000)
TTL_MS = 500_000
LOST_MS = 400_000

type Unit = Callable[[FakeClock], AbstractContextManager[Session]]


class Services(RuleBasedStateMachine):
    """Each rule asks the real services and tells the model; the invariants compare the two."""

    unit: ClassVar[Unit]
    clear: ClassVar[Callable[[], None]]
    edges: ClassVar[set[str]] = set()
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).clear()
        self.clock = FakeClock()
        self.times = Times()
        self.limits = Limits()
        self.model = Model(self.times)
        self.attempts: list[tuple[str, int, str]] = []
        self.delivered: list[tuple[str, MachineEvent, Answer]] = []
        self.anchor = reaper.Anchor()
        self.count = 0

    def teardown(self) -> None:
        type(self).edges |= self.model.edges
        type(self).steps += self.count

    @contextmanager
    def session(self) -> Iterator[Session]:
        self.count += 1
        with type(self).unit(self.clock) as session:
            yield session

    def number(self) -> int:
        self.count += 1
        return self.count

    # --- what callers do

    @rule(lane=st.sampled_from(MACHINES), max_attempts=st.sampled_from([1, 3]))
    def submit(self, lane: str, max_attempts: int) -> None:
        name = f"run_{self.number():06d}"  # not at random: a story is told the same way twice
        new = new_run(lane, id=name, max_attempts=max_attempts, lost_after_ms=LOST_MS, queue_ttl_ms=TTL_MS)
        with self.session() as session:
            submitting.submit(session, [new], self.limits)
        now = self.clock.wall
        self.model.runs[new.id] = ModelRun(new.id, lane, max_attempts, now, now + TTL_MS, LOST_MS)

    @precondition(lambda self: self.model.runs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from(list(self.model.runs.values())))
        with self.session() as session:
            ending.cancel(session, run.id)
        self.model.cancel(run, self.clock.wall)

    # --- what machines do

    @rule(machine=st.sampled_from(MACHINES), capacity=st.integers(1, 3))
    def claim(self, machine: str, capacity: int) -> None:
        expected = self.model.waiting(machine, self.clock.wall)[:capacity]
        poll = self.number()
        for _ in range(2):  # the second asks again with the same number
            with self.session() as session:
                claimant = Claimant(machine, "usr_alice", "boot")
                jobs = claiming.claim(session, claimant, poll=poll, capacity=capacity, times=self.times)
            assert [job.run_id for job in jobs] == [run.id for run in expected]
            if jobs and jobs[0].fence > self.model.last_fence:
                for job in sorted(jobs, key=lambda job: job.fence):
                    self.model.claimed(self.model.runs[job.run_id], machine, job.fence, self.clock.wall)
                    self.attempts.append((job.run_id, job.fence, machine))

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), back=st.integers(0, 6))
    def start(self, data: st.DataObject, back: int) -> None:
        run_id, fence, machine = self.attempt(back)
        expected = self.model.start(self.model.current(run_id, fence, machine), self.clock.wall)
        try:
            with self.session() as session:
                attempting.start(session, machine_id=machine, run_id=run_id, fence=fence, times=self.times)
        except (StaleClaim, RunCancelled):
            assert not expected
        else:
            assert expected

    @precondition(lambda self: self.attempts)
    @rule(machine=st.sampled_from(MACHINES))
    def beat(self, machine: str) -> None:
        held = [Held(run_id, fence) for run_id, fence, holder in self.attempts[-8:] if holder == machine]
        with self.session() as session:
            verdicts = attempting.renew(session, machine_id=machine, held=held, times=self.times)
        for one in held:
            run = self.model.current(one.run_id, one.fence, machine)
            place = verdicts.stale if run is None else verdicts.cancel if run.state == "cancelling" else verdicts.going
            assert one in place
            if run is not None:
                self.model.beat(run, self.clock.wall)

    @precondition(lambda self: self.attempts)
    @rule(back=st.integers(0, 6), reason=st.sampled_from(REASONS))
    def nack(self, back: int, reason: str) -> None:
        run_id, fence, machine = self.attempt(back)
        run = self.model.current(run_id, fence, machine)
        answer = self.deliver(machine, "nack", run_id, fence, {"reason": reason})
        if run is None:
            assert answer.status in ("stale", "duplicate")
        else:
            assert answer.status == "ok"
            self.model.nack(run, reason, self.clock.wall)

    @precondition(lambda self: self.attempts)
    @rule(back=st.integers(0, 6), end=st.sampled_from(ENDS))
    def finish(self, back: int, end: tuple[Any, str]) -> None:
        run_id, fence, machine = self.attempt(back)
        run = self.model.current(run_id, fence, machine)
        answer = self.deliver(machine, "finished", run_id, fence, {"state": end[0], "reason": end[1], "result": 1})
        if run is not None and self.model.finish(run, *end, self.clock.wall):
            assert answer.status == "ok"
        else:
            assert answer.status in ("stale", "duplicate")

    @precondition(lambda self: self.delivered)
    @rule(back=st.integers(0, 20))
    def deliver_again(self, back: int) -> None:
        machine, event, first = self.delivered[-1 - back % len(self.delivered)]
        with self.session() as session:
            (answer,) = self.inbox(session, machine, event)
        assert answer.status == ("duplicate" if first.status == "ok" else first.status)

    @precondition(lambda self: any(run.state == "queued" for run in self.model.runs.values()))
    @rule()
    def hand_back_for_ever(self) -> None:
        run = next(run for run in self.model.runs.values() if run.state == "queued")
        while run.state == "queued":
            self.clock.advance(max(1, run.not_before - self.clock.wall))
            self.claim(run.lane, 100)
            _, fence, machine = next(one for one in reversed(self.attempts) if one[0] == run.id)
            self.deliver(machine, "nack", run.id, fence, {"reason": "draining"})
            self.model.nack(run, "draining", self.clock.wall)

    # --- what time does

    @rule(ms=st.sampled_from(STEPS_MS))
    def advance(self, ms: int) -> None:
        self.clock.advance(ms)

    @rule(ms=st.sampled_from(STEPS_MS))
    def tick(self, ms: int) -> None:
        self.clock.advance(ms)
        with self.session() as session:
            _, self.anchor = reaper.tick(session, self.anchor, self.times)
        self.model.tick(self.clock.wall)

    @precondition(lambda self: any(run.state == "running" for run in self.model.runs.values()))
    @rule()
    def go_silent(self) -> None:
        for ms in (self.times.run_lease_ms + 1, self.times.requeue_grace_ms + 1):
            self.tick(ms)

    @rule()
    def restart(self) -> None:
        self.anchor = reaper.Anchor()
        with self.session() as session:
            reaper.begin(session, self.times)
        self.model.begin(self.clock.wall)

    @rule()
    def restore(self) -> None:
        with self.session() as session:
            reaper.restored(session)
        self.model.restored(self.clock.wall)

    # --- what must hold

    @invariant()
    def both_agree(self) -> None:
        with self.session() as session:
            rows = session.rows(select(runs.c.id, runs.c.state, runs.c.fence, runs.c.attempt, runs.c.starts))
            found = {row.id: tuple(row)[1:] for row in rows}
            ended = set(session.connection.execute(select(run_results.c.run_id)).scalars())
            check_whole(session)
        expected = {run.id: (run.state, run.fence, run.attempt, run.starts) for run in self.model.runs.values()}
        assert found == expected
        assert ended == {run.id for run in self.model.runs.values() if run.state in TERMINAL}
        assert all(len(run.outcomes) <= 1 for run in self.model.runs.values())
        held = [run.fence for run in self.model.runs.values() if run.fence is not None]
        assert len(held) == len(set(held))

    # --- how

    def attempt(self, back: int) -> tuple[str, int, str]:
        return self.attempts[-1 - back % len(self.attempts)]

    def deliver(self, machine: str, kind: Any, run_id: str, fence: int, data: dict[str, Any]) -> Answer:
        event = MachineEvent(f"evt_{self.number()}", kind, run_id, fence, data)
        with self.session() as session:
            (answer,) = self.inbox(session, machine, event)
        self.delivered.append((machine, event, answer))
        return answer

    def inbox(self, session: Session, machine: str, event: MachineEvent) -> list[Answer]:
        return inbox.deliver(
            session, machine, [event], times=self.times, limits=self.limits, missing_artifacts=lambda *_: ()
        )


def play(unit: Unit, clear: Callable[[], None], examples: int, steps: int) -> type[Services]:
    """Run the state machine on a database; its class, with what it has seen."""
    seen = type("Services", (Services,), {"unit": staticmethod(unit), "clear": staticmethod(clear), "edges": set()})
    run_state_machine_as_test(
        seen,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return seen


def walk_every_edge(seen: type[Services]) -> None:
    """Short stories that between them take each edge, whatever the random ones came upon."""

    def story(*steps: Callable[[Services], object], attempts: int = 1) -> None:
        services = seen()
        services.submit("mch_a", attempts)
        for step in steps:
            step(services)
            services.both_agree()
        services.teardown()

    def claim(services: Services) -> None:
        services.claim("mch_a", 1)

    def start(services: Services) -> None:
        run_id, fence, machine = services.attempt(0)
        with services.session() as session:
            attempting.start(session, machine_id=machine, run_id=run_id, fence=fence, times=services.times)
        assert services.model.start(services.model.current(run_id, fence, machine), services.clock.wall)

    def cancel(services: Services) -> None:
        (run,) = services.model.runs.values()
        with services.session() as session:
            ending.cancel(session, run.id)
        services.model.cancel(run, services.clock.wall)

    def end(state: str, reason: str) -> Callable[[Services], object]:
        return lambda services: services.finish(0, (state, reason))

    def tick(ms: int) -> Callable[[Services], object]:
        return lambda services: services.tick(ms)

    for state, reason in ENDS:
        story(claim, start, end(state, reason))
    story(claim, end("failed", "env_build_failed"))
    story(claim, start, cancel, end("cancelled", "cancelled"))
    story(claim, start, cancel, tick(110_000))
    story(cancel)
    story(tick(TTL_MS + 1))
    story(claim, tick(31_000))
    story(claim, lambda services: services.nack(0, "draining"))
    story(claim, start, lambda services: services.nack(0, "draining"))
    story(Services.hand_back_for_ever)
    story(claim, start, tick(46_000), lambda services: services.beat("mch_a"))
    story(claim, start, tick(46_000), tick(LOST_MS + 1))
    story(claim, start, Services.go_silent, attempts=3)
    story(claim, Services.restore)


@pytest.mark.slow
def test_the_services_agree_with_the_model_on_sqlite() -> None:
    """400 stories of 50 steps; every edge is taken, none outside of them exists."""
    memory = Memory()

    seen = play(memory.unit, memory.clear, examples=400, steps=50)
    walk_every_edge(seen)

    print(f"\n{seen.steps} units of work, {len(seen.edges)} of {len(EDGES)} edges")
    assert seen.edges == {edge.name for edge in EDGES}


@pytest.mark.slow
def test_the_services_agree_with_the_model_on_postgresql(postgresql_database: PostgresqlDatabase) -> None:
    """100 stories of 50 steps on the other dialect."""
    engine = postgresql_database.engine

    @contextmanager
    def unit(clock: FakeClock) -> Iterator[Session]:
        with engine.begin() as connection:
            yield Session(connection, clock, database_time=False)

    def clear() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM runs")
            connection.exec_driver_sql("DELETE FROM inbox")
            connection.exec_driver_sql("DELETE FROM fences")
            connection.exec_driver_sql("ALTER SEQUENCE fence_seq RESTART")
            connection.exec_driver_sql(guards.FIRST_FENCE)

    seen = play(unit, clear, examples=100, steps=50)
    walk_every_edge(seen)

    print(f"\n{seen.steps} units of work, {len(seen.edges)} of {len(EDGES)} edges")
    assert seen.edges == {edge.name for edge in EDGES}
