"""Issuing, checking, rotating and revoking credentials."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement

from daemon_server.audit.service import record
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.identity import people_store, store
from daemon_server.identity.pepper import MAC_BYTES, Pepper
from daemon_server.identity.problems import (
    CodeUsed,
    CredentialInvalid,
    TokenExpired,
    TokenNotFound,
    TokenRevoked,
    UnknownScope,
    UserDisabled,
    UserNotFound,
)
from daemon_server.identity.records import Issued, StoredToken
from daemon_server.identity.scopes import DEFAULT_LIFE_MS, MACHINE_DEFAULT, SINGLE_USE, expiry, unknown
from daemon_server.identity.tables import sessions, tokens
from daemon_server.identity.telling import tokens_changed
from daemon_server.identity.token_format import Malformed, TokenKind, hint, mint, parse

# A machine that renewed its token may have lost the answer: the old one stays good for a day.
MACHINE_OVERLAP_MS = 24 * 3_600_000
# Rows of tokens that ended stay for those who read the audit.
KEPT_AFTER_END_MS = 90 * 24 * 3_600_000
PRUNED_AT_ONCE = 500
CREDENTIALS_TOPIC = "credentials"
# What an unknown id is compared with, so that it takes as long as a known one.
_NOBODY = bytes(MAC_BYTES)


def issue(
    session: Session,
    pepper: Pepper,
    *,
    kind: TokenKind,
    user_id: str,
    name: str,
    by: Principal | None = None,
    scopes: Iterable[str] | None = None,
    life_ms: int | None = None,
    ceiling_at: int | None = None,
    machine_id: str | None = None,
    library_id: str | None = None,
    object: str | None = None,
    function: str | None = None,
    allowed_users: Iterable[str] = (),
    rotated_from: str | None = None,
) -> Issued:
    """Make a credential for a user. Whether that may be done is for the caller to have asked.

    Args:
        name: what lists call it.
        by: who asks for it; None is the host.
        scopes: for users and machines; a machine gets all of a machine's where none are given.
        life_ms: how long it lives; each kind has its own usual and longest time.
        ceiling_at: it ends no later than this (epoch ms).
        allowed_users: the names of who may use a machine's subtoken; empty means everybody who holds it.

    Raises:
        UnknownScope: such a token can't have one of the scopes.
    """
    wanted = frozenset(MACHINE_DEFAULT if scopes is None and kind in ("machine", "enrolment") else scopes or ())
    if bad := unknown(kind, wanted):
        raise UnknownScope(f"A token of kind {kind!r} can't have the scope {bad[0]!r}.", scopes=bad)
    token = mint(kind)
    expires_at = expiry(kind, session.now, life_ms, ceiling_at)
    values = {
        "id": token.id,
        "kind": kind,
        "user_id": user_id,
        "name": name,
        "machine_id": machine_id,
        "library_id": library_id,
        "object": object,
        "function": function,
        "allowed_users": store.json_list(tuple(allowed_users)),
        "scopes": store.json_list(wanted),
        "hmac": pepper.of(token),
        "key_id": pepper.key_id,
        "created_at": session.now,
        "created_by": "host" if by is None else by.token_id,
        "expires_at": expires_at,
        "max_uses": 1 if kind in SINGLE_USE else None,
        "uses": 0,
        "rotated_from": rotated_from,
    }
    store.add(session, values)
    tokens_changed(session, [user_id])
    detail = {"scopes": sorted(wanted), "machine": machine_id, "library": library_id, "rotated_from": rotated_from}
    record(session, by, "token.issue", f"token {token.id}", kind=kind, user=user_id, name=name, **_said(detail))
    return Issued(token.id, token.raw, expires_at)


def present(session: Session, pepper: Pepper, raw: str) -> StoredToken:
    """The credential that somebody holds, once it has proved to be good now.

    Raises:
        CredentialInvalid: its form is wrong, nobody knows it, or its secret is another: the same in time and words.
        TokenRevoked, TokenExpired, CodeUsed, UserDisabled: it was good once.
    """
    try:
        token = parse(raw)
    except Malformed:
        raise CredentialInvalid from None
    if not hmac.compare_digest(pepper.of(token), store.hmac_of(session, token.id, _NOBODY)):
        raise CredentialInvalid
    stored = get(session, token.id)
    check_live(stored, max(session.now, store.mark(session)))
    return stored


def check_live(stored: StoredToken, now: int) -> None:
    """
    Raises:
        TokenRevoked, TokenExpired, CodeUsed, UserDisabled: it is not good any more.
    """
    if stored.revoked_at is not None:
        raise TokenRevoked
    if stored.used_up:
        raise CodeUsed
    if stored.expires_at <= now:
        raise TokenExpired
    if stored.disabled_at is not None:
        raise UserDisabled


def redeem(session: Session, principal: Principal) -> StoredToken:
    """Use an enrolment code, which works once.

    Raises:
        CodeUsed: somebody was first.
    """
    if not store.use_up(session, principal.token_id):
        raise CodeUsed
    session.wake(CREDENTIALS_TOPIC)
    record(session, principal, "token.redeem", f"token {principal.token_id}")
    return get(session, principal.token_id)


def check_subtoken(session: Session, pepper: Pepper, raw: str, *, user: str) -> str:
    """The id of the machine that a subtoken opens to a user, by name.

    Raises:
        CredentialInvalid: it is no subtoken, or not for this user.
        TokenRevoked, TokenExpired, UserDisabled: it was good once.
    """
    stored = present(session, pepper, raw)
    allowed = not stored.allowed_users or user in stored.allowed_users
    if stored.kind != "subtoken" or stored.machine_id is None or not allowed:
        raise CredentialInvalid("This is no machine subtoken that you may use.")
    return stored.machine_id


def rotate(
    session: Session,
    pepper: Pepper,
    stored: StoredToken,
    *,
    by: Principal,
    overlap_ms: int,
    life_ms: int | None = None,
    ceiling_at: int | None = None,
) -> Issued:
    """A new token in place of one; the old one stays good for a while."""
    issued = issue(
        session,
        pepper,
        kind=stored.kind,
        user_id=stored.user_id,
        name=stored.name,
        by=by,
        scopes=stored.scopes,
        life_ms=life_ms if life_ms is not None else max(stored.expires_at - stored.created_at, 1),
        ceiling_at=ceiling_at,
        machine_id=stored.machine_id,
        library_id=stored.library_id,
        object=stored.object,
        function=stored.function,
        allowed_users=stored.allowed_users,
        rotated_from=stored.id,
    )
    if overlap_ms > 0:
        store.shorten(session, stored.id, session.now + overlap_ms)
    else:
        _revoke(session, tokens.c.id == stored.id, by=by, reason="rotated")
    session.wake(CREDENTIALS_TOPIC)
    record(session, by, "token.rotate", f"token {stored.id}", into=issued.token_id, overlap_ms=overlap_ms)
    return issued


def rotate_machine(session: Session, pepper: Pepper, principal: Principal) -> Issued:
    """A machine's next token, with a life of its own; the one it used stays good for a day."""
    life = DEFAULT_LIFE_MS["machine"]
    return rotate(
        session, pepper, get(session, principal.token_id), by=principal, overlap_ms=MACHINE_OVERLAP_MS, life_ms=life
    )


