"""Versions of a server's objects that this machine was asked to run: kept apart from what is published here.

A mirror is known by where it comes from and by its content: two servers, or two owners, that use one name never meet,
and no mirror ever answers to a local name. Its text is taken only where it has the hash that the job names.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from spl.core.errors import EnvironmentNotFound, InvalidBundle
from spl.daemon.db import Database
from spl.daemon.environments import Environments, Interpreter
from spl.daemon.objects.cache import FRESH_SECONDS
from spl.daemon.objects.publishing import Prepared, prepare
from spl.daemon.objects.requires import release, satisfies
from spl.daemon.objects.store import new_id
from spl.daemon.objects.version import Card, ObjectVersion

Fetch = Callable[[], Awaitable[str]]
"""Brings the YAML of a version from its server."""

# Mirrors a call can start from without the database: as many as one machine runs in turn.
MIRRORS_KEPT = 512


@dataclass(frozen=True, slots=True)
class MirrorRef:
    """One version of a server's object; `env` is the environment's name where it was published, `python` unknown."""

    origin: str
    owner: str
    library: str
    name: str
    version: int
    content_hash: str
    env: str = "default"
    isolation: str | None = None

    def __str__(self) -> str:
        return f"{self.owner}/{self.library}/{self.name}"


@dataclass(slots=True)
class _Kept:
    version: ObjectVersion
    interpreter: Interpreter
    checked: float


class Mirrors:
    """Mirrors of this home, by reference."""

    def __init__(
        self,
        *,
        db: Database,
        folder: Path,
        environments: Environments,
        bundle: Callable[[str], Path],
        write_bundle: Callable[[str, str], None],
    ) -> None:
        self._db = db
        self._folder = folder
        self._environments = environments
        self._bundle = bundle
        self._write_bundle = write_bundle
        self._kept: dict[MirrorRef, _Kept] = {}
        self._loading: dict[MirrorRef, asyncio.Lock] = {}

    def ready(self, ref: MirrorRef) -> ObjectVersion | None:
        """The version, if nothing needs to be looked at for it."""
        kept = self._kept.get(ref)
        return kept.version if kept is not None and time.monotonic() - kept.checked < FRESH_SECONDS else None

    async def load(self, ref: MirrorRef, fetch: Fetch) -> ObjectVersion:
        """The version, ready to be run; fetched where it is not here yet.

        Raises:
            InvalidBundle: what was fetched is not what the reference names.
            EnvironmentNotFound: no Python registered here can run it.
        """
        found = self.ready(ref)
        if found is not None:
            return found
        async with self._loading.setdefault(ref, asyncio.Lock()):
            return self.ready(ref) or await self._load(ref, fetch)

    def forget_loaded(self) -> None:
        """An environment's name stands for another Python now: what was loaded is loaded again."""
        self._kept.clear()

    async def restore(self, version_id: str) -> None:
        """Write the bundle folder of a mirror again."""
        row = await self._db.read(lambda connection: _by_id(connection, version_id))
        if row is not None:
            await asyncio.to_thread(self._write_bundle, row[0], row[1])

    async def _load(self, ref: MirrorRef, fetch: Fetch) -> ObjectVersion:
        row = await self._db.read(lambda connection: _find(connection, ref))
        if row is None:
            text = await fetch()
            prepared = await asyncio.to_thread(_verified, text, ref)
            row = (new_id(), text, json.dumps(prepared.card.to_json(), ensure_ascii=False))
            kept_row, now = row, int(time.time() * 1000)
            await self._db.write(lambda connection: _insert(connection, ref, kept_row, now))
            row = await self._db.read(lambda connection: _find(connection, ref)) or row
        version_id, text, card_text = row
        card = Card.from_json(json.loads(card_text))
        registered = [entry.interpreter for entry in await self._environments.all()]
        interpreter = await self._environments.resolve(choose(ref, card, registered).env)
        spec = self._environments.spec_for(interpreter, card.dependencies, card.constraints, card.requirements)
        copy = self._folder / f"{version_id}.yaml"
        await asyncio.to_thread(self._write_files, ref.content_hash, text, copy)
        version = ObjectVersion(
            id=version_id,
            object=str(ref),
            version=ref.version,
            kind="pipeline" if card.entry.kind == "pipeline" else "function",
            entrypoint=ref.name,
            content_hash=ref.content_hash,
            env=interpreter.env,
            spec=spec,
            bundle_folder=self._bundle(ref.content_hash),
            signatures=card.signatures,
            isolation=ref.isolation,
            created_at=int(time.time() * 1000),
            copy=copy,
        )
        if len(self._kept) >= MIRRORS_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[ref] = _Kept(version, interpreter, time.monotonic())
        return version

    def _write_files(self, content_hash: str, text: str, copy: Path) -> None:
        self._write_bundle(content_hash, text)
        if not copy.exists():
            copy.parent.mkdir(mode=0o700, exist_ok=True)
            copy.write_text(text, encoding="utf-8")


