"""The way to a server: one origin, one token, no redirects, no proxies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from spl.core.errors import DaemonUnreachable, ServerUnreachable, SPLError, Unauthorized
from spl.core.wire.base import Request, Response
from spl.core.wire.problem import error_from

if TYPE_CHECKING:
    from spl.core.wire.base import AsyncTransport, Transport

_REFUSED = "The server does not take this token: it is wrong, expired or revoked."

_ANOTHER = "Issue another one: server.tokens.issue(...), or in the console."


class ServerConnection:
    """Carries a client's requests; may be shared by threads."""

    def __init__(self, url: str, transport: Transport) -> None:
        self.url = url
        self._transport = transport

    def send(self, request: Request) -> Response:
        try:
            return answered(self._transport.send(request), self.url)
        except DaemonUnreachable as error:
            raise unreachable(error, self.url) from error.__cause__

    @contextmanager
    def stream(self, request: Request) -> Iterator[Iterator[bytes]]:
        try:
            with self._transport.stream(request) as lines:
                yield lines
        except DaemonUnreachable as error:
            raise unreachable(error, self.url) from error.__cause__

    def close(self) -> None:
        self._transport.close()


class AsyncServerConnection:
    """The same, for the tasks of one event loop."""

    def __init__(self, url: str, transport: AsyncTransport) -> None:
        self.url = url
        self._transport = transport

    async def send(self, request: Request) -> Response:
        try:
            return answered(await self._transport.send(request), self.url)
        except DaemonUnreachable as error:
            raise unreachable(error, self.url) from error.__cause__

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[bytes]]:
        try:
            async with self._transport.stream(request) as lines:
                yield lines
        except DaemonUnreachable as error:
            raise unreachable(error, self.url) from error.__cause__

    async def close(self) -> None:
        await self._transport.close()


def answered(response: Response, url: str) -> Response:
    """The answer, if it is a good one; what a server says no with is raised."""
    if response.status >= 300:
        raise refusal(response, url)
    return response


def refusal(response: Response, url: str) -> SPLError:
    """What an answer of status 300 or more says."""
    if response.status < 400:
        return ServerUnreachable(
            f"The server at {url} sends us elsewhere ({response.status}), and a token goes to one address only.",
            hint="Pass the address that it is served at as base_url.",
            url=url,
        )
    error = error_from(response)
    if isinstance(error, DaemonUnreachable):
        return ServerUnreachable(
            f"What answers at {url} is not an SPL server (status {response.status}).",
            hint=f"Is the path right? The API of a server is usually below /api, as in {url}/api.",
            url=url,
        )
    return as_told(error, response)


def as_told(error: SPLError, response: Response) -> SPLError:
    """The error in the words of a server: what it says to a token is not what a daemon would."""
    if not isinstance(error, Unauthorized):
        return error
    if b'"code"' not in response.body:
        return Unauthorized(_REFUSED, hint=_ANOTHER)
    error.hint = response.json().get("hint") or _ANOTHER
    return error


def unreachable(error: DaemonUnreachable, url: str) -> ServerUnreachable:
    """What a transport says of a daemon, said of a server."""
    sent = bool(error.details.get("sent", True))
    cause = error.__cause__
    if isinstance(cause, TimeoutError) or "did not answer" in error.message:
        what = f"The server at {url} did not answer in time."
    elif not sent:
        what = f"The server at {url} is not reachable."
    else:
        what = f"The connection to the server at {url} broke: {str(cause) or type(cause).__name__}."
    return ServerUnreachable(what, hint="Look at its address, and at this machine's network.", url=url, sent=sent)
