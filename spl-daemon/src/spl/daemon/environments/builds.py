"""Builds on demand: made once, kept while they are used, replaced and removed with care."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from spl.core.errors import BuildInUse, BuildNotFound
from spl.daemon.db import Database
from spl.daemon.environments import store
from spl.daemon.environments.build import EnvBuild, leftovers, log_tail, read_ready, retire, sweep
from spl.daemon.environments.flights import Flight, Flights
from spl.daemon.environments.making import Made, Making
from spl.daemon.environments.process import OnLine
from spl.daemon.environments.pruning import superfluous
from spl.daemon.environments.spec import DependencySpec
from spl.daemon.environments.store import BuildRow
from spl.daemon.environments.tenants import Leaving, Tenants
from spl.daemon.home import Home
from spl.daemon.settings import Settings

# A rebuilt environment replaces the old one when nobody runs in it; new runs wait so long for the present ones to end.
SWAP_PATIENCE_SECONDS = 60.0
# Nobody has this many environments; a prune looks at all there are.
MANY = 100_000


class Builds:
    """The folders below `environment-builds/`, and who uses them."""

    def __init__(self, *, settings: Settings, home: Home, db: Database) -> None:
        self._home = home
        self._db = db
        self._ready: dict[str, EnvBuild] = {}
        self._swapping: set[str] = set()
        self._flights = Flights()
        self._tenants = Tenants()
        self._making = Making(settings=settings, home=home, db=db)

    async def recover(self) -> None:
        """Clean up after a daemon that was killed in the middle of a build."""
        for folder in leftovers(self._home.builds):
            await asyncio.to_thread(sweep, folder)
        rows = await self._db.read(store.unfinished_builds)
        if rows:
            finished = [spec_hash for spec_hash in rows if self._present(spec_hash) is not None]
            await self._db.write(lambda connection: store.settle_builds(connection, _now(), finished), essential=True)

    async def close(self) -> None:
        """End the builds under way; those who wait for them are told."""
        await self._flights.abort_all()
        await self._making.close()
        await self.note_uses()

    # --- for those who run

    async def ensure(self, spec: DependencySpec, on_line: OnLine | None = None) -> EnvBuild:
        """The build of this spec, made if it is not there; all who ask meanwhile wait for the same one.

        A failed build is tried again by whoever asks next.

        Raises:
            EnvironmentBuildFailed: with the installer's words.
        """
        if spec.hash not in self._swapping:
            ready = self._present(spec.hash)
            if ready is not None:
                self._tenants.touch(spec.hash)
                return ready
        return await self._joined(spec).arrival(on_line)

    def status(self, spec_hash: str) -> str:
        """`ready`, `building`, or `missing`, as things stand."""
        if self._flights.get(spec_hash) is not None:
            return "building"
        return "missing" if self._present(spec_hash) is None else "ready"

    def hold(self, spec_hash: str) -> None:
        """Keep this build as it is until it is released as often; taken right after `ensure`, with no await between."""
        self._tenants.hold(spec_hash)

    def release(self, spec_hash: str) -> None:
        self._tenants.release(spec_hash)

    @contextmanager
    def using(self, spec_hash: str) -> Iterator[None]:
        """Hold a build for the length of a block."""
        self.hold(spec_hash)
        try:
            yield
        finally:
            self.release(spec_hash)

    def on_leaving(self, listener: Leaving) -> None:
        """Be told before a build is replaced or removed, to let idle workers of it go."""
        self._tenants.on_leaving(listener)

    # --- for those who look after them

    async def page(self, *, limit: int, after: tuple[int, str] | None = None) -> list[BuildRow]:
        """Builds, the one made last first; those behind (created_at, spec_hash) `after`."""
        return await self._db.read(lambda connection: store.list_builds(connection, limit=limit, after=after))

    async def find(self, spec_hash: str) -> BuildRow:
        """What is remembered of one build.

        Raises:
            BuildNotFound: nothing is.
        """
        found = await self._db.read(lambda connection: store.get_build(connection, spec_hash))
        if found is None:
            raise BuildNotFound(
                f"There is no environment build {spec_hash[:80]!r}.", hint="`spl-daemon env-build-list` shows them."
            )
        return found

    async def log(self, spec_hash: str, *, size: int) -> str:
        """The end of a build's log."""
        return await asyncio.to_thread(log_tail, self._home.builds / spec_hash, size)

    async def rebuild(self, spec_hash: str, on_line: OnLine | None = None) -> EnvBuild:
        """Build once more, beside the present one, and replace that when nobody uses it.

        Raises:
            BuildNotFound: nothing is known of it.
            EnvironmentBuildFailed: the present one stays.
            BuildInUse: runs did not leave the present one in time.
        """
        known = await self.find(spec_hash)
        return await self._joined(known.spec).arrival(on_line)

    async def remove(self, spec_hash: str) -> None:
        """Forget a build and remove its files; it is built again when it is needed.

        Raises:
            BuildNotFound: there is none.
            BuildInUse: runs are using it, or it is being built.
        """
        known = await self.find(spec_hash)
        if self._flights.get(spec_hash) is not None:
            raise BuildInUse(f"The build {spec_hash} is being made.", hint="Try again when it is done.")
        self._ready.pop(spec_hash, None)
        await self._tenants.announce(spec_hash)
        if holders := self._tenants.held(spec_hash):
            raise BuildInUse(f"{holders} runs are using the build {spec_hash}.", hint="Try again when they have ended.")
        retired = retire(self._home.builds / known.spec.hash)
        await self._db.write(lambda connection: store.drop_build(connection, spec_hash), essential=True)
        if retired is not None:
            await asyncio.to_thread(sweep, retired)

    async def prune(
        self, *, older_than_days: float | None = None, max_bytes: int | None = None, dry_run: bool = False
    ) -> list[BuildRow]:
        """Remove builds by age, then the longest unused until the rest fits; the builds that go. One in use stays."""
        await self.note_uses()
        rows = await self._db.read(lambda connection: store.list_builds(connection, limit=MANY))
        idle = [
            row for row in rows if not self._tenants.held(row.spec.hash) and self._flights.get(row.spec.hash) is None
        ]
        kept_bytes = sum(row.size_bytes or 0 for row in rows) - sum(row.size_bytes or 0 for row in idle)
        going = superfluous(
            idle, now=_now(), kept_bytes=kept_bytes, older_than_days=older_than_days, max_bytes=max_bytes
        )
        if not dry_run:
            for row in going:
                with suppress(BuildInUse, BuildNotFound):  # somebody was quicker
                    await self.remove(row.spec.hash)
        return going

    async def note_uses(self) -> None:
        """Write down when builds were used last; kept in memory between, so that a warm call costs no write for it."""
        if uses := self._tenants.uses():
            await self._db.write(lambda connection: store.note_uses(connection, uses), essential=True)

    # --- inner

    def _present(self, spec_hash: str) -> EnvBuild | None:
        known = self._ready.get(spec_hash)
        if known is not None and known.python.exists():
            return known
        self._ready.pop(spec_hash, None)
        found = read_ready(self._home.builds / spec_hash)
        if found is not None:
            self._ready[spec_hash] = found
        return found

    def _joined(self, spec: DependencySpec) -> Flight:
        """The build of this spec that is under way, begun now if none is."""
        return self._flights.get(spec.hash) or self._flights.start(spec.hash, lambda say: self._make(spec, say))

    async def _make(self, spec: DependencySpec, say: OnLine) -> EnvBuild:
        made = await self._making.make(spec, say)
        self._swapping.add(
            spec.hash
        )  # from here on new runs wait for the new build instead of entering the present one
        try:
            if holders := self._tenants.held(spec.hash):
                say(f"Waiting for {holders} runs that use the present build")
            if not await self._tenants.vacant(spec.hash, seconds=SWAP_PATIENCE_SECONDS):
                raise await self._not_replaced(spec, made)
            await self._tenants.announce(spec.hash)
            self._ready[spec.hash] = await self._making.settle(spec, made)
            return self._ready[spec.hash]
        finally:
            self._swapping.discard(spec.hash)

    async def _not_replaced(self, spec: DependencySpec, made: Made) -> BuildInUse:
        holders = self._tenants.held(spec.hash)
        error = BuildInUse(
            f"{holders} runs were still using the build {spec.hash} after {SWAP_PATIENCE_SECONDS:g} seconds: it stays.",
            hint="Try again when they have ended.",
        )
        await self._making.discard(spec, made, error.message)
        return error


def _now() -> int:
    return int(time.time() * 1000)
