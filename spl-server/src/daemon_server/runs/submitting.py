"""Accepting runs: once this unit is committed, the run is on the disk and will end in one way or another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import bindparam, func, insert, literal, select

from daemon_server.db.session import Session
from daemon_server.runs import store
from daemon_server.runs.lifecycle import LEASED
from daemon_server.runs.problems import IdempotencyKeyReused, QueueFull, TooManyActive
from daemon_server.runs.records import Limits, NewRun
from daemon_server.runs.tables import idempotency, in_states, runs

# A lane that any fitting machine of a user takes from; a lane of one machine is the machine's id.
POOL = "pool:"

_PAYLOAD_FIELDS = ("args", "kwargs", "context")
_ROW_FIELDS = tuple(
    field.name for field in fields(NewRun) if field.name not in (*_PAYLOAD_FIELDS, "queue_ttl_ms", "allow_pickle")
)

_QUEUED_IN_LANE = (
    select(literal(1)).where(in_states("queued"), runs.c.lane == bindparam("lane")).limit(bindparam("most"))
)
_COUNT_QUEUED = select(func.count()).select_from(_QUEUED_IN_LANE.subquery())
_LEASED_OF_OWNER = (
    select(literal(1)).where(in_states(*LEASED), runs.c.owner_id == bindparam("owner")).limit(bindparam("most"))
)
_COUNT_ACTIVE = select(func.count()).select_from(_LEASED_OF_OWNER.subquery())
_KNOWN_KEY = select(idempotency.c.run_id, idempotency.c.batch_id, idempotency.c.digest).where(
    idempotency.c.user_id == bindparam("user"), idempotency.c.key == bindparam("word")
)


def known(session: Session, user_id: str, key: str | None, digest: str) -> tuple[str | None, str | None] | None:
    """The run and the batch that a key made before; None where it is new.

    Raises:
        IdempotencyKeyReused: it made something else.
    """
    if key is None:
        return None
    row = session.row(_KNOWN_KEY, {"user": user_id, "word": key})
    if row is None:
        return None
    if row.digest != digest:
        raise IdempotencyKeyReused(key=key[:80])
    return row.run_id, row.batch_id


def keep_key(
    session: Session, user_id: str, key: str, digest: str, *, run_id: str | None = None, batch_id: str | None = None
) -> None:
    """Remember what a key made. Two at once: the second one's unit fails and finds it when it is done again."""
    row = {"user_id": user_id, "key": key, "digest": digest, "run_id": run_id, "batch_id": batch_id, "at": session.now}
    session.execute(insert(idempotency), row)


def submit(session: Session, accepted: Sequence[NewRun], limits: Limits) -> None:
    """Put runs in the queue, all or none.

    Raises:
        QueueFull: too many wait in the same lane.
        TooManyActive: their owner has too many under way.
    """
    check_room(session, accepted, limits)
    now = session.now
    store.add(session, [_row(new, now) for new in accepted], [_payload(new) for new in accepted])
    for new in {new.lane: new for new in accepted}.values():
        wake_lane(session, new.lane)
    # One of many is enough: what it changes for whoever looks is their lists, and those show all of them.
    for new in {(new.caller_id, new.owner_id): new for new in accepted}.values():
        session.wake(f"run:{new.id}")
        for user in {new.caller_id, new.owner_id}:
            session.wake(f"user:{user}")


def check_room(session: Session, accepted: Sequence[NewRun], limits: Limits) -> None:
    counts: dict[str, int] = {}
    for new in accepted:
        counts[new.lane] = counts.get(new.lane, 0) + 1
    for lane, count in counts.items():
        waiting = session.scalar(_COUNT_QUEUED, {"lane": lane, "most": limits.queued_per_machine + 1})
        if waiting + count > limits.queued_per_machine:
            raise QueueFull(
                f"{waiting} runs wait for this machine, and {limits.queued_per_machine} may.",
                limit=limits.queued_per_machine,
                retry_after=5,
            )
    for owner in {new.owner_id for new in accepted}:
        active = session.scalar(_COUNT_ACTIVE, {"owner": owner, "most": limits.active_per_owner})
        if active >= limits.active_per_owner:
            raise TooManyActive(
                f"{active} runs of this owner are under way, and {limits.active_per_owner} may be.",
                limit=limits.active_per_owner,
                retry_after=5,
            )


def wake_lane(session: Session, lane: str) -> None:
    """Tell the machines that take from a lane that there is something in it."""
    session.wake(f"lane:{lane}" if lane.startswith(POOL) else f"machine:{lane}")


def _row(new: NewRun, now: int) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(new, name) for name in _ROW_FIELDS}
    row.update(
        allow_pickle=int(new.allow_pickle),
        queue_expires_at=now + new.queue_ttl_ms,
        state="queued",
        attempt=0,
        starts=0,
        nacks=0,
        not_before=now,
        event_seq=1,
        artifacts=0,
        created_at=now,
    )
    return row


def _payload(new: NewRun) -> dict[str, object]:
    return {"run_id": new.id, **{name: getattr(new, name) for name in _PAYLOAD_FIELDS}}
