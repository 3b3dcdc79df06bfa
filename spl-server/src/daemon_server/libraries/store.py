"""Reads and writes of libraries, each in a session that somebody else commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, column, func, or_, select, table, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from daemon_server.db import Session
from daemon_server.identity.tables import users
from daemon_server.libraries.library import Library, library_of
from daemon_server.libraries.tables import libraries

_SELECT: Select[Any] = (
    select(libraries, users.c.name.label("owner"))
    .join(users, users.c.id == libraries.c.owner_id)
    .where(libraries.c.deleted_at.is_(None))
)
_objects = table("objects", column("library_id"), column("deleted_at"))


def find(session: Session, owner: str, name: str) -> Library | None:
    row = session.row(_SELECT.where(users.c.name == owner, libraries.c.name == name))
    return None if row is None else library_of(row)


def by_id(session: Session, library_id: str) -> Library | None:
    row = session.row(_SELECT.where(libraries.c.id == library_id))
    return None if row is None else library_of(row)


def by_ids(session: Session, library_ids: Iterable[str]) -> dict[str, Library]:
    found = session.rows(_SELECT.where(libraries.c.id.in_(set(library_ids))))
    return {row.id: library_of(row) for row in found}


def page(
    session: Session,
    scope: ColumnElement[bool],
    *,
    owner: str | None,
    query: str | None,
    after: tuple[str, str] | None,
    limit: int,
) -> list[Library]:
    """Libraries by owner and name."""
    statement = _SELECT.where(scope).order_by(users.c.name, libraries.c.name).limit(limit)
    if owner is not None:
        statement = statement.where(users.c.name == owner)
    if query:
        statement = statement.where(_contains(query))
    if after is not None:
        statement = statement.where(tuple_(users.c.name, libraries.c.name) > tuple_(*after))
    return [library_of(row) for row in session.rows(statement)]


def add(session: Session, values: Mapping[str, Any]) -> bool:
    """Insert a library; False where its owner has one of that name already."""
    upsert = postgresql.insert if session.dialect == "postgresql" else sqlite.insert
    statement = upsert(libraries).values(values).on_conflict_do_nothing(index_elements=["owner_id", "name"])
    return session.row(statement.returning(libraries.c.id)) is not None


def change(session: Session, library_id: str, values: Mapping[str, Any]) -> None:
    session.execute(update(libraries).where(libraries.c.id == library_id).values(values))


def objects_in(session: Session, library_id: str) -> int:
    """How many objects a library has; they are kept above, so they are asked for by the name of their table."""
    statement = select(func.count()).where(_objects.c.library_id == library_id, _objects.c.deleted_at.is_(None))
    return int(session.scalar(statement))


def retire(session: Session, library: Library) -> None:
    """Take a library away. The row stays for what refers to it, under a name that nobody can ask for."""
    session.execute(
        update(libraries)
        .where(libraries.c.id == library.id)
        .values(name=f"{library.name}~{library.id}", visibility="private", deleted_at=session.now)
    )


def _contains(query: str) -> ColumnElement[bool]:
    return or_(
        libraries.c.name.icontains(query, autoescape=True),
        libraries.c.display_name.icontains(query, autoescape=True),
    )
