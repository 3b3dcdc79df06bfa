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
from spl.client.discovery import Wanted as WantedDaemon
from spl.client.handles_async import AsyncMapResults, AsyncRun, followed
from spl.client.logs import LogPages, Stream
from spl.client.publishing import DEFAULT_ENV, PublishedObject
from spl.client.results import CallResult
from spl.client.runs import RunScope, Wanted, id_of, kept, listed
from spl.client.server_async import AsyncServer
from spl.core.errors import RunFailed, ServerNotConnected
from spl.core.wire import daemon
from spl.core.wire import environments as environment_wire
from spl.core.wire import objects as object_wire
from spl.core.wire import runs as run_wire
from spl.core.wire.base import LONG_POLL
from spl.core.wire.endpoint import DEFAULT_HOST, Endpoint
from spl.core.wire.paths import DAEMONS_SERVER, KEPT_RUN, SERVER_BATCH, SERVER_RUN
from spl.core.wire.server.target import OfflinePolicy, Remote

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
    from spl.client.display.server import RemoteObjectList
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
    from spl.client.remotes import Pin
    from spl.core.wire.base import AsyncTransport

__all__ = ["AsyncMapResults", "AsyncRun", "AsyncSPLClient"]


class AsyncSPLClient(AsyncServer):
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
        self._connection = AsyncConnection(WantedDaemon(base_url, daemon_host, daemon_port, home, api_token), transport)
        self._context = Context(self._connection.place, allow_pickle=allow_pickle)
        self._remote = Context(None, allow_pickle=allow_pickle, paths=DAEMONS_SERVER)

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
        library: str | None = None,
        create: bool = True,
        local_only: bool = False,
    ) -> PublishedObject:
        obj, pins = await self._do(publishing.with_pins(obj))
        document = await asyncio.to_thread(
            publishing.captured, obj, name, env, requirements, include, display_name, isolation
        )
        await self._check_library(library, create)
        return await self._do(publishing.published(publishing.shared(document, library, local_only), None, pins))

    async def remote_updates(self, name: str) -> list[Pin]:
        return list(await self._do(publishing.remote_updates(name)))

    async def update_remotes(self, name: str, nodes: Sequence[str] | None = None) -> PublishedObject:
        return await self._do(publishing.updated_remotes(name, nodes))

    async def publish_yaml(
        self,
        yaml: publishing.Source,
        name: str | None = None,
        entrypoint: str | None = None,
        env: str = DEFAULT_ENV,
        *,
        display_name: str | None = None,
        isolation: str | None = None,
        library: str | None = None,
        create: bool = True,
        local_only: bool = False,
    ) -> PublishedObject:
        text = await asyncio.to_thread(publishing.bundle_text, yaml)
        asked = publishing.request_of(text, name, entrypoint, env, None, display_name, isolation)
        await self._check_library(library, create)
        return await self._do(publishing.published(publishing.shared(asked, library, local_only)))

    async def _check_library(self, library: str | None, create: bool) -> None:
        if library is not None and not create:
            from spl.client import desk

            await self._at_server(desk.read_library(library), f"Publishing to the library {library!r}")

    async def ready(self, published: PublishedObject, timeout: float | None = None) -> PublishedObject:
        """Wait until the version can run; raises why it can't."""
        await self._do(publishing.ready(published, timeout, None))
        return published

    async def objects(
        self,
        *,
        compact: bool = False,
        scope: catalog.Scope = "auto",
        owner: str | None = None,
        library: str | None = None,
        query: str | None = None,
    ) -> ObjectTable | ObjectList | ObjectCatalog | RemoteObjectList:
        if catalog.is_local(scope, owner, library):
            return await self._do(catalog.catalog(compact, query))
        asked = catalog.remote_catalog(compact, owner, library, query)
        try:
            server = await self._at_server(asked, f"The catalog{Remote(owner, library).said}")
        except ServerNotConnected as error:
            server = catalog.without_server(error, owner, library)
        if scope != "all":
            return server
        from spl.client.display.catalog import ObjectCatalog

        return ObjectCatalog({"local": await self._do(catalog.catalog(compact, query)), "server": server})

    async def signature(
        self,
        name: str,
        *,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
    ) -> SignatureView:
        if owner is not None or library is not None:
            asked = catalog.remote_signature(name, owner, library, version, function)
            return await self._at_server(asked, f"Reading the signature of {name!r}")
        return await self._do(catalog.signature(name, version, function))

    async def inputs(
        self,
        name: str,
        *,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
    ) -> InputListView:
        from spl.client.display.catalog import InputListView

        found = await self.signature(name, version=version, owner=owner, library=library, function=function)
        return InputListView(found["inputs"])

    async def outputs(
        self,
        name: str,
        *,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
    ) -> OutputListView:
        from spl.client.display.catalog import OutputListView

        found = await self.signature(name, version=version, owner=owner, library=library, function=function)
        return OutputListView(found["outputs"])

    async def describe(
        self,
        name: str,
        *,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        function: str | None = None,
    ) -> Description:
        found = await self.signature(name, version=version, owner=owner, library=library, function=function)
        return found.describe()

    async def versions(self, name: str, *, owner: str | None = None, library: str | None = None) -> VersionListView:
        if owner is not None or library is not None:
            asked = catalog.remote_versions(name, owner, library)
            return await self._at_server(asked, f"Listing the versions of {name!r}")
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
        offline_policy: OfflinePolicy | None = None,
        delivery: Mapping[str, Any] | None = None,
        machine_subtoken: str | None = None,
    ) -> CallResult:
        asked = Remote(
            owner, library, target_machine, offline_policy, delivery=delivery, machine_subtoken=machine_subtoken
        )
        context, remote = self._place_of(asked)
        ask = Ask(
            name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority, remote
        )
        run = AsyncRun(await self._do(ask.started(context, LONG_POLL)), self, context)
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
        offline_policy: OfflinePolicy | None = None,
        delivery: Mapping[str, Any] | None = None,
        machine_subtoken: str | None = None,
    ) -> AsyncRun:
        asked = Remote(
            owner, library, target_machine, offline_policy, delivery=delivery, machine_subtoken=machine_subtoken
        )
        context, remote = self._place_of(asked)
        ask = Ask(
            name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority, remote
        )
        return AsyncRun(await self._do(ask.started(context)), self, context)

    submit = start

    async def queue(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        timeout_seconds: float | None = None,
        version: int | str | None = None,
        function: str | None = None,
        target_machine: str | None = None,
        owner: str | None = None,
        library: str | None = None,
        offline_policy: OfflinePolicy | None = None,
        delivery: Mapping[str, Any] | None = None,
        machine_subtoken: str | None = None,
    ) -> AsyncRun:
        asked = Remote(
            owner,
            library,
            target_machine,
            offline_policy,
            queue=True,
            delivery=delivery,
            machine_subtoken=machine_subtoken,
        )
        context, remote = self._place_of(asked)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds, remote=remote)
        begun = ask.kept(self._context) if offline_policy == "queue" else ask.started(context)
        return AsyncRun(await self._do(begun), self, context)

    async def runs(
        self,
        *,
        state: str | None = None,
        object: str | None = None,
        batch: str | None = None,
        limit: int = 50,
        scope: RunScope = "local",
        owner: str | None = None,
        library: str | None = None,
        machine: str | None = None,
    ) -> RunList:
        from spl.client.display.views import RunList

        wanted = Wanted(state, object, batch, owner, library, machine)
        if scope == "waiting":
            return RunList(await self._do(kept(wanted, limit)))
        context = self._remote if scope == "server" or wanted.remote else self._context
        return RunList(await self._do(listed(wanted, limit, context.paths)))

    async def run(self, run_id: str) -> AsyncRun:
        context = self._context_of(run_id)
        return AsyncRun(await self._json(run_wire.read_run(run_id, at=context.paths.runs)), self, context)

    async def cancel(self, run: str | RunBase) -> AsyncRun:
        await self._json(run_wire.cancel(id_of(run), at=self._context_of(id_of(run)).paths.runs))
        return await self.run(id_of(run))

    async def logs(self, run: str | RunBase, *, stream: Stream = "all") -> LogText:
        from spl.client.display.views import LogText

        pages = LogPages(id_of(run), stream, self._context_of(id_of(run)).paths.runs)
        return LogText(await self._do(pages.all()))

    def follow(self, run: str | RunBase, *, stream: Stream = "all") -> AsyncIterator[str]:
        """What a run prints, piece by piece until it ends."""
        return followed(self, LogPages(id_of(run), stream, self._context_of(id_of(run)).paths.runs))

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
        target_machine: str | None = None,
        owner: str | None = None,
        library: str | None = None,
    ) -> AsyncMapResults:
        """Call an object once for each item: `async for value in client.map(...)`. Arguments as for `SPLClient.map`."""
        context, remote = self._place_of(Remote(owner, library, target_machine))
        target = Target(name, version, function, output, timeout_seconds, isolation, context.allow_pickle, remote)
        calls = calls_of(iterables, kwargs_list, args_list, kwargs or {})
        reader = BatchReader(context, target, calls, ordered=ordered, chunk=chunk, window=window)
        return AsyncMapResults(reader, self._do, return_exceptions)

    def __repr__(self) -> str:
        known = self._connection.place.known
        return f"AsyncSPLClient({known.url!r})" if known is not None else "AsyncSPLClient()"

    def _place_of(self, remote: Remote) -> tuple[Context, Remote | None]:
        """Where this runs: elsewhere as soon as anything is said that only a server knows."""
        return (self._remote, remote) if remote.named else (self._context, None)

    def _context_of(self, run_id: str) -> Context:
        """Whose run or batch this is, told by its id."""
        return self._remote if run_id.startswith((SERVER_RUN, SERVER_BATCH, KEPT_RUN)) else self._context
