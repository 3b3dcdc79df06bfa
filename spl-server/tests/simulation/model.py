"""The life of runs once more, in plain dictionaries: what the database must agree with after every step."""

from __future__ import annotations

from dataclasses import dataclass, field

from daemon_server.runs.lifecycle import EARLY_FAILURES, EDGES, LEASED, TERMINAL, State
from daemon_server.runs.records import LARGEST_NACKS, FinishState, Times


@dataclass
class ModelRun:
    id: str
    lane: str
    max_attempts: int
    created_at: int
    expires_at: int
    lost_after: int
    state: State = "queued"
    attempt: int = 0
    starts: int = 0
    fence: int | None = None
    machine: str | None = None
    lease: int = 0
    not_before: int = 0
    nacks: int = 0
    nack_reason: str | None = None
    suspected_at: int = 0
    asked_at: int = 0
    outcomes: list[tuple[int | None, State]] = field(default_factory=list)


@dataclass
class Model:
    """Every run, and by which edges they went."""

    times: Times
    runs: dict[str, ModelRun] = field(default_factory=dict)
    edges: set[str] = field(default_factory=set)
    last_fence: int = 0

    def go(self, run: ModelRun, name: str) -> None:
        (edge,) = [edge for edge in EDGES if edge.name == name]
        assert run.state in edge.before, f"the model itself goes where no edge leads: {run.state} -{name}->"
        self.edges.add(name)
        run.state = edge.after
        if run.state in TERMINAL:
            run.outcomes.append((run.fence, run.state))
        if run.state == "queued":
            run.fence = run.machine = None

    def current(self, run_id: str, fence: int, machine: str) -> ModelRun | None:
        run = self.runs[run_id]
        return run if run.fence == fence and run.machine == machine and run.state in LEASED else None

    def waiting(self, machine: str, now: int) -> list[ModelRun]:
        found = [run for run in self.runs.values() if run.state == "queued" and run.lane == machine]
        return sorted((run for run in found if run.not_before <= now), key=lambda run: (run.created_at, run.id))

    def claimed(self, run: ModelRun, machine: str, fence: int, now: int) -> None:
        assert fence > self.last_fence, "a fence was not greater than all before it"
        self.last_fence = fence
        self.go(run, "claim")
        run.attempt += 1
        run.fence, run.machine, run.lease = fence, machine, now + self.times.claim_lease_ms

    def start(self, run: ModelRun | None, now: int) -> bool:
        """Whether it may start."""
        if run is None or run.state == "cancelling":
            return False
        if run.state == "claimed":
            self.go(run, "start")
            run.starts += 1
        elif run.state == "unknown":
            self.go(run, "recover")
        run.lease = now + self.times.run_lease_ms
        return True

    def beat(self, run: ModelRun, now: int) -> None:
        claimed = run.state == "claimed"
        run.lease = now + (self.times.claim_lease_ms if claimed else self.times.run_lease_ms)
        if run.state == "unknown":
            self.go(run, "recover")

    def nack(self, run: ModelRun, reason: str, now: int) -> None:
        if run.state == "cancelling":
            return self.go(run, "cancelled")
        count = run.nacks + 1 if run.nack_reason == reason else 1
        if run.state == "claimed" and count >= LARGEST_NACKS:
            return self.go(run, "reject")
        run.nacks, run.nack_reason = count, reason
        run.not_before = now + self.times.nack_delay_ms * 2 ** min(count - 1, 8)
        if run.state == "claimed":
            return self.go(run, "nack")
        run.starts -= 1
        return self.go(run, "not_started")

    def finish(self, run: ModelRun, state: FinishState, reason: str, now: int) -> bool:
        """Whether the attempt's end was the run's."""
        edges = {"succeeded": "succeed", "failed": "fail", "timed_out": "time_out", "cancelled": "stopped"}
        if run.state in ("running", "unknown"):
            self.go(run, edges[state])
        elif run.state == "cancelling":
            self.go(run, "cancelled")
        elif state == "failed" and reason in EARLY_FAILURES:
            self.go(run, "fail_early")
        elif state == "cancelled":
            self.nack(run, "stopped", now)
        else:
            return False
        return True

    def cancel(self, run: ModelRun, now: int) -> None:
        if run.state == "queued":
            self.go(run, "withdraw")
        elif run.state in ("claimed", "running", "unknown"):
            self.go(run, "ask_cancel")
            run.asked_at = now

    def tick(self, now: int) -> None:
        for run in self.runs.values():
            if run.state == "claimed" and run.lease < now:
                self.go(run, "claim_expired")
                run.not_before = now
            if run.state == "running" and run.lease < now:
                self.go(run, "suspect")
                run.suspected_at = now
            if run.state == "unknown":
                self._doubt(run, now)
            if run.state == "cancelling" and run.asked_at < now - self.times.cancel_deadline_ms:
                self.go(run, "cancel_overdue")
            if run.state == "queued" and run.expires_at < now:
                self.go(run, "expire")

    def _doubt(self, run: ModelRun, now: int) -> None:
        again = run.max_attempts > 1 and run.max_attempts > run.starts
        grace_over = now - self.times.requeue_grace_ms
        if again and run.lease < grace_over and run.suspected_at < grace_over:
            assert run.fence is not None
            wait = min(self.times.backoff_ms * 2 ** max(0, run.starts - 1), self.times.backoff_cap_ms)
            run.not_before = now + wait // 2 + wait * (run.fence % 1_000) // 1_000
            self.go(run, "requeue")
        elif run.suspected_at + run.lost_after < now:
            self.go(run, "lose")

    def begin(self, now: int) -> None:
        for run in self.runs.values():
            if run.state in LEASED:
                run.lease = now + self.times.run_lease_ms
            if run.state == "unknown":
                run.suspected_at = now
            if run.state == "cancelling":
                run.asked_at = now

    def restored(self, now: int) -> None:
        for run in self.runs.values():
            if run.state in ("claimed", "running"):
                self.go(run, "restore")
                run.suspected_at = run.lease = now
