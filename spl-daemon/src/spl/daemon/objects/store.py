"""Reads and writes of the registry, each on a connection that somebody else opened and will commit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from spl.daemon.objects.tables import object_versions as versions
from spl.daemon.objects.tables import objects

type Record = Row[*tuple[Any, ...]]

# A version that was forgotten leaves its number behind, without content: no number ever means two things.
_FORGOTTEN = "forgotten:"
_KEPT = versions.c.yaml != ""

_LIGHT = [column for column in versions.c if column.name not in ("yaml", "signature", "capture")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version about to be stored."""

    object: str
    display_name: str | None
    kind: str
    entrypoint: str
    content_hash: str
    env: str
    spec_hash: str
    yaml: str
    signature: str
    capture: str | None
    isolation: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a draft: the version it is now, and whether that is a new one."""

    id: str
    version: int
    created: bool


class ObjectStore:
    """The registry on one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    # --- reading ---

    def names(self) -> list[str]:
        return list(self.connection.scalars(select(objects.c.name).order_by(objects.c.name)))

    def page(self, query: str | None, after: str | None, limit: int) -> Sequence[Record]:
        """Objects by name, with the summary of their latest version and without its source."""
        statement = (
            select(
                objects.c.name.label("object"),
                objects.c.display_name,
                objects.c.created_at,
                objects.c.updated_at,
                versions.c.id,
                versions.c.version,
                versions.c.kind,
                versions.c.entrypoint,
                versions.c.env,
                func.json_extract(versions.c.signature, "$.entry").label("entry"),
            )
            .join(versions, and_(versions.c.object == objects.c.name, versions.c.version == objects.c.latest))
            .order_by(objects.c.name)
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(objects.c.name > after)
        if query:
            statement = statement.where(_contains(query))
        return self.connection.execute(statement).all()

    def find(self, ref: str, version: int | None) -> Record | None:
        """A version of the object by this name, or the version with this id; the latest where no number is given."""
        wanted = objects.c.latest if version is None else literal(version)
        by_name = and_(objects.c.name == ref, versions.c.version == wanted)
        by_id = and_(versions.c.id == ref, versions.c.version == (versions.c.version if version is None else version))
        statement = (
            select(versions, objects.c.display_name, objects.c.latest, objects.c.updated_at)
            .join(objects, objects.c.name == versions.c.object)
            .where(_KEPT, or_(by_name, by_id))
        )
        return self.connection.execute(statement).first()

    def object_of(self, ref: str) -> str | None:
        """The name of the object that `ref` names, by name or by the id of one of its versions."""
        by_name = self.connection.scalar(select(objects.c.name).where(objects.c.name == ref))
        return by_name or self.connection.scalar(select(versions.c.object).where(_KEPT, versions.c.id == ref))

    def numbers(self, name: str) -> list[int]:
        """The versions there are, newest first."""
        statement = select(versions.c.version).where(_KEPT, versions.c.object == name)
        return list(self.connection.scalars(statement.order_by(versions.c.version.desc())))

    def versions(self, name: str, before: int | None, limit: int) -> Sequence[Record]:
        """Versions of an object, newest first."""
        statement = (
            select(*_LIGHT, objects.c.latest)
            .join(objects, objects.c.name == versions.c.object)
            .where(_KEPT, versions.c.object == name)
            .order_by(versions.c.version.desc())
            .limit(limit)
        )
        if before is not None:
            statement = statement.where(versions.c.version < before)
        return self.connection.execute(statement).all()

    def content_hashes(self) -> set[str]:
        return set(self.connection.scalars(select(versions.c.content_hash).where(_KEPT).distinct()))

    # --- writing ---

    def publish(self, draft: Draft) -> Stored:
        """Store a draft: as its object's next version, or as the version that already has this content."""
        known = self.connection.execute(
            select(versions.c.id, versions.c.version).where(
                versions.c.object == draft.object,
                versions.c.content_hash == draft.content_hash,
                versions.c.env == draft.env,
            )
        ).first()
        if known is not None:
            self._renew(known.id, draft)
            stored = Stored(known.id, known.version, created=False)
            self._point(draft, stored.version)
            return stored
        highest = self.connection.scalar(select(func.max(versions.c.version)).where(versions.c.object == draft.object))
        stored = Stored(new_id(), (highest or 0) + 1, created=True)
        self._point(draft, stored.version)
        self.connection.execute(
            insert(versions).values(
                id=stored.id,
                object=draft.object,
                version=stored.version,
                content_hash=draft.content_hash,
                kind=draft.kind,
                entrypoint=draft.entrypoint,
                env=draft.env,
                spec_hash=draft.spec_hash,
                yaml=draft.yaml,
                signature=draft.signature,
                capture=draft.capture,
                isolation=draft.isolation,
                size_bytes=len(draft.yaml.encode()),
                created_at=draft.created_at,
            )
        )
        return stored

    def forget(self, name: str) -> None:
        self.connection.execute(delete(objects).where(objects.c.name == name))

    def forget_version(self, name: str, version: int) -> bool:
        """Take a version's content away; is another left? The latest is the newest that is left, then."""
        left = [number for number in self.numbers(name) if number != version]
        if not left:
            self.forget(name)
            return False
        self.connection.execute(
            update(versions)
            .where(versions.c.object == name, versions.c.version == version)
            .values(yaml="", signature="{}", capture=None, size_bytes=0, content_hash=_FORGOTTEN + versions.c.id)
        )
        self.connection.execute(
            update(objects).where(objects.c.name == name, objects.c.latest == version).values(latest=max(left))
        )
        return True

    def _point(self, draft: Draft, version: int) -> None:
        """Make `version` the latest: a call by name runs what was published last, also if it had been there before."""
        changed: dict[str, object] = {"kind": draft.kind, "latest": version, "updated_at": draft.created_at}
        if draft.display_name is not None:
            changed["display_name"] = draft.display_name
        row = {"name": draft.object, "display_name": draft.object, "created_at": draft.created_at, **changed}
        statement = upsert(objects).values(row).on_conflict_do_update(index_elements=["name"], set_=changed)
        self.connection.execute(statement)

    def _renew(self, version_id: str, draft: Draft) -> None:
        """What may differ between two publishes of one content is as the last one said."""
        values: dict[str, object] = {"spec_hash": draft.spec_hash, "isolation": draft.isolation}
        if draft.capture is not None:
            values["capture"] = draft.capture
        self.connection.execute(update(versions).where(versions.c.id == version_id).values(values))


def new_id() -> str:
    """An id that no name can look like: it begins with a digit."""
    return f"0{uuid.uuid4().hex}"


def _contains(query: str) -> ColumnElement[bool]:
    """Names and labels that contain the query, whatever the case."""
    return or_(
        objects.c.name.icontains(query, autoescape=True),
        objects.c.display_name.icontains(query, autoescape=True),
    )
