"""HTTP to the daemon for asyncio. Imported only where an `AsyncSPLClient` is made: httpx costs a tenth of a second."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from spl.core.errors import DaemonUnreachable
from spl.core.wire.base import Request, Response, with_range
from spl.core.wire.http import CONNECT_TIMEOUT, COPY_BYTES
from spl.core.wire.problem import raise_for_problem

CONNECTIONS = 100
"""Connections at once; more calls than that wait for one of them here instead of as open sockets."""

_PARTIAL = 206


class AsyncHttpTransport:
    """Carries requests over one httpx client. No proxies, no redirects."""

    def __init__(self, url: str, token: str = "", *, user_agent: str = "spl-framework") -> None:
        headers = {"User-Agent": user_agent, "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.url = url.rstrip("/")
        self._client = httpx.AsyncClient(
            base_url=self.url,
            headers=headers,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
        )

    async def send(self, request: Request) -> Response:
        try:
            return await self._exchange(request)
        except httpx.RemoteProtocolError as error:
            if not request.repeatable or request.into is not None:
                raise self._unreachable(request, error) from error
        except httpx.TransportError as error:
            raise self._unreachable(request, error) from error
        try:  # the daemon had closed the kept connection; a new one tells whether it is still there
            return await self._exchange(request)
        except httpx.TransportError as error:
            raise self._unreachable(request, error) from error

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[bytes]]:
        try:
            asked = self._client.stream(
                request.method, request.path, headers=dict(request.headers), timeout=_timeout(request)
            )
            async with asked as response:
                if response.status_code >= 300:
                    raise_for_problem(Response(response.status_code, dict(response.headers), await response.aread()))
                yield _lines(response)
        except httpx.TransportError as error:
            raise self._unreachable(request, error) from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _exchange(self, request: Request) -> Response:
        headers = dict(with_range(request))
        if request.body is not None:
            headers["Content-Type"] = request.media_type
        content = _content(request, headers)
        asked = self._client.build_request(
            request.method, request.path, content=content, headers=headers, timeout=_timeout(request)
        )
        response = await self._client.send(asked, stream=True)
        try:
            if request.into is None or response.status_code >= 300:
                return Response(response.status_code, dict(response.headers), await response.aread())
            with request.into.open("ab" if response.status_code == _PARTIAL else "wb") as file:
                async for chunk in response.aiter_bytes(COPY_BYTES):
                    file.write(chunk)
            return Response(response.status_code, dict(response.headers))
        finally:
            await response.aclose()

    def _unreachable(self, request: Request, error: httpx.TransportError) -> DaemonUnreachable:
        sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        if not sent:
            return DaemonUnreachable(f"The local daemon is not reachable at {self.url}.", url=self.url, sent=sent)
        if isinstance(error, httpx.TimeoutException):
            what = f"The daemon at {self.url} did not answer {request.method} {request.path} in {request.timeout:g} s."
            return DaemonUnreachable(what, hint="Look at `spl-daemon status` and its log.", url=self.url, sent=sent)
        reason = str(error) or type(error).__name__
        return DaemonUnreachable(
            f"The connection to the daemon at {self.url} broke: {reason}.", url=self.url, sent=sent
        )


def _timeout(request: Request) -> httpx.Timeout:
    return httpx.Timeout(request.timeout, connect=CONNECT_TIMEOUT, pool=None)


def _content(request: Request, headers: dict[str, str]) -> bytes | AsyncIterator[bytes] | None:
    if not isinstance(request.body, Path):
        return request.body
    headers["Content-Length"] = str(request.body.stat().st_size)
    return _pieces(request.body)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(COPY_BYTES):
            yield piece


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    async for line in response.aiter_lines():
        yield line.encode()
