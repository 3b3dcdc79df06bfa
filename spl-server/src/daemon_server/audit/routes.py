"""What was done, over HTTP: one's own doings, or everybody's with the scope for it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Query

from daemon_server.audit import service, store
from daemon_server.audit.chain import Line
from daemon_server.audit.schemas import AuditPage, VerdictView
from daemon_server.audit.store import Filter
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.paging import Cursor, Limit, cursor_of, position
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule, Scope

router = Router(tags=["audit"])

# A page fits a screen or two.
PAGE = 100
ALL: Scope = "audit:read"

Text = Annotated[str | None, Query(max_length=200)]
Moment = Annotated[int | None, Query(ge=0, lt=2**53, description="Epoch milliseconds.")]


@router.get("/audit", rule=Rule(user=True), response_model=AuditPage)
async def list_audit(
    principal: PrincipalDep,
    server: ServerDep,
    actor: Text = None,
    action: Annotated[str | None, Query(max_length=200, description="Whole, or its beginning and `*`.")] = None,
    target: Text = None,
    q: Text = None,
    since: Moment = None,
    until: Moment = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Lines of the audit, newest first: one's own, or everybody's with the scope audit:read."""
    (before,) = position(cursor, int) or (None,)
    user_id = None if principal.may(ALL) else principal.user_id
    wanted = Filter(user_id=user_id, actor=actor, action=action, target=target, q=q, since=since, until=until)
    found = await server.db.read(lambda session: store.page(session, wanted, before=before, limit=limit + 1))
    items = [_view(line) for line in found[:limit]]
    return {"items": items, "next": cursor_of(items[-1]["seq"]) if len(found) > limit else None}


@router.get("/audit/verify", rule=Rule(user=ALL), response_model=VerdictView)
async def verify_audit(server: ServerDep) -> service.Verdict:
    """Walk the whole chain of hashes: is every line as it was written, and none missing?"""
    return await server.db.read(service.verify)


def _view(line: Line) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "at": line.at,
        "actor_kind": line.actor_kind,
        "actor_token": line.actor_token,
        "actor_user": line.actor_user,
        "action": line.action,
        "target": line.target,
        "detail": json.loads(line.detail),
    }
