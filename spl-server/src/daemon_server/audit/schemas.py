"""What the audit routes give. Times are epoch milliseconds."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class AuditLine(BaseModel):
    """What was done to what, and by whom: the credential by its public id, and its user."""

    seq: int
    at: int
    actor_kind: str
    actor_token: str
    actor_user: str
    action: str
    target: str
    detail: dict[str, Any]


class AuditPage(BaseModel):
    items: list[AuditLine]
    next: str | None


class VerdictView(BaseModel):
    """Whether every line is as it was written, and none is missing."""

    ok: bool
    checked: int
    broken_at: int | None
    reason: str | None
