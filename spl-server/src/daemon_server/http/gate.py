"""Who is let in, decided before anything of a request's body is read.

wrong Host                   421
too many failures from there 429   before a credential is looked at
no or no valid credential    401
unknown path                 404   only for who has a credential
wrong method                 405   with the right ones in Allow
wrong kind of credential     403   wrong_credential_kind
a scope is missing           403   scope_missing
too many requests            429   for each token
body too large               413
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from daemon_server.errors import Refusal
from daemon_server.http.answers import respond
from daemon_server.http.context import Server
from daemon_server.http.limits import bounded, has_body
from daemon_server.http.principal import Principal
from daemon_server.http.problems import (
    Forbidden,
    MethodNotAllowed,
    NotFound,
    ScopeMissing,
    ServerProblem,
    TooMany,
    Unauthorized,
    Unavailable,
    WrongCredentialKind,
)
from daemon_server.http.rates import Rates, network_of
from daemon_server.http.rechecking import Rechecking
from daemon_server.http.rulebook import Entry, Rulebook
from daemon_server.logs import request_id

log = logging.getLogger(__name__)
access_log = logging.getLogger("daemon_server.access_log")

HOST = re.compile(rb"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
API = "/api"

# On every answer, unless its route says otherwise.
ANSWER_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
# What is known of a server that nobody has set up yet.
OPEN_TO_ALL = frozenset({"/health"})
CREATES_RUNS = frozenset({("POST", "/remote-runs"), ("POST", "/remote-batches")})
LOGIN = ("POST", "/session")


class HostNotAllowed(ServerProblem):
    """This server is not called that."""

    code = "host_not_allowed"
    status = 421


class Overloaded(Unavailable):
    """Too many requests are open."""

    code = "overloaded"


class Gate:
    """The outermost door."""

    def __init__(self, app: ASGIApp, *, server: Server, rulebook: Rulebook) -> None:
        self.app = app
        self._server = server
        self._rulebook = rulebook
        settings, clock = server.settings, server.clock
        self._failures = Rates(clock, settings.failures_per_minute, growing=True)
        self._logins = Rates(clock, settings.logins_per_minute, growing=True)
        self._requests = Rates(clock, settings.requests_per_minute)
        self._machines = Rates(clock, settings.machine_requests_per_minute)
        self._runs = Rates(clock, settings.runs_per_minute)
        self._publishes = Rates(clock, settings.publishes_per_minute)
        self._proxies = settings.proxies
        self._rechecking = Rechecking(server)
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        await _Passage(self, scope).go(receive, send)

    # --- the steps, in their order ---

    def address(self, scope: Scope) -> str:
        """Where the request comes from; a proxy we trust tells for whom it speaks."""
        client = scope.get("client")
        ip = client[0] if client else "unknown"
        if self._proxies and self._is_proxy(ip):
            forwarded = Headers(scope=scope).getlist("x-forwarded-for")
            for part in reversed([entry.strip() for line in forwarded for entry in line.split(",")]):
                ip = part
                if not self._is_proxy(part):
                    break
        return ip[:64]

    async def identify(self, scope: Scope, ip: str, entry: Entry | None) -> Principal | None:
        """Whom the request comes from; None at a public route.

        Raises:
            Unauthorized: there is no credential, or it is not valid.
            TooMany: too many that were not valid came from there.
            Unavailable: nobody has set the server up yet.
        """
        method = scope["method"]
        network = network_of(ip)
        if entry is None or entry.template not in OPEN_TO_ALL:
            await self._server.credentials.check_initialized()
        if entry is not None and entry.rule.public:
            if (method, entry.template) == LOGIN:
                _refuse(self._logins.take(network), "Too many logins from there.")
            return None
        _refuse(self._failures.spent(network), "Too many credentials from there were refused.")
        try:
            return await self._server.credentials.of_request(method, Headers(scope=scope), ip)
        except Unauthorized:
            self._failures.take(network)
            raise

    def authorize(self, principal: Principal, scope: Scope, entry: Entry | None) -> None:
        """
        Raises:
            NotFound, MethodNotAllowed: no route answers this.
            Forbidden: it is not for this kind of credential, or the credential lacks a scope.
            TooMany: it was used too often.
        """
        method, path = scope["method"], scope["path"]
        if entry is None:
            raise self._nothing(method, path)
        if not entry.rule.admits(principal.kind):
            raise WrongCredentialKind(hint=_asked(entry))
        missing = entry.rule.missing_scope(principal)
        if missing is not None:
            raise ScopeMissing(f"This credential lacks the scope {missing}.", scope=missing)
        self._count(principal, method, entry)

    def _count(self, principal: Principal, method: str, entry: Entry) -> None:
        rates = self._machines if principal.kind == "machine" else self._requests
        _refuse(rates.take(principal.token_id), "Too many requests with this credential.")
        if principal.kind == "execution" and (method, entry.template) in CREATES_RUNS:
            _refuse(self._runs.take(principal.token_id), "Too many runs with this token.")
        if entry.rule.body == "publish_bytes" and entry.template.endswith("/objects"):
            _refuse(self._publishes.take(principal.token_id), "Too many publishes with this credential.")

    def _nothing(self, method: str, path: str) -> ServerProblem:
        methods = self._rulebook.methods(path)
        if not methods:
            return NotFound(f"There is nothing at {path[:200]}.")
        allowed = ", ".join(methods)
        return MethodNotAllowed(f"{method[:20]} is not possible at {path[:200]}.", allowed=allowed)

    def _is_proxy(self, ip: str) -> bool:
        try:
            address = ip_address(ip)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)


class _Passage:
    """One request on its way through the gate."""

    def __init__(self, gate: Gate, scope: Scope) -> None:
        self._gate = gate
        self._server = gate._server
        self.began = time.perf_counter()
        self._status = 0
        path = scope["path"]
        if path == API or path.startswith(f"{API}/"):
            path = path[len(API) :] or "/"
            scope = {**scope, "path": path, "raw_path": path.encode("utf-8", "surrogateescape")}
        scope.setdefault("state", {})
        self._scope = scope
        self._entry = gate._rulebook.find(scope["method"], path)
        self._id = secrets.token_hex(8)
        self._principal: Principal | None = None
        self.ip = ""
        self._task: asyncio.Task[None] | None = None
        self._ended: Unauthorized | None = None

    @property
    def method(self) -> str:
        return str(self._scope["method"])

    @property
    def headers(self) -> Headers:
        return Headers(scope=self._scope)

    def end(self, reason: Unauthorized) -> None:
        """Its credential has ended while it waited: it is told so now."""
        if self._task is not None and self._ended is None:
            self._ended = reason
            self._task.cancel()

    async def go(self, receive: Receive, send: Send) -> None:
        gate, scope = self._gate, self._scope
        token = request_id.set(self._id)
        gate._open += 1
        self._server.metrics.open_requests.inc()

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                headers = list(message.get("headers", ()))
                said = {name for name, _ in headers}
                headers += [header for header in ANSWER_HEADERS if header[0] not in said]
                message["headers"] = [*headers, (b"x-request-id", self._id.encode("ascii"))]
            await send(message)

        ip = self.ip = gate.address(scope)
        try:
            try:
                receive = await self._let_in(ip, receive)
            except (ServerProblem, Refusal) as error:
                await self._refuse(error, receive, marked)
            else:
                await self._answer(receive, marked)
        finally:
            gate._open -= 1
            self._server.metrics.open_requests.dec()
            self._account(ip)
            request_id.reset(token)

    async def _answer(self, receive: Receive, send: Send) -> None:
        if self._principal is None:
            await self._gate.app(self._scope, receive, send)
            return
        self._task = asyncio.current_task()
        self._gate._rechecking.enter(self)
        try:
            await self._gate.app(self._scope, receive, send)
        except asyncio.CancelledError:
            if self._ended is None:
                raise
            assert self._task is not None
            self._task.uncancel()
            if self._status:  # a stream that has begun ends here
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                await self._refuse(self._ended, receive, send)
        finally:
            self._gate._rechecking.leave(self)

    async def _let_in(self, ip: str, receive: Receive) -> Receive:
        gate, settings = self._gate, self._server.settings
        check_host(self._scope, settings.public_url)
        if gate._open > settings.max_connections:
            raise Overloaded(hint="Try again in a second.")
        self._principal = await gate.identify(self._scope, ip, self._entry)
        if self._principal is not None:
            gate.authorize(self._principal, self._scope, self._entry)
        state = self._scope["state"]
        state["principal"], state["ip"], state["request_id"] = self._principal, ip, self._id
        assert self._entry is not None
        body = self._entry.rule.body
        limit: int = getattr(settings, body)
        streamed = body in ("blob_bytes", "chunk_bytes")
        return bounded(self._scope, receive, limit=limit, seconds=settings.body_seconds, streamed=streamed)

    async def _refuse(self, error: ServerProblem | Refusal, receive: Receive, send: Send) -> None:
        self._server.metrics.refused.labels(error.code).inc()
        headers: dict[str, str] = {}
        if isinstance(error, MethodNotAllowed):
            headers["Allow"] = error.details["allowed"]
        if has_body(self._scope):  # it is not read, so nothing else can come over this connection
            headers["Connection"] = "close"
        if isinstance(error, Forbidden) and self._principal is not None and self._server.denials is not None:
            await self._server.denials.note(self._principal, self._action(), error.code)
        await respond(error, headers)(self._scope, receive, send)

    def _account(self, ip: str) -> None:
        seconds = time.perf_counter() - self.began
        method = self._scope["method"] if self._entry is not None else "OTHER"
        route = self._entry.template if self._entry is not None else "unknown"
        self._server.metrics.requests.labels(method, route, str(self._status)).inc()
        self._server.metrics.seconds.labels(method, route).observe(seconds)
        level = logging.WARNING if self._status >= 500 or not self._status else logging.INFO
        if self._status < 400 and method in ("GET", "HEAD"):
            level = logging.DEBUG  # reads that went well are what a server does all day
        if access_log.isEnabledFor(level):
            who = self._principal.token_id if self._principal is not None else None
            extra = {"status": self._status, "ms": round(seconds * 1000, 1), "from": ip, "credential": who}
            access_log.log(level, "%s", self._action(), extra=extra)

    def _action(self) -> str:
        return f"{self._scope['method'][:20]} {self._entry.template if self._entry else self._scope['path'][:200]}"


def check_host(scope: Scope, public_url: str) -> None:
    """
    Raises:
        HostNotAllowed: there is no one name, it can't be one, or it is not ours.
    """
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1 or HOST.fullmatch(hosts[0]) is None:
        raise HostNotAllowed("The Host header is missing or is no name.")
    own = urlsplit(public_url).hostname
    if own is not None:
        name = urlsplit(f"//{hosts[0].decode('ascii')}").hostname
        if name != own and name not in LOOPBACK:
            raise HostNotAllowed(hint=f"Address it as {public_url}.")


def _refuse(seconds: int, message: str) -> None:
    if seconds:
        raise TooMany(message, hint=f"Wait {seconds} s and try again.", retry_after=seconds)


def _asked(entry: Entry) -> str:
    rule = entry.rule
    kinds = [
        name for name in ("user", "machine", "subtoken", "execution", "enrolment", "capability") if _on(rule, name)
    ]
    return f"This takes {' or '.join(kinds)} credentials." if kinds else "Nobody may do this over HTTP."


def _on(rule: object, name: str) -> bool:
    return bool(getattr(rule, name))
