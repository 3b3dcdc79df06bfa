"""The picture of the API that `/openapi.json` gives: as FastAPI draws it, with our errors and our door in it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from spl.daemon.http.policy import PUBLIC, policy_for
from spl.daemon.http.problems import MEDIA_TYPE

BEARER = {"type": "http", "scheme": "bearer", "description": "The token in the home's `daemon-endpoint.json`."}


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
    components["securitySchemes"] = {"token": BEARER}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _complete(operation, public=policy_for(method.upper(), path) is PUBLIC)
    return schema


def _complete(operation: dict[str, Any], *, public: bool) -> None:
    operation["security"] = [] if public else [{"token": []}]
    problem = {
        "description": "What went wrong",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = problem
