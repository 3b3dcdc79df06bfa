"""Reads and writes of the audit rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Row, Select, delete, insert, or_, select, text, update

from daemon_server.audit.chain import GENESIS, Line
from daemon_server.audit.tables import audit, audit_head
from daemon_server.db.session import Session

# Any number that no other lock of this server's has.
_CHAIN_LOCK = 5_017_001
_THE_HEAD = 1


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends, and from which line on it is kept."""

    seq: int
    hash: bytes
    base_seq: int
    base_hash: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored line and its hash."""

    line: Line
    hash: bytes


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are asked for; times are epoch milliseconds, `until` is not included."""

    user_id: str | None = None
    actor: str | None = None
    action: str | None = None
    target: str | None = None
    q: str | None = None
    since: int | None = None
    until: int | None = None


def head(session: Session) -> Head | None:
    row = session.row(select(audit_head))
    return None if row is None else Head(row.seq, bytes(row.hash), row.base_seq, bytes(row.base_hash))


def take_head(session: Session) -> Head:
    """The end of the chain, which is ours alone until this transaction ends."""
    if session.dialect == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
    found = head(session)
    if found is None:
        found = Head(0, GENESIS, 0, GENESIS)
        session.execute(insert(audit_head).values(id=_THE_HEAD, seq=0, hash=GENESIS, base_seq=0, base_hash=GENESIS))
    return found


def append(session: Session, line: Line, hash: bytes) -> None:
    session.execute(insert(audit).values(**asdict(line), hash=hash))
    session.execute(update(audit_head).values(seq=line.seq, hash=hash))


def page_up(session: Session, *, after: int, limit: int) -> list[Kept]:
    """Lines by number from behind `after`."""
    return [
        _kept(row) for row in session.rows(select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit))
    ]


def page(session: Session, wanted: Filter, *, before: int | None, limit: int) -> list[Line]:
    """Lines that fit, newest first."""
    statement = _fitting(wanted).order_by(audit.c.seq.desc()).limit(limit)
    if before is not None:
        statement = statement.where(audit.c.seq < before)
    return [_kept(row).line for row in session.rows(statement)]


def prune(session: Session, *, before: int, limit: int) -> int:
    """Delete the oldest lines from before a time and remember the hash that the next one stands on."""
    end = take_head(session)
    # Only from the beginning: a gap in the middle is what the chain is there to show.
    oldest = page_up(session, after=end.base_seq, limit=limit)
    gone: list[Kept] = []
    for kept in oldest:
        if kept.line.at >= before:
            break
        gone.append(kept)
    if not gone:
        return 0
    last = gone[-1]
    session.execute(delete(audit).where(audit.c.seq <= last.line.seq))
    session.execute(update(audit_head).values(base_seq=last.line.seq, base_hash=last.hash))
    return len(gone)


def _fitting(wanted: Filter) -> Select[tuple[object, ...]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.user_id is not None:
        conditions.append(audit.c.actor_user_id == wanted.user_id)
    if wanted.actor is not None:
        conditions.append(or_(audit.c.actor_user == wanted.actor, audit.c.actor_token == wanted.actor))
    if wanted.action is not None:
        conditions.append(
            audit.c.action.startswith(wanted.action[:-1], autoescape=True)
            if wanted.action.endswith("*")
            else audit.c.action == wanted.action
        )
    if wanted.target is not None:
        conditions.append(audit.c.target == wanted.target)
    if wanted.q is not None:
        conditions.append(or_(*(column.icontains(wanted.q, autoescape=True) for column in _SEARCHED)))
    if wanted.since is not None:
        conditions.append(audit.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(audit.c.at < wanted.until)
    return select(audit).where(*conditions)


_SEARCHED: Sequence[ColumnElement[str]] = (audit.c.action, audit.c.target, audit.c.actor_user, audit.c.detail)


def _kept(row: Row[tuple[object, ...]]) -> Kept:
    values = dict(row._mapping)
    hash = values.pop("hash")
    assert isinstance(hash, (bytes, memoryview))
    return Kept(Line(**values), bytes(hash))
