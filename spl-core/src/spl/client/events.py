"""What happens to a run, as a stream; taken up again behind the last event when a connection breaks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Protocol

from spl.core.errors import DaemonUnreachable, ServerUnreachable
from spl.core.wire import runs as wire
from spl.core.wire.events import Event, EventReader
from spl.core.wire.waiting import PATIENCE, retry_delay

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from spl.core.wire.base import Request


class Streams(Protocol):
    def stream(self, request: Request) -> AbstractContextManager[Iterator[bytes]]: ...


class AsyncStreams(Protocol):
    def stream(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...


class Place:
    """How far one listener is: what it heard last, and for how long it has heard nothing."""

    def __init__(self, run_id: str, at: str) -> None:
        self._run_id, self._at = run_id, at
        self._last, self._attempt, self._heard_at = "", 0, time.monotonic()
        self.ended = False

    def request(self) -> Request:
        return wire.events(self._run_id, self._last, at=self._at)

    def heard(self, event: Event) -> Event:
        self._last, self._attempt, self._heard_at = event.id or self._last, 0, time.monotonic()
        if event.kind == "state" and isinstance(event.data, dict):
            self.ended = event.data.get("state") in wire.ENDED
        return event

    @property
    def resumable(self) -> bool:
        """Whether a broken stream may be taken up: one whose events have ids, and was not silent for too long."""
        return bool(self._last) and not self.ended and time.monotonic() - self._heard_at < PATIENCE

    def pause(self) -> float:
        self._attempt += 1
        return retry_delay(self._attempt)


def followed(connection: Streams, run_id: str, at: str) -> Iterator[Event]:
    """The events of a run, from its beginning until its end."""
    place = Place(run_id, at)
    while True:
        try:
            with connection.stream(place.request()) as lines:
                reader = EventReader()
                for line in lines:
                    event = reader.take(line)
                    if event is not None:
                        yield place.heard(event)
        except (DaemonUnreachable, ServerUnreachable):
            if not place.resumable:
                raise
        if not place.resumable:
            return
        time.sleep(place.pause())


async def followed_async(connection: AsyncStreams, run_id: str, at: str) -> AsyncIterator[Event]:
    """The same, for asyncio."""
    import asyncio

    place = Place(run_id, at)
    while True:
        try:
            async with connection.stream(place.request()) as lines:
                reader = EventReader()
                async for line in lines:
                    event = reader.take(line)
                    if event is not None:
                        yield place.heard(event)
        except (DaemonUnreachable, ServerUnreachable):
            if not place.resumable:
                raise
        if not place.resumable:
            return
        await asyncio.sleep(place.pause())
