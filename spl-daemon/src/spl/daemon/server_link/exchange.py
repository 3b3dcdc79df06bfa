"""HTTP to one server: kept-alive connections over asyncio's own streams, no proxies, no redirects, no cookies.

A machine asks a server for little, and often: a general client costs each request a millisecond of one of few cores.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from spl.daemon.server_link.address import Address

CONNECT_SECONDS = 5.0
# Beyond any long poll, and short enough that a half-open connection is noticed before a lease is over. What a daemon
# is set to takes its place.
READ_SECONDS = 35.0
# Servers and what stands before them close idle connections after some time; a fresh one costs a millisecond.
IDLE_SECONDS = 20.0
IDLE_CONNECTIONS = 8
HEAD_BYTES = 64 * 1024
PIECE_BYTES = 256 * 1024
# An answer that is read whole: a page of jobs with their arguments, far from what would fill a memory.
WHOLE_BYTES = 64 * 1024 * 1024

Body = bytes | AsyncIterable[bytes] | None


class Unreachable(Exception):
    """The server did not answer. `sent` says whether it may have heard the request."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Streamed:
    """An answer whose body is still to be read."""

    def __init__(
        self, status: int, headers: Mapping[str, str], connection: _Connection, method: str, seconds: float
    ) -> None:
        self.status = status
        self.headers = headers
        self._connection = connection
        self._seconds = seconds
        self._bodyless = method == "HEAD" or status in (204, 304) or status < 200

    async def pieces(self, *, silence: bool = True) -> AsyncIterator[bytes]:
        """The body as it comes.

        Args:
            silence: whether a body of no announced length may be silent for long, as a stream of events is.

        Raises:
            Unreachable: it broke off, or is not what its head says.
        """
        reader = self._connection.reader
        patience = None if silence else self._seconds
        try:
            if self._bodyless:
                pass
            elif "chunked" in self.headers.get("transfer-encoding", "").lower():
                async for piece in _chunks(reader, patience):
                    yield piece
            elif "content-length" in self.headers:
                left = _length(self.headers["content-length"])
                while left:
                    async with asyncio.timeout(self._seconds):
                        piece = await reader.read(min(left, PIECE_BYTES))
                    if not piece:
                        raise asyncio.IncompleteReadError(b"", left)
                    left -= len(piece)
                    yield piece
            else:
                self._connection.reusable = False
                async with asyncio.timeout(patience):
                    piece = await reader.read(PIECE_BYTES)
                while piece:
                    yield piece
                    async with asyncio.timeout(patience):
                        piece = await reader.read(PIECE_BYTES)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise Unreachable(f"The answer broke off: {error!r}", sent=True) from error
        self._connection.whole = True

    async def read(self, limit: int = WHOLE_BYTES) -> bytes:
        """The whole body."""
        found = bytearray()
        async for piece in self.pieces(silence=False):
            found += piece
            if len(found) > limit:
                raise Unreachable(f"The answer is longer than {limit:,} bytes", sent=True)
        return bytes(found)


@dataclass(slots=True, eq=False)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    idle_since: float = 0.0
    reusable: bool = True
    whole: bool = False

    def close(self) -> None:
        with suppress(Exception):  # a connection that broke may not be closable any more
            self.writer.close()

    @property
    def fresh(self) -> bool:
        gone = self.reader.at_eof() or self.writer.is_closing()
        return not gone and time.monotonic() - self.idle_since < IDLE_SECONDS


