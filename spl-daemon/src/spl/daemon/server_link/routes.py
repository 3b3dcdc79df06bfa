"""The server, over the daemon's HTTP: the connection, the machine's policy, and what is passed on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from spl.daemon.http.context import Daemon
from spl.daemon.http.dependencies import DaemonDep
from spl.daemon.http.problems import respond
from spl.daemon.http.routing import Router
from spl.daemon.objects import catalog
from spl.daemon.objects.schemas import PublishedView
from spl.daemon.server_link import kept_views
from spl.daemon.server_link.api import Refusal, unreachable
from spl.daemon.server_link.exchange import Answer, Body, Streamed, Unreachable
from spl.daemon.server_link.proxy import ANSWER_HEADERS, REQUEST_HEADERS, check, passed
from spl.daemon.server_link.routes_kept import of_kept
from spl.daemon.server_link.routes_kept import router as kept_routes
from spl.daemon.server_link.schemas import (
    OutboxView,
    PolicyChange,
    PolicyView,
    Pull,
    ServerConnect,
    ServerJoin,
    ServerView,
)

router = Router(tags=["server"])
router.include_router(kept_routes)

# A long poll that is passed on takes as long as the server lets it, and some.
PASSED_ON_SECONDS = 90.0
# Answers up to this length are passed on whole: that is one write instead of three.
WHOLE_BYTES = 256 * 1024


@router.get("/server", response_model=ServerView)
async def show_server(daemon: DaemonDep) -> dict[str, Any]:
    """The connection to a server, as it is; nothing is asked of the network for it."""
    return daemon.link.status()


@router.post("/server/connect", response_model=ServerView)
async def connect_server(body: ServerConnect, daemon: DaemonDep) -> dict[str, Any]:
    """Connect to a server with a machine's token; a connection to another one is put aside."""
    return await daemon.link.connect(**body.model_dump())


@router.post("/server/join", response_model=ServerView)
async def join_server(body: ServerJoin, daemon: DaemonDep) -> dict[str, Any]:
    """Connect to a server with a one-time code."""
    return await daemon.link.join(**body.model_dump())


@router.delete("/server", response_model=ServerView)
async def disconnect_server(daemon: DaemonDep) -> dict[str, Any]:
    """Drop the connection, and forget the machine's token."""
    return await daemon.link.disconnect()


@router.get("/server/policy", response_model=PolicyView)
async def show_policy(daemon: DaemonDep) -> dict[str, Any]:
    """What this machine runs for a server."""
    return daemon.link.policy()


@router.put("/server/policy", response_model=PolicyView)
async def change_policy(body: PolicyChange, daemon: DaemonDep) -> dict[str, Any]:
    """Say what this machine runs for a server."""
    return await daemon.link.set_policy(body.allow)


@router.get("/server/outbox", response_model=OutboxView)
async def show_outbox(daemon: DaemonDep) -> dict[str, Any]:
    """What waits to be told to the server."""
    return await daemon.link.doctor()


@router.post("/server/pull", status_code=201, response_model=PublishedView, responses={200: {"model": PublishedView}})
async def pull(body: Pull, daemon: DaemonDep, response: Response) -> dict[str, Any]:
    """Store a version of a server's object here; 200 where its content is here already."""
    published = await daemon.link.pull(
        owner=body.owner, library=body.library, name=body.name, version=body.version, local_name=body.as_name
    )
    response.status_code = 201 if published.created else 200
    return catalog.published(published)


@router.get("/server/api/{path:path}", response_model=None)
async def ask_server(path: str, request: Request) -> Response:
    """Ask the server, with this machine's credential."""
    return await _passed_on("GET", path, request)


@router.head("/server/api/{path:path}", response_model=None)
async def look_at_server(path: str, request: Request) -> Response:
    """Ask the server whether something is there."""
    return await _passed_on("HEAD", path, request)


@router.post("/server/api/{path:path}", response_model=None)
async def tell_server(path: str, request: Request) -> Response:
    """Start, cancel or repeat a run on the server."""
    return await _passed_on("POST", path, request)


@router.put("/server/api/{path:path}", response_model=None)
async def bring_to_server(path: str, request: Request) -> Response:
    """Bring a large value to the server."""
    return await _passed_on("PUT", path, request)


async def _passed_on(method: str, path: str, request: Request) -> Response:
    daemon: Daemon = request.app.state.daemon
    checked = check(method, path)
    kept = kept_views.address(checked)
    if kept is not None:
        found = await of_kept(daemon.link, request, *kept, longest=daemon.settings.max_wait_seconds)
        if isinstance(found, Response):
            return found
        checked, _, query = found.partition("?")
    else:
        query = request.url.query
    line = await daemon.link.line()
    target = "/" + quote(checked, safe="/:@!$&'()*+,;=~")
    if query:
        target += f"?{query}"
    headers = passed(request.headers, REQUEST_HEADERS)
    body: Body = None
    if method == "PUT":
        body = request.stream()
    elif method == "POST":
        body = await request.body()
        headers.pop("content-length", None)
    asking = line.api.exchange.stream(
        method,
        target,
        token=line.api.token,
        body=body,
        headers=headers,
        seconds=PASSED_ON_SECONDS,
        repeat=method != "POST",
    )
    try:
        answer = await asking.__aenter__()
    except Unreachable as error:
        raise unreachable(line.record.url, error) from error
    except ValueError:
        return respond(unreachable(line.record.url))
    given = passed(answer.headers, ANSWER_HEADERS)
    length = answer.headers.get("content-length", "")
    if answer.status == 401 or method == "HEAD" or (length.isdecimal() and int(length) <= WHOLE_BYTES):
        try:
            content = await answer.read()
        except Unreachable as error:
            raise unreachable(line.record.url, error) from error
        finally:
            await asking.__aexit__(None, None, None)
        if answer.status == 401:
            return respond(Refusal(Answer(401, answer.headers, content)).error())
        if method != "HEAD":
            given.pop("content-length", None)
        return Response(content, status_code=answer.status, headers=given)

    async def content_of(answer: Streamed) -> AsyncIterator[bytes]:
        try:
            async for piece in answer.pieces():
                yield piece
        finally:
            await asking.__aexit__(None, None, None)

    return StreamingResponse(content_of(answer), status_code=answer.status, headers=given)
