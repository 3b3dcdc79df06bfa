"""Handles for asyncio: a run, and the results of a map."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from spl.client.batches import BatchReader
from spl.client.events import AsyncStreams, followed_async
from spl.client.handles import RunBase
from spl.client.logs import LogPages, Stream
from spl.client.results import CallResult, looks_like_ports
from spl.core.errors import RunFailed
from spl.core.wire.base import Flow

if TYPE_CHECKING:
    from spl.client.context import Context
    from spl.client.display.server import RunDetail
    from spl.client.display.views import LogText
    from spl.core.wire.events import Event


class AsyncRunClient(Protocol):
    """What a handle needs of the client that made it."""

    _context: Context

    @property
    def _connection(self) -> AsyncStreams: ...
    async def _do[T](self, flow: Flow[T]) -> T: ...
    async def logs(self, run: str | RunBase, *, stream: Stream = "all") -> LogText: ...
    def follow(self, run: str | RunBase, *, stream: Stream = "all") -> AsyncIterator[str]: ...


class AsyncReadOnlyRun(RunBase):
    """A run's handle for whoever may see it and wait for it, and nothing else: `await run` is its value."""

    def __init__(self, document: dict[str, Any], client: AsyncRunClient, context: Context | None = None) -> None:
        super().__init__(document, context or client._context)
        self._client = client

    async def refresh(self) -> Self:
        """Look it up now."""
        await self._client._do(self._refreshed())
        return self

    async def done(self) -> bool:
        """Whether it has ended."""
        if not self.ended:
            await self.refresh()
        return self.ended

    async def wait(self, timeout: float | None = None) -> Self:
        """Wait for its end, however it ends. Raises WaitTimedOut when it takes longer than `timeout` seconds."""
        await self._client._do(self._finished(timeout))
        return self

    async def result(self, timeout: float | None = None) -> Any:
        """The value it came to. Raises RunFailed when it came to none, WaitTimedOut when it takes too long."""
        return (await self.collect(timeout=timeout)).value

    async def collect(self, *, timeout: float | None = None, artifacts_dir: str | Path | None = None) -> CallResult:
        """What `await client.call(...)` would have given."""
        result = await self._client._do(self._collected(timeout, artifacts_dir))
        if looks_like_ports(result.value):
            kind = await self._client._do(self._context.kind(self.raw))
            object.__setattr__(result, "_kind", lambda: kind)
        return result

    async def exception(self, timeout: float | None = None) -> RunFailed | None:
        """What it failed with; None if it succeeded."""
        try:
            await self.result(timeout)
        except RunFailed as error:
            return error
        return None

    async def logs(self, *, stream: Stream = "all") -> LogText:
        """What it has printed."""
        return await self._client.logs(self.id, stream=stream)

    def follow(self, *, stream: Stream = "all") -> AsyncIterator[str]:
        """What it prints, piece by piece until it ends."""
        return self._client.follow(self.id, stream=stream)

    def events(self) -> AsyncIterator[Event]:
        """What happens to it, from its beginning until its end."""
        return followed_async(self._client._connection, self.id, self._at)

    async def download_artifacts(self, folder: str | Path) -> dict[str, Path]:
        """Fetch its files; where each is then."""
        return await self._client._do(self._with_artifacts(folder))

    def __await__(self) -> Generator[Any, None, Any]:
        return self.result().__await__()


class AsyncRun(AsyncReadOnlyRun):
    """A run's handle for asyncio: `await run` is its value. What is told of it is what was heard last."""

    async def cancel(self) -> bool:
        """Stop it. True if it has not ended otherwise meanwhile."""
        if self.ended:
            return False
        await self._client._do(self._cancelled())
        return self._document["state"] in ("cancelling", "cancelled")

    async def retry(self) -> AsyncRun:
        """Have the server run the same again: a new run, whose `retry_of` is this one."""
        from spl.client.calling import new_key

        return AsyncRun(await self._client._do(self._retried(new_key())), self._client, self._context)

    async def detail(self) -> RunDetail:
        """All that is known of it: attempts, timeline, placement, files."""
        from spl.client.display.server import RunDetail

        return RunDetail(await self._client._do(self._detailed()))


class AsyncMapResults(AsyncIterator[Any]):
    """The values of a `map`, as they come; each is given once. `cancel()` stops the rest."""

    def __init__(
        self, reader: BatchReader, do: Callable[[Flow[Any]], Coroutine[Any, Any, Any]], return_exceptions: bool
    ) -> None:
        self._reader = reader
        self._do = do
        self._return_exceptions = return_exceptions
        self._ready: deque[tuple[int, Any]] = deque()

    async def __anext__(self) -> Any:
        return (await self._take())[1]

    async def items(self) -> AsyncIterator[tuple[int, Any]]:
        """The values, each with the position of its call."""
        while True:
            try:
                yield await self._take()
            except StopAsyncIteration:
                return

    async def cancel(self) -> None:
        """Stop the calls that have not ended, and send no more."""
        await self._do(self._reader.cancel())

    def __repr__(self) -> str:
        progress = self._reader.progress
        total = progress.total if progress.total is not None else "?"
        return f"<map of {self._reader.target.object}: {progress.done}/{total} done, {progress.failed} failed>"

    async def _take(self) -> tuple[int, Any]:
        while not self._ready:
            if self._reader.finished:
                raise StopAsyncIteration
            self._ready.extend(await self._do(self._reader.more()))
        index, value = self._ready.popleft()
        if isinstance(value, RunFailed) and not self._return_exceptions:
            await self.cancel()
            raise value
        return index, value


async def followed(client: AsyncRunClient, pages: LogPages) -> AsyncIterator[str]:
    while not pages.ended:
        text = await client._do(pages.more())
        if text:
            yield text
