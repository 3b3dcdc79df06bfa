"""Environments and their builds over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Path, Query, Response

from spl.core.errors import SPLError
from spl.daemon.environments.schemas import (
    BuildDetail,
    BuildPage,
    BuildView,
    EnvironmentCreate,
    EnvironmentName,
    EnvironmentPage,
    EnvironmentView,
    Prune,
    Pruned,
    Rebuild,
)
from spl.daemon.http.dependencies import DaemonDep
from spl.daemon.http.paging import Cursor, Limit, cursor_of, position
from spl.daemon.http.routing import Router

router = Router(tags=["environments"])

# An installer's log is some hundred lines; its end is where the answer is.
LOG_BYTES = 64 * 1024

SpecHash = Annotated[
    str, Path(pattern=r"^[0-9a-f]+$", min_length=32, max_length=32, description="The spec's hash, 32 characters.")
]


@router.get("/envs")
async def list_environments(daemon: DaemonDep) -> EnvironmentPage:
    """All registered environments, by name."""
    return EnvironmentPage(items=[EnvironmentView.of(known) for known in await daemon.environments.all()])


@router.post("/envs", status_code=201)
async def register_environment(body: EnvironmentCreate, daemon: DaemonDep) -> EnvironmentView:
    """Give a Python a name. It is run once, to prove that it is one; an environment of that name is replaced."""
    return EnvironmentView.of(await daemon.environments.register(body.name, body.python))


@router.delete("/envs/{name}", status_code=204)
async def forget_environment(name: EnvironmentName, daemon: DaemonDep) -> None:
    """Remove a name; what was built stays until it is pruned."""
    await daemon.environments.forget(name)


@router.get("/environment-builds")
async def list_builds(daemon: DaemonDep, limit: Limit = 100, cursor: Cursor = None) -> BuildPage:
    """Environment builds, the one made last first."""
    rows = await daemon.environments.builds.page(limit=limit + 1, after=position(cursor, int, str))
    shown = rows[:limit]
    more = cursor_of(shown[-1].created_at, shown[-1].spec.hash) if len(rows) > limit else None
    return BuildPage(items=[BuildView.of(row) for row in shown], next=more)


@router.post("/environment-builds/prune")
async def prune_builds(body: Prune, daemon: DaemonDep) -> Pruned:
    """Remove builds that have not been used for long, or that no longer fit; never one in use."""
    unbounded = body.older_than_days is None and body.max_bytes is None
    gone = await daemon.environments.builds.prune(
        older_than_days=daemon.settings.build_cache_days if unbounded else body.older_than_days,
        max_bytes=daemon.settings.build_cache_bytes if unbounded else body.max_bytes,
        dry_run=body.dry_run,
    )
    return Pruned(
        items=[BuildView.of(row) for row in gone],
        freed_bytes=sum(row.size_bytes or 0 for row in gone),
        dry_run=body.dry_run,
    )


@router.get("/environment-builds/{spec_hash}")
async def show_build(
    spec_hash: SpecHash, daemon: DaemonDep, log_bytes: Annotated[int, Query(ge=0, le=2**20)] = LOG_BYTES
) -> BuildDetail:
    """One build, with the end of its log."""
    row = await daemon.environments.builds.find(spec_hash)
    log = await daemon.environments.builds.log(spec_hash, size=log_bytes)
    return BuildDetail(**BuildView.of(row).model_dump(), log=log)


@router.delete("/environment-builds/{spec_hash}", status_code=204)
async def remove_build(spec_hash: SpecHash, daemon: DaemonDep) -> None:
    """Remove a build; it is made again when it is needed."""
    await daemon.environments.builds.remove(spec_hash)


@router.post(
    "/environment-builds/{spec_hash}/rebuild", responses={202: {"model": BuildView, "description": "Still building."}}
)
async def rebuild(spec_hash: SpecHash, body: Rebuild, response: Response, daemon: DaemonDep) -> BuildView:
    """Build once more, beside the present build, and replace it. With `wait`, a failure is told at once."""
    await daemon.environments.builds.find(spec_hash)
    task = asyncio.create_task(daemon.environments.builds.rebuild(spec_hash))
    task.add_done_callback(_look_at)
    done, _ = await asyncio.wait([task], timeout=min(body.wait, daemon.settings.max_wait_seconds))
    if done:
        task.result()
    else:
        response.status_code = 202
    return BuildView.of(await daemon.environments.builds.find(spec_hash))


def _look_at(task: asyncio.Task[object]) -> None:
    """A failed rebuild is in its record; only what nobody foresaw is left to be reported."""
    if not task.cancelled() and isinstance(task.exception(), SPLError):
        task.exception()
