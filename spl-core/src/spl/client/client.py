"""SPLClient: the way a notebook, a script or a service speaks to the local daemon."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from spl.client.batches import Batches
from spl.client.catalog import Catalog
from spl.client.connection import Connection
from spl.client.context import Context
from spl.client.discovery import Wanted
from spl.client.environments import Environments
from spl.client.publishing import Publishing
from spl.client.server import DEFAULT_SERVER, Server, become_resolver
from spl.core.errors import InvalidRequest
from spl.core.wire import daemon as wire
from spl.core.wire.endpoint import DEFAULT_HOST, Endpoint

if TYPE_CHECKING:
    from spl.client.display.views import HealthView
    from spl.client.futures import SPLExecutor
    from spl.core.wire.base import Transport


class SPLClient(Publishing, Catalog, Environments, Batches, Server):
    """Publishes functions and pipelines to the local daemon, and runs them there.

        client = SPLClient()
        client.publish(add, name="demo_add")
        client.call("demo_add", kwargs={"a": 2, "b": 3}).value

    The daemon is found when it is first needed: see `spl.client.discovery`. A client may be shared by threads.
    """

    _connection: Connection

    def __init__(
        self,
        base_url: str | None = None,
        *,
        daemon_host: str = DEFAULT_HOST,
        daemon_port: int | None = None,
        daemon_home: str | os.PathLike[str] | None = None,
        api_token: str | None = None,
        allow_pickle: bool = False,
        server_url: str = DEFAULT_SERVER,
        machine_token: str | None = None,
        user_token: str | None = None,
        machine_id: str | None = None,
        display_name: str | None = None,
        capabilities: dict[str, Any] | None = None,
        heartbeat_interval_seconds: float | None = 60.0,
        transport: Callable[[Endpoint], Transport] | None = None,
    ) -> None:
        """Say which daemon, where it is not the only one of this user.

        Args:
            base_url: where the daemon listens, or
            daemon_host, daemon_port: the same in two parts, or
            daemon_home: the home it was started with.
            api_token: the daemon's token; found by itself when the daemon runs as the same user.
            allow_pickle: whether values of other types may travel pickled. Only for a daemon and objects you trust.
            server_url, machine_token, user_token, machine_id, display_name: connect the daemon to a server at once,
                as `connect_server` does.
            transport: makes what carries the requests, instead of HTTP.

        Raises:
            ServerUnreachable, ServerRefused: tokens of a server were given, and the daemon can't be connected to it.
        """
        home = Path(daemon_home) if daemon_home is not None else None
        self._connection = Connection(Wanted(base_url, daemon_host, daemon_port, home, api_token), transport)
        self._context = Context(self._connection.place, allow_pickle=allow_pickle)
        if machine_token:
            self.connect_server(
                server_url=server_url,
                machine_token=machine_token,
                user_token=user_token,
                machine_id=machine_id,
                display_name=display_name,
                capabilities=capabilities,
            )
        elif user_token:
            raise InvalidRequest("user_token= says whose machine it is; a connection takes machine_token= with it.")
        become_resolver(self)

    @property
    def base_url(self) -> str:
        """Where the daemon listens; it is looked for if it wasn't needed yet."""
        return self._connection.place.endpoint.url

    @property
    def endpoint(self) -> Endpoint:
        """The daemon: its URL, process, home and version."""
        return self._connection.place.endpoint

    @property
    def mode(self) -> str:
        return "daemon"

    def health(self) -> HealthView:
        """Whether the daemon answers: `{"status": "ok"}`.

        Raises:
            DaemonUnreachable: it does not; the message says where we looked.
        """
        from spl.client.display.views import HealthView

        return HealthView(self._json(wire.health()))

    def status(self) -> HealthView:
        """How the daemon is: its workers, queue, objects, disk."""
        from spl.client.display.views import HealthView

        return HealthView(self._json(wire.status()))

    def stop_daemon(self) -> None:
        """Have the daemon finish what runs, and end."""
        self._json(wire.stop())

    def executor(self, **options: Any) -> SPLExecutor:
        """A `concurrent.futures.Executor` that runs published objects, or functions that it publishes.

        Args:
            options: `env`, `requirements`, `isolation`, `timeout_seconds` for all it runs.
        """
        from spl.client.futures import SPLExecutor

        return SPLExecutor(self, **options)

    def close(self) -> None:
        """Give the connections back. The client may be used again."""
        if "_waiter" in self.__dict__:
            self._waiter.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        known = self._connection.place.known
        return f"SPLClient({known.url!r})" if known is not None else "SPLClient()"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from spl.client.display.cards import client_card

        return client_card(self)
