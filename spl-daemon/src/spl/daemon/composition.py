"""Puts the daemon together and serves it.

lock the home -> take the port -> open the database -> compose -> recover -> answer -> publish the endpoint
SIGTERM, SIGINT, POST /stop -> no new runs, the present ones finish -> close -> take the endpoint away
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware

from spl.core.wire.endpoint import Endpoint
from spl.daemon import __version__
from spl.daemon.db import Database
from spl.daemon.db.ballast import Ballast
from spl.daemon.environments import Environments
from spl.daemon.environments.routes import router as environment_routes
from spl.daemon.home import Home
from spl.daemon.http.context import Daemon
from spl.daemon.http.gate import Gate, allowed_hosts
from spl.daemon.http.limits import BodyLimits
from spl.daemon.http.listening import Listener, Signals, url_of
from spl.daemon.http.policy import Body
from spl.daemon.http.problems import HANDLERS, Unexpected
from spl.daemon.http.routes import router as daemon_routes
from spl.daemon.http.traffic import Traffic
from spl.daemon.loops import daemon_loops, running
from spl.daemon.objects import Objects
from spl.daemon.objects.routes import router as object_routes
from spl.daemon.remote_runs import ServerRuns
from spl.daemon.runs import Runs
from spl.daemon.runs.routes import router as run_routes
from spl.daemon.server_link import ServerLink
from spl.daemon.server_link.routes import router as server_routes
from spl.daemon.settings import Settings

log = logging.getLogger(__name__)

# What a step on the way out may take beside the grace that runs are given: workers on a busy machine end slowly.
MARGIN_SECONDS = 10.0

# Routes are tried one after the other: what is asked most often stands first.
ROUTERS = (run_routes, server_routes, daemon_routes, object_routes, environment_routes)


def create_app(daemon: Daemon) -> FastAPI:
    """The API of a composed daemon, behind its door."""
    settings = daemon.settings
    sizes: dict[Body, int] = {
        "body_bytes": settings.body_bytes,
        "publish_bytes": settings.publish_bytes,
        "blob_bytes": settings.blob_bytes,
    }
    app = api(
        Middleware(Gate, token=daemon.token, hosts=allowed_hosts(settings.host, daemon.port), traffic=daemon.traffic),
        Middleware(BodyLimits, sizes=sizes, seconds=settings.body_seconds),
        Middleware(Unexpected),
    )
    app.state.daemon = daemon
    return app


def api(*middleware: Middleware) -> FastAPI:
    """Every route, and how errors are told."""
    app = FastAPI(
        title="SPLime daemon",
        summary="Stores published objects and runs them on this machine.",
        version=__version__,
        openapi_url=None,  # ours stands behind the door like every other route
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=HANDLERS,
        middleware=middleware,
    )
    for router in ROUTERS:
        app.include_router(router)
    return app


@asynccontextmanager
async def composed(settings: Settings, home: Home, *, port: int, unclean: bool = False) -> AsyncIterator[Daemon]:
    """Everything behind the API, recovered and running; taken apart at the end. The home must be locked."""
    ballast = Ballast(home.ballast, settings.ballast_bytes)
    traffic = Traffic()
    db = await asyncio.to_thread(
        Database.open,
        home.database,
        queue=settings.writer_queue,
        ballast=ballast,
        unclean=unclean,
        quiet=traffic.is_quiet,
    )
    try:
        environments = Environments(settings=settings, home=home, db=db)
        objects = Objects(db, home, environments)
        environments.on_changed(objects.environments_changed)
        runs = Runs(settings=settings, home=home, db=db, environments=environments, objects=objects)
        link = ServerLink(settings=settings, home=home, db=db, environments=environments, objects=objects, runs=runs)
        runs.remote_nodes.server = ServerRuns(link, runs.blobs)
        daemon = Daemon(
            settings=settings,
            home=home,
            db=db,
            environments=environments,
            objects=objects,
            runs=runs,
            link=link,
            port=port,
            url=url_of(settings.host, port),
            token=home.token(),
            traffic=traffic,
        )
        try:
            await environments.recover()
            await runs.recover()
            await link.begin()
            async with running(*daemon_loops(settings=settings, db=db, environments=environments, runs=runs)):
                yield daemon
        finally:
            patience = settings.kill_grace_seconds + MARGIN_SECONDS
            for name, feature in (("link", link), ("runs", runs), ("objects", objects), ("environments", environments)):
                await _ended(f"closing {name}", feature.close(), seconds=patience)
    finally:
        await asyncio.to_thread(db.close)


async def serve(settings: Settings, *, announce: Callable[[str], None] | None = None) -> None:
    """Be the daemon of `settings.home` until asked to stop.

    Raises:
        HomeLocked: another daemon has the home.
        Unavailable: the port is taken, or the home is somebody else's.
        SchemaMismatch: the home's database can't be used.
    """
    home = Home(settings.home)
    with home.lock() as unclean, Listener.bound(settings) as listener, Signals() as signals:
        async with composed(settings, home, port=listener.port, unclean=unclean) as daemon:
            endpoint = Endpoint(
                url=daemon.url,
                token=daemon.token,
                pid=os.getpid(),
                home=str(home.root),
                version=__version__,
                started_at=daemon.started_at,
            )

            def ready() -> None:
                home.publish(endpoint)
                (announce or _say)(f"SPLime daemon listening on {daemon.url}")

            async def drain(seconds: float) -> None:
                patience = seconds + settings.kill_grace_seconds + MARGIN_SECONDS
                await _ended("ending the runs", daemon.runs.drain(seconds), seconds=patience)

            try:
                await listener.serve(
                    create_app(daemon),
                    signals,
                    stopping=daemon.stopping,
                    drain=drain,
                    drain_seconds=settings.drain_seconds,
                    ready=ready,
                )
            finally:
                home.unpublish(endpoint)


async def _ended(what: str, work: Awaitable[None], *, seconds: float) -> None:
    """Take a step on the way out. One that fails or never comes back is told of, and does not keep us from leaving."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        log.error("%s took more than %g seconds and was given up", what, seconds)
    except Exception:
        log.exception("%s failed", what)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
