"""Reads and writes of users and teams."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, true, update

from daemon_server.db.session import Session
from daemon_server.identity.records import Member, Team, User
from daemon_server.identity.tables import team_members, teams, users

# --- users ------------------------------------------------------------------------------------------------------------


def user_named(session: Session, name: str) -> User | None:
    return _user(session.row(select(users).where(users.c.name == name)))


def user_by_id(session: Session, user_id: str) -> User | None:
    return _user(session.row(select(users).where(users.c.id == user_id)))


def users_page(session: Session, *, query: str | None, after: str | None, limit: int) -> list[User]:
    """Users by name from behind `after`."""
    statement = select(users).order_by(users.c.name).limit(limit)
    if after is not None:
        statement = statement.where(users.c.name > after)
    if query:
        statement = statement.where(
            users.c.name.icontains(query, autoescape=True) | users.c.display_name.icontains(query, autoescape=True)
        )
    return [user for row in session.rows(statement) if (user := _user(row)) is not None]


def add_user(session: Session, user: User) -> None:
    session.execute(
        insert(users).values(
            id=user.id,
            name=user.name,
            display_name=user.display_name,
            admin=int(user.admin),
            credential_version=user.credential_version,
            created_at=user.created_at,
            disabled_at=user.disabled_at,
        )
    )


def change_user(session: Session, user_id: str, values: dict[str, Any]) -> None:
    session.execute(update(users).where(users.c.id == user_id).values(**values))


def lock_admins(session: Session) -> int:
    """How many administrators can sign in, held still until this transaction ends."""
    statement = select(users.c.id).where(users.c.admin == 1, users.c.disabled_at.is_(None))
    if session.dialect == "postgresql":
        statement = statement.with_for_update()
    return len(session.rows(statement))


def any_admin(session: Session) -> bool:
    statement = select(users.c.id).where(users.c.admin == 1, users.c.disabled_at.is_(None)).limit(1)
    return session.row(statement) is not None


def _user(row: Row[*tuple[Any, ...]] | None) -> User | None:
    if row is None:
        return None
    values = dict(row._mapping)
    return User(**{**values, "admin": bool(values["admin"])})


# --- teams ------------------------------------------------------------------------------------------------------------


def team_named(session: Session, name: str) -> Team | None:
    row = session.row(select(teams).where(teams.c.name == name))
    return None if row is None else Team(**row._mapping)


def teams_page(session: Session, *, of_user: str | None, after: str | None, limit: int) -> list[Team]:
    """Teams by name from behind `after`; all, or those a user is in."""
    condition: ColumnElement[bool] = true()
    if of_user is not None:
        condition = teams.c.id.in_(select(team_members.c.team_id).where(team_members.c.user_id == of_user))
    statement = select(teams).where(condition).order_by(teams.c.name).limit(limit)
    if after is not None:
        statement = statement.where(teams.c.name > after)
    return [Team(**row._mapping) for row in session.rows(statement)]


def add_team(session: Session, team: Team) -> None:
    session.execute(
        insert(teams).values(
            id=team.id,
            name=team.name,
            display_name=team.display_name,
            created_by=team.created_by,
            created_at=team.created_at,
        )
    )


def remove_team(session: Session, team_id: str) -> None:
    session.execute(delete(team_members).where(team_members.c.team_id == team_id))
    session.execute(delete(teams).where(teams.c.id == team_id))


def members(session: Session, team_id: str) -> list[Member]:
    statement = (
        select(users.c.name.label("user"), users.c.display_name, team_members.c.role)
        .join(users, users.c.id == team_members.c.user_id)
        .where(team_members.c.team_id == team_id)
        .order_by(users.c.name)
    )
    return [Member(**row._mapping) for row in session.rows(statement)]


def member_ids(session: Session, team_id: str) -> list[str]:
    return [
        row.user_id for row in session.rows(select(team_members.c.user_id).where(team_members.c.team_id == team_id))
    ]


def role(session: Session, team_id: str, user_id: str) -> str | None:
    found = session.scalar(
        select(team_members.c.role).where(team_members.c.team_id == team_id, team_members.c.user_id == user_id)
    )
    return None if found is None else str(found)


def put_member(session: Session, team_id: str, user_id: str, role: str) -> None:
    if not remove_member(session, team_id, user_id, put=role):
        session.execute(insert(team_members).values(team_id=team_id, user_id=user_id, role=role))


def remove_member(session: Session, team_id: str, user_id: str, *, put: str | None = None) -> bool:
    """Take a member out, or give it the role `put`; whether it was in."""
    this = (team_members.c.team_id == team_id) & (team_members.c.user_id == user_id)
    statement = delete(team_members).where(this) if put is None else update(team_members).where(this).values(role=put)
    return session.execute(statement).rowcount > 0


def team_names(session: Session, user_id: str) -> list[str]:
    statement = (
        select(teams.c.name)
        .join(team_members, team_members.c.team_id == teams.c.id)
        .where(team_members.c.user_id == user_id)
        .order_by(teams.c.name)
    )
    return [row.name for row in session.rows(statement)]


def count_users(session: Session) -> int:
    return int(session.scalar(select(func.count()).select_from(users)) or 0)
