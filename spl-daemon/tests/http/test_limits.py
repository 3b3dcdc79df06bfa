"""Bodies: how large, how slow, how nested."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message

from spl.daemon.http.limits import BodyLimits
from spl.daemon.http.problems import HANDLERS, Unexpected
from spl.daemon.http.routing import Router, StrictModel

pytestmark = pytest.mark.anyio

SIZES = {"body_bytes": 100, "publish_bytes": 200, "blob_bytes": 1000}


class Body(StrictModel):
    """A body with a field."""

    text: Any = None


@pytest.fixture
def app() -> FastAPI:
    router = Router()

    @router.post("/runs")
    async def runs(body: Body) -> dict[str, Any]:
        return {"got": body.text}

    @router.post("/objects")
    async def objects(request: Request) -> int:
        return len(await request.body())

    @router.put("/blobs/{sha256}")
    async def blobs(sha256: str, request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    app = FastAPI(
        exception_handlers=HANDLERS,
        middleware=[Middleware(BodyLimits, sizes=SIZES, seconds=0.2), Middleware(Unexpected)],
    )
    app.include_router(router)
    return app


def sized(body: bytes) -> list[tuple[str, str]]:
    return [("Content-Length", str(len(body))), ("Content-Type", "application/json")]


CHUNKED = [("Transfer-Encoding", "chunked"), ("Content-Type", "application/json")]


def text(size: int) -> bytes:
    """A JSON body of exactly this size."""
    return b'{"text":"' + b"x" * (size - 11) + b'"}'


async def test_a_body_of_the_limit_is_read(app: ASGIApp, wire: Any) -> None:
    answer = await wire.ask(app, "POST", "/runs", sized(text(100)), [text(100)])

    assert answer.status == 200


async def test_one_byte_more_is_refused_before_it_is_read(app: ASGIApp, wire: Any) -> None:
    async def unread() -> Message:
        raise AssertionError("the body was read")

    answer = await wire.ask(app, "POST", "/runs", sized(text(101)), receive=unread)

    assert (answer.status, answer.code) == (413, "body_too_large")
    assert answer.headers["connection"] == "close"


async def test_an_unannounced_body_is_counted_while_it_comes(app: ASGIApp, wire: Any) -> None:
    whole = text(101)

    answer = await wire.ask(app, "POST", "/runs", CHUNKED, [whole[:60], whole[60:]])

    assert (answer.status, answer.code) == (413, "body_too_large")


@pytest.mark.parametrize(("path", "method", "limit"), [("/objects", "POST", 200), ("/blobs/ab", "PUT", 1000)])
async def test_each_route_has_its_own_limit(app: ASGIApp, wire: Any, path: str, method: str, limit: int) -> None:
    fits = await wire.ask(app, method, path, CHUNKED, [b"x" * limit])
    too_large = await wire.ask(app, method, path, CHUNKED, [b"x" * limit, b"x"])

    assert (fits.status, fits.json()) == (200, limit)
    assert (too_large.status, too_large.code) == (413, "body_too_large")


async def test_a_body_that_stops_coming_is_given_up(app: ASGIApp, wire: Any) -> None:
    pieces = [b'{"text":']

    async def slow() -> Message:
        if pieces:
            return {"type": "http.request", "body": pieces.pop(), "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError

    answer = await wire.ask(app, "POST", "/runs", CHUNKED, receive=slow)

    assert (answer.status, answer.code) == (408, "body_too_slow")


async def test_dripping_does_not_keep_a_body_alive(app: ASGIApp, wire: Any) -> None:
    async def dripping() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b" ", "more_body": True}

    answer = await wire.ask(app, "POST", "/runs", CHUNKED, receive=dripping)

    assert (answer.status, answer.code) == (408, "body_too_slow")


async def test_a_blob_may_take_longer_as_long_as_it_comes(app: ASGIApp, wire: Any) -> None:
    left = 10

    async def steady() -> Message:
        nonlocal left
        left -= 1
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": left > 0}

    answer = await wire.ask(app, "PUT", "/blobs/ab", CHUNKED, receive=steady)

    assert (answer.status, answer.json()) == (200, 10)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"text": NaN}', "NaN is not a JSON value"),
        (b'{"text": -Infinity}', "-Infinity is not a JSON value"),
        (b'{"text": "\\ud800"}', "not valid Unicode"),
        (b'{"text": "\xff"}', "not valid Unicode"),
        (b"[" * 50 + b"]" * 49, "Expecting"),
        (b'{"text": 1', "Expecting"),
        (b"", "required"),
    ],
)
async def test_what_is_not_json_is_refused_with_the_reason(app: ASGIApp, wire: Any, body: bytes, said: str) -> None:
    answer = await wire.ask(app, "POST", "/runs", sized(body), [body])

    assert (answer.status, answer.code) == (422, "invalid_request")
    assert said in answer.problem["detail"]


async def test_nesting_that_would_exhaust_the_stack_is_refused(wire: Any) -> None:
    from spl.daemon.http.routing import strict_json

    with pytest.raises(ValueError, match="nested too deeply"):
        strict_json(b"[" * 200_000 + b"]" * 200_000)


async def test_a_pair_of_surrogates_is_a_character(app: ASGIApp, wire: Any) -> None:
    body = b'{"text": "\\ud83d\\ude00"}'

    answer = await wire.ask(app, "POST", "/runs", sized(body), [body])

    assert answer.json() == {"got": "\U0001f600"}
