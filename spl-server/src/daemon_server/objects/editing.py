"""What is changed after publishing: tags moved, objects and versions taken away, references and copies made."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import delete, insert, select, update

from daemon_server.audit.service import record
from daemon_server.db import Session
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Conflict, Forbidden
from daemon_server.libraries import service as libraries
from daemon_server.libraries import store as library_store
from daemon_server.libraries.rights import rights_of_all
from daemon_server.libraries.telling import tell
from daemon_server.objects import publishing, service, store
from daemon_server.objects.bundle import read
from daemon_server.objects.naming import Ref, check_name, check_tag, parse_version
from daemon_server.objects.problems import NameTaken, ObjectNotFound, VersionNotFound, listed
from daemon_server.objects.publishing import Draft, Published
from daemon_server.objects.service import Found
from daemon_server.objects.tables import objects, references, tags, uses, versions

# Places named in the answer to who uses an object; whoever has more of them looks at one library at a time.
USERS_NAMED = 500


class NotYours(Forbidden):
    """An object is changed in its own library, not through a reference."""

    code = "reference_read_only"


class ReferenceNotFound(ObjectNotFound):
    """The library has no such reference."""

    code = "reference_not_found"


class VersionTagged(Conflict):
    """A tag still points to this version."""

    code = "version_tagged"


def _own(session: Session, principal: Principal, owner: str | None, library: str | None, name: str) -> Found:
    found = service.find(session, principal, owner=owner, library=library, name=name, right="write")
    if found.via is not None:
        raise NotYours(
            f"{found.via} is a reference to {found}.", hint="Change that one, or remove the reference: DELETE it."
        )
    return found


def set_tag(
    session: Session,
    principal: Principal,
    name: str,
    tag: str,
    *,
    owner: str | None,
    library: str | None,
    version: int | str | None,
) -> dict[str, Any]:
    """Let a tag point to a version; where it pointed before is in the answer.

    Raises:
        ObjectNotFound, VersionNotFound, Forbidden, InvalidName
    """
    found = _own(session, principal, owner, library, name)
    number = service.load(session, found, parse_version(version)).number
    before = store.number_of_tag(session, found.row.id, check_tag(tag))
    if before != number:
        publishing.move_tag(session, principal, found.row.id, tag, number)
        record(session, principal, "object.tag", f"object {found}", tag=tag, version=number, before=before)
        tell(session, found.library.id)
    return {"name": found.row.name, "tag": tag, "version": number, "before": before}


def remove_tag(
    session: Session, principal: Principal, name: str, tag: str, *, owner: str | None, library: str | None
) -> dict[str, Any]:
    """Take a tag away.

    Raises:
        ObjectNotFound, Forbidden
        VersionNotFound: there is no such tag.
    """
    found = _own(session, principal, owner, library, name)
    before = store.number_of_tag(session, found.row.id, tag)
    if before is None:
        known = store.tags_of(session, [found.row.id]).get(found.row.id, {})
        raise VersionNotFound(f"{found} has no tag {tag[:80]!r}.", hint=f"Its tags: {listed(known)}.")
    publishing.remove_tag(session, found.row.id, tag)
    record(session, principal, "object.untag", f"object {found}", tag=tag, before=before)
    tell(session, found.library.id)
    return {"name": found.row.name, "tag": tag, "version": None, "before": before}


def forget(
    session: Session, principal: Principal, name: str, *, owner: str | None, library: str | None
) -> dict[str, Any]:
    """Take an object away, every version of it. Runs that hold one go on: its content is kept for them.

    Raises:
        ObjectNotFound, Forbidden
    """
    found = _own(session, principal, owner, library, name)
    numbers = store.numbers(session, found.row.id)
    session.execute(
        update(versions)
        .where(versions.c.object_id == found.row.id, versions.c.deleted_at.is_(None))
        .values(deleted_at=session.now)
    )
    _retire(session, found)
    record(session, principal, "object.delete", f"object {found}", versions=numbers)
    tell(session, found.library.id)
    return {"name": found.row.name, "versions": numbers}


def forget_version(
    session: Session, principal: Principal, name: str, number: int, *, owner: str | None, library: str | None
) -> dict[str, Any]:
    """Take one version away; the object goes with its last one.

    Raises:
        ObjectNotFound, VersionNotFound, Forbidden
        VersionTagged: a tag points to it, and whoever calls by the tag would be left with nothing.
    """
    found = _own(session, principal, owner, library, name)
    session.execute(select(objects.c.id).where(objects.c.id == found.row.id).with_for_update())
    row = service.load(session, found, number)
    pointing = store.tags_of(session, [found.row.id]).get(found.row.id, {})
    named = [tag for tag, at in pointing.items() if at == number]
    left = [one for one in store.numbers(session, found.row.id) if one != number]
    if named and left:
        raise VersionTagged(
            f"Version {number} of {found} has the tag {listed(named)}.", hint="Move or remove the tag first."
        )
    session.execute(update(versions).where(versions.c.id == row.id).values(deleted_at=session.now))
    if not left:
        _retire(session, found)
    elif found.row.latest == number:
        kind = session.scalar(
            select(versions.c.kind).where(versions.c.object_id == found.row.id, versions.c.number == max(left))
        )
        session.execute(update(objects).where(objects.c.id == found.row.id).values(latest=max(left), kind=kind))
    record(session, principal, "object.delete", f"object {found}", versions=[number])
    tell(session, found.library.id)
    return {"name": found.row.name, "versions": [number]}


def _retire(session: Session, found: Found) -> None:
    session.execute(update(objects).where(objects.c.id == found.row.id).values(deleted_at=session.now))
    session.execute(delete(tags).where(tags.c.object_id == found.row.id))


# --- other libraries --------------------------------------------------------------------------------------------------


def refer(
    session: Session,
    principal: Principal,
    owner: str,
    library: str,
    *,
    name: str | None,
    target_owner: str,
    target_library: str,
    target: str,
    version: int | str | None,
) -> dict[str, Any]:
    """Let a library show an object of another one under a name. Whoever follows it needs rights on that object.

    Raises:
        LibraryNotFound, ObjectNotFound, VersionNotFound, Forbidden
        NameTaken: the library has an object or a reference of this name.
    """
    home, _ = libraries.demand(session, principal, "admin", owner, library)
    ref = Ref.parse(target, version=version)
    found = service.find(session, principal, owner=target_owner, library=target_library, name=ref.name)
    pinned = None if ref.version is None else service.load(session, found, ref.version).number
    label = check_name(name if name is not None else found.row.name)
    taken = store.object_named(session, home.id, label) or store.reference_named(session, home.id, label)
    if taken is not None:
        raise NameTaken(f"{home} has a {label!r} already.", hint="Choose another name, or remove that one first.")
    session.execute(
        insert(references).values(
            library_id=home.id,
            name=label,
            object_id=found.row.id,
            version=pinned,
            created_at=session.now,
            created_by=principal.user,
        )
    )
    record(session, principal, "reference.create", f"object {home}/{label}", refers_to=str(found), version=pinned)
    tell(session, home.id)
    return {"name": label, "owner": home.owner, "library": home.name, "target": _place(found), "version": pinned}


def unrefer(session: Session, principal: Principal, owner: str, library: str, name: str) -> dict[str, Any]:
    """Take a reference away; what it refers to stays.

    Raises:
        LibraryNotFound, ReferenceNotFound, Forbidden
    """
    home, _ = libraries.demand(session, principal, "admin", owner, library)
    statement = delete(references).where(references.c.library_id == home.id, references.c.name == name)
    if session.execute(statement).rowcount == 0:
        raise ReferenceNotFound(f"{home} has no reference {name[:80]!r}.")
    record(session, principal, "reference.delete", f"object {home}/{name}")
    tell(session, home.id)
    return {"name": name, "owner": home.owner, "library": home.name}


def referring(
    session: Session, principal: Principal, owner: str, library: str, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """A library's references by name, each with what it refers to, or null where that is not there for the caller."""
    home, _ = libraries.demand(session, principal, "read", owner, library)
    statement = (
        select(references, objects.c.name.label("target"), objects.c.library_id.label("target_library_id"))
        .join(objects, objects.c.id == references.c.object_id)
        .where(references.c.library_id == home.id, references.c.name > (after or ""))
        .order_by(references.c.name)
        .limit(limit)
    )
    rows = session.rows(statement)
    homes = library_store.by_ids(session, (row.target_library_id for row in rows))
    held = rights_of_all(session, principal, homes.values())
    gone = {row.object_id for row in rows if store.object_by_id(session, row.object_id) is None}
    found = []
    for row in rows:
        at = homes.get(row.target_library_id)
        readable = at is not None and row.object_id not in gone and "read" in held(at, row.target)
        place = {"owner": at.owner, "library": at.name, "object": row.target} if at is not None and readable else None
        found.append(
            {"name": row.name, "owner": home.owner, "library": home.name, "target": place, "version": row.version}
        )
    return found


