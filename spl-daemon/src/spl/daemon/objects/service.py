"""The registry: objects are published, found again without a detour, and taken away without breaking what runs."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from spl.core.entities.bundle import Bundle
from spl.core.entities.nearest import did_you_mean
from spl.core.errors import NotFound, ObjectNotFound, SPLError, VersionNotFound
from spl.core.execution.compile import write_bundle_folder
from spl.core.ir.files import bundle_from_text
from spl.daemon.db import Database
from spl.daemon.environments import DependencySpec, Environments, Interpreter
from spl.daemon.home import Home
from spl.daemon.objects.bundles import BundleFolders
from spl.daemon.objects.cache import Loaded, VersionCache
from spl.daemon.objects.copies import Copies
from spl.daemon.objects.mirrors import Mirrors, content_hashes
from spl.daemon.objects.naming import Ref
from spl.daemon.objects.publishing import Prepared, check_python, prepare
from spl.daemon.objects.readiness import Preparations, Readiness, Warm
from spl.daemon.objects.schemas import PublishRequest
from spl.daemon.objects.store import Draft, ObjectStore, Record, Stored
from spl.daemon.objects.version import Card, ObjectVersion

log = logging.getLogger(__name__)

# Versions named in a refusal; whoever has more of them looks at the list.
_VERSIONS_NAMED = 10


Also = Callable[[Connection, str], None]
"""What goes with a publish: (connection, id of the version)."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish gave: the version, its row, whether it is new, and whether its environment is there already."""

    version: ObjectVersion
    row: Record
    created: bool
    built: bool


