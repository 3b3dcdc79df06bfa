"""The libraries, objects and machines that credentials and grants name.

Those features stand above this one and own their tables; here are the few columns that are read of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, column, or_, select, table

from daemon_server.db.session import Session
from daemon_server.identity.tables import users

libraries = table(
    "libraries",
    column("id"),
    column("owner_id"),
    column("name"),
    column("visibility"),
    column("execution_policy"),
)
machines = table("machines", column("id"), column("owner_id"), column("name"), column("revoked_at"))
objects = table("objects", column("id"), column("library_id"), column("name"), column("deleted_at"))


@dataclass(frozen=True, slots=True)
class BoundLibrary:
    """A library as far as access is decided by it."""

    id: str
    owner_id: str
    owner: str
    name: str
    visibility: str
    execution_policy: str

    @property
    def path(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class BoundMachine:
    """A machine as far as access is decided by it."""

    id: str
    owner_id: str
    owner: str
    name: str


def library_at(session: Session, path: str) -> BoundLibrary | None:
    """The library at `owner/name`."""
    owner, _, name = path.partition("/")
    return _library(session, (users.c.name == owner) & (libraries.c.name == name))


def library_by_id(session: Session, library_id: str | None) -> BoundLibrary | None:
    return None if library_id is None else _library(session, libraries.c.id == library_id)


def library_path(session: Session, library_id: str | None) -> str | None:
    """`owner/name` of a library that is still there."""
    found = library_by_id(session, library_id)
    return None if found is None else found.path


def machine_at(session: Session, reference: str, user_id: str) -> BoundMachine | None:
    """The machine that is meant by an id, `owner/name`, or the name of a user's own; none that is revoked."""
    owner, slash, name = reference.partition("/")
    by_name = (
        (users.c.name == owner) & (machines.c.name == name)
        if slash
        else (machines.c.owner_id == user_id) & (machines.c.name == reference)
    )
    statement = (
        select(machines.c.id, machines.c.owner_id, users.c.name.label("owner"), machines.c.name)
        .join(users, users.c.id == machines.c.owner_id)
        .where(or_(machines.c.id == reference, by_name), machines.c.revoked_at.is_(None))
        .order_by((machines.c.id == reference).desc())
        .limit(1)
    )
    row = session.row(statement)
    return None if row is None else BoundMachine(**row._mapping)


def has_object(session: Session, library_id: str, name: str) -> bool:
    """Whether a library has an object by this name."""
    this = (objects.c.library_id == library_id) & (objects.c.name == name) & objects.c.deleted_at.is_(None)
    return session.scalar(select(objects.c.id).where(this)) is not None


def _library(session: Session, condition: ColumnElement[bool]) -> BoundLibrary | None:
    statement = (
        select(
            libraries.c.id,
            libraries.c.owner_id,
            users.c.name.label("owner"),
            libraries.c.name,
            libraries.c.visibility,
            libraries.c.execution_policy,
        )
        .join(users, users.c.id == libraries.c.owner_id)
        .where(condition)
    )
    row = session.row(statement)
    return None if row is None else BoundLibrary(**row._mapping)
