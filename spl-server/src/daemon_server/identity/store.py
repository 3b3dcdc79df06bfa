"""Reads and writes of tokens and of the mark of time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Row,
    Select,
    and_,
    delete,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)

from daemon_server.db.session import Session
from daemon_server.identity.records import StoredToken
from daemon_server.identity.tables import clock_marks, tokens, users

# The one mark there is: credentials expire by it.
EXPIRY_MARK = "expiry"


@dataclass(frozen=True, slots=True)
class Use:
    """When and from where a token was last used."""

    at: int
    ip: str


def find(session: Session, token_id: str) -> StoredToken | None:
    """A token by its public id."""
    row = session.row(_tokens().where(tokens.c.id == token_id))
    return None if row is None else _stored(row)


def hmac_of(session: Session, token_id: str, otherwise: bytes) -> bytes:
    """What is kept of a token's secret, or `otherwise`: one row either way, so that both take as long."""
    known = select(tokens.c.hmac.label("hmac")).where(tokens.c.id == token_id)
    return bytes(session.scalar(union_all(known, select(literal(otherwise, LargeBinary))).limit(1)))


def page(
    session: Session, condition: ColumnElement[bool], *, before: tuple[int, str] | None, limit: int
) -> list[StoredToken]:
    """Tokens that fit, newest first."""
    statement = _tokens().where(condition).order_by(tokens.c.created_at.desc(), tokens.c.id.desc()).limit(limit)
    if before is not None:
        at, token_id = before
        statement = statement.where(
            or_(tokens.c.created_at < at, and_(tokens.c.created_at == at, tokens.c.id < token_id))
        )
    return [_stored(row) for row in session.rows(statement)]


def add(session: Session, values: Mapping[str, Any]) -> None:
    session.execute(insert(tokens).values(**values))


def use_up(session: Session, token_id: str) -> bool:
    """Use a single-use token; False where somebody was first."""
    statement = (
        update(tokens)
        .where(tokens.c.id == token_id, tokens.c.uses < tokens.c.max_uses, tokens.c.revoked_at.is_(None))
        .values(uses=tokens.c.uses + 1, last_used_at=session.now)
    )
    return session.execute(statement).rowcount == 1


def revoke(session: Session, condition: ColumnElement[bool], *, by: str, reason: str) -> dict[str, str]:
    """Revoke every live token that fits; their ids, each with its user's."""
    live = and_(condition, tokens.c.revoked_at.is_(None))
    found = {row.id: row.user_id for row in session.rows(select(tokens.c.id, tokens.c.user_id).where(live))}
    if found:
        session.execute(
            update(tokens)
            .where(tokens.c.id.in_(found))
            .values(revoked_at=session.now, revoked_by=by, revoked_reason=reason)
        )
    return found


def shorten(session: Session, token_id: str, expires_at: int) -> None:
    """Let a token end earlier; never later."""
    statement = update(tokens).where(tokens.c.id == token_id, tokens.c.expires_at > expires_at)
    session.execute(statement.values(expires_at=expires_at))


def note_uses(session: Session, uses: Mapping[str, Use]) -> None:
    """Write down when tokens were last used."""
    for token_id, use in uses.items():
        session.execute(update(tokens).where(tokens.c.id == token_id).values(last_used_at=use.at, last_used_ip=use.ip))


def prune(session: Session, *, before: int, limit: int) -> int:
    """Forget tokens that ended before a time (epoch ms); how many."""
    ended = or_(tokens.c.revoked_at < before, tokens.c.expires_at < before)
    gone = [row.id for row in session.rows(select(tokens.c.id).where(ended).limit(limit))]
    if gone:
        session.execute(delete(tokens).where(tokens.c.id.in_(gone)))
    return len(gone)


# --- the mark of time -------------------------------------------------------------------------------------------------


def mark(session: Session) -> int:
    """How far time is known to have come (epoch ms); 0 before anything was marked."""
    return int(session.scalar(select(clock_marks.c.at).where(clock_marks.c.name == EXPIRY_MARK)) or 0)


def raise_mark(session: Session, at: int) -> None:
    """Time has come this far; it never goes back by this."""
    statement = update(clock_marks).where(clock_marks.c.name == EXPIRY_MARK, clock_marks.c.at < at).values(at=at)
    if session.execute(statement).rowcount == 0 and mark(session) == 0:
        session.execute(insert(clock_marks).values(name=EXPIRY_MARK, at=at))


def reset_mark(session: Session, at: int) -> None:
    """The clock was ahead by mistake: what expired by that alone lives again."""
    session.execute(delete(clock_marks).where(clock_marks.c.name == EXPIRY_MARK))
    session.execute(insert(clock_marks).values(name=EXPIRY_MARK, at=at))


def _tokens() -> Select[*tuple[Any, ...]]:
    return select(tokens, users.c.name.label("user"), users.c.admin, users.c.disabled_at).join(
        users, users.c.id == tokens.c.user_id
    )


def _stored(row: Row[*tuple[Any, ...]]) -> StoredToken:
    values = dict(row._mapping)
    values["allowed_users"] = tuple(json.loads(values["allowed_users"]))
    values["scopes"] = frozenset(json.loads(values["scopes"]))
    values["hmac"] = bytes(values["hmac"])
    values["admin"] = bool(values["admin"])
    return StoredToken(**values)


def json_list(values: Sequence[str] | frozenset[str]) -> str:
    return json.dumps(sorted(values))
