"""Storing a bundle as a version: the next one of its object, or the one that has this content already."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from daemon_server import ids
from daemon_server.access.service import authorize
from daemon_server.audit.service import record
from daemon_server.db import Session
from daemon_server.http.principal import Principal
from daemon_server.libraries import service as libraries
from daemon_server.libraries.library import DEFAULT, Library
from daemon_server.libraries.rights import rights
from daemon_server.libraries.telling import tell
from daemon_server.objects import store
from daemon_server.objects.bundle import Bundle, read
from daemon_server.objects.bundle.card import remote_nodes
from daemon_server.objects.bundle.remote import LATEST, is_below
from daemon_server.objects.naming import check_name, check_tag
from daemon_server.objects.problems import HashMismatch, NameTaken
from daemon_server.objects.store import Record
from daemon_server.objects.tables import objects, tags, uses, versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A bundle that was read, and what its publisher says of it.

    Attributes:
        env: the environment that it runs in, by name.
        capture: what the publisher's capture reported.
        tag: a tag to be moved to this version.
    """

    bundle: Bundle
    name: str
    env: str = "default"
    display_name: str | None = None
    isolation: str | None = None
    capture: dict[str, Any] | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a draft: the version that it is now, and whether that is a new one."""

    library: Library
    row: Record
    created: bool


def prepare(
    text: str, *, name: str | None, entrypoint: str | None = None, content_hash: str | None = None, **said: Any
) -> Draft:
    """Read what is to be published. Asks no database; takes up to a second for the largest bundles.

    Raises:
        InvalidBundle: with path and line.
        InvalidName: the object or the tag can't be called so.
        HashMismatch: the content is not what the publisher says.
    """
    bundle = read(text, entrypoint=entrypoint)
    if content_hash is not None and content_hash != bundle.content_hash:
        raise HashMismatch(
            f"The bundle's content hash is {bundle.content_hash}, not {content_hash[:80]}.",
            hint="Something changed the text on its way, or it was hashed by another version of SPLime.",
        )
    if said.get("tag") is not None:
        check_tag(said["tag"])
    return Draft(bundle=bundle, name=check_name(name if name is not None else bundle.entrypoint), **said)


def publish(
    session: Session, principal: Principal, owner: str | None, library: str | None, draft: Draft, *, own_url: str = ""
) -> Published:
    """Store a draft.

    Args:
        own_url: where this server is, as remote nodes name it.

    Raises:
        LibraryNotFound: somebody else's, and the caller may not know of it.
        Forbidden: it may be read, but not written to.
        NameTaken: the library has a reference of this name.
    """
    home = _destination(session, principal, owner, library, draft.name)
    if store.reference_named(session, home.id, draft.name) is not None:
        raise NameTaken(
            f"{home}/{draft.name} is a reference to another library's object.",
            hint="Remove the reference first, or publish under another name.",
        )
    object_id = _object(session, home, draft)
    version_id, number, created = _version(session, principal, object_id, draft)
    if created:
        _note_uses(session, home, version_id, draft, own_url)
    _point(session, object_id, draft, number)
    if draft.tag is not None:
        move_tag(session, principal, object_id, draft.tag, number)
    if created:
        record(session, principal, "object.publish", f"object {home}/{draft.name}", version=number)
    tell(session, home.id)
    row = store.version(session, object_id, number)
    assert row is not None
    return Published(home, row, created)


def move_tag(session: Session, principal: Principal, object_id: str, tag: str, number: int) -> None:
    """Let a tag point to a version that is there."""
    values = {"version": number, "updated_at": session.now, "updated_by": principal.user}
    statement = _upsert(session, tags).values(object_id=object_id, name=tag, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["object_id", "name"], set_=values))


def remove_tag(session: Session, object_id: str, tag: str) -> bool:
    """Whether there was one."""
    statement = delete(tags).where(tags.c.object_id == object_id, tags.c.name == tag)
    return session.execute(statement).rowcount == 1


def _destination(session: Session, principal: Principal, owner: str | None, library: str | None, name: str) -> Library:
    """The library to publish to; a machine publishes to its owner's alone, whatever else the owner may do."""
    home = libraries.ensure_own(session, principal, owner, library)
    held = frozenset[str]() if home is None else rights(session, principal, home, object=name)
    foreign = principal.kind == "machine" and home is not None and home.owner_id != principal.user_id
    if home is None or "read" not in held:
        raise libraries.not_found(principal, owner, library)
    authorize(
        held - {"write"} if foreign else held,
        "write",
        what=f"library {home}",
        owner=home.owner,
        hint="A machine publishes to its owner's libraries alone." if foreign else None,
    )
    return home


