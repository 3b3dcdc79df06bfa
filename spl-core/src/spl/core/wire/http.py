"""HTTP to the local daemon: blocking, kept alive, safe to share between threads. No proxies, no redirects."""

from __future__ import annotations

import os
import select
import shutil
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from spl.core.errors import DaemonUnreachable
from spl.core.wire.base import Request, Response, with_range

CONNECT_TIMEOUT = 5.0
"""Seconds for a connection to a daemon on this machine or this network; a refused one comes back at once."""

IDLE_CONNECTIONS = 8
"""Connections kept for the next request: as many threads as usually call at once."""

COPY_BYTES = 1 << 20
"""Bytes per step when a file is streamed: large enough that the loop costs nothing, small in memory."""

_PARTIAL = 206


class HttpTransport:
    """Carries requests over a small pool of kept-alive connections."""

    def __init__(self, url: str, token: str = "", *, user_agent: str = "spl-framework") -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DaemonUnreachable(f"{url!r} is not an http URL.", hint='It looks like "http://127.0.0.1:8765".')
        self.url = url.rstrip("/")
        self._secure = parts.scheme == "https"
        self._host, self._port, self._prefix = parts.hostname, parts.port, parts.path.rstrip("/")
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._idle: deque[HTTPConnection] = deque()
        self._pid = os.getpid()

    def send(self, request: Request) -> Response:
        connection, reused = self._take()
        try:
            return self._exchange(connection, request)
        except _Lost as lost:
            if not (reused and lost.unheard and request.repeatable):
                raise self._unreachable(request, lost.reason) from lost.reason
        try:  # the daemon had closed the kept connection; a new one tells whether it is still there
            return self._exchange(self._connect(), request)
        except _Lost as lost:
            error = self._unreachable(request, lost.reason)
            error.details["sent"] = True  # the kept connection may have carried it before it closed
            raise error from lost.reason

    @contextmanager
    def stream(self, request: Request) -> Iterator[Iterator[bytes]]:
        connection = self._connect()
        try:
            response = self._ask(connection, request, None)
            if response.status >= 300:
                from spl.core.wire.problem import raise_for_problem

                raise_for_problem(Response(response.status, _headers(response), response.read()))
            yield iter(response.readline, b"")
        except _Lost as lost:
            raise self._unreachable(request, lost.reason) from lost.reason
        except (OSError, HTTPException) as error:
            raise self._unreachable(request, error) from error
        finally:
            connection.close()

    def close(self) -> None:
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    def __del__(self) -> None:
        with suppress(Exception):  # the interpreter may be going away
            self.close()

    # --- one exchange -------------------------------------------------------------------------------------------------

    def _exchange(self, connection: HTTPConnection, request: Request) -> Response:
        try:
            if isinstance(request.body, Path):
                with request.body.open("rb") as file:
                    response = self._ask(connection, request, file, os.fstat(file.fileno()).st_size)
            else:
                response = self._ask(connection, request, request.body)
            body = self._receive(response, request)
        except BaseException:
            connection.close()  # an answer may still be under way on it
            raise
        if response.will_close or len(self._idle) >= IDLE_CONNECTIONS:
            connection.close()
        else:
            self._idle.append(connection)
        return Response(response.status, _headers(response), body)

    def _ask(
        self, connection: HTTPConnection, request: Request, body: bytes | BinaryIO | None, size: int | None = None
    ) -> HTTPResponse:
        """Send the request and read the answer's head."""
        headers = self._headers
        if request.offset or request.headers:
            headers = {**headers, **with_range(request)}
        if body is not None:
            headers = {**headers, "Content-Type": request.media_type}
            if size is not None:
                headers["Content-Length"] = str(size)
        try:
            if connection.sock is None:
                connection.connect()
            connection.sock.settimeout(request.timeout)
            connection.request(request.method, self._prefix + request.path, body, headers)
            return connection.getresponse()
        except (OSError, HTTPException) as error:
            raise _Lost(error, unheard=isinstance(error, ConnectionError)) from error

    @staticmethod
    def _receive(response: HTTPResponse, request: Request) -> bytes:
        """The answer's body, or nothing where a file takes it."""
        try:
            if request.into is None or response.status >= 300:
                return response.read()
            with request.into.open("ab" if response.status == _PARTIAL else "wb") as file:
                shutil.copyfileobj(response, file, COPY_BYTES)
            if response.length:
                raise IncompleteRead(b"", response.length)
            return b""
        except (ConnectionError, TimeoutError, HTTPException) as error:
            raise _Lost(error, unheard=False) from error

    # --- the pool -----------------------------------------------------------------------------------------------------

    def _take(self) -> tuple[HTTPConnection, bool]:
        if self._pid != os.getpid():  # after a fork the connections are the parent's
            self._idle, self._pid = deque(), os.getpid()
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if connection.sock is not None and not _readable(connection.sock):
                return connection, True
            connection.close()  # readable while idle: the daemon has closed it
        return self._connect(), False

    def _connect(self) -> HTTPConnection:
        kind = HTTPSConnection if self._secure else HTTPConnection
        return kind(self._host, self._port, timeout=CONNECT_TIMEOUT, blocksize=COPY_BYTES)

    def _unreachable(self, request: Request, error: BaseException) -> DaemonUnreachable:
        sent = not isinstance(error, ConnectionRefusedError)
        if isinstance(error, TimeoutError):
            what = f"The daemon at {self.url} did not answer {request.method} {request.path} in {request.timeout:g} s."
            return DaemonUnreachable(what, hint="Look at `spl-daemon status` and its log.", url=self.url, sent=sent)
        if not sent:
            return DaemonUnreachable(f"The local daemon is not reachable at {self.url}.", url=self.url, sent=sent)
        reason = str(error) or type(error).__name__
        return DaemonUnreachable(
            f"The connection to the daemon at {self.url} broke: {reason}.", url=self.url, sent=sent
        )


class _Lost(Exception):
    """The conversation broke; `unheard` when it did before an answer began, as on a connection closed while idle."""

    def __init__(self, reason: BaseException, *, unheard: bool) -> None:
        self.reason = reason
        self.unheard = unheard
        super().__init__(str(reason))


def _headers(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _readable(sock: socket.socket) -> bool:
    """Whether the idle socket has something to say, which can only be that it was closed."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])