def revoke(session: Session, token_id: str, *, by: Principal | None, reason: str = "") -> bool:
    """Revoke a token, and end the sessions opened with it; False where it was revoked before."""
    return bool(_revoke(session, tokens.c.id == token_id, by=by, reason=reason))


def revoke_machine(session: Session, machine_id: str, *, by: Principal | None, reason: str = "") -> int:
    """Revoke every token of and for a machine; how many."""
    return len(_revoke(session, tokens.c.machine_id == machine_id, by=by, reason=reason))


def revoke_library(session: Session, library_id: str, *, by: Principal | None, reason: str = "") -> int:
    """Revoke every token bound to a library; how many."""
    return len(_revoke(session, tokens.c.library_id == library_id, by=by, reason=reason))


def get(session: Session, token_id: str) -> StoredToken:
    """
    Raises:
        TokenNotFound: there is none by this id.
    """
    stored = store.find(session, token_id)
    if stored is None:
        raise TokenNotFound
    return stored


def own(session: Session, principal: Principal, token_id: str) -> StoredToken:
    """A token of the caller's; an administrator's own are still only those of theirs.

    Raises:
        TokenNotFound: there is none by this id, or it is somebody else's.
    """
    stored = store.find(session, token_id)
    if stored is None or stored.user_id != principal.user_id:
        raise TokenNotFound
    return stored


def prune(session: Session) -> int:
    """Forget tokens that ended three months ago, at most 500 at once; how many."""
    return store.prune(session, before=session.now - KEPT_AFTER_END_MS, limit=PRUNED_AT_ONCE)


def login_code(session: Session, pepper: Pepper, user: str, *, by: Principal | None) -> Issued:
    """A code that signs a user in to the console, once and within ten minutes.

    Raises:
        UserNotFound: nobody has this name.
    """
    found = people_store.user_named(session, user)
    if found is None:
        raise UserNotFound(f"There is no user {user!r}.")
    return issue(session, pepper, kind="login", user_id=found.id, name="sign in", by=by)


def _revoke(session: Session, condition: ColumnElement[bool], *, by: Principal | None, reason: str) -> list[str]:
    found = store.revoke(session, condition, by="host" if by is None else by.token_id, reason=reason)
    if found:
        session.execute(sessions.delete().where(sessions.c.token_id.in_(found)))
        session.wake(CREDENTIALS_TOPIC)
        tokens_changed(session, found.values())
    for token_id in found:
        record(session, by, "token.revoke", f"token {token_id}", **_said({"reason": reason}))
    return list(found)


def _said(detail: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in detail.items() if value}


__all__ = ["hint", "issue", "present", "redeem", "revoke", "rotate"]
