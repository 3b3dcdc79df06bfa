"""AsyncSPLClient: the same verbs for asyncio; what is said and what is made of answers is the blocking client's."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from spl.client import catalog, environments, publishing
from spl.client.batches import CHUNK_CALLS, WINDOW, BatchReader, Target, calls_of
from spl.client.calling import Ask
from spl.client.connection_async import AsyncConnection
from spl.client.context import Context
from spl.client.discovery import Wanted
from spl.client.feature import answer
from spl.client.handles_async import AsyncMapResults, AsyncRun, followed
from spl.client.logs import LogPages, Stream
from spl.client.publishing import DEFAULT_ENV, PublishedObject
from spl.client.results import CallResult
from spl.client.runs import id_of, listed
from spl.client.server import refuse_server
from spl.core.errors import RunFailed, SPLError
from spl.core.wire import daemon
from spl.core.wire import environments as environment_wire
from spl.core.wire import objects as object_wire
from spl.core.wire import runs as run_wire
from spl.core.wire.base import LONG_POLL, Flow, Request, drive_async
from spl.core.wire.endpoint import DEFAULT_HOST, Endpoint

if TYPE_CHECKING:
    from spl.client.display.catalog import (
        Description,
        InputListView,
        ObjectCatalog,
        ObjectList,
        ObjectTable,
        OutputListView,
        SignatureView,
        VersionListView,
    )
    from spl.client.display.views import (
        EnvironmentBuildListView,
        EnvironmentBuildView,
        EnvironmentTable,
        EnvironmentView,
        HealthView,
        LogText,
        ReceiptView,
        RunList,
    )
    from spl.client.handles import RunBase
    from spl.core.wire.base import AsyncTransport

__all__ = ["AsyncMapResults", "AsyncRun", "AsyncSPLClient"]


class AsyncSPLClient:
    """Publishes and runs, for asyncio. Use it in one event loop.

        async with AsyncSPLClient() as client:
            result = await client.call("demo_add", kwargs={"a": 2, "b": 3})

    A call whose task is cancelled goes on in the daemon: `await client.cancel(run)` stops it.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        daemon_host: str = DEFAULT_HOST,
        daemon_port: int | None = None,
        daemon_home: str | os.PathLike[str] | None = None,
        api_token: str | None = None,
        allow_pickle: bool = False,
        transport: Callable[[Endpoint], AsyncTransport] | None = None,
    ) -> None:
        """Arguments as for `SPLClient`."""
        home = Path(daemon_home) if daemon_home is not None else None
        self._connection = AsyncConnection(Wanted(base_url, daemon_host, daemon_port, home, api_token), transport)
        self._context = Context(self._connection.place, allow_pickle=allow_pickle)

    # --- the daemon ---------------------------------------------------------------------------------------------------

    async def health(self) -> HealthView:
        from spl.client.display.views import HealthView

        return HealthView(await self._json(daemon.health()))

    async def status(self) -> HealthView:
        from spl.client.display.views import HealthView

        return HealthView(await self._json(daemon.status()))

    async def close(self) -> None:
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # --- environments -------------------------------------------------------------------------------------------------

    async def register_env(self, name: str = "default", python: str | None = None) -> EnvironmentView:
        from spl.client.display.views import EnvironmentView

        return EnvironmentView(await self._json(environment_wire.register_env(name, python or sys.executable)))

    async def envs(self) -> EnvironmentTable:
        return await self._do(environments.envs())

    async def remove_env(self, name: str) -> ReceiptView:
        from spl.client.display.views import ReceiptView

        return ReceiptView(await self._json(environment_wire.remove_env(name)) or {"name": name, "removed": True})

    async def environment_builds(self) -> EnvironmentBuildListView:
        return await self._do(environments.builds())

    async def rebuild_environment(self, spec_hash: str, *, wait: bool = False) -> EnvironmentBuildView:
        return await self._do(environments.rebuilt(spec_hash, wait))

    # --- objects ------------------------------------------------------------------------------------------------------

    async def publish(
        self,
        obj: Any,
        name: str | None = None,
        env: str = DEFAULT_ENV,
        *,
        requirements: Sequence[str] | None = None,
        include: Sequence[Any] = (),
        display_name: str | None = None,
        isolation: str | None = None,
    ) -> PublishedObject:
        document = await asyncio.to_thread(
            publishing.captured, obj, name, env, requirements, include, display_name, isolation
        )
        return await self._do(publishing.published(document))

    async def publish_yaml(
        self,
        yaml: publishing.Source,
        name: str | None = None,
        entrypoint: str | None = None,
        env: str = DEFAULT_ENV,
        *,
        display_name: str | None = None,
        isolation: str | None = None,
    ) -> PublishedObject:
        text = await asyncio.to_thread(publishing.bundle_text, yaml)
        asked = publishing.request_of(text, name, entrypoint, env, None, display_name, isolation)
        return await self._do(publishing.published(asked))

    async def ready(self, published: PublishedObject, timeout: float | None = None) -> PublishedObject:
        """Wait until the version can run; raises why it can't."""
        await self._do(publishing.ready(published, timeout, None))
        return published

    async def objects(
        self, *, compact: bool = False, scope: catalog.Scope = "auto", query: str | None = None
    ) -> ObjectTable | ObjectList | ObjectCatalog:
        return await self._do(catalog.catalog(compact, scope, query))

    async def signature(
        self, name: str, *, version: int | str | None = None, function: str | None = None
    ) -> SignatureView:
        return await self._do(catalog.signature(name, version, function))

    async def inputs(
        self, name: str, *, version: int | str | None = None, function: str | None = None
    ) -> InputListView:
        from spl.client.display.catalog import InputListView

        return InputListView((await self.signature(name, version=version, function=function))["inputs"])

    async def outputs(
        self, name: str, *, version: int | str | None = None, function: str | None = None
    ) -> OutputListView:
        from spl.client.display.catalog import OutputListView

        return OutputListView((await self.signature(name, version=version, function=function))["outputs"])

    async def describe(
        self, name: str, *, version: int | str | None = None, function: str | None = None
    ) -> Description:
        return (await self.signature(name, version=version, function=function)).describe()

    async def versions(self, name: str) -> VersionListView:
        return await self._do(catalog.versions(name))

    async def forget(self, name: str) -> ReceiptView:
        from spl.client.display.views import ReceiptView

        return ReceiptView(await self._json(object_wire.forget(name)) or {"name": name})

    # --- runs ---------------------------------------------------------------------------------------------------------

    async def call(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        timeout_seconds: float | None = None,
        version: int | str | None = None,
        artifacts_dir: str | Path | None = None,
        function: str | None = None,
        isolation: str | None = None,
        priority: int | None = None,
        target_machine: str | None = None,
        owner: str | None = None,
        library: str | None = None,
    ) -> CallResult:
        refuse_server(f"Running {name!r}", target_machine=target_machine, owner=owner, library=library)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority)
        run = AsyncRun(await self._do(ask.started(self._context, LONG_POLL)), self)
        return await run.collect(artifacts_dir=artifacts_dir)

    async def start(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        timeout_seconds: float | None = None,
        version: int | str | None = None,
        function: str | None = None,
        isolation: str | None = None,
        priority: int | None = None,
        target_machine: str | None = None,
        owner: str | None = None,
        library: str | None = None,
    ) -> AsyncRun:
        refuse_server(f"Running {name!r}", target_machine=target_machine, owner=owner, library=library)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority)
        return AsyncRun(await self._do(ask.started(self._context)), self)

    submit = start
    queue = start

    async def runs(
        self, *, state: str | None = None, object: str | None = None, batch: str | None = None, limit: int = 50
    ) -> RunList:
        from spl.client.display.views import RunList

        return RunList(await self._do(listed(state, object, batch, limit)))

    async def run(self, run_id: str) -> AsyncRun:
        return AsyncRun(await self._json(run_wire.read_run(run_id)), self)

    async def cancel(self, run: str | RunBase) -> AsyncRun:
        await self._json(run_wire.cancel(id_of(run)))
        return await self.run(id_of(run))

    async def logs(self, run: str | RunBase, *, stream: Stream = "all") -> LogText:
        from spl.client.display.views import LogText

        return LogText(await self._do(LogPages(id_of(run), stream).all()))

    def follow(self, run: str | RunBase, *, stream: Stream = "all") -> AsyncIterator[str]:
        """What a run prints, piece by piece until it ends."""
        return followed(self, LogPages(id_of(run), stream))

    async def gather(self, *runs: AsyncRun, return_exceptions: bool = False) -> list[Any]:
        """The values of runs, in their order."""
        values = await asyncio.gather(*(run.result() for run in runs), return_exceptions=True)
        for value in values:
            if isinstance(value, BaseException) and not (return_exceptions and isinstance(value, RunFailed)):
                raise value
        return list(values)

    def map(
        self,
        name: str,
        *iterables: Iterable[Any],
        kwargs_list: Iterable[Mapping[str, Any]] | None = None,
        args_list: Iterable[Sequence[Any]] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        function: str | None = None,
        version: int | str | None = None,
        timeout_seconds: float | None = None,
        isolation: str | None = None,
        ordered: bool = True,
        return_exceptions: bool = False,
        chunk: int = CHUNK_CALLS,
        window: int = WINDOW,
    ) -> AsyncMapResults:
        """Call an object once for each item: `async for value in client.map(...)`. Arguments as for `SPLClient.map`."""
        target = Target(name, version, function, output, timeout_seconds, isolation, self._context.allow_pickle)
        calls = calls_of(iterables, kwargs_list, args_list, kwargs or {})
        reader = BatchReader(self._context, target, calls, ordered=ordered, chunk=chunk, window=window)
        return AsyncMapResults(reader, self._do, return_exceptions)

    def __repr__(self) -> str:
        known = self._connection.place.known
        return f"AsyncSPLClient({known.url!r})" if known is not None else "AsyncSPLClient()"

    async def _do[T](self, flow: Flow[T]) -> T:
        try:
            return await drive_async(flow, self._connection)
        except SPLError as error:
            raise error.with_traceback(None) from error.__cause__

    async def _json(self, request: Request) -> Any:
        return await self._do(answer(request))
