"""What needs a server. The daemon has no connection to one yet, and says so."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NoReturn

from spl.client.feature import Feature
from spl.core.errors import ObjectNotFound, ServerNotConnected

if TYPE_CHECKING:
    from spl.client.display.views import ConnectionStatusView
    from spl.core.entities.signature import Signature

DEFAULT_SERVER = "https://splime.io/api"

HINT = "Leave owner, library and target_machine out to run it on this machine."


def refuse_server(what: str, **given: Any) -> None:
    """Say that this needs a server, if anything that only a server knows was given."""
    named = {name: value for name, value in given.items() if value is not None}
    if named:
        said = ", ".join(f"{name}={value!r}" for name, value in named.items())
        raise ServerNotConnected(
            f"{what} ({said}) needs a server, and the local daemon is not connected to one.", hint=HINT
        )


class Server(Feature):
    """The verbs about the daemon's server."""

    def connect_server(
        self,
        *,
        machine_token: str,
        user_token: str,
        server_url: str = DEFAULT_SERVER,
        machine_id: str | None = None,
        display_name: str | None = None,
        capabilities: dict[str, Any] | None = None,
        heartbeat_interval_seconds: float | None = 60.0,
    ) -> NoReturn:
        """Connect the local daemon to a server.

        Raises:
            ServerNotConnected: this version runs objects on this machine only.
        """
        raise ServerNotConnected(
            f"The local daemon can't be connected to {server_url} yet: this version runs objects on this machine only.",
            hint="Publish and call here; nothing else changes when a server is connected.",
        )

    def disconnect_server(self) -> ConnectionStatusView:
        """Drop the daemon's connection; there is none."""
        return self.current_server_connection()

    def current_server_connection(self, *, probe: bool = True) -> ConnectionStatusView:
        """Whether the daemon is connected to a server: `{"connected", "status", ...}`."""
        from spl.client.display.views import ConnectionStatusView

        return ConnectionStatusView(
            {"connected": False, "status": "not_connected", "server_url": None, "machine_id": None}
        )

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
            ServerNotConnected: it is not published here, or the node names a server's library.
        """
        from spl.client.catalog import signature

        reference = f"{name}::{function}" if function else name
        if url is not None or owner is not None or library is not None:
            refuse_server(f"Asking for the inputs and outputs of {reference!r}", url=url, owner=owner, library=library)
        try:
            return self._do(signature(name, version, function)).signature
        except ObjectNotFound as error:
            raise ServerNotConnected(
                f"The inputs and outputs of {reference!r} are not known: it is not published on the local daemon, "
                "which is not connected to a server.",
                hint="Publish it here, connect the daemon, or pass url, inputs and outputs.",
            ) from error


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
