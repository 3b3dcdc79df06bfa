"""One request, one answer, and what a conversation of several is made of.

A *flow* is a generator that yields requests and is sent their answers. It holds what is said and in which order, but
not how it travels: `drive` runs it over a blocking transport, `drive_async` over an asyncio one.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from spl.core.errors import SPLError

READ_TIMEOUT = 35.0
"""Seconds without a byte after which the daemon is taken for gone: a long poll and ten seconds for a busy disk."""

LONG_POLL = 25.0
"""Seconds that one request may wait for news; shorter than what proxies and NAT tables allow an idle connection."""

SLACK = READ_TIMEOUT - LONG_POLL

type Json = Any
type Query = Mapping[str, str | int | float | bool | None]

_NONE: Mapping[str, str] = MappingProxyType({})
_ALWAYS_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked.

    Attributes:
        path: the path with its query, percent-encoded.
        body: the bytes to send, or the file whose content is sent.
        into: the file that takes the answer's body, where it is too large to be held.
        offset: bytes of the answer that `into` has already; only the rest is asked for, and added to it.
        headers: further ones, such as which form of the answer is wanted.
        timeout: seconds without a byte after which the daemon is taken for gone.
        keyed: sending it twice does what sending it once does, because it carries an idempotency key.
    """

    method: str
    path: str
    body: bytes | Path | None = None
    media_type: str = "application/json"
    into: Path | None = None
    timeout: float = READ_TIMEOUT
    keyed: bool = False
    offset: int = 0
    headers: Mapping[str, str] = _NONE

    @property
    def repeatable(self) -> bool:
        return self.keyed or self.method in _ALWAYS_REPEATABLE


@dataclass(frozen=True, slots=True)
class Response:
    """What was answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Json:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Pause:
    """A step of a flow that only lets time go by."""

    seconds: float


type Step = Request | Pause
type Flow[T] = Generator[Step, Any, T]


class Sends(Protocol):
    """Whatever requests can be given to."""

    def send(self, request: Request) -> Response: ...


class AsyncSends(Protocol):
    """The same, for asyncio."""

    async def send(self, request: Request) -> Response: ...


class Transport(Protocol):
    """Carries requests to one daemon."""

    def send(self, request: Request) -> Response:
        """The answer, whatever its status.

        Raises:
            DaemonUnreachable: there was none; `details["sent"]` says whether the request may have arrived.
        """
        ...

    def stream(self, request: Request) -> AbstractContextManager[Iterator[bytes]]:
        """The answer's body line by line, for as long as it goes on."""
        ...

    def close(self) -> None: ...


class AsyncTransport(Protocol):
    """The same, for asyncio."""

    async def send(self, request: Request) -> Response: ...

    def stream(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...

    async def close(self) -> None: ...


def encode_json(document: Json) -> bytes:
    """Compact UTF-8 JSON; NaN is refused, for the value codec has its own form for it."""
    return _JSON.encode(document).encode()


def get(path: str, query: Query | None = None, *, wait: float = 0.0) -> Request:
    """A read, that may wait `wait` seconds for news."""
    return Request("GET", _with_query(path, query), timeout=READ_TIMEOUT if wait <= LONG_POLL else wait + SLACK)


def with_range(request: Request) -> Mapping[str, str]:
    """The headers a request asks for, with the part of the answer that it wants."""
    return {**request.headers, "Range": f"bytes={request.offset}-"} if request.offset else request.headers


def put(path: str, document: Json = None) -> Request:
    """Set something to what it shall be; doing that twice is doing it once."""
    return Request("PUT", path, encode_json(document))


def patch(path: str, document: Json = None) -> Request:
    """Change some of something; the same change twice is one, so it may be repeated."""
    return Request("PATCH", path, encode_json(document), keyed=True)


def post(
    path: str, document: Json = None, query: Query | None = None, *, wait: float = 0.0, keyed: bool = False
) -> Request:
    """A change, that may wait `wait` seconds for its outcome."""
    timeout = READ_TIMEOUT if wait <= LONG_POLL else wait + SLACK
    return Request("POST", _with_query(path, query), encode_json(document), timeout=timeout, keyed=keyed)


def delete(path: str) -> Request:
    return Request("DELETE", path)


def segment(name: str) -> str:
    """A name as one segment of a path."""
    if name.isalnum() and name.isascii():
        return name
    from urllib.parse import quote

    return quote(name, safe="")


def _with_query(path: str, query: Query | None) -> str:
    if not query:
        return path
    from urllib.parse import urlencode

    given = {name: _text(value) for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def drive[T](flow: Flow[T], transport: Sends) -> T:
    """Run a flow to its end. An error answer is raised inside the flow, at its `yield`."""
    from spl.core.wire.problem import raise_for_problem

    try:
        step = next(flow)
        while True:
            try:
                if isinstance(step, Request):
                    response = transport.send(step)
                    if response.status >= 300:
                        raise_for_problem(response)
                    answer: Response | None = response
                else:
                    time.sleep(step.seconds)
                    answer = None
            except SPLError as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result


async def drive_async[T](flow: Flow[T], transport: AsyncSends) -> T:
    """Run a flow to its end without blocking the event loop."""
    import asyncio

    from spl.core.wire.problem import raise_for_problem

    try:
        step = next(flow)
        while True:
            try:
                if isinstance(step, Request):
                    response = await transport.send(step)
                    if response.status >= 300:
                        raise_for_problem(response)
                    answer: Response | None = response
                else:
                    await asyncio.sleep(step.seconds)
                    answer = None
            except SPLError as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        flow.close()
