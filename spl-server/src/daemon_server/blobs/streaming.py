"""Bodies of any size through a process of a small one."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import anyio
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from daemon_server.http.problems import Invalid, ServerProblem

# Bytes go to and come from the disk in pieces of this size: each costs a change of threads, and a few are in memory.
PIECE_BYTES = 1024 * 1024

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


class RangeNotSatisfiable(ServerProblem):
    """The content ends before the range that was asked for."""

    code = "range_not_satisfiable"
    status = 416
    hint = "Content-Length of a HEAD says how long it is."


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to `end`, without the one at `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


def span_of(header: str | None, size: int) -> Span | None:
    """The one range a header asks for; None where it asks for none, or for what servers may answer as a whole.

    Raises:
        RangeNotSatisfiable
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:  # the last so many
        start, end = max(0, size - int(last)), size
    else:
        start = int(first)
        end = min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size or start >= end:
        raise RangeNotSatisfiable(f"It has {size} bytes.", size=size)
    return Span(start, end)


class BodyBrokenOff(Invalid):
    """The body broke off before it was whole."""

    code = "body_broken_off"
    status = 400


async def pour(body: AsyncIterator[bytes], write: Callable[[bytearray], None]) -> None:
    """Hand a body to `write`, which blocks, in another thread; while it writes one piece, the next arrives.

    Raises:
        BodyBrokenOff: the client has left, so nobody reads this; but it is no fault of the server's.
    """
    buffer = bytearray()
    writing: asyncio.Task[None] | None = None
    try:
        async for chunk in body:
            buffer += chunk
            if len(buffer) >= PIECE_BYTES:
                if writing is not None:
                    await writing
                writing = asyncio.create_task(asyncio.to_thread(write, buffer))
                buffer = bytearray()
        if writing is not None:
            await writing
            writing = None
        if buffer:
            await asyncio.to_thread(write, buffer)
    except ClientDisconnect:
        raise BodyBrokenOff from None
    finally:
        if writing is not None:  # nobody closes a file that a thread is writing to
            with anyio.CancelScope(shield=True):
                await asyncio.wait([writing])


class ContentResponse(StreamingResponse):
    """A file's bytes, from a descriptor that is closed whatever happens."""

    def __init__(self, descriptor: int, span: Span, *, status_code: int, headers: dict[str, str], media_type: str):
        self._descriptor = descriptor
        super().__init__(_pieces(descriptor, span), status_code=status_code, headers=headers, media_type=media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            os.close(self._descriptor)


async def _pieces(descriptor: int, span: Span) -> AsyncIterator[bytes]:
    at = span.start
    while at < span.end:
        data = await asyncio.to_thread(os.pread, descriptor, min(PIECE_BYTES, span.end - at), at)
        if not data:  # cut short behind our back: a body that ends too soon is seen by the client
            return
        at += len(data)
        yield data
