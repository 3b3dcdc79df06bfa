"""What the HTTP layer asks of the features above it, as small ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from starlette.datastructures import Headers

from daemon_server.db import Session
from daemon_server.http.principal import Principal

# How many runs each of these machines has in hand, by machine id.
type MachinesBusy = Callable[[Session, Sequence[str]], Mapping[str, int]]


class Credentials(Protocol):
    """Who a request comes from."""

    async def check_initialized(self) -> None:
        """Raises `Unavailable` (`not_initialized`) while there is no administrator."""
        ...

    async def of_request(self, method: str, headers: Headers, ip: str) -> Principal:
        """Whom the request's bearer token, or its session cookie, stands for.

        Raises:
            Unauthorized: there is none, or it is not valid.
            Forbidden: a cookie came without what proves that our own console sent it.
        """
        ...

    async def run(self) -> None:
        """Keep what is remembered of credentials true, until cancelled."""
        ...

    async def flush(self) -> None:
        """Write down what is not yet written: when each token was last used."""
        ...


class Denials(Protocol):
    """Keeps account of what was refused."""

    async def note(self, principal: Principal, action: str, code: str) -> None: ...