class Exchange:
    """Requests to one origin. Several may be under way, each on its connection."""

    def __init__(self, address: Address, *, user_agent: str, read_seconds: float = READ_SECONDS) -> None:
        self.address = address
        self.read_seconds = read_seconds
        self._agent = user_agent
        self._idle: deque[_Connection] = deque()
        self._tls: ssl.SSLContext | None = None
        self._closed = False

    async def ask(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: Body = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Send a request and read its answer whole, within `seconds` from when it is sent, or the usual patience.

        Raises:
            Unreachable: there was none.
        """
        async with self.stream(method, path, token=token, body=body, headers=headers, seconds=seconds) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: Body = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
        repeat: bool = True,
    ) -> AsyncIterator[Streamed]:
        """Send a request; its answer, whose body is read inside the block.

        Where a kept connection turns out to be broken it is sent once more, unless `repeat` is False: the server may
        have heard it.

        Raises:
            Unreachable: there was none.
        """
        head = self._head(method, path, token, body, headers or {})
        connection, answer = await self._begun(method, head, body, seconds or self.read_seconds, repeat)
        try:
            yield answer
        finally:
            if connection.whole and connection.reusable and not self._closed and len(self._idle) < IDLE_CONNECTIONS:
                connection.idle_since = time.monotonic()
                self._idle.append(connection)
            else:
                connection.close()

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    # --- inner

    def _head(self, method: str, path: str, token: str, body: Body, headers: Mapping[str, str]) -> bytes:
        lines = [f"{method} {self.address.prefix}{path} HTTP/1.1", f"Host: {self.address.authority}"]
        lines += (
            [f"User-Agent: {self._agent}", "Accept: application/json"]
            if "accept" not in headers
            else [f"User-Agent: {self._agent}"]
        )
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if isinstance(body, bytes):
            lines.append(f"Content-Length: {len(body)}")
            if "content-type" not in headers:
                lines.append("Content-Type: application/json")
        elif body is not None and "content-length" not in headers:
            lines.append("Transfer-Encoding: chunked")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        text = "\r\n".join(lines)
        if "\r\n\r\n" in text or "\0" in text or text.count("\n") != len(lines) - 1:
            raise ValueError("a header holds a line break")
        return text.encode("latin-1") + b"\r\n\r\n"

    async def _begun(
        self, method: str, head: bytes, body: Body, seconds: float, repeat: bool
    ) -> tuple[_Connection, Streamed]:
        while self._idle:
            kept = self._idle.pop()
            if not kept.fresh:
                kept.close()
                continue
            try:
                return kept, await self._answered(kept, method, head, body, seconds)
            except Unreachable as error:
                kept.close()
                broken = isinstance(error.__cause__, ConnectionError | asyncio.IncompleteReadError)
                if not (broken and repeat and (body is None or isinstance(body, bytes))):
                    raise
            except BaseException:
                kept.close()
                raise
        connection = await self._connect()
        try:
            return connection, await self._answered(connection, method, head, body, seconds)
        except BaseException:
            connection.close()
            raise

    async def _connect(self) -> _Connection:
        address = self.address
        if address.secure and self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    address.host, address.port, ssl=self._tls if address.secure else None, limit=HEAD_BYTES
                )
        except (OSError, TimeoutError) as error:
            raise Unreachable(str(error) or "no connection within 5 seconds", sent=False) from error
        return _Connection(reader, writer)

    async def _answered(
        self, connection: _Connection, method: str, head: bytes, body: Body, seconds: float
    ) -> Streamed:
        connection.whole = False
        reader = connection.reader
        try:
            await self._send(connection, head, body, self.read_seconds)
            async with asyncio.timeout(seconds):
                status, headers = _read_head(await reader.readuntil(b"\r\n\r\n"))
                while status == 100:
                    status, headers = _read_head(await reader.readuntil(b"\r\n\r\n"))
        except TimeoutError as error:
            raise Unreachable(f"no answer within {seconds:g} seconds", sent=True) from error
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise Unreachable(str(error) or repr(error), sent=True) from error
        connection.reusable = headers.get("connection", "").lower() != "close"
        return Streamed(status, headers, connection, method, self.read_seconds)

    @staticmethod
    async def _send(connection: _Connection, head: bytes, body: Body, seconds: float) -> None:
        """Hand a request to the network; one that takes nothing for `seconds` is gone."""
        writer = connection.writer
        if body is None or isinstance(body, bytes):
            whole = memoryview(head + (body or b""))
            for begin in range(0, len(whole), PIECE_BYTES):
                writer.write(whole[begin : begin + PIECE_BYTES])
                async with asyncio.timeout(seconds):
                    await writer.drain()
            return
        writer.write(head)
        chunked = b"transfer-encoding: chunked" in head.lower()
        async for piece in body:
            if piece:
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                async with asyncio.timeout(seconds):
                    await writer.drain()
        if chunked:
            writer.write(b"0\r\n\r\n")
        async with asyncio.timeout(seconds):
            await writer.drain()


def _read_head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    protocol, status, *_ = first.split(" ", 2)
    if not protocol.startswith("HTTP/1."):
        raise ValueError(f"{first[:40]!r} is no answer of HTTP/1")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(status), headers


def _length(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{text[:40]!r} is no length")
    return int(text)


async def _chunks(reader: asyncio.StreamReader, seconds: float | None) -> AsyncIterator[bytes]:
    while True:
        async with asyncio.timeout(seconds):
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        while size:
            async with asyncio.timeout(seconds):
                piece = await reader.read(min(size, PIECE_BYTES))
            if not piece:
                raise asyncio.IncompleteReadError(b"", size)
            size -= len(piece)
            yield piece
            if not size:
                await reader.readexactly(2)
                break
        else:
            while (await reader.readuntil(b"\r\n")) != b"\r\n":
                pass
            return
