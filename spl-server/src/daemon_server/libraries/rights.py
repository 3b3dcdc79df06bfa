"""What a credential may do to libraries, one by one or a page of them with one question to the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, and_, exists, or_, select

from daemon_server.access.policy import LibraryFacts, Permit, Right
from daemon_server.access.policy import library_rights as decide
from daemon_server.access.service import library_rights
from daemon_server.access.tables import grants
from daemon_server.db import Session
from daemon_server.http.principal import Principal
from daemon_server.identity.tables import team_members
from daemon_server.libraries.library import Library
from daemon_server.libraries.tables import libraries

type Rights = frozenset[Right]
type RightsOf = Callable[..., Rights]


def rights(session: Session, principal: Principal, library: Library, *, object: str | None = None) -> Rights:
    """What a credential may do to a library, or to one object of it."""
    return library_rights(
        session,
        principal,
        library_id=library.id,
        owner_id=library.owner_id,
        visibility=library.visibility,
        execution_policy=library.execution_policy,
        object=object,
    )


def rights_of_all(session: Session, principal: Principal, libraries: Iterable[Library]) -> RightsOf:
    """A function that says what a credential may do to each of these libraries, or to one object of it."""
    permits: dict[str, list[Permit]] = {}
    foreign = {library.id for library in libraries if library.owner_id != principal.user_id}
    if foreign:
        statement = select(grants.c.library_id, grants.c.permission, grants.c.object).where(
            grants.c.library_id.in_(foreign), reaching(session, principal)
        )
        for row in session.rows(statement):
            permits.setdefault(row.library_id, []).append(Permit(row.permission, row.object))

    def of(library: Library, object: str | None = None) -> Rights:
        facts = LibraryFacts(library.id, library.owner_id, library.visibility, library.execution_policy)
        return decide(principal, facts, permits.get(library.id, ()), object=object)

    return of


def knows(session: Session, principal: Principal, library: Library) -> bool:
    """Whether a credential may know that a library is there: it may read it, or some object of it."""
    if "read" in rights(session, principal, library):
        return True
    if not principal.is_person and principal.kind != "machine":
        return False
    single = select(grants.c.id).where(grants.c.library_id == library.id, reaching(session, principal)).limit(1)
    return session.row(single) is not None


def knowable(session: Session, principal: Principal) -> ColumnElement[bool]:
    """The libraries that a user may know of, as a condition: `knows`, for many at once."""
    some = exists().where(grants.c.library_id == libraries.c.id, reaching(session, principal))
    return or_(libraries.c.owner_id == principal.user_id, libraries.c.visibility == "public", some)


def reaching(session: Session, principal: Principal) -> ColumnElement[bool]:
    """The grants that reach whom a credential acts for, directly or by a team, and have not expired."""
    through = select(team_members.c.team_id).where(team_members.c.user_id == principal.user_id)
    return and_(
        or_(grants.c.user_id == principal.user_id, grants.c.team_id.in_(through)),
        or_(grants.c.expires_at.is_(None), grants.c.expires_at > session.now),
    )
