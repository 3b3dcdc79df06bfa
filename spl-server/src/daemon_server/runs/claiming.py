"""Giving queued runs to a machine that has places for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Row, bindparam, exists, func, insert, literal, or_, select, text, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB

from daemon_server import ids
from daemon_server.db.session import Dialect, Session
from daemon_server.runs import fences, store
from daemon_server.runs.lifecycle import CLAIM, LEASED
from daemon_server.runs.patterns import allowed_rows
from daemon_server.runs.records import Claimant, Job, Times
from daemon_server.runs.submitting import POOL
from daemon_server.runs.tables import attempts, fence_seq, in_states, run_payloads, runs
from daemon_server.runs.tables import fences as fence_table

# More than any machine has places; a poll that asks for more is not believed.
MOST_PER_POLL: Final = 100
# Libraries with a limit of their own are looked at one by one; so many of them wait in one lane at once, at most.
MOST_LIMITED_LIBRARIES: Final = 20

_JOB = tuple(name for name in Job.__dataclass_fields__ if name not in ("run_id", "args", "kwargs"))
_ORDER = (runs.c.priority.desc(), runs.c.created_at, runs.c.id)

_OF_POLL = (
    select(attempts.c.poll, attempts.c.run_id, attempts.c.fence)
    .where(
        attempts.c.machine_id == bindparam("machine"),
        attempts.c.boot_id == bindparam("boot"),
        attempts.c.poll >= bindparam("poll"),
    )
    .limit(MOST_PER_POLL)
)


def _waiting(lane: str) -> ColumnElement[bool]:
    waits = (in_states("queued"), runs.c.lane == bindparam(lane), runs.c.not_before <= bindparam("now"))
    return exists().where(*waits)


_WAITING = select(_waiting("own").label("own"), _waiting("pool").label("pool"))
_HELD = select(func.count()).select_from(runs).where(in_states(*LEASED), runs.c.machine_id == bindparam("machine"))
_OF_LIBRARY = (
    select(func.count()).select_from(runs).where(in_states(*LEASED), runs.c.library_id == bindparam("library"))
)
_LIMITED = (
    select(runs.c.library_id, func.max(runs.c.library_max).label("most"))
    .where(in_states("queued"), runs.c.lane == bindparam("lane"), runs.c.library_max.is_not(None))
    .group_by(runs.c.library_id)
    .limit(MOST_LIMITED_LIBRARIES)
)
_CARRIED = select(run_payloads.c.run_id, run_payloads.c.args, run_payloads.c.kwargs).where(
    run_payloads.c.run_id.in_(bindparam("ids", expanding=True))
)
_AGAIN = select(runs.c.id, runs.c.created_at, *(runs.c[name] for name in _JOB)).where(
    runs.c.fence.in_(bindparam("fences", expanding=True)), in_states("claimed")
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
_ATTEMPT = insert(attempts)


def claim(session: Session, machine: Claimant, *, poll: int, capacity: int, times: Times) -> list[Job]:
    """Claim as many runs as there are places for, the most urgent first.

    A poll's number is asked once: asked again, it gets the same jobs, as far as they are still its own; one older than
    the last that got something gets nothing.
    """
    before = session.rows(_OF_POLL, {"machine": machine.machine_id, "boot": machine.boot_id, "poll": poll})
    if before:
        same = [row.fence for row in before if row.poll == poll]
        newer = any(row.poll > poll for row in before)
        return [] if newer or not same else _jobs(session, session.rows(_AGAIN, {"fences": same}))
    if machine.draining or capacity <= 0:
        return []
    pool = f"{POOL}{machine.owner_id}"
    waiting = session.execute(_WAITING, {"own": machine.machine_id, "pool": pool, "now": session.now}).one()
    lanes = [lane for lane, some in ((machine.machine_id, waiting.own), (pool, waiting.pool)) if some]
    if not lanes:
        return []
    free = _places(session, machine, min(capacity, MOST_PER_POLL))
    taken: list[Row[Any]] = []
    for lane in lanes:
        for library, most in _shares(session, lane, free - len(taken)):
            count = min(most, free - len(taken))
            if count > 0:
                taken += _take(session, machine, lane=lane, count=count, poll=poll, times=times, library=library)
    return _jobs(session, taken)


def _places(session: Session, machine: Claimant, capacity: int) -> int:
    """How many more runs the machine may hold: counted from the rows that it holds, never kept beside them."""
    if machine.max_concurrent is None:
        return capacity
    _alone(session, f"machine:{machine.machine_id}")
    return min(capacity, machine.max_concurrent - int(session.scalar(_HELD, {"machine": machine.machine_id})))


def _shares(session: Session, lane: str, free: int) -> list[tuple[str | None, int]]:
    """What may be taken of a lane: of all libraries without a limit, and of each that has one."""
    if free <= 0:
        return []
    shares: list[tuple[str | None, int]] = [(None, free)]
    for row in session.rows(_LIMITED, {"lane": lane}):
        _alone(session, f"library:{row.library_id}")
        left = int(row.most) - int(session.scalar(_OF_LIBRARY, {"library": row.library_id}))
        if left > 0:
            shares.append((row.library_id, min(left, free)))
    return shares


def _alone(session: Session, what: str) -> None:
    """Nobody else counts the same rows until this unit is over. SQLite has one writer anyway."""
    if session.dialect == "postgresql":
        session.execute(_LOCK, {"what": what})


def _take(
    session: Session, machine: Claimant, *, lane: str, count: int, poll: int, times: Times, library: str | None
) -> list[Row[Any]]:
    pooled = lane.startswith(POOL)
    statement = _statement(session.dialect, machine.allow, machine.labels if pooled else None, library is not None)
    now = session.now
    found = session.rows(
        statement,
        {
            "from_lane": lane,
            "now": now,
            "count": count,
            "machine": machine.machine_id,
            "machine_owner": machine.owner_id,
            "lease": now + times.claim_lease_ms,
            **({"of_library": library} if library is not None else {}),
        },
    )
    if not found:
        return []
    if session.dialect == "sqlite":
        fences.spend(session, len(found))
    session.execute(
        _ATTEMPT,
        [
            {
                "fence": row.fence,
                "run_id": row.id,
                "attempt": row.attempt,
                "machine_id": machine.machine_id,
                "boot_id": machine.boot_id,
                "poll": poll,
                "capability_id": ids.new("run")[4:14],
                "claimed_at": now,
            }
            for row in found
        ],
    )
    store.record(session, CLAIM.event, found)
    return list(found)


@lru_cache(maxsize=1_000)
def _statement(dialect: Dialect, allow: tuple[str, ...], labels: frozenset[str] | None, limited: bool) -> Any:
    """The claim: one statement that picks, and takes what it picked, whoever else is picking.

    Machines with the same policy and labels share it, so that it is prepared once.
    """
    wanted = [
        in_states(*CLAIM.before),
        runs.c.lane == bindparam("from_lane"),
        runs.c.not_before <= bindparam("now"),
        runs.c.library_id == bindparam("of_library") if limited else runs.c.library_max.is_(None),
        allowed_rows(allow, dialect),
    ]
    if labels is not None:
        wanted.append(_labelled(dialect, labels))
    first = select(runs.c.id, runs.c.priority, runs.c.created_at).where(*wanted).order_by(*_ORDER)
    first = first.limit(bindparam("count"))
    life = select(fence_table.c.generation * fences.ONE_GENERATION)
    fence: ColumnElement[int]
    if dialect == "postgresql":
        picked = first.with_for_update(skip_locked=True).cte("picked")
        fence = life.scalar_subquery() + fence_seq.next_value()
    else:
        some = first.subquery("some")
        order = (some.c.priority.desc(), some.c.created_at, some.c.id)
        picked = select(some.c.id, func.row_number().over(order_by=order).label("place")).cte("picked")
        used = select(fence_table.c.generation * fences.ONE_GENERATION + fence_table.c.seq).scalar_subquery()
        fence = used + picked.c.place
    changed = {
        "state": CLAIM.after,
        "event_seq": runs.c.event_seq + 1,
        "attempt": runs.c.attempt + 1,
        "fence": fence,
        "machine_id": bindparam("machine"),
        "machine_owner_id": bindparam("machine_owner"),
        "lease_expires_at": bindparam("lease"),
        "claimed_at": bindparam("now"),
        "phase": "waiting",
        "waiting": None,
        "waiting_text": None,
    }
    returned = dict.fromkeys((*store.MOVED, *_JOB, "created_at"))
    statement = update(runs).where(runs.c.id == picked.c.id, in_states(*CLAIM.before)).values(changed)
    return statement.returning(*(runs.c[name] for name in returned))


def _labelled(dialect: Dialect, labels: frozenset[str]) -> ColumnElement[bool]:
    """Rows that ask for no label the machine does not have."""
    if dialect == "postgresql":
        offered = sql_cast(literal(sorted(labels), JSONB), JSONB)
        return cast(ColumnElement[bool], sql_cast(runs.c.labels, JSONB).contained_by(offered))
    asked = func.json_each(runs.c.labels).table_valued("value")
    missing = select(literal(1)).select_from(asked).where(asked.c.value.not_in(sorted(labels)))
    return or_(runs.c.labels == "[]", ~missing.exists())


def _jobs(session: Session, rows: Sequence[Row[Any]]) -> list[Job]:
    if not rows:
        return []
    carried = {row.run_id: row for row in session.rows(_CARRIED, {"ids": [row.id for row in rows]})}
    ordered = sorted(rows, key=lambda row: (-row.priority, row.created_at, row.id))
    return [
        Job(
            run_id=row.id,
            args=carried[row.id].args,
            kwargs=carried[row.id].kwargs,
            **{name: getattr(row, name) for name in _JOB},
        )
        for row in ordered
    ]
