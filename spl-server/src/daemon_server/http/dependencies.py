"""What a route may ask for by naming its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from daemon_server.http.principal import Principal

if TYPE_CHECKING:
    from daemon_server.http.context import Server


async def _server(connection: HTTPConnection) -> Server:
    return cast("Server", connection.app.state.server)


async def _principal(connection: HTTPConnection) -> Principal:
    return cast(Principal, connection.state.principal)


ServerDep = Annotated["Server", Depends(_server)]
PrincipalDep = Annotated[Principal, Depends(_principal)]