def copy(
    session: Session,
    principal: Principal,
    owner: str,
    library: str,
    *,
    source_owner: str,
    source_library: str,
    source: str,
    version: int | str | None,
    name: str | None,
    own_url: str = "",
) -> Published:
    """Publish a version of another library's object in this one, as its own.

    Raises:
        LibraryNotFound, ObjectNotFound, VersionNotFound, NameTaken
        Forbidden: the source may not be read, or the library not be written to.
    """
    ref = Ref.parse(source, version=version)
    found = service.find(session, principal, owner=source_owner, library=source_library, name=ref.name, right="source")
    row = service.load(session, found, ref.version, source=True)
    draft = Draft(
        bundle=read(row.yaml),
        name=check_name(name if name is not None else row.name),
        env=row.env,
        display_name=row.display_name if row.display_name != row.name else None,
        isolation=row.isolation,
        capture=None if row.capture is None else json.loads(row.capture),
    )
    outcome = publishing.publish(session, principal, owner, library, draft, own_url=own_url)
    record(
        session,
        principal,
        "object.copy",
        f"object {outcome.library}/{draft.name}",
        source=str(found),
        version=row.number,
    )
    return outcome


def used_by(
    session: Session, principal: Principal, name: str, *, owner: str | None, library: str | None
) -> dict[str, Any]:
    """Which pipelines call an object, and which libraries refer to it, as far as the caller may see them.

    `hidden` counts the others: that somebody uses it, its owner may know before deleting it.
    """
    found = service.find(session, principal, owner=owner, library=library, name=Ref.parse(name).name)
    calling = session.rows(
        select(uses, objects.c.name.label("by"), objects.c.library_id, versions.c.number)
        .join(versions, versions.c.id == uses.c.version_id)
        .join(objects, objects.c.id == versions.c.object_id)
        .where(
            uses.c.owner == found.library.owner,
            uses.c.library == found.library.name,
            uses.c.name == found.row.name,
            versions.c.deleted_at.is_(None),
            versions.c.number == objects.c.latest,
        )
        .order_by(objects.c.name, objects.c.id, uses.c.node)
        .limit(USERS_NAMED)
    )
    referring_rows = session.rows(
        select(references).where(references.c.object_id == found.row.id).order_by(references.c.name).limit(USERS_NAMED)
    )
    homes = library_store.by_ids(
        session, {*(row.library_id for row in calling), *(row.library_id for row in referring_rows)}
    )
    held = rights_of_all(session, principal, homes.values())
    items: list[dict[str, Any]] = []
    for kind, rows in (("pipeline", calling), ("reference", referring_rows)):
        for row in rows:
            at = homes.get(row.library_id)
            by = row.by if kind == "pipeline" else row.name
            if at is not None and "read" in held(at, by):
                inner = {"node": row.node, "function": row.function} if kind == "pipeline" else {}
                number = row.number if kind == "pipeline" else row.version
                at_version = {"pins": row.version if kind == "pipeline" else None}
                place = {"owner": at.owner, "library": at.name, "name": by, "version": number}
                items.append({"kind": kind, **place, "node": None, "function": None, **inner, **at_version})
    hidden = len(calling) + len(referring_rows) - len(items)
    return {"items": items, "hidden": hidden if "admin" in found.held else 0}


def _place(found: Found) -> dict[str, str]:
    return {"owner": found.library.owner, "library": found.library.name, "object": found.row.name}
