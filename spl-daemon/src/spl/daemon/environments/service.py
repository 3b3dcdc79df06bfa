"""Environments by name, and builds on demand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from spl.core.errors import BuildInUse, BuildNotFound, EnvironmentNotFound
from spl.daemon.db import Database
from spl.daemon.environments import store
from spl.daemon.environments.build import EnvBuild, leftovers, log_tail, read_ready, retire, sweep
from spl.daemon.environments.flights import Flight, Flights
from spl.daemon.environments.interpreter import changed_since, probe
from spl.daemon.environments.making import Made, Making
from spl.daemon.environments.process import OnLine
from spl.daemon.environments.pruning import superfluous
from spl.daemon.environments.spec import DependencySpec, Interpreter
from spl.daemon.environments.store import BuildRow, Registration
from spl.daemon.environments.tenants import Leaving, Tenants
from spl.daemon.home import Home
from spl.daemon.settings import Settings

# A rebuilt environment replaces the old one when nobody runs in it; new runs wait so long for the present ones to end.
SWAP_PATIENCE_SECONDS = 60.0
# Nobody has this many environments; a prune looks at all there are.
MANY = 100_000


class Environments:
    """What the rest of the daemon asks for when it needs a Python with packages."""

    def __init__(self, *, settings: Settings, home: Home, db: Database) -> None:
        self._settings = settings
        self._home = home
        self._db = db
        self._known: dict[str, Registration] = {}
        self._listeners: list[Callable[[], None]] = []
        self._ready: dict[str, EnvBuild] = {}
        self._swapping: set[str] = set()
        self._flights = Flights()
        self._tenants = Tenants()
        self._making = Making(settings=settings, home=home, db=db)

    async def recover(self) -> None:
        """Clean up after a daemon that was killed in the middle of a build."""
        remains = leftovers(self._home.builds)
        if remains:
            await self._db.write(lambda connection: store.interrupt_builds(connection, _now()))
            for folder in remains:
                await asyncio.to_thread(sweep, folder)

    async def close(self) -> None:
        """End the builds under way; those who wait for them are told."""
        await self._flights.abort_all()
        await self._making.close()
        await self.note_uses()

    # --- environments

    async def register(self, name: str, python: str) -> Registration:
        """Give an interpreter a name, once it has proved to be one.

        Raises:
            NotAPython: it has not.
        """
        return await self._remember(await probe(python, env=name))

    async def all(self) -> list[Registration]:
        return await self._db.read(store.all_environments)

    async def forget(self, name: str) -> None:
        """Remove the name; objects that were published for it keep it as what they ask for.

        Raises:
            EnvironmentNotFound: there is no such name.
        """
        if not await self._db.write(lambda connection: store.drop_environment(connection, name)):
            raise await self._unknown(name)
        self._known.pop(name, None)
        self._tell()

    async def resolve(self, name: str) -> Interpreter:
        """The interpreter of this name; asked again where it was replaced since.

        Raises:
            EnvironmentNotFound: there is no such name.
            NotAPython: the interpreter is gone.
        """
        known = self._known.get(name) or await self._db.read(lambda connection: store.get_environment(connection, name))
        if known is None:
            raise await self._unknown(name)
        if await asyncio.to_thread(changed_since, known.interpreter, known.updated_at):
            known = await self._remember(await probe(str(known.interpreter.python), env=name))
        self._known[name] = known
        return known.interpreter

    def on_changed(self, listener: Callable[[], None]) -> None:
        """Be told when a name stands for another interpreter, or for none."""
        self._listeners.append(listener)

    def spec_for(
        self,
        interpreter: Interpreter,
        dependencies: Iterable[object] = (),
        constraints: Iterable[object] = (),
        requirements: Iterable[str] = (),
    ) -> DependencySpec:
        """What must be installed for a bundle; each entry is a requirement, or prints as one."""
        return DependencySpec.of(interpreter, dependencies, constraints, requirements)

    # --- builds

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

    def status(self, spec_hash: str) -> str:
        """`ready`, `building`, or `missing`, as things stand."""
        if self._flights.get(spec_hash) is not None:
            return "building"
        return "missing" if self._present(spec_hash) is None else "ready"

    async def builds(self, *, limit: int, after: tuple[int, str] | None = None) -> list[BuildRow]:
        return await self._db.read(lambda connection: store.list_builds(connection, limit=limit, after=after))

    async def build(self, spec_hash: str) -> BuildRow:
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
        known = await self.build(spec_hash)
        return await self._joined(known.spec).arrival(on_line)

    async def remove(self, spec_hash: str) -> None:
        """Forget a build and remove its files; it is built again when it is needed.

        Raises:
            BuildNotFound: there is none.
            BuildInUse: runs are using it, or it is being built.
        """
        known = await self.build(spec_hash)
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

    async def _remember(self, interpreter: Interpreter) -> Registration:
        now = _now()
        await self._db.write(lambda connection: store.put_environment(connection, interpreter, now))
        known = await self._db.read(lambda connection: store.get_environment(connection, interpreter.env))
        assert known is not None
        self._known[interpreter.env] = known
        self._tell()
        return known

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    async def _unknown(self, name: str) -> EnvironmentNotFound:
        names = [entry.interpreter.env for entry in await self.all()]
        listed = ", ".join(names[:20]) or "none yet"
        return EnvironmentNotFound(
            f"No environment {name[:80]!r} is registered here. There are: {listed}.",
            hint=f"Register it with client.register_env({name[:80]!r}), or `spl-daemon env-add {name[:80]} <python>`.",
        )


def _now() -> int:
    return int(time.time() * 1000)
