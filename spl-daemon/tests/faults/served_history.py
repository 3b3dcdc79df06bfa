"""What must be true of a server and its machines after any number of faults. Pure: it reads what was recorded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

TERMINAL = frozenset({"succeeded", "failed", "cancelled", "timed_out", "lost", "expired"})


@dataclass(frozen=True, slots=True)
class Accepted:
    """A run that a caller was told of: its own number, and how often its code may begin."""

    number: int
    most_starts: int = 1

    @property
    def value(self) -> int:
        return self.number * 2


@dataclass(frozen=True, slots=True)
class Row:
    """A run as the server's database has it."""

    run_id: str
    state: str
    fence: int | None
    last_seq: int


@dataclass(frozen=True, slots=True)
class AttemptRow:
    run_id: str
    attempt: int
    fence: int
    outcome: str | None
    permitted: bool = True


@dataclass(frozen=True, slots=True)
class ResultRow:
    run_id: str
    fence: int | None
    value: object


@dataclass(frozen=True, slots=True)
class History:
    """Everything that callers saw, that user code left behind, and that the databases hold.

    Attributes:
        begun: the number of a run for each time that its code began.
        seen: the terminal states that callers were told while the faults went on.
        cancelled: the runs whose cancellation was answered with `cancelling` or `cancelled`.
        events: the run and the seq of each event.
        held: the fences that the machines took, once for each time that one was accepted.
    """

    accepted: Mapping[str, Accepted]
    rows: Sequence[Row]
    attempts: Sequence[AttemptRow] = ()
    results: Sequence[ResultRow] = ()
    events: Sequence[tuple[str, int, str]] = ()
    begun: Iterable[int] = ()
    seen: Mapping[str, str] = field(default_factory=dict)
    cancelled: frozenset[str] = frozenset()
    held: Sequence[int] = ()


def broken_promises(history: History) -> list[str]:
    """Every broken promise, as a sentence."""
    return [*_of_callers(history), *_of_ends(history), *_of_attempts(history), *_of_events(history)]


def _of_callers(history: History) -> Iterable[str]:
    rows = {row.run_id: row for row in history.rows}
    begun = Counter(history.begun)
    permitted = Counter(attempt.run_id for attempt in history.attempts if attempt.permitted)
    for run_id, accepted in history.accepted.items():
        row = rows.get(run_id)
        if row is None:
            yield f"{run_id} was accepted and is lost"
            continue
        if run_id in history.seen and history.seen[run_id] != row.state:
            yield f"{run_id} ended twice: {history.seen[run_id]}, then {row.state}"
        started = begun[accepted.number]
        if started > accepted.most_starts:
            yield f"{run_id} may begin {accepted.most_starts} times and was started {started} times"
        if started > permitted[run_id]:
            yield f"{run_id} was started {started} times with {permitted[run_id]} permissions"
        if row.state == "succeeded" and not started:
            yield f"{run_id} succeeded and never began"
        if run_id in history.cancelled and row.state != "cancelled":
            yield f"{run_id} was cancelled and is {row.state}"


def _of_ends(history: History) -> Iterable[str]:
    results = {result.run_id: result for result in history.results}
    for row in history.rows:
        if row.state not in TERMINAL:
            yield f"{row.run_id} has no outcome: {row.state}"
            continue
        result = results.get(row.run_id)
        if result is None:
            if row.state == "succeeded":
                yield f"{row.run_id} succeeded and has no result"
            continue
        if result.fence is not None and result.fence != row.fence:
            yield f"{row.run_id} has an outcome of fence {result.fence} and its fence is {row.fence}"
        accepted = history.accepted.get(row.run_id)
        if accepted is not None and row.state == "succeeded" and result.value != accepted.value:
            yield f"{row.run_id} has a wrong value: {result.value!r}"


def _of_attempts(history: History) -> Iterable[str]:
    fences = {row.run_id: row.fence for row in history.rows}
    of_run: dict[str, list[AttemptRow]] = defaultdict(list)
    for attempt in history.attempts:
        of_run[attempt.run_id].append(attempt)
    for run_id, attempts in of_run.items():
        if [attempt.attempt for attempt in attempts] != list(range(1, len(attempts) + 1)):
            yield f"{run_id} has attempts {[attempt.attempt for attempt in attempts]}"
        if fences.get(run_id) not in (None, max(attempt.fence for attempt in attempts)):
            yield f"{run_id} stands at fence {fences.get(run_id)}, which is not its newest"
        succeeded = [attempt.attempt for attempt in attempts if attempt.outcome == "succeeded"]
        if len(succeeded) > 1:
            yield f"{run_id} succeeded in {len(succeeded)} attempts"
    known = {attempt.fence for attempt in history.attempts}
    for fence, times in Counter(history.held).items():
        if times > 1:
            yield f"fence {fence} was taken {times} times"
        if fence not in known:
            yield f"fence {fence} is held by a machine and was never given"


def _of_events(history: History) -> Iterable[str]:
    numbers: dict[str, list[int]] = defaultdict(list)
    ends: Counter[str] = Counter()
    for run_id, seq, kind in history.events:
        numbers[run_id].append(seq)
        ends[run_id] += kind == "ended"
    for row in history.rows:
        if sorted(numbers[row.run_id]) != list(range(1, row.last_seq + 1)):
            yield f"{row.run_id} has a gap in its {row.last_seq} events"
        if row.state in TERMINAL and ends[row.run_id] != 1:
            yield f"{row.run_id} tells of its end {ends[row.run_id]} times"
