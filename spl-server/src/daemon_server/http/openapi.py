"""The picture of the API that `/openapi.json` gives: as FastAPI draws it, with our errors and our rules in it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from daemon_server.http.answers import MEDIA_TYPE
from daemon_server.http.routing import RULE_KEY, RuledRoute, rule_of
from daemon_server.http.rules import Rule

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token: of a user, a machine, a library's executions, an enrolment, or a run.",
}
COOKIE = {"type": "apiKey", "in": "cookie", "name": "__Host-spl_session", "description": "A console's session."}
KINDS = ("user", "machine", "subtoken", "execution", "enrolment", "capability")


class Problem(BaseModel):
    """An error, as RFC 9457 has it. Programs look at `code`; people read `detail` and `hint`."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str | None = None
    details: dict[str, Any] | None = None


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, drawn when it is asked for the first time."""
    if app.openapi_schema is None:
        app.openapi_schema = _draw(app)
    return app.openapi_schema


def _draw(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {"token": BEARER, "session": COOKIE}
    rules = {(path, method.lower()): rule for path, method, rule in _rules(app)}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _complete(operation, rules[path, method])
    return schema


def _rules(app: FastAPI) -> list[tuple[str, str, Rule]]:
    return [
        (route.path_format, method, rule_of(route))
        for route in app.routes
        if isinstance(route, RuledRoute)
        for method in route.methods or ()
    ]


def _complete(operation: dict[str, Any], rule: Rule) -> None:
    operation.pop(RULE_KEY, None)
    operation["security"] = [] if rule.public else [{"token": []}, *([{"session": []}] if rule.user else [])]
    operation["x-spl-credentials"] = _credentials(rule)
    problem = {
        "description": "What went wrong",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = problem


def _credentials(rule: Rule) -> dict[str, str | bool]:
    """Which kinds of credential may come in, each with the scope it needs, or true."""
    if rule.public:
        return {"anybody": True}
    return {kind: getattr(rule, kind) for kind in KINDS if getattr(rule, kind)}
