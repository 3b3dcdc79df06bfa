"""What people and programs read of the catalogue. Rows in, documents out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from daemon_server.access.policy import Right
from daemon_server.access.service import authorize
from daemon_server.db import Session
from daemon_server.http.principal import Principal
from daemon_server.identity.tables import users
from daemon_server.libraries import service as libraries
from daemon_server.libraries import store as library_store
from daemon_server.libraries.library import Library
from daemon_server.libraries.rights import knows, rights_of_all
from daemon_server.objects import listing, service, store
from daemon_server.objects.bundle.read import document_of
from daemon_server.objects.comparing import dependencies, graphs, signatures, sources
from daemon_server.objects.naming import Ref
from daemon_server.objects.publishing import Published
from daemon_server.objects.service import Found
from daemon_server.objects.store import Record

type Document = dict[str, Any]


def published(outcome: Published) -> Document:
    """What the publisher is told."""
    row, home = outcome.row, outcome.library
    return {
        "id": row.id,
        "name": row.name,
        "display_name": row.display_name,
        "owner": home.owner,
        "library": home.name,
        "version": row.number,
        "created": outcome.created,
        "kind": row.kind,
        "entrypoint": row.entrypoint,
        "env": row.env,
        "content_hash": row.content_hash,
        "isolation": row.isolation,
        "capture": _loaded(row.capture),
    }


def page(
    session: Session,
    principal: Principal,
    *,
    owner: str | None,
    library: str | None,
    query: str | None,
    kind: str | None,
    after: tuple[str, str] | None,
    limit: int,
) -> tuple[list[Document], tuple[str, str] | None]:
    """Objects by name, and the place behind the last where there are more.

    Raises:
        LibraryNotFound: a library was named that the caller may not know of.
    """
    wanted = listing.Wanted(query=query, kind=kind, after=after)
    if library is not None:
        found = libraries.find(session, principal, owner, library)
        if found is None or not knows(session, principal, found):
            raise libraries.not_found(principal, owner, library)
        wanted = listing.Wanted(library_id=found.id, query=query, kind=kind, after=after)
    elif owner is not None:
        owner_id = session.scalar(select(users.c.id).where(users.c.name == owner))
        wanted = listing.Wanted(owner_id=owner_id or "", query=query, kind=kind, after=after)
    rows = listing.page(session, principal, wanted, limit + 1)
    items = _lines(session, principal, rows[:limit])
    last = rows[limit - 1] if len(rows) > limit else None
    return items, None if last is None else (last.name, last.object_id)


def _lines(session: Session, principal: Principal, rows: Iterable[Record]) -> list[Document]:
    rows = list(rows)
    homes = library_store.by_ids(session, (row.library_id for row in rows))
    held = rights_of_all(session, principal, homes.values())
    tags = store.tags_of(session, (row.object_id for row in rows))
    return [
        {
            **_summary(row, homes[row.library_id], json.loads(row.summary)),
            "tags": tags.get(row.object_id, {}),
            "can": libraries.can(held(homes[row.library_id], row.name)),
        }
        for row in rows
    ]


def detail(
    session: Session,
    principal: Principal,
    name: str,
    *,
    owner: str | None,
    library: str | None,
    version: int | str | None,
    include_yaml: bool = False,
) -> Document:
    """One version with all that is known of it.

    Raises:
        LibraryNotFound, ObjectNotFound, VersionNotFound, ReferenceBroken
        Forbidden: its source was asked for, and the caller may not read that.
    """
    found, row, card = opened(session, principal, name, owner, library, version, source=include_yaml)
    more = {"via": found.via, "can": libraries.can(found.held), "yaml": row.yaml if include_yaml else None}
    return {**_detail(session, found.library, row, card), **more}


def whole(session: Session, home: Library, row: Record) -> Document:
    """A version with its source, for a machine that was allowed to have it."""
    return {**_detail(session, home, row, json.loads(row.card)), "via": None, "can": ["read"], "yaml": row.yaml}


def _detail(session: Session, home: Library, row: Record, card: Document) -> Document:
    entry = card["entry"]
    return {
        **_summary(row, home, entry),
        **_common(row, card),
        "object_id": row.object_id,
        "content_hash": row.content_hash,
        "latest": row.latest,
        "constraints": card["constraints"],
        "size_bytes": row.size_bytes,
        "doc": entry["doc"],
        "functions": list(card["functions"]),
        "aliases": entry.get("aliases", {}),
        "created_by": row.created_by,
        "machine_id": row.machine_id,
        "tags": _tags(session, row),
    }


def signature(
    session: Session,
    principal: Principal,
    name: str,
    *,
    owner: str | None,
    library: str | None,
    version: int | str | None,
    function: str | None = None,
) -> Document:
    """How an object, or a function inside it, is called.

    Raises:
        LibraryNotFound, ObjectNotFound, VersionNotFound, FunctionNotFound, ReferenceBroken
    """
    ref = Ref.parse(name, version=version, function=function)
    inside = service.bound_function(principal, ref.name, ref.function)
    found, row, card = opened(session, principal, ref.name, owner, library, ref.version)
    shown = service.signature_of(found, row, card, inside)
    return {
        **_common(row, card),
        "functions": [],
        "aliases": {},
        "nodes": [],
        "needs": {},
        **shown,
        "id": row.id,
        "name": f"{row.name}::{inside}" if inside else row.name,
        "display_name": row.display_name,
        "object": row.name,
        "owner": found.library.owner,
        "library": found.library.name,
        "function": inside,
        "version": row.number,
        "entrypoint": row.entrypoint,
        "env": row.env,
        "tags": _tags(session, row),
        "can": libraries.can(found.held),
    }


def callable_signature(
    session: Session,
    principal: Principal,
    name: str,
    *,
    owner: str | None,
    library: str | None,
    version: int | str | None,
    function: str | None,
) -> Document:
    """The signature alone, as a card has it.

    Raises:
        LibraryNotFound, ObjectNotFound, VersionNotFound, FunctionNotFound, ReferenceBroken
    """
    ref = Ref.parse(name, version=version, function=function)
    inside = service.bound_function(principal, ref.name, ref.function)
    found, row, card = opened(session, principal, ref.name, owner, library, ref.version)
    return service.signature_of(found, row, card, inside)


def versions(
    session: Session,
    principal: Principal,
    name: str,
    *,
    owner: str | None,
    library: str | None,
    before: int | None,
    limit: int,
) -> tuple[list[Document], int | None]:
    """Versions of an object, newest first, and the number behind which there are more.

    Raises:
        LibraryNotFound, ObjectNotFound, ReferenceBroken
    """
    found = service.find(session, principal, owner=owner, library=library, name=Ref.parse(name).name)
    rows = store.versions_page(session, found.row.id, before, limit + 1)
    tags = store.tags_of(session, [found.row.id]).get(found.row.id, {})
    items = [
        {
            **{column: row._mapping[column] for column in _OF_VERSION},
            "object": found.row.name,
            "version": row.number,
            "latest": row.number == found.row.latest,
            "tags": [tag for tag, number in tags.items() if number == row.number],
        }
        for row in rows[:limit]
    ]
    return items, rows[limit - 1].number if len(rows) > limit else None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of one object, read to be compared.

    Attributes:
        readable: whether the caller may read their source.
    """

    found: Found
    old: Record
    new: Record
    readable: bool


