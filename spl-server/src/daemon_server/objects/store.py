"""Reads of what is published, each in a session that somebody else began."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, and_, select

from daemon_server.db import Session
from daemon_server.objects.tables import objects, references, tags, versions

type Record = Row[*tuple[Any, ...]]

# What lists show of a version: everything that is small.
LIGHT = [column for column in versions.c if column.name not in ("yaml", "card", "capture")]
_OBJECT = [
    objects.c.library_id,
    objects.c.name,
    objects.c.display_name,
    objects.c.latest,
    objects.c.updated_at,
    objects.c.created_at.label("object_created_at"),
]
_OF_VERSION = [column for column in versions.c if column.name != "yaml"]


def object_named(session: Session, library_id: str, name: str, *, deleted: bool = False) -> Record | None:
    """The object of this name; one that was deleted only where that is asked for."""
    statement = select(objects).where(objects.c.library_id == library_id, objects.c.name == name)
    return session.row(statement if deleted else statement.where(objects.c.deleted_at.is_(None)))


def object_by_id(session: Session, object_id: str) -> Record | None:
    return session.row(select(objects).where(objects.c.id == object_id, objects.c.deleted_at.is_(None)))


def reference_named(session: Session, library_id: str, name: str) -> Record | None:
    return session.row(select(references).where(references.c.library_id == library_id, references.c.name == name))


def number_of_tag(session: Session, object_id: str, tag: str) -> int | None:
    found = session.scalar(select(tags.c.version).where(tags.c.object_id == object_id, tags.c.name == tag))
    return None if found is None else int(found)


def version(session: Session, object_id: str, number: int, *, source: bool = False) -> Record | None:
    """A version with its object; its YAML only where that is asked for."""
    columns = [*_OF_VERSION, *([versions.c.yaml] if source else [])]
    return session.row(
        select(*columns, *_OBJECT)
        .join(objects, objects.c.id == versions.c.object_id)
        .where(versions.c.object_id == object_id, versions.c.number == number, versions.c.deleted_at.is_(None))
    )


def version_by_id(session: Session, version_id: str) -> Record | None:
    """A version with its YAML, also one that was deleted: runs hold it."""
    return session.row(
        select(versions, *_OBJECT)
        .join(objects, objects.c.id == versions.c.object_id)
        .where(versions.c.id == version_id)
    )


def numbers(session: Session, object_id: str, limit: int | None = None) -> list[int]:
    """The versions there are, newest first."""
    statement = (
        select(versions.c.number)
        .where(versions.c.object_id == object_id, versions.c.deleted_at.is_(None))
        .order_by(versions.c.number.desc())
        .limit(limit)
    )
    return [row.number for row in session.rows(statement)]


def versions_page(session: Session, object_id: str, before: int | None, limit: int) -> Sequence[Record]:
    """Versions of an object, newest first."""
    statement = (
        select(*LIGHT)
        .where(versions.c.object_id == object_id, versions.c.deleted_at.is_(None))
        .order_by(versions.c.number.desc())
        .limit(limit)
    )
    return session.rows(statement if before is None else statement.where(versions.c.number < before))


def tags_of(session: Session, object_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Object id to its tags and their versions, in the order of the names."""
    found: dict[str, dict[str, int]] = {}
    statement = select(tags).where(tags.c.object_id.in_(set(object_ids))).order_by(tags.c.object_id, tags.c.name)
    for row in session.rows(statement):
        found.setdefault(row.object_id, {})[row.name] = row.version
    return found


def names_in(session: Session, library_id: str, limit: int) -> list[str]:
    """Names of a library's objects, for a message."""
    here = and_(objects.c.library_id == library_id, objects.c.deleted_at.is_(None))
    return [row.name for row in session.rows(select(objects.c.name).where(here).order_by(objects.c.name).limit(limit))]


def version_named(session: Session, library_id: str, name: str, number: int) -> Record | None:
    """A version with its YAML by the names of everything, also one that was deleted."""
    return session.row(
        select(versions, *_OBJECT)
        .join(objects, objects.c.id == versions.c.object_id)
        .where(objects.c.library_id == library_id, objects.c.name == name, versions.c.number == number)
    )
