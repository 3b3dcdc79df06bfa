"""Errors as RFC 9457 problem documents. Nothing of an exception leaves the daemon but what an `SPLError` says."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spl.core.errors import (
    BodyTooLarge,
    BodyTooSlow,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    SPLError,
)
from spl.daemon.http.policy import allowed_methods

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

# A request with a thousand mistakes is told of the first ones: more help nobody.
FIELDS_NAMED = 20
# What a client sent is repeated only so far: enough to recognise it, too little to leak or to fill a log.
ECHO_CHARACTERS = 200


def respond(error: SPLError, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that tells of `error`."""
    headers = dict(headers or {})
    if error.status == 503:
        headers.setdefault("Retry-After", str(error.details.get("retry_after", 1)))
    if error.status == 401:
        headers.setdefault("WWW-Authenticate", "Bearer")
    content = json.dumps(error.problem(), default=_shortened, allow_nan=False)
    return Response(content, status_code=error.status, headers=headers, media_type=MEDIA_TYPE)


async def on_spl_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SPLError)
    return respond(error)


async def on_invalid(request: Request, error: Exception) -> Response:
    """A request that does not fit the route's models: every field that is wrong is named."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if found and found[0]["type"] == "json_invalid":
        return respond(InvalidRequest(f"The body is not JSON: {found[0]['ctx']['error'][:ECHO_CHARACTERS]}."))
    fields = [
        {"field": _where(entry["loc"]), "problem": str(entry["msg"])[:ECHO_CHARACTERS]}
        for entry in found[:FIELDS_NAMED]
    ]
    listed = "; ".join(f"{entry['field']}: {entry['problem']}" for entry in fields[:3])
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return respond(InvalidRequest(f"The request is not valid: {listed}{more}.", fields=fields))


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown paths, wrong methods, bodies that are no JSON."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    match error.status_code:
        case 404:
            return respond(NotFound(f"There is nothing at {path[:ECHO_CHARACTERS]}."))
        case 405:
            return respond(*method_not_allowed(request.method, path))
        case 408:
            return respond(BodyTooSlow(str(error.detail)), {"Connection": "close"})
        case 413:
            return respond(BodyTooLarge(str(error.detail)), {"Connection": "close"})
    return respond(InvalidRequest(str(error.detail)))


def method_not_allowed(method: str, path: str) -> tuple[SPLError, dict[str, str]]:
    """The refusal of a method, and the header that names the right ones."""
    allowed = ", ".join(allowed_methods(path))
    return MethodNotAllowed(f"{method} is not possible at {path[:ECHO_CHARACTERS]}.", allowed=allowed), {
        "Allow": allowed
    }


HANDLERS: dict[Any, Any] = {
    SPLError: on_spl_error,
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
            number = secrets.token_hex(6)
            log.exception("%s %s failed unexpectedly, request %s", scope.get("method"), scope.get("path"), number)
            if started:
                raise  # half an answer is out: closing the connection is the only honest end
            await respond(_internal(number))(scope, receive, send)


def _internal(number: str) -> InternalError:
    return InternalError(hint=f"The daemon's log tells more about request {number}.", request_id=number)


def _where(location: Sequence[Any]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _shortened(value: object) -> str:
    return str(value)[:ECHO_CHARACTERS]
