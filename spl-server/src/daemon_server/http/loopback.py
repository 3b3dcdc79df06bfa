"""The port of those who watch the server: `/metrics` and `/health` without a token, on loopback alone."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from daemon_server.http.answers import respond
from daemon_server.http.context import Server
from daemon_server.http.gate import LOOPBACK, HostNotAllowed
from daemon_server.http.problems import MethodNotAllowed, NotFound


def watchers_app(server: Server) -> ASGIApp:
    """What answers on that port. A page in a browser can't make itself heard: the Host must be of loopback."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (await _answer(server, scope))(scope, receive, send)

    return app


async def _answer(server: Server, scope: Scope) -> Response:
    host = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname
    if host not in LOOPBACK:
        return respond(HostNotAllowed())
    if scope["path"] not in ("/metrics", "/health"):
        return respond(NotFound("Here are /metrics and /health, and nothing else."))
    if scope["method"] not in ("GET", "HEAD"):
        return respond(MethodNotAllowed(allowed="GET, HEAD"), {"Allow": "GET, HEAD"})
    if scope["path"] == "/health":
        status = "draining" if server.stopping.is_set() else "ok"
        return Response(json.dumps({"status": status}), media_type="application/json")
    from daemon_server.http.metrics import MEDIA_TYPE

    return Response(await server.metrics.page(server.db), media_type=MEDIA_TYPE)
