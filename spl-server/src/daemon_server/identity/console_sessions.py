"""The console's sessions: a cookie that no script can read, and what proves that our own pages sent it."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, or_, select, update
from starlette.datastructures import Headers

from daemon_server.audit.service import record
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import WrongCredentialKind
from daemon_server.identity import people_store, store, tokens
from daemon_server.identity.pepper import MAC_BYTES, Pepper
from daemon_server.identity.problems import (
    CodeUsed,
    CredentialInvalid,
    CrossSite,
    ReauthenticationNeeded,
    SessionEnded,
)
from daemon_server.identity.records import StoredSession, StoredToken
from daemon_server.identity.scopes import effective, holdable
from daemon_server.identity.tables import sessions, users
from daemon_server.identity.tables import tokens as token_rows
from daemon_server.identity.token_format import ID_CHARACTERS, characters

# Browsers take this name only with Secure, Path=/ and no Domain: no neighbour can set it.
COOKIE = "__Host-spl_session"
# On plain http, which is for loopback alone, a browser would refuse the other.
DEVELOPMENT_COOKIE = "spl_session_dev"
# 256 bits.
SECRET_CHARACTERS = 43
# Whoever leaves the desk for lunch signs in again.
IDLE_MS = 30 * 60_000
# A working day.
LONGEST_MS = 12 * 3_600_000
# Handing out credentials asks for somebody who was there just now.
FRESH_MS = 10 * 60_000
CSRF_HEADER = "x-spl-csrf"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: what goes into the cookie, and what the page sends along."""

    session_id: str
    cookie: str = field(repr=False)
    csrf: str = field(repr=False)
    expires_at: int
    user: str
    scopes: frozenset[str]


def cookie_name(public_url: str) -> str:
    """What the cookie is called where the console is at this address."""
    return COOKIE if urlsplit(public_url).scheme == "https" else DEVELOPMENT_COOKIE


def open_with(session: Session, pepper: Pepper, raw: str, *, ip: str) -> Opened:
    """Sign in with a user's token or a one-time code.

    Raises:
        Unauthorized: it is not good.
        WrongCredentialKind: it is another kind of credential.
    """
    stored = tokens.present(session, pepper, raw)
    if stored.kind not in ("user", "login"):
        raise WrongCredentialKind("Only a user's token or a one-time code opens a session.")
    by_code = stored.kind == "login"
    if by_code and not store.use_up(session, stored.id):
        raise CodeUsed
    scopes = holdable(admin=stored.admin) if by_code else effective("user", stored.scopes, admin=stored.admin)
    return _open(session, pepper, stored, scopes, ip=ip, by_code=by_code)


def _open(
    session: Session, pepper: Pepper, stored: StoredToken, scopes: frozenset[str], *, ip: str, by_code: bool
) -> Opened:
    user = people_store.user_by_id(session, stored.user_id)
    assert user is not None
    session_id, secret, now = characters(ID_CHARACTERS), characters(SECRET_CHARACTERS), session.now
    ceiling = None if by_code else stored.expires_at
    expires_at = now + LONGEST_MS if ceiling is None else min(now + LONGEST_MS, ceiling)
    values = {
        "id": session_id,
        "hmac": _mac(pepper, session_id + secret),
        "user_id": user.id,
        "token_id": None if by_code else stored.id,
        "ceiling_at": ceiling,
        "scopes": json.dumps(sorted(scopes)),
        "credential_version": user.credential_version,
        "created_at": now,
        "authenticated_at": now,
        "last_used_at": now,
        "expires_at": expires_at,
        "ip": ip,
    }
    session.execute(insert(sessions).values(**values))
    who = Principal("session", session_id, user.id, user.name, scopes)
    record(session, who, "session.open", f"user {user.name}", ip=ip, token=stored.id)
    return Opened(session_id, session_id + secret, csrf_of(pepper, session_id), expires_at, user.name, scopes)


def present(session: Session, pepper: Pepper, cookie: str) -> StoredSession:
    """The session that a cookie belongs to, while it lasts.

    Raises:
        CredentialInvalid: it is no cookie of ours.
        SessionEnded: its time is over, its token or its user is not good any more.
    """
    if len(cookie) != ID_CHARACTERS + SECRET_CHARACTERS or not cookie.isascii() or not cookie.isalnum():
        raise CredentialInvalid
    stored = find(session, cookie[:ID_CHARACTERS])
    expected = stored.hmac if stored is not None else bytes(MAC_BYTES)
    if not hmac.compare_digest(_mac(pepper, cookie), expected) or stored is None:
        raise CredentialInvalid(hint="Sign in again.")
    check_live(stored, max(session.now, store.mark(session)), stored.last_used_at)
    return stored


