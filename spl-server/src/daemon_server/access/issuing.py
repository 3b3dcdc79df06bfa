"""Handing out credentials: never more than the one who asks may do, never for longer, and only for what is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, or_, select

from daemon_server.access import resources
from daemon_server.db.session import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Invalid, ScopeMissing
from daemon_server.identity import bindings, configuration, console_sessions, store, tokens, users
from daemon_server.identity.pepper import Pepper
from daemon_server.identity.problems import ScopesExceeded, TokenNotFound
from daemon_server.identity.records import Issued, StoredToken
from daemon_server.identity.tables import tokens as rows

type Kind = Literal["user", "subtoken", "execution"]

# What an execution token lets its holder do, which whoever hands it out must be able to do.
EXECUTION_SCOPES = frozenset({"catalog:read", "run:create", "run:read"})
MACHINE_SCOPE = "machine:admin"
# Codes are for once: lists of them would only be old news.
_LISTED = rows.c.kind != "login"


class InvalidToken(Invalid):
    """Such a token can't be made."""

    code = "invalid_token_request"


class NotRotatable(Invalid):
    """A code is not rotated: it is used once, or runs out."""

    code = "not_rotatable"


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of token is asked for, and what it shall be bound to."""

    kind: Kind
    name: str
    scopes: frozenset[str] | None = None
    life_ms: int | None = None
    machine: str | None = None
    allowed_users: tuple[str, ...] = ()
    library: str | None = None
    object: str | None = None
    function: str | None = None


def issue(session: Session, pepper: Pepper, principal: Principal, wish: Wish) -> Issued:
    """Make the token that is wished for.

    Raises:
        InvalidToken: what was given doesn't belong to this kind of token.
        ScopesExceeded: the caller may not do all that it would let do.
        NotFound, Forbidden: the library or machine isn't the caller's to give.
        ReauthenticationNeeded: the session was opened too long ago.
    """
    ceiling = _ceiling(session, principal)
    _check_shape(wish)
    life_ms = wish.life_ms if wish.life_ms is not None else configuration.current(session).life_ms(wish.kind)
    if wish.kind == "user":
        scopes = principal.scopes if wish.scopes is None else wish.scopes
        _check_scopes(principal, scopes)
        return tokens.issue(
            session, pepper, kind="user", user_id=principal.user_id, name=wish.name, by=principal,
            scopes=scopes, life_ms=life_ms, ceiling_at=ceiling,
        )  # fmt: skip
    if wish.kind == "subtoken":
        assert wish.machine is not None
        machine_id = _check_machine(session, principal, wish.machine)
        for user in wish.allowed_users:
            users.get(session, user)
        return tokens.issue(
            session, pepper, kind="subtoken", user_id=principal.user_id, name=wish.name, by=principal,
            life_ms=life_ms, ceiling_at=ceiling, machine_id=machine_id, allowed_users=wish.allowed_users,
        )  # fmt: skip
    assert wish.library is not None
    _check_scopes(principal, EXECUTION_SCOPES)
    library = resources.library(session, principal, wish.library, "admin")
    if wish.object is not None:
        resources.check_object(session, library, wish.object)
    # It acts for the library's owner, also where somebody else who administers it hands it out.
    return tokens.issue(
        session, pepper, kind="execution", user_id=library.owner_id, name=wish.name, by=principal,
        life_ms=life_ms, ceiling_at=ceiling, library_id=library.id, object=wish.object, function=wish.function,
    )  # fmt: skip


def rotate(
    session: Session, pepper: Pepper, principal: Principal, token_id: str, *, overlap_ms: int, life_ms: int | None
) -> Issued:
    """A new token in place of one of the caller's; the old one stays good for `overlap_ms`.

    Raises:
        TokenNotFound: there is none, or it is somebody else's.
        TokenRevoked, TokenExpired: it is not good any more, and its successor would be.
        NotRotatable, ScopesExceeded, Forbidden: as for `issue`.
    """
    ceiling = _ceiling(session, principal)
    stored = find(session, principal, token_id)
    if stored.kind in ("enrolment", "login"):
        raise NotRotatable
    tokens.check_live(stored, max(session.now, store.mark(session)))
    if stored.kind == "user":
        _check_scopes(principal, stored.scopes)
    elif stored.kind == "execution":
        _check_scopes(principal, EXECUTION_SCOPES)
        bound = bindings.library_path(session, stored.library_id)
        if bound is None:
            raise TokenNotFound("The library of this token is gone.")
        resources.library(session, principal, bound, "admin")
    elif stored.machine_id is not None:
        _check_machine(session, principal, stored.machine_id)
    return tokens.rotate(
        session, pepper, stored, by=principal, overlap_ms=overlap_ms, life_ms=life_ms, ceiling_at=ceiling
    )


def find(session: Session, principal: Principal, token_id: str) -> StoredToken:
    """A token of the caller's, or one bound to a library of theirs.

    Raises:
        TokenNotFound: there is none, or it is somebody else's.
    """
    found = store.page(session, (rows.c.id == token_id) & visible(principal), before=None, limit=1)
    if not found:
        raise TokenNotFound
    return found[0]


def visible(principal: Principal) -> ColumnElement[bool]:
    """The tokens that are the caller's to see and revoke."""
    mine = select(bindings.libraries.c.id).where(bindings.libraries.c.owner_id == principal.user_id)
    return _LISTED & or_(rows.c.user_id == principal.user_id, rows.c.library_id.in_(mine))


def _ceiling(session: Session, principal: Principal) -> int | None:
    if principal.kind == "session":
        return console_sessions.require_fresh(session, principal)
    return principal.expires_at


def _check_scopes(principal: Principal, scopes: frozenset[str]) -> None:
    if beyond := sorted(scopes - principal.scopes):
        raise ScopesExceeded(
            f"You can't hand out {', '.join(beyond)}: this credential doesn't have it.",
            hint="Leave it out, or use a credential that has it.",
            scopes=beyond,
        )


def _check_machine(session: Session, principal: Principal, reference: str) -> str:
    if not principal.may(MACHINE_SCOPE):
        raise ScopeMissing(f"This credential lacks the scope {MACHINE_SCOPE}.", scope=MACHINE_SCOPE)
    return resources.machine(session, principal, reference, "admin").id


# What belongs to which kind: given elsewhere, it would be ignored, and somebody would rely on it.
_FIELDS: dict[Kind, frozenset[str]] = {
    "user": frozenset({"scopes"}),
    "subtoken": frozenset({"machine", "allowed_users"}),
    "execution": frozenset({"library", "object", "function"}),
}
_NEEDED: dict[Kind, str | None] = {"user": None, "subtoken": "machine", "execution": "library"}


def _check_shape(wish: Wish) -> None:
    for name in sorted(frozenset().union(*_FIELDS.values()) - _FIELDS[wish.kind]):
        if getattr(wish, name):
            raise InvalidToken(f"A token of kind {wish.kind!r} has no {name!r}.")
    needed = _NEEDED[wish.kind]
    if needed is not None and not getattr(wish, needed):
        raise InvalidToken(f"A token of kind {wish.kind!r} needs {needed!r}.")
    if wish.function is not None and wish.object is None:
        raise InvalidToken("A function is one of an object.", hint="Give the object too.")
