"""The way to the daemon for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from spl.client.connection import Place
from spl.client.discovery import Wanted
from spl.core.errors import DaemonUnreachable
from spl.core.wire.base import AsyncTransport, Request, Response
from spl.core.wire.endpoint import Endpoint

_UNAUTHORIZED = 401


class AsyncConnection:
    """Carries a client's requests; for the tasks of one event loop."""

    def __init__(self, wanted: Wanted, open_transport: Callable[[Endpoint], AsyncTransport] | None = None) -> None:
        self.place = Place(wanted)
        self._open_transport = open_transport or _http
        self._transport: AsyncTransport | None = None
        self._lock = asyncio.Lock()

    async def send(self, request: Request) -> Response:
        transport = self._transport or await self._opened()
        try:
            response = await transport.send(request)
        except DaemonUnreachable as error:
            may_repeat = request.repeatable or not error.details.get("sent", True)
            if not (may_repeat and await self._moved(transport)):
                raise self.place.explain(error) from error.__cause__
        else:
            if response.status != _UNAUTHORIZED or not await self._moved(transport):
                return response
        return await (await self._opened()).send(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[bytes]]:
        async with (self._transport or await self._opened()).stream(request) as lines:
            yield lines

    async def close(self) -> None:
        async with self._lock:
            if self._transport is not None:
                await self._transport.close()
            self._transport = None

    async def _opened(self) -> AsyncTransport:
        async with self._lock:
            if self._transport is None:
                self._transport = self._open_transport(self.place.endpoint)
            return self._transport

    async def _moved(self, failed: AsyncTransport) -> bool:
        async with self._lock:
            if self._transport is not None and self._transport is not failed:
                return True  # another task has found it again
            if not self.place.has_moved():
                return False
            await failed.close()
            self._transport = None
        return True


def _http(endpoint: Endpoint) -> AsyncTransport:
    from spl.core.wire.http_async import AsyncHttpTransport

    return AsyncHttpTransport(endpoint.url, endpoint.token)
