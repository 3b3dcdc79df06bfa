"""How much of a body is read, and for how long: beyond it the request is refused, whatever it says."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from daemon_server.http.problems import Invalid, TooLarge


class CompressedBody(Invalid):
    """Request bodies are not compressed."""

    code = "compressed_body"
    status = 415


def bounded(scope: Scope, receive: Receive, *, limit: int, seconds: float, streamed: bool) -> Receive:
    """`receive` that gives up on a body too large or too slow. A streamed one may take its time, but not pause.

    Raises:
        TooLarge: the body's announced length is over the limit.
        CompressedBody: it would have to be unpacked first, to nobody knows what size.
    """
    announced, chunked, encoding = _announced(scope)
    if encoding not in (b"", b"identity"):
        raise CompressedBody(hint="Send the body as it is, without Content-Encoding.")
    if announced > limit:
        raise TooLarge(_too_large(limit), limit=limit)
    if announced == 0 and not chunked:
        return receive
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    got = 0
    complete = False

    async def body() -> Message:
        nonlocal got, complete
        if complete:  # what is awaited now is the client's leaving
            return await receive()
        try:
            async with asyncio.timeout_at(loop.time() + seconds if streamed else deadline):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, f"The body did not arrive within {seconds:g} seconds.") from None
        got += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if got > limit:
            raise HTTPException(413, _too_large(limit))
        return message

    return body


def has_body(scope: Scope) -> bool:
    """Whether the request brings a body."""
    announced, chunked, _ = _announced(scope)
    return announced > 0 or chunked


def _announced(scope: Scope) -> tuple[int, bool, bytes]:
    """The body's announced length, whether it comes in chunks of unknown number, and how it is packed."""
    length, chunked, encoding = 0, False, b""
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value)  # the HTTP parser has refused anything but digits
        elif name == b"transfer-encoding":
            chunked = True
        elif name == b"content-encoding":
            encoding = value.strip().lower()
    return length, chunked, encoding


def _too_large(limit: int) -> str:
    return f"The request's body is larger than {limit:,} bytes."