def check_live(stored: StoredSession, now: int, last_used_at: int) -> None:
    """
    Raises:
        SessionEnded: it is over.
    """
    ended = (
        now >= stored.expires_at
        or now >= last_used_at + IDLE_MS
        or stored.credential_version != stored.current_version
        or stored.disabled_at is not None
        or stored.token_revoked_at is not None
        or (stored.token_expires_at is not None and now >= stored.token_expires_at)
    )
    if ended:
        raise SessionEnded


def principal_of(stored: StoredSession) -> Principal:
    return Principal(
        "session",
        stored.id,
        stored.user_id,
        stored.user,
        stored.scopes & holdable(admin=stored.admin),
        expires_at=stored.expires_at,
    )


def find(session: Session, session_id: str) -> StoredSession | None:
    statement = (
        select(
            sessions,
            users.c.name.label("user"),
            users.c.admin,
            users.c.disabled_at,
            users.c.credential_version.label("current_version"),
            token_rows.c.revoked_at.label("token_revoked_at"),
            token_rows.c.expires_at.label("token_expires_at"),
        )
        .join(users, users.c.id == sessions.c.user_id)
        .outerjoin(token_rows, token_rows.c.id == sessions.c.token_id)
        .where(sessions.c.id == session_id)
    )
    row = session.row(statement)
    if row is None:
        return None
    values = dict(row._mapping)
    del values["ip"]
    values |= {
        "hmac": bytes(values["hmac"]),
        "scopes": frozenset(json.loads(values["scopes"])),
        "admin": bool(values["admin"]),
    }
    return StoredSession(**values)


def close(session: Session, principal: Principal) -> None:
    """Sign out."""
    session.execute(delete(sessions).where(sessions.c.id == principal.token_id))
    session.wake(tokens.CREDENTIALS_TOPIC)
    record(session, principal, "session.close", f"user {principal.user}")


def note_use(session: Session, session_id: str, at: int) -> None:
    session.execute(
        update(sessions).where(sessions.c.id == session_id, sessions.c.last_used_at < at).values(last_used_at=at)
    )


def prune(session: Session) -> int:
    """Forget sessions that are over; how many."""
    over = or_(sessions.c.expires_at < session.now, sessions.c.last_used_at < session.now - IDLE_MS)
    return session.execute(delete(sessions).where(over)).rowcount


def require_fresh(session: Session, principal: Principal) -> int | None:
    """When what is handed out in this session must end at the latest (epoch ms); None sets no end.

    Raises:
        ReauthenticationNeeded: the sign-in was more than ten minutes ago.
        SessionEnded: it is gone.
    """
    stored = find(session, principal.token_id)
    if stored is None:
        raise SessionEnded
    if session.now >= stored.authenticated_at + FRESH_MS:
        raise ReauthenticationNeeded
    return stored.ceiling_at


def csrf_of(pepper: Pepper, session_id: str) -> str:
    """What a page of ours sends back in `X-SPL-CSRF`."""
    return pepper.mac(f"csrf:{session_id}").hex()


def check_own_page(pepper: Pepper, session_id: str, method: str, headers: Headers, public_url: str) -> None:
    """A request that changes something and brings a cookie must come from the console.

    Raises:
        CrossSite: it does not prove that.
    """
    if method in SAFE_METHODS:
        return
    origins = headers.getlist("origin")
    if len(origins) != 1 or not _is_own(origins[0], headers.get("host", ""), public_url):
        raise CrossSite("The request's Origin is not this server's console.")
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise CrossSite("The browser says that another site sent this request.")
    if not hmac.compare_digest(headers.get(CSRF_HEADER, "").encode(), csrf_of(pepper, session_id).encode()):
        raise CrossSite("The header X-SPL-CSRF is missing or is of another session.")
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if (has_body or kind) and kind not in ("application/json", "application/octet-stream"):
        raise CrossSite("Only JSON is taken with a session.")


def _is_own(origin: str, host: str, public_url: str) -> bool:
    if public_url:
        parts = urlsplit(public_url)
        return origin == f"{parts.scheme}://{parts.netloc}"
    # Nobody said what the console is called: then it is where the request went to, on this machine alone.
    return origin == f"http://{host}" and urlsplit(origin).hostname in LOOPBACK


def _mac(pepper: Pepper, cookie: str) -> bytes:
    return pepper.mac(f"session:{cookie}")
