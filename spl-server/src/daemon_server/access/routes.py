"""Grants, their explanation, and credentials, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from daemon_server.access import explaining, granting, resources, store
from daemon_server.access.granting import Target
from daemon_server.access.routes_tokens import router as tokens_router
from daemon_server.access.schemas import ExplainView, GrantPage, GrantPut, Permission
from daemon_server.access.store import Grant
from daemon_server.db.session import Session
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.paging import Cursor, Limit, cursor_of, position
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Invalid
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule
from daemon_server.identity import bindings, users

router = Router(tags=["access"])
router.include_router(tokens_router)

# A page fits a screen or two.
PAGE = 100
GRANTS = Rule(user="library:admin")

Text = Annotated[str | None, Query(min_length=1, max_length=200)]


@router.get("/grants", rule=GRANTS, response_model=GrantPage)
async def list_grants(
    principal: PrincipalDep,
    server: ServerDep,
    library: Text = None,
    machine: Text = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Grants on a library or machine that the caller administers; without either, on all that is the caller's own."""
    (after,) = position(cursor, str) or (None,)

    def read(session: Session) -> tuple[list[dict[str, Any]], bool]:
        found = granting.page(session, principal, library=library, machine=machine, after=after, limit=limit + 1)
        return [_grant(session, grant) for grant in found[:limit]], len(found) > limit

    items, more = await server.db.read(read)
    return {"items": items, "next": cursor_of(items[-1]["id"]) if more else None}


@router.put("/grants", rule=GRANTS, response_model=GrantPage)
async def put_grants(body: GrantPut, principal: PrincipalDep, server: ServerDep) -> dict[str, Any]:
    """Let a user or a team have exactly these permissions on a library, one object of it, or a machine."""
    target = Target(body.library, body.machine, body.object, body.user, body.team)
    life_ms = None if body.expires_in_seconds is None else body.expires_in_seconds * 1000

    def put(session: Session) -> list[dict[str, Any]]:
        given = granting.put(session, target, body.permissions, by=principal, life_ms=life_ms)
        return [_grant(session, grant) for grant in given]

    return {"items": await server.db.write(put), "next": None}


@router.delete("/grants", rule=GRANTS, status_code=204)
async def remove_grants(
    principal: PrincipalDep,
    server: ServerDep,
    library: Text = None,
    machine: Text = None,
    object: Text = None,
    user: Text = None,
    team: Text = None,
) -> Response:
    """Take back every permission that a user or a team was given on this."""
    target = Target(library, machine, object, user, team)
    await server.db.write(lambda session: granting.remove(session, target, by=principal))
    return Response(status_code=204)


@router.get("/access/explain", rule=Rule(user="catalog:read"), response_model=ExplainView)
async def explain(
    principal: PrincipalDep,
    server: ServerDep,
    library: Text = None,
    machine: Text = None,
    object: Text = None,
    user: Text = None,
    permission: Annotated[Permission | None, Query(description="Also answer `allowed` for this one.")] = None,
) -> dict[str, Any]:
    """What somebody may do to a library, one object of it, or a machine, and why. About others only its administrators
    may ask."""
    if (library is None) == (machine is None):
        raise Invalid("Ask about either a library or a machine.")
    found = await server.db.read(lambda session: _explained(session, principal, library, machine, object, user))
    held = {right["right"] for right in found["rights"] if right["allowed"]}
    return {**found, "allowed": None if permission is None else permission in held}


def _explained(
    session: Session,
    principal: Principal,
    library: str | None,
    machine: str | None,
    object: str | None,
    user: str | None,
) -> dict[str, Any]:
    other = user is not None and user != principal.user
    if library is not None:
        within = resources.library(session, principal, library, "admin" if other else "read", object=object)
        asked = _person(session, principal, user)
        what = f"library {within.path}" + (f", object {object}" if object else "")
        rights = explaining.explain_library(
            asked,
            resources.facts_of(within),
            store.library_permits(session, within.id, asked.user_id),
            object=object,
            what=what,
            owner=within.owner,
        )
        return _explanation(asked, what, within.owner, rights)
    assert machine is not None
    host = resources.machine(session, principal, machine, "admin" if other else "see")
    asked, what = _person(session, principal, user), f"machine {host.owner}/{host.name}"
    permits = store.machine_permits(session, host.id, asked.user_id)
    rights = explaining.explain_machine(asked, resources.machine_facts(host), permits, what=what, owner=host.owner)
    return _explanation(asked, what, host.owner, rights)


def _person(session: Session, principal: Principal, name: str | None) -> Principal:
    """Whom the question is about, as if they asked with all they may hold."""
    user = users.get(session, name or principal.user)
    return Principal("user", "", user.id, user.name)


def _explanation(asked: Principal, what: str, owner: str, rights: list[explaining.Explained]) -> dict[str, Any]:
    views = [
        {"right": one.right, "allowed": one.allowed, "reasons": list(one.reasons), "missing": one.missing}
        for one in rights
    ]
    return {"user": asked.user, "what": what, "owner": owner, "rights": views}


def _grant(session: Session, grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "library": bindings.library_path(session, grant.library_id),
        "machine": grant.machine_id,
        "object": grant.object,
        "user": grant.user,
        "team": grant.team,
        "permission": grant.permission,
        "created_at": grant.created_at,
        "created_by": grant.created_by,
        "expires_at": grant.expires_at,
    }