def pair(
    session: Session,
    principal: Principal,
    name: str,
    *,
    owner: str | None,
    library: str | None,
    a: int | str | None,
    b: int | str | None,
) -> Pair:
    """Versions `a` and `b` of an object.

    Raises:
        LibraryNotFound, ObjectNotFound, VersionNotFound, ReferenceBroken
    """
    found = service.find(session, principal, owner=owner, library=library, name=Ref.parse(name).name)
    readable = "source" in found.held and (not principal.is_person or principal.may("object:read_source"))
    old, new = (service.load(session, found, version, source=readable) for version in (a, b))
    return Pair(found, old, new, readable)


def compared(both: Pair) -> Document:
    """What changed from the first to the second; the source only for whoever may read it. Asks no database."""
    found, old, new = both.found, both.old, both.new
    before, after = json.loads(old.card), json.loads(new.card)
    calls, needs, drawn = signatures(before, after), dependencies(before, after), graphs(before, after)
    files = sources(_files(old.yaml), _files(new.yaml)) if both.readable else None
    return {
        "object": found.row.name,
        "owner": found.library.owner,
        "library": found.library.name,
        "a": _side(old),
        "b": _side(new),
        "same": old.content_hash == new.content_hash,
        "breaking": any(change["breaking"] for change in calls),
        "signature": calls,
        "dependencies": needs,
        "graph": drawn,
        "source": files,
    }


def _files(text: str) -> dict[str, str]:
    """The source files of a bundle that is stored."""
    document = document_of(text)
    found = {module["path"]: module["source"] for module in document.get("modules", ())}
    return found | {file["path"]: file["base64"] for file in document.get("files", ())}


def _side(row: Record) -> Document:
    return {"version": row.number, "content_hash": row.content_hash, "created_at": row.created_at}


def opened(
    session: Session,
    principal: Principal,
    name: str,
    owner: str | None,
    library: str | None,
    version: int | str | None,
    *,
    source: bool = False,
) -> tuple[Found, Record, Document]:
    ref = Ref.parse(name, version=version)
    right: Right = "source" if source else "read"
    found = service.find(session, principal, owner=owner, library=library, name=ref.name)
    authorize(found.held, right, what=f"object {found}", owner=found.library.owner)
    row = service.load(session, found, ref.version, source=source)
    card: Document = json.loads(row.card)
    return found, row, card


# What the list of versions shows as the rows have it.
_OF_VERSION = (
    "id", "kind", "entrypoint", "env", "content_hash", "isolation", "size_bytes", "created_at", "created_by",
    "machine_id",
)  # fmt: skip


def _tags(session: Session, row: Record) -> list[str]:
    """The tags that point to this very version."""
    tags = store.tags_of(session, [row.object_id]).get(row.object_id, {})
    return [tag for tag, number in tags.items() if number == row.number]


def _summary(row: Record, home: Library, entry: Document) -> Document:
    return {
        "id": row.id,
        "name": row.name,
        "display_name": row.display_name,
        "owner": home.owner,
        "library": home.name,
        "kind": row.kind,
        "version": row.number,
        "entrypoint": row.entrypoint,
        "env": row.env,
        "inputs": entry["inputs"],
        "outputs": entry["outputs"],
        "doc": entry["doc"],
        "created_at": row.object_created_at,
        "updated_at": row.updated_at,
    }


def _common(row: Record, card: Document) -> Document:
    return {
        "python": card["python"],
        "requires_python": card["requires_python"],
        "dependencies": card["dependencies"],
        "requirements": card["requirements"],
        "isolation": row.isolation,
        "capture": _loaded(row.capture),
    }


def _loaded(text: str | None) -> Document | None:
    return None if text is None else json.loads(text)