class Objects:
    """Published objects: `publish`, `load` to run one, `forget`. Reads for people are in `catalog`."""

    def __init__(self, db: Database, home: Home, environments: Environments) -> None:
        self.db = db
        self.folders = BundleFolders(home.bundles)
        self._copies = Copies(home.objects)
        self._environments = environments
        self._cache = VersionCache()
        self.mirrors = Mirrors(
            db=db,
            folder=home.mirrors,
            environments=environments,
            bundle=self.folders.path,
            write_bundle=self._restore_bundle,
        )
        self._preparations = Preparations(environments)

    async def publish(
        self, request: PublishRequest, *, warm: Warm | None = None, also: Also | None = None
    ) -> Published:
        """Store a bundle as its object's next version, or find the version that has this content already.

        Its environment is built and its bundle imported in the background; `ready` waits for that. `also` belongs to
        the same transaction.

        Raises:
            InvalidBundle, InvalidName, EnvironmentNotFound, InvalidRequest
        """
        prepared = await asyncio.to_thread(prepare, request.yaml, name=request.name, entrypoint=request.entrypoint)
        _, spec = await self._fit(prepared.card, object=prepared.name, env=request.env)
        draft = _draft(prepared, request, spec)
        self.folders.hold(prepared.content_hash)
        try:
            await asyncio.to_thread(self._write_folder, prepared.content_hash, prepared.bundle)
            stored, row = await self.db.write(lambda connection: _publish(ObjectStore(connection), draft, also))
        finally:
            self.folders.release(prepared.content_hash)
        self._cache.drop(prepared.name)
        version = await self.load(prepared.name, stored.version)
        built = self._environments.status(spec.hash) == "ready"
        self._preparations.start(version, warm, again=True)
        return Published(version, row, stored.created, built)

    async def load(self, ref: str, version: int | None = None) -> ObjectVersion:
        """A version ready to be run; the latest where no number is given. `name::function` names the same object.

        Raises:
            ObjectNotFound, VersionNotFound: with what there is.
            EnvironmentNotFound, InvalidRequest: its environment is gone, or became another Python that can't run it.
        """
        name = ref.partition("::")[0]
        known = self._cache.get(name, version)
        if known is not None and (known.fresh or await self._still_fits(known)):
            return known.version
        age = self._cache.age
        row = await self.row(name, version)
        card = Card.from_json(json.loads(row.signature))
        interpreter, spec = await self._fit(card, object=row.object, env=row.env)
        await asyncio.to_thread(self._restore_files, row)
        loaded = Loaded(self._version(row, card, spec), interpreter)
        self._cache.put(loaded, latest=row.version == row.latest, age=age)
        return loaded.version

    async def restore(self, version: ObjectVersion) -> None:
        """Write the bundle folder again if it is damaged: for a worker that could not load it."""
        if version.copy is not None:
            await self.mirrors.restore(version.id)
            return
        row = await self.row(version.id, None)
        await asyncio.to_thread(self._restore_files, row)

    async def ready(
        self, ref: str, version: int | None = None, *, seconds: float = 0.0, warm: Warm | None = None
    ) -> tuple[ObjectVersion, Readiness]:
        """How far the preparation of a version is, after waiting for it up to `seconds`."""
        loaded = await self.load(ref, version)
        readiness = self._preparations.start(loaded, warm)
        try:
            async with asyncio.timeout(seconds):
                await readiness.done.wait()
        except TimeoutError:
            pass
        return loaded, readiness

    async def row(self, ref: str, version: int | None) -> Record:
        """All that is stored of one version.

        Raises:
            ObjectNotFound, VersionNotFound: with what there is.
        """
        name = Ref.parse(ref).name
        found = await self.db.read(lambda connection: _find(ObjectStore(connection), name, version))
        if isinstance(found, NotFound):
            raise found
        return found

    async def forget(self, ref: str) -> tuple[str, list[int]]:
        """Take an object away, every version of it. Runs under way keep what they need until they end.

        Raises:
            ObjectNotFound: there is none by this name.
        """
        name, numbers = await self.db.write(lambda connection: _forget(ObjectStore(connection), Ref.parse(ref).name))
        self._cache.drop(name)
        await asyncio.to_thread(self._copies.remove, name)
        return name, numbers

    async def forget_version(self, ref: str, version: int) -> tuple[str, list[int]]:
        """Take one version away; the object goes with its last one.

        Raises:
            ObjectNotFound, VersionNotFound: with what there is.
        """
        name = Ref.parse(ref).name
        name, others = await self.db.write(lambda connection: _forget_version(ObjectStore(connection), name, version))
        self._cache.drop(name)
        await asyncio.to_thread(self._copies.remove, name, version if others else None)
        return name, [version]

    def hold(self, version: ObjectVersion) -> None:
        """Keep a version's bundle folder while a run or a warm worker uses it, whatever is forgotten meanwhile."""
        self.folders.hold(version.content_hash)

    def release(self, version: ObjectVersion) -> None:
        self.folders.release(version.content_hash)

    async def sweep(self, in_use: Collection[str] = ()) -> int:
        """Remove bundle folders that no version, no holder and none of `in_use` (content hashes) needs; how many."""
        wanted = await self.db.read(
            lambda connection: ObjectStore(connection).content_hashes() | content_hashes(connection)
        )
        return await asyncio.to_thread(self.folders.sweep, wanted.union(in_use))

    def environments_changed(self) -> None:
        """An environment's name stands for another Python now: what was loaded under the old one is loaded again."""
        self._cache.clear()
        self.mirrors.forget_loaded()

    async def close(self) -> None:
        """Stop what is under way, and sweep: no worker is left that could be using a folder."""
        await self._preparations.close()
        try:
            await self.sweep()
        except (OSError, SPLError) as error:
            log.warning("Bundle folders could not be swept: %s", error)

    async def _fit(self, card: Card, *, object: str, env: str) -> tuple[Interpreter, DependencySpec]:
        """The Python that an environment's name stands for, if it can run this, and what must be installed."""
        interpreter = await self._environments.resolve(env)
        check_python(card, interpreter, object=object, env=env)
        spec = self._environments.spec_for(interpreter, card.dependencies, card.constraints, card.requirements)
        return interpreter, spec

    async def _still_fits(self, known: Loaded) -> bool:
        """Whether the environment's name still stands for the Python that the version was loaded for."""
        if await self._environments.resolve(known.version.env) != known.interpreter:
            return False
        known.renew()
        return True

    def _version(self, row: Record, card: Card, spec: DependencySpec) -> ObjectVersion:
        return ObjectVersion(
            id=row.id,
            object=row.object,
            version=row.version,
            kind=row.kind,
            entrypoint=row.entrypoint,
            content_hash=row.content_hash,
            env=row.env,
            spec=spec,
            bundle_folder=self.folders.path(row.content_hash),
            signatures=card.signatures,
            isolation=row.isolation,
            created_at=row.created_at,
        )

    def _restore_files(self, row: Record) -> None:
        self._restore_bundle(row.content_hash, row.yaml)
        self._copies.ensure(row.object, row.version, row.yaml)

    def _restore_bundle(self, content_hash: str, text: str) -> None:
        if not self.folders.intact(content_hash):
            self._write_folder(content_hash, bundle_from_text(text))

    def _write_folder(self, content_hash: str, bundle: Bundle) -> None:
        self.folders.ensure(content_hash, lambda folder: write_bundle_folder(bundle, folder))


