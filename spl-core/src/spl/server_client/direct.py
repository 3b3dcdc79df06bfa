"""What every blocking client of a server stands on."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from spl.client.context import Context
from spl.client.runs import RunReading
from spl.core.errors import SPLError
from spl.core.wire.base import Flow, drive
from spl.core.wire.paths import SERVER
from spl.core.wire.server.steady import steadily
from spl.server_client.connection import ServerConnection
from spl.server_client.origin import DEFAULT_SERVER, checked_token, checked_url, hint_of

if TYPE_CHECKING:
    from spl.core.wire.base import Transport

type OpenTransport = Callable[[str, str], Transport]
"""Makes what carries requests to a URL with a token."""


class Direct(RunReading):
    """One server, one token."""

    def __init__(
        self,
        token: str,
        *,
        base_url: str = DEFAULT_SERVER,
        allow_pickle: bool = False,
        transport: OpenTransport | None = None,
    ) -> None:
        """Say which server, and with what right.

        Args:
            token: goes to this server alone, and is in no message, repr or log.
            base_url: where the server's API is: https, or http on this machine.
            allow_pickle: whether values of other types may travel pickled. Only for objects you trust.
            transport: makes what carries the requests, instead of HTTP.

        Raises:
            InvalidRequest: the address would give the token away.
        """
        token = checked_token(token)
        url = checked_url(base_url)
        self._hint = hint_of(token)
        self._url = url
        self._connection = ServerConnection(url, (transport or _http)(url, token))
        self._context = self._remote = Context(None, allow_pickle=allow_pickle, paths=SERVER)

    @property
    def base_url(self) -> str:
        """Where the server's API is."""
        return self._url

    @property
    def mode(self) -> str:
        return "server"

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
        return f"{type(self).__name__}({self._url!r}, token={self._hint!r})"

    def _context_of(self, run_id: str) -> Context:
        return self._context

    def _do[T](self, flow: Flow[T]) -> T:
        try:
            return drive(steadily(flow), self._connection)
        except SPLError as error:
            raise error.with_traceback(None) from error.__cause__


def _http(url: str, token: str) -> Transport:
    from spl.core.wire.http import HttpTransport

    return HttpTransport(url, token)
