"""Errors as RFC 9457 problem documents. Nothing of an exception leaves the server but what a problem says."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from daemon_server.errors import Refusal
from daemon_server.http.problems import BodyTooSlow, Invalid, MethodNotAllowed, NotFound, ServerProblem, TooLarge
from daemon_server.logs import request_id

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

# A request with a thousand mistakes is told of the first ones: more help nobody.
FIELDS_NAMED = 20
# What a client sent is repeated only so far: enough to recognise it, too little to leak or to fill a log.
ECHO_CHARACTERS = 200
# When to come back after a refusal that names no time of its own.
RETRY_SECONDS = 1

type Problem = ServerProblem | Refusal


def respond(error: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that tells of `error`."""
    headers = dict(headers or {})
    problem = document(error)
    if error.status in (429, 503, 507):
        seconds = problem.get("details", {}).get("retry_after", RETRY_SECONDS)
        headers.setdefault("Retry-After", str(seconds))
    if error.status == 401:
        headers.setdefault("WWW-Authenticate", "Bearer")
    content = json.dumps(problem, default=_shortened, allow_nan=False)
    return Response(content, status_code=error.status, headers=headers, media_type=MEDIA_TYPE)


def document(error: Problem) -> dict[str, Any]:
    """A problem, whichever tree it grows on, as RFC 9457 has it."""
    if isinstance(error, ServerProblem):
        return error.document()
    return {
        "type": "about:blank",
        "title": (type(error).__doc__ or "").strip().splitlines()[0],
        "status": error.status,
        "code": error.code,
        "detail": error.message,
        **({"hint": error.hint} if error.hint else {}),
    }


async def on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServerProblem | Refusal)
    return respond(error)


async def on_invalid(request: Request, error: Exception) -> Response:
    """A request that does not fit the route's models: every field that is wrong is named."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if found and found[0]["type"] == "json_invalid":
        return respond(Invalid(f"The body is not JSON: {found[0]['ctx']['error'][:ECHO_CHARACTERS]}."))
    fields = [
        {"field": _where(entry["loc"]), "problem": str(entry["msg"])[:ECHO_CHARACTERS]}
        for entry in found[:FIELDS_NAMED]
    ]
    listed = "; ".join(f"{entry['field']}: {entry['problem']}" for entry in fields[:3])
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return respond(Invalid(f"The request is not valid: {listed}{more}.", fields=fields))


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What the framework itself refuses; the gate has refused unknown paths and wrong methods before."""
    assert isinstance(error, HTTPException)
    path = request.url.path[:ECHO_CHARACTERS]
    match error.status_code:
        case 404:
            return respond(NotFound(f"There is nothing at {path}."))
        case 405:
            return respond(MethodNotAllowed(f"{request.method} is not possible at {path}."), error.headers)
        case 408:
            return respond(BodyTooSlow(str(error.detail)), {"Connection": "close"})
        case 413:
            return respond(TooLarge(str(error.detail)), {"Connection": "close"})
    return respond(Invalid(str(error.detail)[:ECHO_CHARACTERS]))


HANDLERS: dict[Any, Any] = {
    ServerProblem: on_problem,
    Refusal: on_problem,
    RequestValidationError: on_invalid,
    HTTPException: on_http_exception,
}


class Unexpected:
    """The net below every route: an exception nobody expected is logged whole, and told by its number alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            number = request_id.get()
            log.exception("%s %s failed unexpectedly", scope.get("method"), scope.get("path"))
            if started:
                raise  # half an answer is out: closing the connection is the only honest end
            error = ServerProblem(hint=f"The server's log tells more about request {number}.", request_id=number)
            await respond(error)(scope, receive, send)


def _where(location: Sequence[Any]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _shortened(value: object) -> str:
    return str(value)[:ECHO_CHARACTERS]
