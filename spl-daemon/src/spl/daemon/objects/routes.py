"""The registry over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from spl.daemon.http.dependencies import DaemonDep
from spl.daemon.http.paging import Cursor, Limit, cursor_of, position
from spl.daemon.http.routing import Router
from spl.daemon.objects import catalog
from spl.daemon.objects.naming import parse_version
from spl.daemon.objects.schemas import (
    ForgottenView,
    ObjectDetail,
    ObjectPage,
    PublishedView,
    PublishRequest,
    ReadyView,
    SignatureView,
    VersionPage,
)

router = Router(tags=["objects"])

# A page fits a screen or two.
PAGE = 100

Version = Annotated[str | None, Query(max_length=20, description="A number from 1 on, or `latest`.")]
Name = Annotated[str | None, Query(max_length=200)]


@router.post("/objects", status_code=201, response_model=PublishedView, responses={200: {"model": PublishedView}})
async def publish(body: PublishRequest, daemon: DaemonDep, response: Response) -> dict[str, Any]:
    """Store a bundle as a new version; 200 where the object has this content already."""
    also = daemon.link.sharing(body.library, body.share)
    published = await daemon.objects.publish(body, warm=daemon.runs.warm, also=also)
    response.status_code = 201 if published.created else 200
    shared = await daemon.link.shared(published.version.id, body.library, body.share)
    return {**catalog.published(published), "server": shared}


@router.get("/objects", response_model=ObjectPage)
async def list_objects(daemon: DaemonDep, q: Name = None, limit: Limit = PAGE, cursor: Cursor = None) -> dict[str, Any]:
    """Objects by name, each at its latest version; `q` finds part of a name or label."""
    (after,) = position(cursor, str) or (None,)
    items, more = await catalog.page(daemon.db, q, after, limit)
    return {"items": items, "next": cursor_of(items[-1]["name"]) if more else None}


@router.get("/objects/{ref}", response_model=ObjectDetail)
async def show_object(
    ref: str, daemon: DaemonDep, version: Version = None, include_yaml: bool = False
) -> dict[str, Any]:
    """One version of an object, by name or by id."""
    return await catalog.detail(daemon.objects, ref, parse_version(version), include_yaml=include_yaml)


@router.get("/objects/{ref}/signature", response_model=SignatureView)
async def signature(ref: str, daemon: DaemonDep, version: Version = None, function: Name = None) -> dict[str, Any]:
    """How an object, or a function inside it, is called."""
    return await catalog.signature(daemon.objects, ref, parse_version(version), function)


@router.get("/objects/{ref}/versions", response_model=VersionPage)
async def list_versions(ref: str, daemon: DaemonDep, limit: Limit = PAGE, cursor: Cursor = None) -> dict[str, Any]:
    """The versions of an object, newest first."""
    (before,) = position(cursor, int) or (None,)
    items, more = await catalog.versions(daemon.db, ref, before, limit)
    return {"items": items, "next": cursor_of(items[-1]["version"]) if more else None}


@router.get("/objects/{ref}/ready", response_model=ReadyView)
async def ready(
    ref: str, daemon: DaemonDep, version: Version = None, wait: Annotated[float, Query(ge=0)] = 0.0
) -> dict[str, Any]:
    """Whether a version can run here: its environment is built, its bundle imports. Waits up to `wait` seconds."""
    seconds = min(wait, daemon.settings.max_wait_seconds)
    loaded, readiness = await daemon.objects.ready(ref, parse_version(version), seconds=seconds, warm=daemon.runs.warm)
    return {"object": loaded.object, "version": loaded.version, **readiness.to_json()}


@router.delete("/objects/{ref}", response_model=ForgottenView)
async def forget(ref: str, daemon: DaemonDep) -> dict[str, Any]:
    """Take an object away, every version of it. Runs under way are not disturbed."""
    name, versions = await daemon.objects.forget(ref)
    return {"name": name, "versions": versions}


@router.delete("/objects/{ref}/versions/{version}", response_model=ForgottenView)
async def forget_version(ref: str, version: int, daemon: DaemonDep) -> dict[str, Any]:
    """Take one version away; the object goes with its last one."""
    name, versions = await daemon.objects.forget_version(ref, version)
    return {"name": name, "versions": versions}
