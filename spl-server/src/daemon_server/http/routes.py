"""The server itself over HTTP: is it well, which one is it, and how is it doing."""

from __future__ import annotations

import json
from typing import Literal

from fastapi import Request, Response
from pydantic import BaseModel

from daemon_server import __version__
from daemon_server.http import metrics
from daemon_server.http.dependencies import ServerDep
from daemon_server.http.openapi import document
from daemon_server.http.routing import Router
from daemon_server.http.rules import PUBLIC, Rule

router = Router(tags=["server"])

# Daemons and clients from this version on are understood.
OLDEST_CLIENT = "1.0.0"


class Health(BaseModel):
    """The server answers, and its database does."""

    status: Literal["ok", "draining"] = "ok"


class Version(BaseModel):
    """Which server this is, and whom it understands.

    `started_at` is epoch milliseconds.
    """

    version: str
    oldest_client: str
    database: Literal["sqlite", "postgresql"]
    started_at: int
    max_wait_seconds: float
    limits: dict[str, int]


LIMITS = ("body_bytes", "publish_bytes", "sync_bytes", "chunk_bytes", "blob_bytes", "max_batch_calls", "max_artifacts")


@router.get("/health", rule=PUBLIC)
async def health(server: ServerDep) -> Health:
    """Whether the server answers. The only route without a credential."""
    return Health(status="draining" if server.stopping.is_set() else "ok")


@router.get("/version", rule=Rule(user=True, machine=True, execution=True))
async def version(server: ServerDep) -> Version:
    """Which server this is, and its limits."""
    settings = server.settings
    return Version(
        version=__version__,
        oldest_client=OLDEST_CLIENT,
        database=server.db.dialect,
        started_at=server.started_at,
        max_wait_seconds=settings.max_wait_seconds,
        limits={name: getattr(settings, name) for name in LIMITS},
    )


@router.get("/metrics", rule=Rule(user="ops:read"), response_class=Response)
async def scrape(server: ServerDep) -> Response:
    """Numbers in the form that Prometheus reads."""
    return Response(await server.metrics.page(server.db), media_type=metrics.MEDIA_TYPE)


@router.get("/openapi.json", rule=Rule(user=True, machine=True), include_in_schema=False)
async def openapi(request: Request) -> Response:
    """This API as an OpenAPI document."""
    return Response(json.dumps(document(request.app)), media_type="application/json")
