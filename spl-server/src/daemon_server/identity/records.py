"""Users, teams and credentials as services hand them around. Times are epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from daemon_server.identity import token_format
from daemon_server.identity.token_format import TokenKind


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in, owns things, and whom machines act for."""

    id: str
    name: str
    display_name: str
    admin: bool
    credential_version: int
    created_at: int
    disabled_at: int | None


@dataclass(frozen=True, slots=True)
class Team:
    """Users that grants can be given to together."""

    id: str
    name: str
    display_name: str
    created_by: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Member:
    """A user in a team; role is `member` or `lead`."""

    user: str
    display_name: str
    role: str


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A credential without its secret, and its user."""

    id: str
    kind: TokenKind
    user_id: str
    user: str
    admin: bool
    name: str
    machine_id: str | None
    library_id: str | None
    object: str | None
    function: str | None
    allowed_users: tuple[str, ...]
    scopes: frozenset[str]
    hmac: bytes = field(repr=False)
    key_id: str
    created_at: int
    created_by: str
    expires_at: int
    max_uses: int | None
    uses: int
    last_used_at: int | None
    last_used_ip: str | None
    rotated_from: str | None
    revoked_at: int | None
    revoked_by: str | None
    revoked_reason: str | None
    disabled_at: int | None

    @property
    def hint(self) -> str:
        return token_format.hint(self.kind, self.id)

    @property
    def used_up(self) -> bool:
        return self.max_uses is not None and self.uses >= self.max_uses


@dataclass(frozen=True, slots=True)
class Issued:
    """A new credential; `raw` is shown once, and kept by nobody but its holder."""

    token_id: str
    raw: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A console session and its user."""

    id: str
    hmac: bytes = field(repr=False)
    user_id: str
    user: str
    admin: bool
    disabled_at: int | None
    token_id: str | None
    ceiling_at: int | None
    scopes: frozenset[str]
    credential_version: int
    current_version: int
    created_at: int
    authenticated_at: int
    last_used_at: int
    expires_at: int
    token_revoked_at: int | None
    token_expires_at: int | None
