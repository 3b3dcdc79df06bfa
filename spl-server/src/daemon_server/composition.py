"""Puts the server together and serves it.

lock the home -> take the port -> open the database, bring its tables up to date -> compose -> amnesty -> answer
SIGTERM, SIGINT -> no new connections, requests end -> flush -> close
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from daemon_server import __version__, notify
from daemon_server.access.routes import router as access_routes
from daemon_server.audit.denials import Denials
from daemon_server.audit.routes import router as audit_routes
from daemon_server.blobs.cas import BlobStore
from daemon_server.blobs.routes import router as blob_routes
from daemon_server.blobs.routes_uploads import router as upload_routes
from daemon_server.clock import Clock, SystemClock
from daemon_server.console.pages import Pages
from daemon_server.console.routes import router as console_routes
from daemon_server.counting import COUNTED
from daemon_server.db import Database, Session
from daemon_server.db.opening import connect
from daemon_server.db.sqlite import check
from daemon_server.db.upgrade import require
from daemon_server.home import Home
from daemon_server.http.answers import HANDLERS, Unexpected
from daemon_server.http.context import Server
from daemon_server.http.gate import Gate
from daemon_server.http.listening import Listener, Signals, url_of
from daemon_server.http.metrics import Metrics
from daemon_server.http.openapi import document
from daemon_server.http.routes import router as server_routes
from daemon_server.http.routing import Router
from daemon_server.http.rulebook import Rulebook
from daemon_server.identity.credentials import Credentials
from daemon_server.identity.pepper import load as load_pepper
from daemon_server.identity.routes import router as identity_routes
from daemon_server.libraries.routes import router as library_routes
from daemon_server.loops import Loop, running, server_loops
from daemon_server.machines.routes import router as machine_routes
from daemon_server.objects.routes import router as object_routes
from daemon_server.runs.gate import Gate as RunGate
from daemon_server.runs.gate import capability
from daemon_server.runs.routes import router as run_routes
from daemon_server.runs.ticking import busy
from daemon_server.settings import Settings
from daemon_server.sync.routes import router as sync_routes

# systemd counts from the last word it heard; two may be late before it gives us up.
FEEDS_PER_WATCHDOG = 3

# Routes are tried one after the other: what is asked most often stands first.
ROUTERS: tuple[Router, ...] = (
    sync_routes,
    run_routes,
    machine_routes,
    upload_routes,
    blob_routes,
    object_routes,
    library_routes,
    access_routes,
    identity_routes,
    audit_routes,
    console_routes,
    server_routes,
)


def api(*middleware: Middleware) -> FastAPI:
    """Every route, and how errors are told."""
    app = FastAPI(
        title="SPLime server",
        summary="Libraries, machines, access, and the runs between them. It never runs user code.",
        version=__version__,
        openapi_url=None,  # ours stands behind the gate like every other route
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=HANDLERS,
        middleware=middleware,
    )
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    return app


@cache
def drawn() -> dict[str, Any]:
    """The API's document. Drawing takes a second and compiles signatures, so no request should be the first to ask."""
    return document(api())


def create_app(server: Server) -> FastAPI:
    """The API of a composed server, behind its gate."""
    rulebook = Rulebook(api().routes)
    pages = Middleware(Pages, public_url=server.settings.public_url)
    app = api(pages, Middleware(Gate, server=server, rulebook=rulebook), Middleware(Unexpected))
    app.state.server = server
    return app


@asynccontextmanager
async def composed(
    settings: Settings, home: Home, *, db: Database | None = None, clock: Clock | None = None, unclean: bool = False
) -> AsyncIterator[Server]:
    """Everything behind the API, running; taken apart at the end. The home must be locked, or `db` given.

    Raises:
        SchemaMismatch: the database's tables are newer than this server.
        DatabaseGone, HomeUnusable: the database can't be opened.
    """
    clock = clock or SystemClock()
    home.prepare(sqlite=not settings.database_url)
    own = db is None
    if db is None:
        db = await asyncio.to_thread(opened, settings, home, clock, unclean=unclean)
    try:
        server = assemble(settings, home, db, clock)
        keeping = asyncio.create_task(server.credentials.run(), name="credentials")
        try:
            async with running(*server_loops(server)):
                yield server
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await server.credentials.flush()
    finally:
        if own:
            await asyncio.to_thread(db.close)


