"""Who is let in, decided before anything of a request is read.

wrong or missing Host      421   DNS rebinding: a page whose name was pointed at 127.0.0.1 still sends its own name
Origin, Cookie, Sec-Fetch  403   browsers send them and our clients never do
OPTIONS                    405   nobody is granted cross-origin access
no or wrong token          401   other users of this machine
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spl.core.errors import BrowserRefused, HostNotAllowed, SPLError, Unauthorized
from spl.daemon.http.policy import PUBLIC, answers, policy_for
from spl.daemon.http.problems import method_not_allowed, respond
from spl.daemon.http.traffic import Traffic

HTTP_PORT = 80  # the one port that clients leave out of the Host header

# On every answer: it is for the one who asked, and it is what its media type says.
ANSWER_HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


def allowed_hosts(host: str, port: int) -> frozenset[bytes]:
    """The values a Host header may have when the daemon listens on `host` and `port`."""
    names = {"127.0.0.1", "localhost", "[::1]"}
    if not ip_address(host).is_unspecified:  # "all addresses" is none that a client could mean
        names.add(f"[{host}]" if ":" in host else host)
    allowed = {f"{name}:{port}" for name in names} | (names if port == HTTP_PORT else set())
    return frozenset(name.encode("ascii") for name in allowed)


class Gate:
    """The outermost door."""

    def __init__(self, app: ASGIApp, *, token: str, hosts: Iterable[bytes], traffic: Traffic | None = None) -> None:
        self.app = app
        self._traffic = traffic or Traffic()
        self._bearer = f"Bearer {token}".encode("ascii")
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            error, headers = refusal
            await respond(error, headers)(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *ANSWER_HEADERS]
            await send(message)

        self._traffic.requests += 1
        try:
            await self.app(scope, receive, marked)
        finally:
            self._traffic.requests -= 1

    def _refusal(self, scope: Scope) -> tuple[SPLError, dict[str, str]] | None:
        hosts: list[bytes] = []
        credentials: list[bytes] = []
        for name, value in scope["headers"]:
            if name == b"host":
                hosts.append(value)
            elif name == b"authorization":
                credentials.append(value)
            elif name in (b"origin", b"cookie") or (name == b"sec-fetch-site" and value != b"none"):
                return BrowserRefused(hint="Use SPLClient or spl-daemon; web pages have no access."), {}
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return HostNotAllowed(hint="Address the daemon as 127.0.0.1 or localhost, with its port."), {}
        if scope["method"] == "OPTIONS":
            return method_not_allowed("OPTIONS", scope["path"])
        if policy_for(scope["method"], scope["path"]) is PUBLIC:
            return None
        if len(credentials) != 1 or not hmac.compare_digest(credentials[0], self._bearer):
            return Unauthorized(
                hint="Send `Authorization: Bearer <token>`; the token is in the home's daemon-endpoint.json."
            ), {}
        if not answers(scope["method"], scope["path"]):
            return method_not_allowed(scope["method"], scope["path"])
        return None