def choose(ref: MirrorRef, card: Card, registered: Sequence[Interpreter]) -> Interpreter:
    """The Python to run it with: one of the same name where that can run it, else the one most like its author's.

    Raises:
        EnvironmentNotFound: none that is registered can run it; the hint says how to register one.
    """
    fitting = [one for one in registered if satisfies(one.identity.version, card.requires_python)]
    if not fitting:
        there = ", ".join(f"{one.env} (Python {one.identity.version})" for one in registered[:20]) or "none yet"
        captured = f", and was published on Python {card.python}" if card.python else ""
        raise EnvironmentNotFound(
            f"{ref} needs Python {card.requires_python}{captured}; registered on this machine: {there}.",
            hint=f"Register one there: client.register_env({ref.env!r}), or `spl-daemon env-add {ref.env} <python>`.",
            env=ref.env,
            requires_python=card.requires_python,
        )
    author = release(card.python)

    def likeness(one: Interpreter) -> tuple[bool, bool, bool, tuple[int, ...]]:
        numbers = release(one.identity.version)
        return one.env == ref.env, numbers[:2] == author[:2], numbers == author, numbers

    return max(fitting, key=likeness)


def content_hashes(connection: Connection) -> set[str]:
    return {str(row[0]) for row in connection.exec_driver_sql("SELECT DISTINCT content_hash FROM mirrored_versions")}


def _verified(text: str, ref: MirrorRef) -> Prepared:
    prepared = prepare(text, name=ref.name)
    if prepared.content_hash != ref.content_hash:
        raise InvalidBundle(
            f"What the server sent for {ref} v{ref.version} is not what the job names: its hash is "
            f"{prepared.content_hash[:12]}, and not {ref.content_hash[:12]}.",
            hint="Nothing of it was run. Tell whoever looks after the server.",
        )
    return prepared


_KEY = "origin = ? AND owner = ? AND library = ? AND name = ? AND version = ? AND content_hash = ?"


def _key(ref: MirrorRef) -> tuple[str, str, str, str, int, str]:
    return (ref.origin, ref.owner, ref.library, ref.name, ref.version, ref.content_hash)


def _find(connection: Connection, ref: MirrorRef) -> tuple[str, str, str] | None:
    statement = f"SELECT id, yaml, signature FROM mirrored_versions WHERE {_KEY}"
    row = connection.exec_driver_sql(statement, _key(ref)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def _by_id(connection: Connection, version_id: str) -> tuple[str, str, str] | None:
    statement = "SELECT content_hash, yaml, signature FROM mirrored_versions WHERE id = ?"
    row = connection.exec_driver_sql(statement, (version_id,)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def _insert(connection: Connection, ref: MirrorRef, row: tuple[str, str, str], now: int) -> None:
    connection.exec_driver_sql(
        "INSERT INTO mirrored_versions (id, origin, owner, library, name, version, content_hash, env, isolation, yaml, "
        "signature, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (row[0], *_key(ref), ref.env, ref.isolation, row[1], row[2], now),
    )
