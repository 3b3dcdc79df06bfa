"""What the access routes take and give. Times are epoch milliseconds."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from daemon_server.http.routing import StrictModel

Permission = Literal["read", "source", "execute", "write", "admin", "use"]
NAME_CHARACTERS = 200
# Nobody hands out anything for longer than a year.
LONGEST_SECONDS = 365 * 86_400
# A subtoken is for a few colleagues; more are a team and a grant.
MOST_USERS = 100
LONGEST_OVERLAP_SECONDS = 86_400

Text = Field(None, min_length=1, max_length=NAME_CHARACTERS)


class GrantPut(StrictModel):
    """On a library (`owner/name`) or one object of it, or on a machine (by id); for a user or a team."""

    library: str | None = Text
    machine: str | None = Text
    object: str | None = Text
    user: str | None = Text
    team: str | None = Text
    permissions: list[Permission] = Field(max_length=10)
    expires_in_seconds: int | None = Field(None, ge=1, le=LONGEST_SECONDS)


class GrantView(BaseModel):
    id: str
    library: str | None
    machine: str | None
    object: str | None
    user: str | None
    team: str | None
    permission: Permission
    created_at: int
    created_by: str
    expires_at: int | None


class GrantPage(BaseModel):
    items: list[GrantView]
    next: str | None = None


class RightView(BaseModel):
    """One right: whether it is there, why, and what is missing for it."""

    right: str
    allowed: bool
    reasons: list[str]
    missing: str | None


class ExplainView(BaseModel):
    """What a user may do to something, and why; `allowed` answers for the one permission that was asked about."""

    user: str
    what: str
    owner: str
    rights: list[RightView]
    allowed: bool | None = None


class TokenCreate(StrictModel):
    """A `user` token for oneself, a machine's `subtoken`, or an `execution` token for a library or one callable."""

    kind: Literal["user", "subtoken", "execution"] = "user"
    name: str = Field(min_length=1, max_length=NAME_CHARACTERS)
    scopes: list[str] | None = Field(None, max_length=50)
    expires_in_seconds: int | None = Field(None, ge=1, le=LONGEST_SECONDS)
    machine: str | None = Text
    allowed_users: list[str] = Field(default_factory=list, max_length=MOST_USERS)
    library: str | None = Text
    object: str | None = Text
    function: str | None = Text


class TokenRotate(StrictModel):
    """How long the old token stays good beside the new one; at once is the default."""

    overlap_seconds: int = Field(0, ge=0, le=LONGEST_OVERLAP_SECONDS)
    expires_in_seconds: int | None = Field(None, ge=1, le=LONGEST_SECONDS)


class TokenView(BaseModel):
    """A credential without its secret; `hint` is how it begins."""

    id: str
    hint: str
    kind: str
    name: str
    user: str
    status: Literal["live", "expired", "revoked", "used"]
    scopes: list[str]
    machine_id: str | None
    library: str | None
    object: str | None
    function: str | None
    allowed_users: list[str]
    created_at: int
    created_by: str
    expires_at: int
    last_used_at: int | None
    last_used_ip: str | None
    rotated_from: str | None
    revoked_at: int | None
    revoked_by: str | None
    revoked_reason: str | None


class TokenCreated(TokenView):
    """The new token. Its raw value is in this answer alone."""

    token: str


class TokenPage(BaseModel):
    items: list[TokenView]
    next: str | None
