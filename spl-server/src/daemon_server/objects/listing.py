"""Pages of objects: those that a credential may see, quickly also where there are a hundred thousand.

A page is found in two steps. The first reads nothing but an index on names, and an answer to the question which
libraries may be seen as a whole; the second reads the rows of that page alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, literal, or_, select, tuple_

from daemon_server.access.service import library_scope
from daemon_server.access.tables import grants
from daemon_server.db import Session
from daemon_server.http.principal import Principal
from daemon_server.libraries.rights import reaching
from daemon_server.libraries.tables import libraries
from daemon_server.objects.store import LIGHT, Record
from daemon_server.objects.tables import objects, versions


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to.

    Attributes:
        owner_id: of the libraries.
        query: a part of a name or a label, whatever the case.
        after: name and id of the last object of the page before.
    """

    owner_id: str | None = None
    library_id: str | None = None
    query: str | None = None
    kind: str | None = None
    after: tuple[str, str] | None = None


def page(session: Session, principal: Principal, wanted: Wanted, limit: int) -> Sequence[Record]:
    """Objects by name, each with its latest version's summary."""
    statement = (
        select(objects.c.id)
        .where(objects.c.deleted_at.is_(None), visible(session, principal), *_narrowed(wanted))
        .order_by(objects.c.name, objects.c.id)
        .limit(limit)
    )
    ids = [row.id for row in session.rows(statement)]
    if not ids:
        return []
    rows = session.rows(
        select(
            *LIGHT,
            objects.c.library_id,
            objects.c.name,
            objects.c.display_name,
            objects.c.latest,
            objects.c.updated_at,
            objects.c.created_at.label("object_created_at"),
        )
        .join(versions, and_(versions.c.object_id == objects.c.id, versions.c.number == objects.c.latest))
        .where(objects.c.id.in_(ids))
    )
    return sorted(rows, key=lambda row: ids.index(row.object_id))


def visible(session: Session, principal: Principal) -> ColumnElement[bool]:
    """The objects that a credential may see: all of some libraries, and single ones that were granted."""
    whole = library_scope(
        principal,
        id=libraries.c.id,
        owner_id=libraries.c.owner_id,
        visibility=libraries.c.visibility,
        object=literal(""),  # no object is called so: what is left are the grants on libraries as a whole
        now=session.now,
    )
    of_whole = objects.c.library_id.in_(select(libraries.c.id).where(whole, libraries.c.deleted_at.is_(None)))
    if not principal.is_person and principal.kind != "machine":
        return false()
    single = (
        select(_granted.c.id)
        .join(grants, and_(grants.c.library_id == _granted.c.library_id, grants.c.object == _granted.c.name))
        .where(reaching(session, principal))
    )
    return or_(of_whole, objects.c.id.in_(single))


_granted = objects.alias("granted")


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.library_id is not None:
        found.append(objects.c.library_id == wanted.library_id)
    elif wanted.owner_id is not None:
        found.append(objects.c.library_id.in_(select(libraries.c.id).where(libraries.c.owner_id == wanted.owner_id)))
    if wanted.kind is not None:
        found.append(objects.c.kind == wanted.kind)
    if wanted.query:
        found.append(
            or_(
                objects.c.name.icontains(wanted.query, autoescape=True),
                objects.c.display_name.icontains(wanted.query, autoescape=True),
            )
        )
    if wanted.after is not None:
        found.append(tuple_(objects.c.name, objects.c.id) > tuple_(*map(literal, wanted.after)))
    return found
