"""What every part of the blocking client stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Any, Protocol

from spl.client.context import Context
from spl.client.waiter import Waiter
from spl.core.errors import SPLError
from spl.core.wire.base import Flow, Request, Response, drive
from spl.core.wire.paths import DAEMONS_SERVER, KEPT_RUN, SERVER_BATCH, SERVER_RUN

type Observe = Callable[[dict[str, Any]], float]


class Carrier(Protocol):
    """Carries a client's requests, to a daemon or to a server."""

    def send(self, request: Request) -> Response: ...
    def stream(self, request: Request) -> AbstractContextManager[Iterator[bytes]]: ...
    def close(self) -> None: ...


class Feature:
    """Drives flows over one connection."""

    _connection: Carrier
    _context: Context

    def _do[T](self, flow: Flow[T]) -> T:
        """Run a flow. Its errors begin here: what lies below says nothing to a caller."""
        try:
            return drive(flow, self._connection)
        except SPLError as error:
            raise error.with_traceback(None) from error.__cause__

    def _json(self, request: Request) -> Any:
        return self._do(answer(request))

    @cached_property
    def _waiter(self) -> Waiter:
        return Waiter(self._do)

    @cached_property
    def _remote(self) -> Context:
        """What is known of the runs of the daemon's server."""
        return Context(None, allow_pickle=self._context.allow_pickle, paths=DAEMONS_SERVER)

    def _context_of(self, run_id: str) -> Context:
        """Whose run or batch this is, told by its id."""
        return self._remote if run_id.startswith((SERVER_RUN, SERVER_BATCH, KEPT_RUN)) else self._context

    @contextmanager
    def _watching(self, progress: bool) -> Iterator[Observe | None]:
        """Somebody to show a run to while it goes on; None where nobody looks."""
        from spl.client.progress import watch

        seen = watch(self._do) if progress else None
        try:
            yield seen
        finally:
            if seen is not None:
                seen.close()


def answer(request: Request) -> Flow[Any]:
    return (yield request).json()
