"""Environments by name, and what can be built for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from spl.core.errors import EnvironmentNotFound
from spl.daemon.db import Database
from spl.daemon.environments import store
from spl.daemon.environments.build import EnvBuild
from spl.daemon.environments.builds import Builds
from spl.daemon.environments.interpreter import changed_since, probe
from spl.daemon.environments.process import OnLine
from spl.daemon.environments.spec import DependencySpec, Interpreter
from spl.daemon.environments.store import Registration
from spl.daemon.environments.tenants import Leaving
from spl.daemon.home import Home
from spl.daemon.settings import Settings


class Environments:
    """What the rest of the daemon asks for when it needs a Python with packages; `builds` keeps what was built."""

    def __init__(self, *, settings: Settings, home: Home, db: Database) -> None:
        self.builds = Builds(settings=settings, home=home, db=db)
        self._db = db
        self._known: dict[str, Registration] = {}
        self._listeners: list[Callable[[], None]] = []

    async def recover(self) -> None:
        """Clean up after a daemon that was killed."""
        await self.builds.recover()

    async def close(self) -> None:
        """End what is under way."""
        await self.builds.close()

    # --- names

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

    # --- what a run needs

    def spec_for(
        self,
        interpreter: Interpreter,
        dependencies: Iterable[object] = (),
        constraints: Iterable[object] = (),
        requirements: Iterable[str] = (),
    ) -> DependencySpec:
        """What must be installed for a bundle; each entry is a requirement, or prints as one."""
        return DependencySpec.of(interpreter, dependencies, constraints, requirements)

    async def ensure(self, spec: DependencySpec, on_line: OnLine | None = None) -> EnvBuild:
        """The build of this spec, made if it is not there; all who ask meanwhile wait for the same one.

        Raises:
            EnvironmentBuildFailed: with the installer's words; whoever asks next tries again.
            Draining: the daemon is shutting down.
        """
        return await self.builds.ensure(spec, on_line)

    def status(self, spec_hash: str) -> str:
        """`ready`, `building`, or `missing`, as things stand."""
        return self.builds.status(spec_hash)

    def hold(self, spec_hash: str) -> None:
        """Keep this build as it is until it is released as often; taken right after `ensure`, with no await between."""
        self.builds.hold(spec_hash)

    def release(self, spec_hash: str) -> None:
        self.builds.release(spec_hash)

    def on_leaving(self, listener: Leaving) -> None:
        """Be told before a build is replaced or removed, to let idle workers of it go."""
        self.builds.on_leaving(listener)

    # --- inner

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
