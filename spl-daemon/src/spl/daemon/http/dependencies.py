"""What a route may ask for by naming its type."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from spl.daemon.http.context import Daemon


async def _daemon(connection: HTTPConnection) -> Daemon:
    return cast(Daemon, connection.app.state.daemon)


DaemonDep = Annotated[Daemon, Depends(_daemon)]
