"""Makes builds: a few at a time, each beside the finished ones, each remembered however it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spl.core.errors import EnvironmentBuildFailed
from spl.daemon.db import Database
from spl.daemon.environments import store
from spl.daemon.environments.build import (
    VENV,
    EnvBuild,
    building_folder,
    move_into_place,
    own_bytes,
    read_ready,
    sweep,
    venv_python,
    write_ready,
)
from spl.daemon.environments.builder import build
from spl.daemon.environments.bytecode import compile_all
from spl.daemon.environments.installer import Plan, relocate
from spl.daemon.environments.process import OnLine
from spl.daemon.environments.spec import DependencySpec
from spl.daemon.home import Home
from spl.daemon.settings import Settings


@dataclass(frozen=True, slots=True)
class Made:
    """A build that is complete but not in its place."""

    folder: Path
    plan: Plan
    began_at: int
    duration_ms: int


class Making:
    """The builder's yard."""

    def __init__(self, *, settings: Settings, home: Home, db: Database) -> None:
        self._settings = settings
        self._home = home
        self._db = db
        self._slots = asyncio.Semaphore(settings.max_builds)
        self._afterwards: set[asyncio.Task[None]] = set()

    async def make(self, spec: DependencySpec, say: OnLine) -> Made:
        """Build `spec` in a folder of its own.

        Raises:
            EnvironmentBuildFailed: with the installer's words; the record keeps them.
        """
        if self._slots.locked():
            say("Waiting for other builds to finish")
        async with self._slots:
            began_at = _now()
            begun = time.monotonic()
            await self._db.write(lambda connection: store.begin_build(connection, spec, began_at))
            folder = building_folder(self._home.builds)
            try:
                steps = await build(spec, folder, settings=self._settings, on_line=say)
            except BaseException as error:
                await self._failed(spec, folder, error, _since(begun))
                raise
            return Made(folder, steps, began_at, _since(begun))

    async def settle(self, spec: DependencySpec, made: Made) -> EnvBuild:
        """Move a complete build into its place and declare it ready."""
        final = self._home.builds / spec.hash
        built_at = _now()
        write_ready(made.folder, spec, built_at=built_at, duration_ms=made.duration_ms, installer=made.plan.installer)
        retired = move_into_place(made.folder, final)
        if not made.plan.movable:
            relocate(final / VENV, built_at=made.folder / VENV)
        await self._remember_end(spec, "ready", made.duration_ms)
        self._later(self._finish(spec, final, retired))
        return EnvBuild(spec.hash, final, venv_python(final / VENV), built_at)

    async def discard(self, spec: DependencySpec, made: Made, why: str) -> None:
        """Throw a complete build away; the one it should have replaced stays."""
        await asyncio.to_thread(sweep, made.folder)
        await self._remember_end(spec, "ready", made.duration_ms, why)

    async def close(self) -> None:
        for task in self._afterwards:
            task.cancel()
        if self._afterwards:
            await asyncio.wait(self._afterwards)

    async def _failed(self, spec: DependencySpec, folder: Path, error: BaseException, duration_ms: int) -> None:
        """Remember how it went wrong. The log takes the place of the build, unless an older one still stands there."""
        words = error.message if isinstance(error, EnvironmentBuildFailed) else "The build was interrupted."
        await asyncio.to_thread(sweep, folder / VENV)
        final = self._home.builds / spec.hash
        older = read_ready(final)
        away = folder if older is not None else move_into_place(folder, final)
        if away is not None:
            await asyncio.to_thread(sweep, away)
        await self._remember_end(spec, "failed" if older is None else "ready", duration_ms, words)

    async def _remember_end(
        self, spec: DependencySpec, status: store.Status, duration_ms: int, error: str | None = None
    ) -> None:
        now = _now()
        await self._db.write(
            lambda connection: store.end_build(
                connection, spec.hash, now, status=status, duration_ms=duration_ms, error=error
            ),
            essential=True,
        )

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._afterwards.add(task)
        task.add_done_callback(self._afterwards.discard)

    async def _finish(self, spec: DependencySpec, folder: Path, retired: Path | None) -> None:
        """What can wait until the first run is on its way."""
        if retired is not None:
            await asyncio.to_thread(sweep, retired)
        if self._settings.compile_bytecode and not spec.empty:
            await compile_all(folder / VENV)
        size = await asyncio.to_thread(own_bytes, folder)
        await self._db.write(lambda connection: store.note_size(connection, spec.hash, size))


def _now() -> int:
    return int(time.time() * 1000)


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