def _object(session: Session, home: Library, draft: Draft) -> str:
    """The object's id. Its row is locked until the end: two publishes at a time get two numbers."""
    values = {
        "id": ids.new("obj"),
        "library_id": home.id,
        "name": draft.name,
        "display_name": draft.display_name or draft.name,
        "kind": draft.bundle.kind,
        "latest": 0,
        "created_at": session.now,
        "updated_at": session.now,
        "deleted_at": None,
    }
    statement = _upsert(session, objects).values(values)
    session.execute(statement.on_conflict_do_nothing(index_elements=["library_id", "name"]))
    locked = select(objects.c.id).where(objects.c.library_id == home.id, objects.c.name == draft.name).with_for_update()
    return str(session.scalar(locked))


def _version(session: Session, principal: Principal, object_id: str, draft: Draft) -> tuple[str, int, bool]:
    """Id and number of the draft's version, and whether there was none before."""
    bundle = draft.bundle
    known = session.row(
        select(versions.c.id, versions.c.number, versions.c.deleted_at).where(
            versions.c.object_id == object_id,
            versions.c.content_hash == bundle.content_hash,
            versions.c.env == draft.env,
        )
    )
    said = {"isolation": draft.isolation, "deleted_at": None}
    if draft.capture is not None:
        said["capture"] = json.dumps(draft.capture, ensure_ascii=False)
    if known is not None:
        session.execute(update(versions).where(versions.c.id == known.id).values(said))
        return known.id, known.number, known.deleted_at is not None
    highest = session.scalar(select(func.max(versions.c.number)).where(versions.c.object_id == object_id))
    version_id, number = ids.new("ver"), int(highest or 0) + 1
    values = {
        "id": version_id,
        "object_id": object_id,
        "number": number,
        "content_hash": bundle.content_hash,
        "kind": bundle.kind,
        "entrypoint": bundle.entrypoint,
        "env": draft.env,
        "size_bytes": len(bundle.text.encode()),
        "summary": json.dumps(_summary(bundle.card), ensure_ascii=False),
        "created_at": session.now,
        "created_by": principal.user,
        "machine_id": principal.machine_id if principal.kind == "machine" else None,
        "card": json.dumps(bundle.card, ensure_ascii=False),
        "yaml": bundle.text,
        **said,
    }
    session.execute(insert(versions).values(values))
    return version_id, number, True


def _note_uses(session: Session, home: Library, version_id: str, draft: Draft, own_url: str) -> None:
    """Remember which objects of this server the version's pipelines call."""
    session.execute(delete(uses).where(uses.c.version_id == version_id))
    found = [
        {
            "version_id": version_id,
            "pipeline": pipeline,
            "node": node,
            "owner": remote.get("owner", home.owner),
            "library": remote.get("library", DEFAULT),
            "name": remote["name"],
            "function": remote.get("function"),
            "version": remote.get("version", LATEST),
        }
        for pipeline, node, remote in remote_nodes(draft.bundle.card)
        if "url" not in remote or is_below(remote["url"], own_url)
    ]
    if found:
        session.execute(insert(uses), found)


def _point(session: Session, object_id: str, draft: Draft, number: int) -> None:
    """What was published last is the latest, also if it had been there before."""
    values: dict[str, Any] = {
        "kind": draft.bundle.kind,
        "latest": number,
        "updated_at": session.now,
        "deleted_at": None,
    }
    if draft.display_name is not None:
        values["display_name"] = draft.display_name
    session.execute(update(objects).where(objects.c.id == object_id).values(values))


def _summary(card: dict[str, Any]) -> dict[str, Any]:
    """What a line of a list shows."""
    entry = card["entry"]
    return {
        "inputs": [{key: port[key] for key in port if key != "schema"} for port in entry["inputs"]],
        "outputs": [{key: port[key] for key in port if key != "schema"} for port in entry["outputs"]],
        "doc": (entry["doc"].strip().splitlines() or [""])[0][:200],
    }


def _upsert(session: Session, table: Any) -> Any:
    return (postgresql.insert if session.dialect == "postgresql" else sqlite.insert)(table)
