"""One build of a spec at a time: whoever asks first starts it, the others join and see the same lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from spl.core.errors import Draining
from spl.daemon.environments.build import EnvBuild
from spl.daemon.environments.process import OnLine

# Who joins late is shown this much of what was said before.
LINES_KEPT = 500


class Flight:
    """A build under way."""

    def __init__(self, fly: Callable[[OnLine], Awaitable[EnvBuild]], *, name: str) -> None:
        self._lines: list[str] = []
        self._watchers: list[OnLine] = []
        self._task = asyncio.create_task(_landed(fly, self._say), name=name)
        self._task.add_done_callback(_look_at)

    async def arrival(self, on_line: OnLine | None = None) -> EnvBuild:
        """Wait for the build; a waiter that is cancelled leaves the others, and the build, alone.

        Raises:
            EnvironmentBuildFailed: it failed.
            Draining: the daemon ended it.
        """
        if on_line is not None:
            for line in self._lines:
                on_line(line)
            self._watchers.append(on_line)
        try:
            return await asyncio.shield(self._task)
        except asyncio.CancelledError:
            waiter = asyncio.current_task()
            if self._task.cancelled() and waiter is not None and not waiter.cancelling():
                raise Draining("The daemon is shutting down; the environment was not built.") from None
            raise
        finally:
            if on_line is not None:
                self._watchers.remove(on_line)

    def on_landing(self, callback: Callable[[], None]) -> None:
        self._task.add_done_callback(lambda _: callback())

    async def abort(self) -> None:
        """End the build, and the programs it runs."""
        self._task.cancel()
        await asyncio.wait([self._task])

    def _say(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) > LINES_KEPT:
            del self._lines[: LINES_KEPT // 2]
        for watcher in self._watchers:
            watcher(line)


class Flights:
    """The builds under way, by spec hash."""

    def __init__(self) -> None:
        self._flights: dict[str, Flight] = {}

    def get(self, spec_hash: str) -> Flight | None:
        return self._flights.get(spec_hash)

    def start(self, spec_hash: str, fly: Callable[[OnLine], Awaitable[EnvBuild]]) -> Flight:
        flight = Flight(fly, name=f"build {spec_hash}")
        self._flights[spec_hash] = flight
        flight.on_landing(lambda: self._landed(spec_hash, flight))
        return flight

    async def abort_all(self) -> None:
        for flight in list(self._flights.values()):
            await flight.abort()

    def _landed(self, spec_hash: str, flight: Flight) -> None:
        if self._flights.get(spec_hash) is flight:
            del self._flights[spec_hash]


async def _landed(fly: Callable[[OnLine], Awaitable[EnvBuild]], say: OnLine) -> EnvBuild:
    return await fly(say)


def _look_at(task: asyncio.Task[EnvBuild]) -> None:
    """A failure is told to those who wait; where nobody does, its record in the database is enough."""
    if not task.cancelled():
        task.exception()
