"""Who uses which build, so that none is pulled away from under a run."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

# Told the spec hash of a build about to be replaced or removed; returns when nothing idle runs from it any more.
Leaving = Callable[[str], Awaitable[None]]


class Tenants:
    """Counts the runs in each build, and remembers when each was last used."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()
        self._used: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._leaving: list[Leaving] = []

    def hold(self, spec_hash: str) -> None:
        self._held[spec_hash] += 1
        self.touch(spec_hash)

    def release(self, spec_hash: str) -> None:
        self._held[spec_hash] -= 1
        if self._held[spec_hash] <= 0:
            del self._held[spec_hash]
        self.touch(spec_hash)
        self._changed.set()
        self._changed = asyncio.Event()

    def touch(self, spec_hash: str) -> None:
        self._used[spec_hash] = int(time.time() * 1000)

    def held(self, spec_hash: str) -> int:
        """How many runs are using this build."""
        return self._held.get(spec_hash, 0)

    def uses(self) -> dict[str, int]:
        """When builds were used (epoch milliseconds) since this was asked last."""
        uses, self._used = self._used, {}
        return uses

    def on_leaving(self, listener: Leaving) -> None:
        self._leaving.append(listener)

    async def announce(self, spec_hash: str) -> None:
        """Let idle workers of this build go."""
        for listener in self._leaving:
            await listener(spec_hash)

    async def vacant(self, spec_hash: str, *, seconds: float) -> bool:
        """Wait until nobody uses this build; False where somebody still does after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while self.held(spec_hash):
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True
