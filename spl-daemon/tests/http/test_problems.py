"""Every error is a problem document; none says more than it should."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import Field
from starlette.middleware import Middleware
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp

from spl.core.errors import QueueFull, RunFailed, SPLError, Unauthorized, every_error
from spl.daemon.http.problems import HANDLERS, Unexpected, respond
from spl.daemon.http.routing import Router, StrictModel

pytestmark = pytest.mark.anyio

JSON = [("Content-Type", "application/json")]


class Order(StrictModel):
    """Two fields with rules."""

    name: str = Field(max_length=3)
    count: int


@pytest.fixture
def app() -> FastAPI:
    router = Router()

    @router.post("/runs")
    async def order(body: Order) -> dict[str, Any]:
        return {}

    @router.get("/status")
    async def crash() -> None:
        raise RuntimeError("the password is hunter2")

    @router.get("/objects")
    async def full() -> None:
        raise QueueFull(retry_after=7)

    @router.get("/runs")
    async def half() -> StreamingResponse:
        async def pieces() -> Any:
            yield b"half"
            raise RuntimeError("in the middle")

        return StreamingResponse(pieces())

    app = FastAPI(exception_handlers=HANDLERS, middleware=[Middleware(Unexpected)], redirect_slashes=False)
    app.include_router(router)
    return app


async def test_an_error_is_its_problem_document(app: ASGIApp, wire: Any) -> None:
    answer = await wire.ask(app, "GET", "/objects")

    assert answer.status == 503
    assert answer.problem["code"] == "queue_full"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "7"


async def test_every_field_that_is_wrong_is_named(app: ASGIApp, wire: Any) -> None:
    answer = await wire.ask(app, "POST", "/runs", JSON, [b'{"name": "too long", "surprise": 1}'])

    assert (answer.status, answer.code) == (422, "invalid_request")
    assert {entry["field"] for entry in answer.problem["details"]["fields"]} == {"name", "count", "surprise"}
    assert "count: Field required" in answer.problem["detail"]


async def test_what_was_sent_is_not_sent_back(app: ASGIApp, wire: Any) -> None:
    answer = await wire.ask(app, "POST", "/runs", JSON, [b'{"name": "' + b"s3cret" * 1000 + b'", "count": 1}'])

    assert answer.status == 422
    assert b"s3cret" not in answer.body


async def test_thousands_of_mistakes_make_a_short_answer(app: ASGIApp, wire: Any) -> None:
    body = b"{" + b",".join(b'"f%d":1' % i for i in range(5000)) + b"}"

    answer = await wire.ask(app, "POST", "/runs", JSON, [body])

    assert len(answer.body) < 5000


async def test_an_unknown_path_is_not_found(app: ASGIApp, wire: Any) -> None:
    answer = await wire.ask(app, "GET", "/nowhere/at/all")

    assert (answer.status, answer.code) == (404, "not_found")
    assert "/nowhere/at/all" in answer.problem["detail"]


async def test_a_long_path_is_not_repeated_whole(app: ASGIApp, wire: Any) -> None:
    answer = await wire.ask(app, "GET", "/" + "x" * 10_000)

    assert answer.status == 404
    assert len(answer.body) < 1000


async def test_a_wrong_method_is_told_the_right_ones(app: ASGIApp, wire: Any) -> None:
    answer = await wire.ask(app, "PATCH", "/runs")

    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"


async def test_what_nobody_expected_is_told_by_its_number_alone(
    app: ASGIApp, wire: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await wire.ask(app, "GET", "/status")

    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"hunter2" not in answer.body
    assert b"RuntimeError" not in answer.body
    number = answer.problem["details"]["request_id"]
    assert number in caplog.text
    assert "hunter2" in caplog.text


async def test_a_broken_stream_is_broken_not_completed(
    app: ASGIApp, wire: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Exception, match="in the middle"):
        await wire.ask(app, "GET", "/runs")


def test_a_refusal_for_want_of_a_token_says_which_scheme() -> None:
    assert respond(Unauthorized()).headers["www-authenticate"] == "Bearer"


def test_details_that_are_no_json_do_not_hide_the_error() -> None:
    assert b"object at" in respond(SPLError("odd", what=object())).body


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.__name__)
def test_every_error_can_be_told(kind: type[SPLError]) -> None:
    answer = respond(kind())

    assert answer.status_code == kind.status
    assert 400 <= answer.status_code < 600


def test_a_run_that_failed_is_no_failure_of_the_daemon() -> None:
    assert respond(RunFailed()).status_code == 422
