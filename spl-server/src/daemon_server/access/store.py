"""Reads and writes of grants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, insert, or_, select

from daemon_server import ids
from daemon_server.access.policy import Permit
from daemon_server.access.tables import grants
from daemon_server.db.session import Session
from daemon_server.identity.tables import team_members, teams, users

__all__ = ["Grant", "Permit"]


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission, as lists show it. Times are epoch milliseconds."""

    id: str
    library_id: str | None
    machine_id: str | None
    object: str | None
    user: str | None
    team: str | None
    permission: str
    created_at: int
    created_by: str
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a grant is for: exactly one of the two."""

    user_id: str | None = None
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """What a grant is on: a library, one object of it, or a machine."""

    library_id: str | None = None
    machine_id: str | None = None
    object: str | None = None


def library_permits(session: Session, library_id: str, user_id: str) -> list[Permit]:
    """The grants on a library, whole or on one object, that reach a user now."""
    return _permits(session, grants.c.library_id == library_id, user_id)


def machine_permits(session: Session, machine_id: str, user_id: str) -> list[Permit]:
    """The grants on a machine that reach a user now."""
    return _permits(session, grants.c.machine_id == machine_id, user_id)


def _permits(session: Session, on: ColumnElement[bool], user_id: str) -> list[Permit]:
    through = select(team_members.c.team_id).where(team_members.c.user_id == user_id)
    statement = (
        select(grants.c.permission, grants.c.object, teams.c.name)
        .outerjoin(teams, teams.c.id == grants.c.team_id)
        .where(
            on,
            or_(grants.c.user_id == user_id, grants.c.team_id.in_(through)),
            or_(grants.c.expires_at.is_(None), grants.c.expires_at > session.now),
        )
    )
    return [Permit(row.permission, row.object, row.name) for row in session.rows(statement)]


def held(session: Session, resource: Resource, subject: Subject) -> dict[str, str]:
    """The permissions a subject has on a resource by grants of its own: permission to grant id."""
    statement = select(grants.c.permission, grants.c.id).where(_on(resource), _for(subject))
    return {row.permission: row.id for row in session.rows(statement)}


def add(
    session: Session,
    resource: Resource,
    subject: Subject,
    permissions: Iterable[str],
    *,
    by: str,
    expires_at: int | None,
) -> None:
    rows = [
        {
            "id": ids.new("grt"),
            "library_id": resource.library_id,
            "machine_id": resource.machine_id,
            "object": resource.object,
            "user_id": subject.user_id,
            "team_id": subject.team_id,
            "permission": permission,
            "created_at": session.now,
            "created_by": by,
            "expires_at": expires_at,
        }
        for permission in permissions
    ]
    if rows:
        session.execute(insert(grants), rows)


def remove(session: Session, grant_ids: Iterable[str]) -> None:
    session.execute(delete(grants).where(grants.c.id.in_(list(grant_ids))))


def find(session: Session, grant_id: str) -> Grant | None:
    return next(iter(_listed(session, grants.c.id == grant_id, after=None, limit=1)), None)


def page(session: Session, condition: ColumnElement[bool], *, after: str | None, limit: int) -> list[Grant]:
    """Grants by id from behind `after`."""
    return _listed(session, condition, after=after, limit=limit)


def _listed(session: Session, condition: ColumnElement[bool], *, after: str | None, limit: int) -> list[Grant]:
    statement = (
        select(
            grants.c.id,
            grants.c.library_id,
            grants.c.machine_id,
            grants.c.object,
            users.c.name.label("user"),
            teams.c.name.label("team"),
            grants.c.permission,
            grants.c.created_at,
            grants.c.created_by,
            grants.c.expires_at,
        )
        .outerjoin(users, users.c.id == grants.c.user_id)
        .outerjoin(teams, teams.c.id == grants.c.team_id)
        .where(condition)
        .order_by(grants.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(grants.c.id > after)
    return [Grant(**row._mapping) for row in session.rows(statement)]


def _on(resource: Resource) -> ColumnElement[bool]:
    """Grants on exactly this: the whole library is another thing than one object of it."""
    return (
        grants.c.library_id.is_not_distinct_from(resource.library_id)
        & grants.c.machine_id.is_not_distinct_from(resource.machine_id)
        & grants.c.object.is_not_distinct_from(resource.object)
    )


def _for(subject: Subject) -> ColumnElement[bool]:
    if subject.user_id is not None:
        return grants.c.user_id == subject.user_id
    return grants.c.team_id == subject.team_id