def _draft(prepared: Prepared, request: PublishRequest, spec: DependencySpec) -> Draft:
    return Draft(
        object=prepared.name,
        display_name=request.display_name,
        kind=prepared.card.entry.kind,
        entrypoint=prepared.bundle.entrypoint,
        content_hash=prepared.content_hash,
        env=request.env,
        spec_hash=spec.hash,
        yaml=prepared.yaml,
        signature=json.dumps(prepared.card.to_json(), ensure_ascii=False),
        capture=None if request.capture is None else json.dumps(request.capture, ensure_ascii=False),
        isolation=request.isolation,
        created_at=int(time.time() * 1000),
    )


# --- units of work: each is one transaction, and may be called twice ---


def _wanted(connection: Connection) -> set[str]:
    return ObjectStore(connection).content_hashes() | content_hashes(connection)


def _publish(store: ObjectStore, draft: Draft, also: Also | None) -> tuple[Stored, Record]:
    stored = store.publish(draft)
    if also is not None:
        also(store.connection, stored.id)
    row = store.find(draft.object, stored.version)
    assert row is not None
    return stored, row


def _find(store: ObjectStore, name: str, version: int | None) -> Record | NotFound:
    row = store.find(name, version)
    if row is not None:
        return row
    known = store.object_of(name)
    return object_not_found(store, name) if known is None else version_not_found(store, known, version)


def _forget(store: ObjectStore, ref: str) -> tuple[str, list[int]]:
    name = store.object_of(ref)
    if name is None:
        raise object_not_found(store, ref)
    numbers = store.numbers(name)
    store.forget(name)
    return name, numbers


def _forget_version(store: ObjectStore, ref: str, version: int) -> tuple[str, bool]:
    name = store.object_of(ref)
    if name is None:
        raise object_not_found(store, ref)
    if version not in store.numbers(name):
        raise version_not_found(store, name, version)
    return name, store.forget_version(name, version)


def object_not_found(store: ObjectStore, name: str) -> ObjectNotFound:
    names = store.names()
    way_out = "`spl-daemon object-list` shows what is published" if names else "Nothing is published yet"
    return ObjectNotFound(
        f"No object {name[:200]!r} is published here.{did_you_mean(name[:200], names)}",
        hint=f"{way_out}; client.publish(...) publishes a function or a pipeline.",
    )


def version_not_found(store: ObjectStore, name: str, version: int | None) -> VersionNotFound:
    numbers = store.numbers(name)
    shown = ", ".join(str(number) for number in numbers[:_VERSIONS_NAMED])
    more = f" and {len(numbers) - _VERSIONS_NAMED} older ones" if len(numbers) > _VERSIONS_NAMED else ""
    return VersionNotFound(f"{name!r} has no version {version}.", hint=f"Its versions, newest first: {shown}{more}.")
