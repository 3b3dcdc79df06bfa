"""Which scopes there are, who may hold which, and for how long. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from daemon_server.http.rules import MACHINE_SCOPES, USER_SCOPES
from daemon_server.identity.token_format import TokenKind

# What reaches beyond one's own things: only administrators hold these.
ADMIN_SCOPES: Final[frozenset[str]] = frozenset({"server:admin", "ops:read", "audit:read"})
# What every user may hold.
PERSON_SCOPES: Final[frozenset[str]] = USER_SCOPES - ADMIN_SCOPES
# A machine that joins may give and take work, publish what its owner has, and call on.
MACHINE_DEFAULT: Final[frozenset[str]] = MACHINE_SCOPES

_MINUTE = 60_000
_DAY = 24 * 60 * _MINUTE

# How long a credential lives where nobody says, and at most, in milliseconds. People come back within a quarter;
# machines renew themselves; a service's token has an end that somebody must think about; codes are for now.
DEFAULT_LIFE_MS: Final[Mapping[TokenKind, int]] = {
    "user": 90 * _DAY,
    "machine": 365 * _DAY,
    "subtoken": 30 * _DAY,
    "execution": 180 * _DAY,
    "enrolment": 10 * _MINUTE,
    "login": 10 * _MINUTE,
}
LONGEST_LIFE_MS: Final[Mapping[TokenKind, int]] = {
    "user": 365 * _DAY,
    "machine": 365 * _DAY,
    "subtoken": 365 * _DAY,
    "execution": 365 * _DAY,
    "enrolment": 10 * _MINUTE,
    "login": 10 * _MINUTE,
}
SINGLE_USE: Final[frozenset[TokenKind]] = frozenset({"enrolment", "login"})


def holdable(*, admin: bool) -> frozenset[str]:
    """The scopes that a user may hold now."""
    return USER_SCOPES if admin else PERSON_SCOPES


def effective(kind: TokenKind, scopes: Iterable[str], *, admin: bool) -> frozenset[str]:
    """What a stored token may do today: an administrator who is none any more holds no administrator's scopes."""
    wanted = frozenset(scopes)
    if kind == "user":
        return wanted & holdable(admin=admin)
    if kind in ("machine", "enrolment"):
        return wanted & MACHINE_SCOPES
    return frozenset()


def unknown(kind: TokenKind, scopes: Iterable[str]) -> list[str]:
    """Those that a token of this kind can't have."""
    known = USER_SCOPES if kind == "user" else MACHINE_SCOPES if kind in ("machine", "enrolment") else frozenset()
    return sorted(frozenset(scopes) - known)


def expiry(kind: TokenKind, now: int, life_ms: int | None, ceiling: int | None) -> int:
    """When a token ends (epoch ms): as asked, within what its kind allows, and never after what issues it."""
    life = DEFAULT_LIFE_MS[kind] if life_ms is None else min(life_ms, LONGEST_LIFE_MS[kind])
    ends = now + life
    return ends if ceiling is None else min(ends, ceiling)
