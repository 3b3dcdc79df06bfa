"""Libraries over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query

from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.paging import Cursor, Limit, cursor_of, position
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule
from daemon_server.libraries import service
from daemon_server.libraries.rights import rights
from daemon_server.libraries.schemas import (
    LibraryChange,
    LibraryPage,
    LibraryRequest,
    LibraryView,
    RemovedLibrary,
    view,
)

router = Router(tags=["libraries"])

# A page fits a screen or two.
PAGE = 100
# No name has a zero in it, and PostgreSQL knows no text that has.
TEXT = r"^[^\x00]*$"

Owner = Annotated[str, Path(max_length=200, pattern=TEXT)]
LibraryName = Annotated[str, Path(max_length=200, pattern=TEXT)]
Query_ = Annotated[str | None, Query(max_length=200, pattern=TEXT)]

READ = Rule(user="catalog:read", machine=True)
ADMINISTER = Rule(user="library:admin")


@router.get("/libraries", rule=READ, response_model=LibraryPage)
async def list_libraries(
    server: ServerDep,
    principal: PrincipalDep,
    owner: Query_ = None,
    q: Query_ = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The libraries that you may see, by owner and name; `q` finds part of a name or label."""
    after = position(cursor, str, str)
    found = await server.db.read(
        lambda session: service.page(session, principal, owner=owner, query=q, after=after, limit=limit + 1)
    )
    items = [view(library, held) for library, held in found[:limit]]
    last = found[limit - 1][0] if len(found) > limit else None
    return {"items": items, "next": cursor_of(last.owner, last.name) if last else None}


@router.post("/libraries", rule=ADMINISTER, status_code=201, response_model=LibraryView)
async def create_library(body: LibraryRequest, server: ServerDep, principal: PrincipalDep) -> dict[str, Any]:
    """Make a library of your own."""
    library = await server.db.write(
        lambda session: service.create(session, principal, name=body.name, **body.changes())
    )
    return await server.db.read(lambda session: view(library, rights(session, principal, library)))


@router.get("/owners/{owner}/libraries/{library}", rule=READ, response_model=LibraryView)
async def show_library(
    owner: Owner, library: LibraryName, server: ServerDep, principal: PrincipalDep
) -> dict[str, Any]:
    """One library."""
    return await server.db.read(lambda session: view(*service.demand(session, principal, "read", owner, library)))


@router.patch("/owners/{owner}/libraries/{library}", rule=ADMINISTER, response_model=LibraryView)
async def change_library(
    owner: Owner, library: LibraryName, body: LibraryChange, server: ServerDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Change what a library says of itself, who may see and run what is in it, and where that runs."""
    changed = await server.db.write(
        lambda session: service.update(session, principal, owner, library, **body.changes())
    )
    return await server.db.read(lambda session: view(changed, rights(session, principal, changed)))


@router.delete("/owners/{owner}/libraries/{library}", rule=ADMINISTER, response_model=RemovedLibrary)
async def remove_library(
    owner: Owner, library: LibraryName, server: ServerDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Take a library away that has no objects any more."""
    removed = await server.db.write(lambda session: service.remove(session, principal, owner, library))
    return {"owner": removed.owner, "name": removed.name}
