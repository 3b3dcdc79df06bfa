"""The daemon's server: connecting to it, and what is asked of it through the daemon."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spl.client.feature import Feature
from spl.core.errors import InvalidRequest, ObjectNotFound, ServerNotConnected
from spl.core.wire import daemon as wire
from spl.core.wire.base import Flow, Request
from spl.core.wire.paths import THROUGH_DAEMON
from spl.core.wire.server.steady import beneath

if TYPE_CHECKING:
    from spl.client.display.server import LibraryTable, LibraryView, MachineTable
    from spl.client.display.views import ConnectionStatusView, ReceiptView
    from spl.core.entities.signature import Signature

DEFAULT_SERVER = "https://splime.io/api"

HINT = (
    "Connect it with client.connect_server(code=...) or `spl-daemon join URL CODE`; "
    "leave owner, library and target_machine out to run it on this machine."
)
_PORTS = {"http": 80, "https": 443}


def needs_server(what: str, error: ServerNotConnected) -> ServerNotConnected:
    """The daemon's word that it has no server, with what was wanted of one."""
    return ServerNotConnected(
        f"{what} needs a server, and the local daemon is not connected to one.", hint=HINT, **error.details
    )


def nowhere(reference: str) -> ServerNotConnected:
    """A remote node names what is not published here, and there is no server to ask."""
    return ServerNotConnected(
        f"{reference!r} is not published on the local daemon, which is not connected to a server.", hint=HINT
    )


class ServerLink(Feature):
    """The verbs about the daemon's connection to a server."""

    def connect_server(
        self,
        *,
        server_url: str = DEFAULT_SERVER,
        machine_token: str | None = None,
        user_token: str | None = None,
        code: str | None = None,
        machine_id: str | None = None,
        display_name: str | None = None,
        capabilities: Mapping[str, Any] | None = None,
        policy: Sequence[str] | None = None,
        heartbeat_interval_seconds: float | None = None,
    ) -> ConnectionStatusView:
        """Connect the local daemon to a server; it stays connected, also after a restart.

        Args:
            server_url: where the server's API is.
            code: a one-time code, as `server.machines.enroll(...)` gives it: all that is needed, or
            machine_token: the machine's own token, and
            user_token: its owner's, with which the daemon checks once that the machine is theirs.
            machine_id, display_name: what the machine is called, by programs and by people.
            capabilities: what else the machine tells of itself.
            policy: which objects it lets in, as patterns `owner/library/object`; its owner's own if not given.
            heartbeat_interval_seconds: has no effect: the server says how often it wants to hear of the machine.

        Raises:
            InvalidRequest: neither a code nor a token was given, or both.
            ServerUnreachable, ServerRefused: the server does not answer, or does not take the machine.
        """
        request = connection_request(
            server_url, machine_token, user_token, code, machine_id, display_name, capabilities
        )
        connection = connection_view(self._json(request))
        if policy is not None:
            self._json(wire.set_server_policy(list(policy)))
        self._drop_server()
        return connection

    def disconnect_server(self) -> ConnectionStatusView:
        """Drop the daemon's connection; what is published here stays, and runs from the server end there."""
        self._json(wire.disconnect_server())
        self._drop_server()
        return self.current_server_connection()

    def current_server_connection(self, *, probe: bool = True) -> ConnectionStatusView:
        """Whether the daemon is connected to a server: `{"connected", "status", "server_url", "machine_id", ...}`."""
        return connection_view(self._json(wire.server_connection()))

    @cached_property
    def _known_server(self) -> str:
        return str(self.current_server_connection().get("server_url") or "")

    def _server_url(self) -> str:
        """Where the daemon's server is; empty where it has none. Asked once, while there is one."""
        url = self._known_server
        if not url:
            self._drop_server()
        return url

    def _drop_server(self) -> None:
        self.__dict__.pop("_known_server", None)

    def _at_server[T](self, flow: Flow[T], what: str) -> T:
        """Ask the daemon's server; `what` is said where there is none."""
        try:
            return self._do(beneath(THROUGH_DAEMON, flow))
        except ServerNotConnected as error:
            raise needs_server(what, error) from None


def connection_request(
    server_url: str,
    machine_token: str | None,
    user_token: str | None,
    code: str | None,
    machine_id: str | None,
    display_name: str | None,
    capabilities: Mapping[str, Any] | None,
) -> Request:
    """What connects the daemon: a one-time code, or tokens."""
    if (code is None) == (machine_token is None):
        raise InvalidRequest("A server connection takes code=, or machine_token= with user_token=.")
    if code is not None:
        return wire.join_server(_given({"server_url": server_url, "code": code, "display_name": display_name}))
    asked = {
        "server_url": server_url,
        "machine_token": machine_token,
        "user_token": user_token,
        "machine_id": machine_id,
        "display_name": display_name,
        "capabilities": None if capabilities is None else dict(capabilities),
    }
    return wire.connect_server(_given(asked))


