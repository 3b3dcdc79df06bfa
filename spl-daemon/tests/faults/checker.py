"""What must be true of a home after any number of faults. Pure: it reads what was recorded and says what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TERMINAL = frozenset({"succeeded", "failed", "cancelled", "timed_out"})


@dataclass(frozen=True)
class Recorded:
    """One run as the daemon tells it after the faults."""

    run_id: str
    state: str
    value: object


def violations(
    accepted: Mapping[str, object], recorded: Iterable[Recorded], executed: Iterable[str], *, seen: Mapping[str, str]
) -> list[str]:
    """Every broken promise, as a sentence.

    Args:
        accepted: the value that each accepted run must have, by run id.
        recorded: the runs as they are now.
        executed: a run id for each time that user code began.
        seen: the terminal states that clients were told while the faults went on.
    """
    runs = {run.run_id: run for run in recorded}
    begun = Counter(executed)
    wrong = [f"{run_id} was accepted and is lost" for run_id in accepted if run_id not in runs]
    for run_id, run in runs.items():
        if run.state not in TERMINAL:
            wrong.append(f"{run_id} has no outcome: {run.state}")
        if run_id in seen and seen[run_id] != run.state:
            wrong.append(f"{run_id} ended twice: {seen[run_id]}, then {run.state}")
        if run.state == "succeeded" and run_id in accepted and run.value != accepted[run_id]:
            wrong.append(f"{run_id} has a wrong value: {run.value!r}")
        if run.state == "succeeded" and begun[run_id] != 1:
            wrong.append(f"{run_id} succeeded but its code began {begun[run_id]} times")
        if begun[run_id] > 1:
            wrong.append(f"{run_id} was started {begun[run_id]} times")
    return wrong
