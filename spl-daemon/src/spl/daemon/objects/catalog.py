"""What people and programs read of the registry: pages, cards, signatures. Documents in, documents out."""

from __future__ import annotations

import json
from typing import Any

from spl.daemon.db import Database
from spl.daemon.objects.naming import Ref
from spl.daemon.objects.service import Objects, Published, object_not_found
from spl.daemon.objects.store import ObjectStore, Record
from spl.daemon.objects.version import function_not_found

type Document = dict[str, Any]


def published(outcome: Published) -> Document:
    """What the publisher is told."""
    version, row = outcome.version, outcome.row
    status = "ready" if outcome.built else "building"
    return {
        "id": version.id,
        "name": version.object,
        "display_name": row.display_name,
        "version": version.version,
        "created": outcome.created,
        "kind": version.kind,
        "entrypoint": version.entrypoint,
        "env": version.env,
        "content_hash": version.content_hash,
        "spec_hash": version.spec.hash,
        "isolation": version.isolation,
        "capture": None if row.capture is None else json.loads(row.capture),
        "environment_build": {"spec_hash": version.spec.hash, "status": status},
    }


async def page(db: Database, query: str | None, after: str | None, limit: int) -> tuple[list[Document], bool]:
    """Objects by name from behind `after`, and whether there are more."""
    rows = await db.read(lambda connection: ObjectStore(connection).page(query, after, limit + 1))
    items = [_summary(row, json.loads(row.entry)) for row in rows[:limit]]
    return items, len(rows) > limit


async def detail(objects: Objects, ref: str, version: int | None, *, include_yaml: bool) -> Document:
    """One version with all that is known of it."""
    row = await objects.row(ref, version)
    card = json.loads(row.signature)
    entry = card["entry"]
    return {
        **_summary(row, entry),
        **_common(row, card),
        "content_hash": row.content_hash,
        "spec_hash": row.spec_hash,
        "latest": row.latest,
        "constraints": card["constraints"],
        "size_bytes": row.size_bytes,
        "doc": entry["doc"],
        "functions": list(card["functions"]),
        "aliases": entry.get("aliases", {}),
        "yaml": row.yaml if include_yaml else None,
    }


async def signature(objects: Objects, ref: str, version: int | None, function: str | None) -> Document:
    """How an object, or a function inside it, is called.

    Raises:
        FunctionNotFound: with the functions there are.
    """
    wanted = Ref.parse(ref, function)
    row = await objects.row(wanted.name, version)
    card = json.loads(row.signature)
    shown = card["entry"]
    if wanted.function is not None:
        if wanted.function not in card["functions"]:
            raise function_not_found(f"{row.object} v{row.version}", wanted.function, card["functions"])
        shown = card["functions"][wanted.function]
    return {
        **_common(row, card),
        "functions": [],
        "aliases": {},
        "nodes": [],
        "needs": {},
        **shown,
        "id": row.id,
        "name": str(Ref(row.object, wanted.function)),
        "display_name": row.display_name,
        "object": row.object,
        "function": wanted.function,
        "version": row.version,
        "entrypoint": row.entrypoint,
        "env": row.env,
    }


async def versions(db: Database, ref: str, before: int | None, limit: int) -> tuple[list[Document], bool]:
    """Versions of an object, newest first, and whether there are more.

    Raises:
        ObjectNotFound: there is none by this name.
    """

    def read(connection: Any) -> list[Record]:
        store = ObjectStore(connection)
        name = store.object_of(Ref.parse(ref).name)
        if name is None:
            raise object_not_found(store, ref)
        return list(store.versions(name, before, limit + 1))

    rows = await db.read(read)
    items = [{**row._mapping, "latest": row.version == row.latest} for row in rows[:limit]]
    return items, len(rows) > limit


def _summary(row: Record, entry: Document) -> Document:
    return {
        "id": row.id,
        "name": row.object,
        "display_name": row.display_name,
        "kind": row.kind,
        "version": row.version,
        "entrypoint": row.entrypoint,
        "env": row.env,
        "inputs": entry["inputs"],
        "outputs": entry["outputs"],
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _common(row: Record, card: Document) -> Document:
    return {
        "python": card["python"],
        "requires_python": card["requires_python"],
        "dependencies": card["dependencies"],
        "requirements": card["requirements"],
        "isolation": row.isolation,
        "capture": None if row.capture is None else json.loads(row.capture),
    }
