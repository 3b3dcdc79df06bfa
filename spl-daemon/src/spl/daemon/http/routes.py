"""The daemon itself over HTTP: is it well, what is it doing, and please stop."""

from __future__ import annotations

import os
import time
from typing import Any, Literal

from fastapi import Request, Response
from pydantic import BaseModel

from spl.daemon import __version__
from spl.daemon.http import metrics
from spl.daemon.http.dependencies import DaemonDep
from spl.daemon.http.openapi import document
from spl.daemon.http.routing import Router

router = Router(tags=["daemon"])


class Health(BaseModel):
    """The daemon answers."""

    status: Literal["ok"] = "ok"


class Workers(BaseModel):
    """The workers there are: how many may run, how many do, and which wait warm."""

    max: int
    busy: int
    idle: list[dict[str, Any]]


class Queue(BaseModel):
    """Runs that wait for a worker, and runs that have one."""

    waiting: int
    running: int


class Disk(BaseModel):
    """Room on the disk of the home."""

    free_bytes: int
    full: bool


class Status(BaseModel):
    """What the daemon is and does."""

    status: Literal["ok", "draining"]
    pid: int
    version: str
    home: str
    url: str
    started_at: int
    uptime_ms: int
    isolation: str
    workers: Workers
    queue: Queue
    environments: int
    objects: int
    disk: Disk
    server: Literal["not_connected", "connecting", "connected", "offline", "refused"]


class Stopping(BaseModel):
    """The daemon takes no new runs and ends when the present ones have."""

    status: Literal["draining"] = "draining"


COUNTS = "SELECT (SELECT count(*) FROM environments), (SELECT count(*) FROM objects)"


@router.get("/health")
async def health() -> Health:
    """Whether the daemon answers. The only route without a token."""
    return Health()


@router.get("/status")
async def status(daemon: DaemonDep) -> Status:
    """What the daemon is and does."""
    environments, objects = await daemon.db.read(lambda connection: connection.exec_driver_sql(COUNTS).one())
    doing = daemon.runs.status()
    return Status(
        status="draining" if daemon.stopping.is_set() else "ok",
        pid=os.getpid(),
        version=__version__,
        home=str(daemon.home.root),
        url=daemon.url,
        started_at=daemon.started_at,
        uptime_ms=int(time.time() * 1000) - daemon.started_at,
        isolation=doing.get("isolation", daemon.settings.isolation),
        workers=Workers.model_validate(doing["workers"]),
        queue=Queue.model_validate(doing["queue"]),
        environments=environments,
        objects=objects,
        disk=Disk(free_bytes=daemon.home.free_bytes(), full=daemon.db.disk_full),
        server=daemon.link.status()["status"],
    )


@router.get("/metrics", response_class=Response)
async def scrape(daemon: DaemonDep) -> Response:
    """Numbers in the form that Prometheus reads."""
    return Response(await metrics.page(daemon), media_type=metrics.MEDIA_TYPE)


@router.post("/stop", status_code=202)
async def stop(daemon: DaemonDep) -> Stopping:
    """Take no new runs, let the present ones finish, then end: the same as SIGTERM."""
    daemon.stopping.set()
    return Stopping()


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """This API as an OpenAPI document."""
    import json

    return Response(json.dumps(document(request.app)), media_type="application/json")