def connection_view(document: Mapping[str, Any] | None) -> ConnectionStatusView:
    from spl.client.display.views import ConnectionStatusView

    return ConnectionStatusView(document or {"connected": False, "status": "not_connected"})


def pull_request(
    name: str, owner: str | None, library: str | None, version: int | str | None, as_name: str | None
) -> Request:
    asked = {"owner": owner, "library": library, "name": name, "version": version, "as_name": as_name}
    return wire.pull(_given(asked))


class Server(ServerLink):
    """The verbs about what the daemon's server has."""

    def libraries(self, *, owner: str | None = None) -> LibraryTable:
        """The server's libraries that may be seen."""
        from spl.client import desk

        return self._at_server(desk.list_libraries(owner=owner), "Listing libraries")

    def library(self, name: str, *, owner: str | None = None) -> LibraryView:
        """One library: `"risk"` of one's own, or `"alice/risk"`."""
        from spl.client import desk

        return self._at_server(desk.read_library(name, owner=owner), f"Reading the library {name!r}")

    def machines(self) -> MachineTable:
        """The server's machines that may be used, and whether they are there."""
        from spl.client import desk

        return self._at_server(desk.list_machines(), "Listing machines")

    def pull(
        self,
        name: str,
        *,
        owner: str | None = None,
        library: str | None = None,
        version: int | str | None = None,
        as_name: str | None = None,
    ) -> ReceiptView:
        """Store an object of the server as one of this daemon, to be called without the server.

        Args:
            as_name: what to call it here; its own name if not given.
        """
        from spl.client.display.views import ReceiptView

        try:
            return ReceiptView(self._json(pull_request(name, owner, library, version, as_name)))
        except ServerNotConnected as error:
            raise needs_server(f"Pulling {name!r}", error) from None

    def resolve_remote_signature(
        self,
        name: str,
        *,
        function: str | None = None,
        version: str = "latest",
        owner: str | None = None,
        library: str | None = None,
        url: str | None = None,
    ) -> Signature:
        """The ports of what a `NodeRemote` names, for one made without them.

        Raises:
            ServerNotConnected: it is not published here, or the node names a server's library, and there is no server.
            InvalidRequest: the node's url is not that of the daemon's server.
        """
        from spl.client.catalog import remote_signature, signature

        reference = f"{name}::{function}" if function else name
        what = f"Asking for the inputs and outputs of {reference!r}"
        if url is not None:
            check_origin(self._server_url(), url, reference)
        if url is None and owner is None and library is None:
            try:
                return self._do(signature(name, version, function)).signature
            except ObjectNotFound as error:
                if not self._server_url():
                    raise ServerNotConnected(
                        f"The inputs and outputs of {reference!r} are not known: it is not published on the local "
                        "daemon, which is not connected to a server.",
                        hint="Publish it here, connect the daemon, or pass url, inputs and outputs.",
                    ) from error
        return self._at_server(remote_signature(name, owner, library, version, function), what).signature


class LatestClient:
    """Asks the client that was made last, as long as it is there."""

    def __init__(self, client: Server) -> None:
        self._client = weakref.ref(client)

    def resolve_remote_signature(self, name: str, **place: Any) -> Signature:
        client = self._client()
        if client is None:
            raise ServerNotConnected(
                f"The inputs and outputs of {name!r} are not known.", hint="Make an SPLClient first."
            )
        return client.resolve_remote_signature(name, **place)


def become_resolver(client: Server) -> None:
    """Let nodes made from now on ask this client for their ports."""
    from spl.core.entities.node_remote import set_resolver

    set_resolver(LatestClient(client))


def check_origin(connected: str, url: str, reference: str) -> None:
    """A node's url names the server that the daemon is connected to; its credentials go to no other.

    Raises:
        ServerNotConnected: the daemon is connected to none.
        InvalidRequest: it is another one.
    """
    if not connected:
        raise ServerNotConnected(
            f"Remote node {reference!r} is at {url}, and the local daemon is not connected to a server.", hint=HINT
        )
    if _origin(connected) != _origin(url):
        raise InvalidRequest(
            f"Remote node {reference!r} is at {url}, and the local daemon is connected to {connected}.",
            hint="Connect the daemon to that server, or leave url out.",
        )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}
