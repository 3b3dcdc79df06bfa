"""The router every feature uses: no route without a rule, and JSON that is read strictly."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from daemon_server.http.rules import Rule

type Handler = Callable[..., Any]


class StrictModel(BaseModel):
    """A request body: a field nobody knows is an error, not a typo to be ignored, and `false` is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class StrictRequest(Request):
    """A request whose JSON is JSON: no NaN, no lone surrogates, no depth that exhausts the stack."""

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = strict_json(await self.body())
        return self._json


class RuledRoute(APIRoute):
    """A route that carries its rule."""

    rule: Rule

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return strict


class Router(APIRouter):
    """An `APIRouter` whose verbs take a `rule=`. Include one in another and the rules come along."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=RuledRoute, **options)

    def include_router(self, router: APIRouter, **options: Any) -> None:
        """Take over the routes of another, as they are: whoever reads the rules finds all routes in one list."""
        if options:
            raise TypeError(f"routes are taken over as they are, without {', '.join(options)}")
        self.routes.extend(router.routes)

    def _ruled(self, method: str, path: str, rule: Rule, options: dict[str, Any]) -> Callable[[Handler], Handler]:
        extra = {**(options.pop("openapi_extra", None) or {}), RULE_KEY: rule}

        def define(handler: Handler) -> Handler:
            self.add_api_route(path, handler, methods=[method], openapi_extra=extra, **options)
            return handler

        return define

    def get(self, path: str, *, rule: Rule, **options: Any) -> Callable[[Handler], Handler]:  # type: ignore[override]
        return self._ruled("GET", path, rule, options)

    def post(self, path: str, *, rule: Rule, **options: Any) -> Callable[[Handler], Handler]:  # type: ignore[override]
        return self._ruled("POST", path, rule, options)

    def put(self, path: str, *, rule: Rule, **options: Any) -> Callable[[Handler], Handler]:  # type: ignore[override]
        return self._ruled("PUT", path, rule, options)

    def patch(self, path: str, *, rule: Rule, **options: Any) -> Callable[[Handler], Handler]:  # type: ignore[override]
        return self._ruled("PATCH", path, rule, options)

    def delete(self, path: str, *, rule: Rule, **options: Any) -> Callable[[Handler], Handler]:  # type: ignore[override]
        return self._ruled("DELETE", path, rule, options)

    def head(self, path: str, *, rule: Rule, **options: Any) -> Callable[[Handler], Handler]:  # type: ignore[override]
        return self._ruled("HEAD", path, rule, options)


# Where a route's rule travels; whoever draws the OpenAPI document takes it out again.
RULE_KEY = "x-spl-rule"


def rule_of(route: APIRoute) -> Rule:
    """The rule of a route.

    Raises:
        KeyError: it was defined without our `Router`.
    """
    rule = (route.openapi_extra or {})[RULE_KEY]
    assert isinstance(rule, Rule)
    return rule


def strict_json(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        json.JSONDecodeError: it is no JSON.
    """
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
        if b"\\u" in body:  # only an escape can bring half a character into valid UTF-8
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise json.JSONDecodeError("nested too deeply", "", 0) from None
    except UnicodeError:
        raise json.JSONDecodeError("text that is not valid Unicode", "", 0) from None
    except ValueError as error:
        raise json.JSONDecodeError(str(error), "", 0) from None
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")
