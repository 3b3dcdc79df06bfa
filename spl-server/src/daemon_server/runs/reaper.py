"""What the server decides by the clock alone: leases that ended, and runs that nobody will take or end any more.

Every state that is no end has a deadline here, so that nothing hangs for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    case,
    column,
    literal,
    or_,
    select,
    table,
    text,
    update,
)

from daemon_server.db.session import Session
from daemon_server.runs import ending, fences, store
from daemon_server.runs.attempting import BACK_IN_QUEUE
from daemon_server.runs.lifecycle import (
    ACTIVE,
    CANCEL_OVERDUE,
    CLAIM_EXPIRED,
    EXPIRE,
    LOSE,
    REQUEUE,
    RESTORE,
    SUSPECT,
    State,
)
from daemon_server.runs.records import Times
from daemon_server.runs.submitting import wake_lane
from daemon_server.runs.tables import Long, in_states, runs

# Rows of one kind in one unit: more would keep the others waiting.
BATCH: Final = 500
# The clock may be corrected a little at a time; beyond this, somebody set it.
LARGEST_DRIFT_MS: Final = 5_000

_NOW: Final[BindParameter[int]] = bindparam("now", type_=Long)
_LEASE_OVER = runs.c.lease_expires_at < _NOW
_ENDED: Final[dict[str, Any]] = {"finished_at": _NOW, "lease_expires_at": None, "phase": None}


def _some(*where: Any) -> Any:
    return runs.c.id.in_(select(runs.c.id).where(*where).limit(BATCH))


def _leased(*states: State) -> tuple[ColumnElement[bool], ...]:
    """These states, in words by which the database knows that the short index of what is leased has them all."""
    return store.IS_LEASED, in_states(*states)


_CLAIM_EXPIRED = store.move(
    CLAIM_EXPIRED,
    _some(*_leased("claimed"), _LEASE_OVER),
    many=True,
    **BACK_IN_QUEUE,
    not_before=_NOW,
    waiting="claim_expired",
    waiting_text="A machine took it and was not heard of again.",
)
_SUSPECT = store.move(SUSPECT, _some(*_leased("running"), _LEASE_OVER), many=True, suspected_at=_NOW)
_REQUEUE = store.move(
    REQUEUE,
    **BACK_IN_QUEUE,
    not_before=bindparam("later"),
    waiting="attempt_lost",
    waiting_text="The machine that had it is gone; it is tried again.",
)
_LOSE = store.move(
    LOSE,
    _some(*_leased("unknown"), runs.c.suspected_at + runs.c.lost_after_ms < _NOW),
    many=True,
    reason="machine_lost",
    **_ENDED,
)
_CANCEL_OVERDUE = store.move(
    CANCEL_OVERDUE,
    _some(*_leased("cancelling"), runs.c.cancel_asked_at < bindparam("asked_before")),
    many=True,
    reason="cancelled",
    **_ENDED,
)
_EXPIRE = store.move(
    EXPIRE,
    _some(in_states("queued"), runs.c.queue_expires_at < _NOW),
    many=True,
    reason="queue_ttl",
    finished_at=_NOW,
)
_RESTORE = store.move(
    RESTORE, _some(*_leased("claimed", "running")), many=True, suspected_at=_NOW, lease_expires_at=_NOW
)
_TO_REQUEUE = (
    select(runs.c.id, runs.c.fence, runs.c.starts)
    .where(
        *_leased("unknown"),
        runs.c.max_attempts > runs.c.starts,
        runs.c.max_attempts > 1,
        runs.c.lease_expires_at < bindparam("ended_before"),
        # A lease that a jump of the clock cut short was never given up by its machine: it has time for a beat.
        runs.c.suspected_at < bindparam("ended_before"),
    )
    .limit(BATCH)
)
_DUE = (
    select(runs.c.lane)
    .where(in_states("queued"), runs.c.not_before > bindparam("since"), runs.c.not_before <= _NOW)
    .distinct()
    .limit(BATCH)
)
_AMNESTY = update(runs).where(store.IS_LEASED).values(lease_expires_at=bindparam("lease"))
_IN_DOUBT = (
    update(runs)
    .where(*_leased("unknown", "cancelling"))
    .values(
        suspected_at=case((runs.c.suspected_at.is_not(None), _NOW), else_=None),
        cancel_asked_at=case((runs.c.cancel_asked_at.is_not(None), _NOW), else_=None),
    )
)
# Nothing that a clock which goes on can have written lies further ahead than this: what does, was written by one that
# was set back since. It was seen as a jump, or two that cancelled each other hid between two ticks.
_QUEUED_AHEAD = update(runs).where(in_states("queued"), runs.c.not_before > bindparam("latest")).values(not_before=_NOW)
_LEASED_AHEAD = (
    update(runs)
    .where(store.IS_LEASED, runs.c.lease_expires_at > bindparam("longest"))
    .values(lease_expires_at=bindparam("longest"))
)
_DOUBTED_AHEAD = (
    update(runs)
    .where(*_leased("unknown", "cancelling"), or_(runs.c.suspected_at > _NOW, runs.c.cancel_asked_at > _NOW))
    .values(
        suspected_at=case((runs.c.suspected_at > _NOW, _NOW), else_=runs.c.suspected_at),
        cancel_asked_at=case((runs.c.cancel_asked_at > _NOW, _NOW), else_=runs.c.cancel_asked_at),
    )
)
_CREATED_AHEAD = (
    update(runs)
    .where(in_states(*ACTIVE), runs.c.created_at > _NOW)
    .values(created_at=_NOW, queue_expires_at=runs.c.queue_expires_at - runs.c.created_at + _NOW)
)
_DOWN = (
    update(runs)
    .where(in_states(*ACTIVE), runs.c.created_at < _NOW)
    .values(queue_expires_at=runs.c.queue_expires_at + bindparam("down"))
)
_libraries = table("libraries", column("id"), column("max_concurrent"))
_LIBRARY_LIMIT = select(_libraries.c.max_concurrent).where(_libraries.c.id == runs.c.library_id).scalar_subquery()
_LIMITS = (
    update(runs)
    .where(in_states("queued"), runs.c.library_max.is_distinct_from(_LIBRARY_LIMIT))
    .values(library_max=_LIBRARY_LIMIT)
)
_ALONE = text("SELECT pg_try_advisory_xact_lock(5011983)")


@dataclass(slots=True)
class Anchor:
    """What one process remembers from tick to tick: how its two clocks stood to each other, and when it looked last."""

    offset_ms: int | None = None
    looked_at: int = 0


@dataclass(frozen=True, slots=True)
class Reaped:
    """How many runs one tick moved, by edge, and by how much the clock had jumped since the last one."""

    moved: dict[str, int]
    jump_ms: int = 0


def begin(session: Session, times: Times, *, down_ms: int = 0) -> Anchor:
    """A server starts: while none was there, nobody could beat, and the clock may have been set. The first anchor.

    Every lease begins anew, and so does the patience with runs in doubt. What waits until a moment that the clock can
    only have passed already waits no more.

    Args:
        down_ms: for how long, by the clock as it is now, no server looked: nobody could claim then, so that it does
            not count as waiting, whether it was time or a clock that was set.
    """
    now = session.now
    _amnesty(session, times)
    session.execute(_IN_DOUBT, {"now": now})
    if down_ms > 0:
        session.execute(_DOWN, {"now": now, "down": down_ms})
    _out_of_the_future(session, times)
    return Anchor(now - session.clock.boot_ms(), now)


def _out_of_the_future(session: Session, times: Times) -> None:
    now = session.now
    session.execute(_CREATED_AHEAD, {"now": now})
    session.execute(_QUEUED_AHEAD, {"now": now, "latest": now + times.longest_delay_ms})
    session.execute(_LEASED_AHEAD, {"longest": now + max(times.run_lease_ms, times.claim_lease_ms)})
    session.execute(_DOUBTED_AHEAD, {"now": now})


def _amnesty(session: Session, times: Times) -> None:
    session.execute(_AMNESTY, {"lease": session.now + times.run_lease_ms})


def restored(session: Session, *, at_least: int = 0) -> int:
    """The database came back from a backup: a new life begins, and what was under way is in doubt; its generation."""
    life = fences.next_life(session, at_least)
    while store.take(session, _RESTORE, {"now": session.now}):
        pass
    return life


def tick(session: Session, anchor: Anchor, times: Times) -> tuple[Reaped, Anchor]:
    """Move on what is overdue; what to remember for the next tick. A tick after a jump of the clock expires nothing."""
    now = session.now
    offset = now - session.clock.boot_ms()
    after = Anchor(offset, now)
    if session.dialect == "postgresql" and not session.scalar(_ALONE):
        return Reaped({}), after
    jump = 0 if anchor.offset_ms is None else offset - anchor.offset_ms
    if abs(jump) > LARGEST_DRIFT_MS:
        _make_up(session, jump, times)
        _out_of_the_future(session, times)
        return Reaped({}, jump), after
    _out_of_the_future(session, times)
    session.execute(_LIMITS)
    moved = {
        "claim_expired": _back(session, _CLAIM_EXPIRED, now),
        "suspect": len(store.take(session, _SUSPECT, {"now": now})),
        "requeue": _requeue(session, times),
        "lose": _end(session, _LOSE, {"now": now}, "MachineLost", "Its machine was not heard of again."),
        "cancel_overdue": _end(
            session,
            _CANCEL_OVERDUE,
            {"now": now, "asked_before": now - times.cancel_deadline_ms},
            "Cancelled",
            "It was cancelled; its machine did not say that it has stopped.",
        ),
        "expire": _end(session, _EXPIRE, {"now": now}, "Expired", "No machine took it in time."),
    }
    for (lane,) in session.rows(_DUE, {"since": anchor.looked_at, "now": now}):
        wake_lane(session, lane)
    return Reaped({name: count for name, count in moved.items() if count}), after


def _back(session: Session, step: store.Move, now: int) -> int:
    expired: dict[str, int] = {row.id: row.fence for row in session.rows(_EXPIRED_CLAIMS, {"now": now})}
    moved = store.take(session, step, {"now": now})
    _close(session, [(expired[row.id], "not_started", "claim_expired") for row in moved])
    for lane in {row.lane for row in moved}:
        wake_lane(session, lane)
    return len(moved)


def _requeue(session: Session, times: Times) -> int:
    count = 0
    for row in session.rows(_TO_REQUEUE, {"ended_before": session.now - times.requeue_grace_ms}):
        wait = min(times.backoff_ms * 2 ** max(0, row.starts - 1), times.backoff_cap_ms)
        # Half as long up to half as much again, so that runs lost together don't come back together.
        later = session.now + wait // 2 + wait * (row.fence % 1_000) // 1_000
        moved = store.take(session, _REQUEUE, {"run_id": row.id, "with_fence": row.fence, "later": later})
        _close(session, [(row.fence, "lost", "machine_lost") for _ in moved])
        count += len(moved)
    return count


def _end(session: Session, step: store.Move, parameters: dict[str, Any], kind: str, message: str) -> int:
    moved = store.take(session, step, parameters)
    for row in moved:
        store.conclude(session, row.id, row.fence, error=f'{{"type":"{kind}","message":"{message}"}}')
        ending.stop_nodes(session, row.id)
    _close(session, [(row.fence, row.state, row.reason) for row in moved if row.fence is not None])
    return len(moved)


def _close(session: Session, ended: list[tuple[int, str, str]]) -> None:
    if ended:
        rows = [{"with_fence": fence, "how": how, "why": why} for fence, how, why in ended]
        store.close_attempts(session, rows)


def _make_up(session: Session, jump: int, times: Times) -> None:
    """The clock jumped: leases begin anew, and longer times move with it, where they were set by the old clock."""
    now = session.now
    _amnesty(session, times)
    # Forward, everything from before lies further back than the jump; backward, it lies in the future.
    set_before = [
        (name, getattr(runs.c, name) <= now - jump if jump > 0 else getattr(runs.c, name) > now)
        for name in ("suspected_at", "cancel_asked_at")
    ]
    waited = runs.c.created_at <= now - jump if jump > 0 else runs.c.created_at > now
    # The moment of its creation goes along, so that a jump back finds what a jump forth has moved.
    delayed = and_(runs.c.not_before > now, literal(jump < 0))
    changes: dict[str, Any] = {
        name: case((old, getattr(runs.c, name) + jump), else_=getattr(runs.c, name)) for name, old in set_before
    }
    for name in ("created_at", "queue_expires_at"):
        column_ = getattr(runs.c, name)
        changes[name] = case((waited, column_ + jump), else_=column_)
    changes["not_before"] = case((delayed, runs.c.not_before + jump), else_=runs.c.not_before)
    session.execute(update(runs).where(in_states(*ACTIVE)).values(changes))


_EXPIRED_CLAIMS = select(runs.c.id, runs.c.fence).where(*_leased("claimed"), _LEASE_OVER)
