"""Waiting for a run: the request holds neither a thread nor a connection while nothing happens."""

from __future__ import annotations

from collections.abc import Callable

from daemon_server.db.session import Session
from daemon_server.http.context import Server


async def until[T](
    server: Server, topic: str, seconds: float, look: Callable[[Session], T], enough: Callable[[T], bool]
) -> T:
    """What `look` finds once it is `enough`, or when the time is over; looked at again each time `topic` is woken."""
    if seconds <= 0:
        return await server.db.read(look)
    async with server.topics.subscribe(topic) as subscription:
        deadline = server.clock.boot_ms() + seconds * 1000
        while True:
            found = await server.db.read(look)
            left = (deadline - server.clock.boot_ms()) / 1000
            if enough(found) or left <= 0 or not await subscription.wait(left):
                return found
