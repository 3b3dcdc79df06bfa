"""How much of a body is read, and for how long: beyond it the request is refused, whatever it says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spl.core.errors import BodyTooLarge
from spl.daemon.http.policy import TOKEN, Body, Policy, policy_for
from spl.daemon.http.problems import respond


class BodyLimits:
    """Caps each request's body by the policy of its route."""

    def __init__(self, app: ASGIApp, *, sizes: Mapping[Body, int], seconds: float) -> None:
        self.app = app
        self._sizes = sizes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced, chunked = _announced(scope)
        if announced == 0 and not chunked:
            await self.app(scope, receive, send)
            return
        policy = policy_for(scope["method"], scope["path"]) or TOKEN
        limit = self._sizes[policy.body]
        if announced > limit:
            await respond(BodyTooLarge(_too_large(limit), limit=limit), {"Connection": "close"})(scope, receive, send)
            return
        await self.app(scope, self._bounded(receive, limit, policy), send)

    def _bounded(self, receive: Receive, limit: int, policy: Policy) -> Receive:
        """`receive` that gives up on a body too large or too slow. A streamed one may take its time, but not pause."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds
        got = 0
        complete = False

        async def bounded() -> Message:
            nonlocal got, complete
            if complete:  # what is awaited now is the client's leaving
                return await receive()
            try:
                async with asyncio.timeout_at(loop.time() + self._seconds if policy.streamed else deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, f"The body did not arrive within {self._seconds:g} seconds.") from None
            got += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if got > limit:
                raise HTTPException(413, _too_large(limit))
            return message

        return bounded


def _announced(scope: Scope) -> tuple[int, bool]:
    """The body's announced length, and whether it comes in chunks of unknown number."""
    length = 0
    chunked = False
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value)  # the HTTP parser has refused anything but digits
        elif name == b"transfer-encoding":
            chunked = True
    return length, chunked


def _too_large(limit: int) -> str:
    return f"The request's body is larger than {limit:,} bytes."