def opened(settings: Settings, home: Home, clock: Clock, *, unclean: bool = False) -> Database:
    """The database with the tables of this version."""
    if unclean and not settings.database_url:
        check(home.database)
    require(settings.database_url or home.database)
    return connect(settings, home, clock)


def assemble(settings: Settings, home: Home, db: Database, clock: Clock) -> Server:
    """The parts put together; nothing runs yet."""
    pepper = load_pepper(
        home.root,
        text=os.environ.get("SPL_SERVER_PEPPER"),
        file=Path(named) if (named := os.environ.get("SPL_SERVER_PEPPER_FILE")) else None,
    )
    metrics = Metrics()
    metrics.gauge("writes_waiting", "Database writes that wait.", lambda: db.waiting)
    metrics.gauge("subscriptions", "Requests that wait for something to happen.", lambda: db.topics.subscribers)
    metrics.gauge("disk_free_bytes", "Room on the disk of the home.", home.free_bytes)
    metrics.watch(*COUNTED)
    credentials = Credentials(db, pepper, clock, public_url=settings.public_url)
    credentials.capabilities = capability
    return Server(
        settings=settings,
        home=home,
        db=db,
        clock=clock,
        pepper=pepper,
        credentials=credentials,
        denials=Denials(db, clock),
        blobs=BlobStore(home.blobs, home.uploads),
        run_gate=RunGate(),
        machines_busy=busy,
        metrics=metrics,
        started_at=clock.wall_ms(),
        started_boot_ms=clock.boot_ms(),
    )


async def serve(settings: Settings, *, announce: Callable[[str], None] | None = None) -> bool:
    """Be the server of `settings.home` until asked to stop; whether every request was answered by then.

    Raises:
        HomeLocked: another server has the home.
        PortTaken, HomeUnusable, DatabaseGone: what it needs is not there.
        SchemaMismatch: the database can't be used.
    """
    home = Home(settings.home)
    shared = bool(settings.database_url)
    with (
        home.lock(shared=shared) as unclean,
        Listener.bound(settings.host, settings.port) as listener,
        Signals() as signals,
    ):
        async with composed(settings, home, unclean=unclean) as server, watched(server.db), observed(server):
            app = create_app(server)

            async def ready() -> None:
                notify.tell("READY=1", f"STATUS=listening on {settings.host}:{listener.port}")
                (announce or _say)(f"SPLime server listening on {url_of(settings.host, listener.port)}")
                app.openapi_schema = await asyncio.to_thread(drawn)

            def stopping() -> None:
                notify.tell("STOPPING=1")
                server.stopping.set()
                server.topics.close()

            return await listener.serve(
                app, signals, stopping=stopping, drain_seconds=settings.drain_seconds, ready=ready
            )


@asynccontextmanager
async def watched(db: Database) -> AsyncIterator[None]:
    """Feed systemd's watchdog, if there is one, from the thread that writes: a server that can't write is not alive."""
    seconds = notify.watchdog_seconds()

    async def feed() -> None:
        await db.write(_nothing, essential=True)
        notify.tell("WATCHDOG=1")

    loops = [Loop("watchdog", feed, seconds / FEEDS_PER_WATCHDOG, first=0.0)] if seconds else []
    async with running(*loops):
        yield


@asynccontextmanager
async def observed(server: Server) -> AsyncIterator[None]:
    """Tell `/metrics` on a port of its own, where the settings name one.

    Raises:
        PortTaken: somebody else has it.
    """
    if not server.settings.metrics_port:
        yield
        return
    from daemon_server.http.loopback import watchers_app

    with Listener.bound("127.0.0.1", server.settings.metrics_port) as listener:
        async with listener.beside(watchers_app(server)):
            yield


def _nothing(session: Session) -> None:
    """A unit of work that proves that units of work are done."""


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
