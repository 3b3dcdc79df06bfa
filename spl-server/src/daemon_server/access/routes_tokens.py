"""Credentials over HTTP: made, listed, rotated, revoked. A raw value is in the one answer that makes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query, Response
from sqlalchemy import ColumnElement

from daemon_server.access import issuing
from daemon_server.access.issuing import Wish
from daemon_server.access.schemas import TokenCreate, TokenCreated, TokenPage, TokenRotate, TokenView
from daemon_server.db.session import Session
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.paging import Cursor, Limit, cursor_of, position
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule
from daemon_server.identity import bindings, store, tokens
from daemon_server.identity.records import Issued, StoredToken
from daemon_server.identity.tables import tokens as rows

router = Router(tags=["tokens"])

# A page fits a screen or two.
PAGE = 100
TOKENS = Rule(user="token:admin")

TokenId = Annotated[str, Path(max_length=100)]
Kind = Literal["user", "machine", "subtoken", "execution", "enrolment"]


@router.get("/tokens", rule=TOKENS, response_model=TokenPage)
async def list_tokens(
    principal: PrincipalDep,
    server: ServerDep,
    kind: Annotated[Kind | None, Query()] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The caller's credentials and those bound to the caller's libraries, newest first."""
    before = position(cursor, int, str)

    def read(session: Session) -> tuple[list[dict[str, Any]], Any]:
        condition: ColumnElement[bool] = issuing.visible(principal)
        if kind is not None:
            condition &= rows.c.kind == kind
        found = store.page(session, condition, before=before, limit=limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return [_view(session, token) for token in found[:limit]], last and cursor_of(last.created_at, last.id)

    items, following = await server.db.read(read)
    return {"items": items, "next": following}


@router.post("/tokens", rule=TOKENS, status_code=201, response_model=TokenCreated)
async def make_token(
    body: TokenCreate, principal: PrincipalDep, server: ServerDep, response: Response
) -> dict[str, Any]:
    """A new credential, with no more than the caller may do and for no longer. Its raw value is shown only here."""
    wish = Wish(
        kind=body.kind,
        name=body.name,
        scopes=None if body.scopes is None else frozenset(body.scopes),
        life_ms=None if body.expires_in_seconds is None else body.expires_in_seconds * 1000,
        machine=body.machine,
        allowed_users=tuple(body.allowed_users),
        library=body.library,
        object=body.object,
        function=body.function,
    )

    def issue(session: Session) -> dict[str, Any]:
        return _created(session, issuing.issue(session, server.pepper, principal, wish))

    response.headers["Cache-Control"] = "no-store"
    return await server.db.write(issue)


@router.get("/tokens/{id}", rule=TOKENS, response_model=TokenView)
async def show_token(id: TokenId, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """One credential, without its secret."""
    return await server.db.read(lambda session: _view(session, issuing.find(session, principal, id)))


@router.delete("/tokens/{id}", rule=TOKENS, status_code=204)
async def revoke_token(
    id: TokenId,
    principal: PrincipalDep,
    server: ServerDep,
    reason: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Revoke a credential: the next request with it is refused."""

    def revoke(session: Session) -> None:
        tokens.revoke(session, issuing.find(session, principal, id).id, by=principal, reason=reason)

    await server.db.write(revoke)
    return Response(status_code=204)


@router.post("/tokens/{id}/rotate", rule=TOKENS, status_code=201, response_model=TokenCreated)
async def rotate_token(
    id: TokenId, body: TokenRotate, principal: PrincipalDep, server: ServerDep, response: Response
) -> dict[str, Any]:
    """A new credential in place of this one, which ends at once or stays good for a while."""
    life_ms = None if body.expires_in_seconds is None else body.expires_in_seconds * 1000

    def rotate(session: Session) -> dict[str, Any]:
        overlap_ms = body.overlap_seconds * 1000
        return _created(
            session,
            issuing.rotate(session, server.pepper, principal, id, overlap_ms=overlap_ms, life_ms=life_ms),
        )

    response.headers["Cache-Control"] = "no-store"
    return await server.db.write(rotate)


def _created(session: Session, issued: Issued) -> dict[str, Any]:
    return {**_view(session, tokens.get(session, issued.token_id)), "token": issued.raw}


def _view(session: Session, token: StoredToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "hint": token.hint,
        "kind": token.kind,
        "name": token.name,
        "user": token.user,
        "status": _status(token, session.now),
        "scopes": sorted(token.scopes),
        "machine_id": token.machine_id,
        "library": bindings.library_path(session, token.library_id),
        "object": token.object,
        "function": token.function,
        "allowed_users": list(token.allowed_users),
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "last_used_ip": token.last_used_ip,
        "rotated_from": token.rotated_from,
        "revoked_at": token.revoked_at,
        "revoked_by": token.revoked_by,
        "revoked_reason": token.revoked_reason,
    }


def _status(token: StoredToken, now: int) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if token.used_up:
        return "used"
    return "expired" if token.expires_at <= now else "live"
