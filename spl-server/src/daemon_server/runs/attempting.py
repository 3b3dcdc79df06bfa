"""An attempt's life from claim to end, as its machine tells it. Every write names run, fence and machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import bindparam, case, func, select, update

from daemon_server.db.session import Session
from daemon_server.runs import ending, fences, store
from daemon_server.runs.lifecycle import (
    CANCELLED,
    EARLY_FAILURES,
    FAIL_EARLY,
    FINISHES,
    LEASED,
    NACK,
    NOT_STARTED,
    RECOVER,
    REJECT,
    START,
    Edge,
)
from daemon_server.runs.problems import RunCancelled, RunNotFound, StaleClaim
from daemon_server.runs.records import (
    LARGEST_NACKS,
    MOST_NACK_DOUBLINGS,
    Finish,
    Held,
    Standing,
    Started,
    Status,
    Times,
    Verdicts,
)
from daemon_server.runs.submitting import wake_lane
from daemon_server.runs.tables import attempts, in_states, runs

BACK_IN_QUEUE: Final[Mapping[str, Any]] = {
    "fence": None,
    "machine_id": None,
    "lease_expires_at": None,
    "suspected_at": None,
    "phase": None,
    "progress": None,
}
_ENDED: Final[Mapping[str, Any]] = {
    "reason": bindparam("why"),
    "finished_at": bindparam("now"),
    "lease_expires_at": None,
    "phase": None,
    "timings": bindparam("timing"),
    "isolation": func.coalesce(bindparam("isolated"), runs.c.isolation),
    "artifacts": bindparam("files"),
}

_START = store.move(
    START,
    started_at=bindparam("now"),
    lease_expires_at=bindparam("lease"),
    starts=runs.c.starts + 1,
    phase="starting",
)
_RECOVER = store.move(RECOVER, lease_expires_at=bindparam("lease"), suspected_at=None)
_HANDED_BACK: Final[Mapping[str, Any]] = {
    **BACK_IN_QUEUE,
    "nacks": bindparam("count"),
    "nack_reason": bindparam("why"),
    "not_before": bindparam("later"),
    "waiting": "handed_back",
    "waiting_text": bindparam("text"),
}
_NACK = store.move(NACK, **_HANDED_BACK)
_NOT_STARTED = store.move(NOT_STARTED, **_HANDED_BACK, starts=runs.c.starts - 1, started_at=None)
_ENDS: Final[Mapping[str, store.Move]] = {
    edge.name: store.move(edge, **_ENDED) for edge in (*FINISHES.values(), FAIL_EARLY, REJECT, CANCELLED)
}
_STARTED = (
    update(attempts)
    .where(attempts.c.fence == bindparam("with_fence"))
    .values(started_at=func.coalesce(attempts.c.started_at, bindparam("now")))
    .returning(attempts.c.attempt, attempts.c.capability_id)
)
_HELD = select(runs.c.id, runs.c.fence, runs.c.state).where(
    runs.c.id.in_(bindparam("ids", expanding=True)), runs.c.machine_id == bindparam("machine")
)
_RENEW = (
    update(runs)
    .where(
        runs.c.fence.in_(bindparam("fences", expanding=True)),
        runs.c.machine_id == bindparam("machine"),
        in_states(*LEASED),
    )
    .values(lease_expires_at=case((runs.c.state == "claimed", bindparam("claim_lease")), else_=bindparam("lease")))
)


def start(session: Session, *, machine_id: str, run_id: str, fence: int, times: Times) -> Started:
    """Permission to start the user's code of an attempt. Asked again, it is given again.

    Raises:
        StaleClaim: another attempt is the current one, or none is.
        RunCancelled: somebody asked for its end meanwhile.
        RunNotFound: the machine never had this attempt.
        StoreRestored: the fence is of a life of the database that was lost.
    """
    lease = session.now + times.run_lease_ms
    named = _named(run_id, fence, machine_id)
    if not store.take(session, _START, {**named, "now": session.now, "lease": lease}):
        standing = _mine(session, run_id, fence, machine_id)
        if standing.fence != fence or standing.state not in LEASED:
            raise StaleClaim(current_attempt=standing.attempt, your_fence=str(fence))
        if standing.state == "cancelling":
            raise RunCancelled(run_id=run_id)
        renew(session, machine_id=machine_id, held=[Held(run_id, fence)], times=times)
    row = session.execute(_STARTED, {"with_fence": fence, "now": session.now}).one()
    return Started(run_id, fence, row.attempt, lease, row.capability_id)


def renew(session: Session, *, machine_id: str, held: Sequence[Held], times: Times) -> Verdicts:
    """The machine is alive and has these attempts: their leases begin again, and one that was given up comes back."""
    if not held:
        return Verdicts()
    rows = session.rows(_HELD, {"ids": [one.run_id for one in held], "machine": machine_id})
    current = {row.id: row for row in rows if row.state in LEASED}
    going: list[Held] = []
    cancel: list[Held] = []
    stale: list[Held] = []
    for one in held:
        row = current.get(one.run_id)
        if row is None or row.fence != one.fence:
            stale.append(one)
        else:
            (cancel if row.state == "cancelling" else going).append(one)
    lease = session.now + times.run_lease_ms
    if going or cancel:
        parameters = {"machine": machine_id, "claim_lease": session.now + times.claim_lease_ms, "lease": lease}
        session.execute(_RENEW, {**parameters, "fences": [one.fence for one in (*going, *cancel)]})
    for one in going:
        if current[one.run_id].state == "unknown":
            store.take(session, _RECOVER, {**_named(one.run_id, one.fence, machine_id), "lease": lease})
    return Verdicts(tuple(going), tuple(cancel), tuple(stale))


def nack(session: Session, *, machine_id: str, run_id: str, fence: int, reason: str, times: Times) -> Status:
    """The machine hands an attempt back and vouches that user code was not started in it, and never will be."""
    standing = store.standing(session, run_id, lock=True)
    if standing is None or standing.fence != fence or standing.machine_id != machine_id:
        return late(session, run_id, fence, machine_id, {"outcome": "not_started", "reason": reason})
    named = _named(run_id, fence, machine_id)
    if standing.state == "cancelling":
        return _end(session, CANCELLED, named, Finish("cancelled", "cancelled"))
    count = standing.nacks + 1 if standing.nack_reason == reason else 1
    if standing.state == "claimed" and count >= LARGEST_NACKS:
        message = f"Machines handed this run back {count} times: {reason}."
        error = f'{{"type":"RejectedByMachine","message":{_quoted(message)}}}'
        return _end(session, REJECT, named, Finish("failed", "rejected_by_machine", error=error))
    step = _NACK if standing.state == "claimed" else _NOT_STARTED
    later = session.now + times.nack_delay_ms * 2 ** min(count - 1, MOST_NACK_DOUBLINGS)
    text = f"A machine handed it back: {reason}."
    moved = store.take(session, step, {**named, "count": count, "why": reason, "later": later, "text": text})
    if not moved:
        return late(session, run_id, fence, machine_id, {"outcome": "not_started", "reason": reason})
    store.close_attempts(session, [{"with_fence": fence, "how": "not_started", "why": reason}])
    wake_lane(session, moved[0].lane)
    return "ok"


def finish(session: Session, *, machine_id: str, run_id: str, fence: int, end: Finish) -> Status:
    """Record how an attempt ended. Only the current one's end is the run's; what comes late is kept as evidence."""
    named = _named(run_id, fence, machine_id)
    status = _end(session, FINISHES[end.state], named, end)
    if status == "ok":
        return status
    standing = store.standing(session, run_id, lock=True)
    if standing is not None and standing.fence == fence and standing.machine_id == machine_id:
        if standing.state == "cancelling":
            stopped = Finish("cancelled", "cancelled", started_at=end.started_at, finished_at=end.finished_at)
            return _end(session, CANCELLED, named, stopped)
        if standing.state == "claimed" and end.state == "failed" and end.reason in EARLY_FAILURES:
            return _end(session, FAIL_EARLY, named, end)
        if standing.state == "claimed" and end.state == "cancelled":
            return nack(session, machine_id=machine_id, run_id=run_id, fence=fence, reason="stopped", times=Times())
    return late(session, run_id, fence, machine_id, {"outcome": end.state, "reason": end.reason})


def late(session: Session, run_id: str, fence: int, machine_id: str, evidence: Mapping[str, str]) -> Status:
    """What to answer to news of an attempt that is not the current one."""
    fences.check_known(session, fence)
    attempt = store.attempt_of(session, run_id, fence, machine_id)
    if attempt is None:
        return "rejected"
    if attempt.outcome == evidence["outcome"] and attempt.reason == evidence["reason"]:
        return "duplicate"
    store.keep_late(session, fence, {**evidence, "at": session.now})
    return "stale"


def _end(session: Session, edge: Edge, named: Mapping[str, Any], end: Finish) -> Status:
    parameters = {
        **named,
        "why": end.reason,
        "now": session.now,
        "timing": end.timings,
        "isolated": end.isolation,
        "files": end.artifact_count,
    }
    moved = store.take(session, _ENDS[edge.name], parameters)
    if not moved:
        return "stale"
    run_id, fence = named["run_id"], named["with_fence"]
    store.conclude(session, run_id, fence, result=end.result, error=end.error, artifacts=end.artifacts)
    if edge.after != "succeeded":
        ending.stop_nodes(session, run_id)
    closed = {
        "with_fence": fence,
        "how": edge.after,
        "why": end.reason,
        "observed_started": end.started_at,
        "observed_ended": end.finished_at,
    }
    store.close_attempts(session, [closed])
    return "ok"


def _mine(session: Session, run_id: str, fence: int, machine_id: str) -> Standing:
    """The run of an attempt that this machine has or had."""
    fences.check_known(session, fence)
    standing = store.standing(session, run_id, lock=True)
    if standing is None or store.attempt_of(session, run_id, fence, machine_id) is None:
        raise RunNotFound(run_id=run_id[:80])
    if standing.machine_id != machine_id:
        return replace(standing, fence=None)
    return standing


def _named(run_id: str, fence: int, machine_id: str) -> dict[str, Any]:
    return {"run_id": run_id, "with_fence": fence, "by_machine": machine_id}


def _quoted(text: str) -> str:
    import json

    return json.dumps(text)
