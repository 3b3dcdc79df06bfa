"""The verbs about the daemon's server, for asyncio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spl.client.feature import answer
from spl.client.server import DEFAULT_SERVER, connection_request, connection_view, needs_server, pull_request
from spl.core.errors import ServerNotConnected, SPLError
from spl.core.wire import daemon as wire
from spl.core.wire.base import Flow, Request, drive_async
from spl.core.wire.paths import THROUGH_DAEMON
from spl.core.wire.server.steady import beneath

if TYPE_CHECKING:
    from spl.client.connection_async import AsyncConnection
    from spl.client.display.server import LibraryTable, LibraryView, MachineTable
    from spl.client.display.views import ConnectionStatusView, ReceiptView


class AsyncServer:
    """Arguments as for `SPLClient`."""

    _connection: AsyncConnection

    async def connect_server(
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
        request = connection_request(
            server_url, machine_token, user_token, code, machine_id, display_name, capabilities
        )
        connection = connection_view(await self._json(request))
        if policy is not None:
            await self._json(wire.set_server_policy(list(policy)))
        return connection

    async def disconnect_server(self) -> ConnectionStatusView:
        await self._json(wire.disconnect_server())
        return await self.current_server_connection()

    async def current_server_connection(self, *, probe: bool = True) -> ConnectionStatusView:
        return connection_view(await self._json(wire.server_connection()))

    async def libraries(self, *, owner: str | None = None) -> LibraryTable:
        from spl.client import desk

        return await self._at_server(desk.list_libraries(owner=owner), "Listing libraries")

    async def library(self, name: str, *, owner: str | None = None) -> LibraryView:
        from spl.client import desk

        return await self._at_server(desk.read_library(name, owner=owner), f"Reading the library {name!r}")

    async def machines(self) -> MachineTable:
        from spl.client import desk

        return await self._at_server(desk.list_machines(), "Listing machines")

    async def pull(
        self,
        name: str,
        *,
        owner: str | None = None,
        library: str | None = None,
        version: int | str | None = None,
        as_name: str | None = None,
    ) -> ReceiptView:
        from spl.client.display.views import ReceiptView

        try:
            return ReceiptView(await self._json(pull_request(name, owner, library, version, as_name)))
        except ServerNotConnected as error:
            raise needs_server(f"Pulling {name!r}", error) from None

    async def _at_server[T](self, flow: Flow[T], what: str) -> T:
        """Ask the daemon's server; `what` is said where there is none."""
        try:
            return await self._do(beneath(THROUGH_DAEMON, flow))
        except ServerNotConnected as error:
            raise needs_server(what, error) from None

    async def _do[T](self, flow: Flow[T]) -> T:
        try:
            return await drive_async(flow, self._connection)
        except SPLError as error:
            raise error.with_traceback(None) from error.__cause__

    async def _json(self, request: Request) -> Any:
        return await self._do(answer(request))
