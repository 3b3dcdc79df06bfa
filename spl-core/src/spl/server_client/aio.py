"""The clients of a server for asyncio; what is said and what is made of answers is the blocking ones'."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from spl.client import desk as desk_flows
from spl.client.batches import CHUNK_CALLS, WINDOW, BatchReader, Target, calls_of
from spl.client.calling import Ask
from spl.client.context import Context
from spl.client.feature import answer
from spl.client.handles_async import AsyncMapResults, AsyncReadOnlyRun, AsyncRun, followed
from spl.client.logs import LogPages, Stream
from spl.client.results import CallResult
from spl.client.runs import id_of
from spl.core.errors import RunFailed, SPLError
from spl.core.wire import batches as batch_wire
from spl.core.wire import runs as run_wire
from spl.core.wire.base import LONG_POLL, Flow, Request, drive_async
from spl.core.wire.paths import SERVER
from spl.core.wire.server.steady import steadily
from spl.core.wire.server.target import OfflinePolicy, Remote
from spl.server_client import desk, flows
from spl.server_client.connection import AsyncServerConnection
from spl.server_client.origin import DEFAULT_SERVER, checked_token, checked_url, hint_of
from spl.server_client.verbs import awaiting

if TYPE_CHECKING:
    from spl.client.display.server import RunDetail
    from spl.client.display.views import LogText
    from spl.client.handles import RunBase
    from spl.core.wire.base import AsyncTransport
    from spl.core.wire.events import Event


class AsyncDirect:
    """One server, one token. Use it in one event loop."""

    def __init__(
        self,
        token: str,
        *,
        base_url: str = DEFAULT_SERVER,
        allow_pickle: bool = False,
        transport: Callable[[str, str], AsyncTransport] | None = None,
    ) -> None:
        """Arguments as for `SPLServerClient`."""
        token = checked_token(token)
        url = checked_url(base_url)
        self._hint = hint_of(token)
        self._url = url
        self._connection = AsyncServerConnection(url, (transport or _http)(url, token))
        self._context = Context(None, allow_pickle=allow_pickle, paths=SERVER)

    @property
    def base_url(self) -> str:
        """Where the server's API is."""
        return self._url

    @property
    def mode(self) -> str:
        return "server"

    async def close(self) -> None:
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def logs(self, run: str | RunBase, *, stream: Stream = "all") -> LogText:
        """What a run printed."""
        from spl.client.display.views import LogText

        return LogText(await self._do(LogPages(id_of(run), stream, SERVER.runs).all()))

    def follow(self, run: str | RunBase, *, stream: Stream = "all") -> AsyncIterator[str]:
        """What a run prints, piece by piece until it ends."""
        return followed(self, LogPages(id_of(run), stream, SERVER.runs))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._url!r}, token={self._hint!r})"

    async def _do[T](self, flow: Flow[T]) -> T:
        try:
            return await drive_async(steadily(flow), self._connection)
        except SPLError as error:
            raise error.with_traceback(None) from error.__cause__

    async def _json(self, request: Request) -> Any:
        return await self._do(answer(request))


class AsyncSPLServerClient(AsyncDirect):
    """What `SPLServerClient` does, for asyncio.

        async with AsyncSPLServerClient("splu_...") as server:
            result = await server.call("risk_report", owner="alice", library="risk", kwargs={"customer_id": 42})

    A call whose task is cancelled goes on: `await server.cancel(run)` stops it.
    """

    signature = awaiting(flows.signature)
    inputs = awaiting(flows.inputs)
    outputs = awaiting(flows.outputs)
    describe = awaiting(flows.describe)
    objects = awaiting(flows.objects)
    get_object = awaiting(flows.get_object)
    versions = awaiting(flows.versions)
    compare = awaiting(flows.compare)
    graph = awaiting(flows.graph)
    used_by = awaiting(flows.used_by)
    tag = awaiting(flows.tag)
    untag = awaiting(flows.untag)
    publish_yaml = awaiting(flows.publish_yaml)
    forget = awaiting(flows.forget)
    runs = awaiting(flows.runs)
    list_artifacts = awaiting(flows.list_artifacts)
    download_artifact = awaiting(flows.download_artifact)
    whoami = awaiting(desk_flows.whoami)

    @staticmethod
    def external_token(token: str, *, base_url: str = DEFAULT_SERVER) -> AsyncExternalClient:
        """A client for a library's execution token."""
        return AsyncExternalClient(token, base_url=base_url)

    async def call(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        function: str | None = None,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        target_machine: str | None = None,
        timeout_seconds: float | None = None,
        wait_timeout_seconds: float | None = None,
        artifacts_dir: str | Path | None = None,
        isolation: str | None = None,
        priority: int | None = None,
        labels: Sequence[str] | None = None,
        offline_policy: OfflinePolicy | None = None,
        delivery: Mapping[str, Any] | None = None,
        lost_after_seconds: float | None = None,
        machine_subtoken: str | None = None,
        correlation_id: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> CallResult:
        remote = Remote(
            owner,
            library,
            target_machine,
            offline_policy,
            False,
            labels,
            lost_after_seconds,
            delivery,
            machine_subtoken,
            correlation_id,
            context,
        )
        ask = Ask(
            name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority, remote
        )
        first = LONG_POLL if wait_timeout_seconds is None else min(LONG_POLL, wait_timeout_seconds)
        run = AsyncRun(await self._do(ask.started(self._context, first)), self)
        left = None if wait_timeout_seconds is None else wait_timeout_seconds - first
        return await run.collect(timeout=left, artifacts_dir=artifacts_dir)

    async def start(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        function: str | None = None,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        target_machine: str | None = None,
        timeout_seconds: float | None = None,
        isolation: str | None = None,
        priority: int | None = None,
        labels: Sequence[str] | None = None,
        offline_policy: OfflinePolicy | None = None,
        delivery: Mapping[str, Any] | None = None,
        lost_after_seconds: float | None = None,
        machine_subtoken: str | None = None,
        correlation_id: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> AsyncRun:
        remote = Remote(
            owner,
            library,
            target_machine,
            offline_policy,
            False,
            labels,
            lost_after_seconds,
            delivery,
            machine_subtoken,
            correlation_id,
            context,
        )
        ask = Ask(
            name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority, remote
        )
        return AsyncRun(await self._do(ask.started(self._context)), self)

    submit = start

    async def queue(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        function: str | None = None,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        target_machine: str | None = None,
        timeout_seconds: float | None = None,
        isolation: str | None = None,
        priority: int | None = None,
        labels: Sequence[str] | None = None,
        delivery: Mapping[str, Any] | None = None,
        lost_after_seconds: float | None = None,
        machine_subtoken: str | None = None,
        correlation_id: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> AsyncRun:
        remote = Remote(
            owner,
            library,
            target_machine,
            None,
            True,
            labels,
            lost_after_seconds,
            delivery,
            machine_subtoken,
            correlation_id,
            context,
        )
        ask = Ask(
            name, args or (), kwargs or {}, version, function, output, timeout_seconds, isolation, priority, remote
        )
        return AsyncRun(await self._do(ask.started(self._context)), self)

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
        owner: str | None = None,
        library: str | None = None,
        target_machine: str | None = None,
        timeout_seconds: float | None = None,
        isolation: str | None = None,
        ordered: bool = True,
        return_exceptions: bool = False,
        chunk: int = CHUNK_CALLS,
        window: int = WINDOW,
    ) -> AsyncMapResults:
        """Call an object once for each item: `async for value in server.map(...)`."""
        remote = Remote(owner, library, target_machine)
        allow = self._context.allow_pickle
        target = Target(name, version, function, output, timeout_seconds, isolation, allow, remote)
        calls = calls_of(iterables, kwargs_list, args_list, kwargs or {})
        reader = BatchReader(self._context, target, calls, ordered=ordered, chunk=chunk, window=window)
        return AsyncMapResults(reader, self._do, return_exceptions)

    async def cancel_batch(self, batch_id: str) -> dict[str, Any]:
        """Stop the calls of a batch that have not ended; its counts."""
        await self._json(batch_wire.cancel(batch_id, at=SERVER.batches))
        return dict(await self._json(batch_wire.read_batch(batch_id, at=SERVER.batches)))

    async def run(self, run_id: str) -> AsyncRun:
        """The handle of a run that exists."""
        return AsyncRun(await self._json(run_wire.read_run(run_id, at=SERVER.runs)), self)

    async def cancel(self, run: str | RunBase) -> AsyncRun:
        """Stop a run; stopping one that has ended changes nothing."""
        await self._json(run_wire.cancel(id_of(run), at=SERVER.runs))
        return await self.run(id_of(run))

    async def retry(self, run: str | RunBase) -> AsyncRun:
        """A new run of the same; its `retry_of` is this one."""
        return await (await self.run(id_of(run))).retry()

    async def detail(self, run: str | RunBase) -> RunDetail:
        """All that is known of a run: attempts, timeline, placement, files."""
        return await (await self.run(id_of(run))).detail()

    async def gather(self, *runs: AsyncRun, return_exceptions: bool = False) -> list[Any]:
        """The values of runs, in their order."""
        import asyncio

        values = await asyncio.gather(*(run.result() for run in runs), return_exceptions=True)
        for value in values:
            if isinstance(value, BaseException) and not (return_exceptions and isinstance(value, RunFailed)):
                raise value
        return list(values)

    @cached_property
    def libraries(self) -> desk.AsyncLibraries:
        return desk.AsyncLibraries(self)

    @cached_property
    def machines(self) -> desk.AsyncMachines:
        return desk.AsyncMachines(self)

    @cached_property
    def tokens(self) -> desk.AsyncTokens:
        return desk.AsyncTokens(self)

    @cached_property
    def grants(self) -> desk.AsyncGrants:
        return desk.AsyncGrants(self)

    @cached_property
    def access(self) -> desk.AsyncAccess:
        return desk.AsyncAccess(self)

    @cached_property
    def teams(self) -> desk.AsyncTeams:
        return desk.AsyncTeams(self)

    @cached_property
    def users(self) -> desk.AsyncUsers:
        return desk.AsyncUsers(self)

    @cached_property
    def audit(self) -> desk.AsyncAudit:
        return desk.AsyncAudit(self)


class AsyncExternalClient(AsyncDirect):
    """What `ExternalClient` does, for asyncio."""

    signature = awaiting(flows.signature)
    inputs = awaiting(flows.inputs)
    outputs = awaiting(flows.outputs)
    describe = awaiting(flows.describe)
    list_artifacts = awaiting(flows.list_artifacts)
    download_artifact = awaiting(flows.download_artifact)

    async def call(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        function: str | None = None,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        timeout_seconds: float | None = None,
        wait_timeout_seconds: float | None = None,
        artifacts_dir: str | Path | None = None,
        correlation_id: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> CallResult:
        remote = Remote(owner, library, correlation_id=correlation_id, context=context)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds, remote=remote)
        first = LONG_POLL if wait_timeout_seconds is None else min(LONG_POLL, wait_timeout_seconds)
        run = AsyncReadOnlyRun(await self._do(ask.started(self._context, first)), self)
        left = None if wait_timeout_seconds is None else wait_timeout_seconds - first
        return await run.collect(timeout=left, artifacts_dir=artifacts_dir)

    async def start(
        self,
        name: str,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        output: str | None = None,
        function: str | None = None,
        version: int | str | None = None,
        owner: str | None = None,
        library: str | None = None,
        timeout_seconds: float | None = None,
        correlation_id: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> AsyncReadOnlyRun:
        remote = Remote(owner, library, correlation_id=correlation_id, context=context)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds, remote=remote)
        return AsyncReadOnlyRun(await self._do(ask.started(self._context)), self)

    async def run(self, run_id: str) -> AsyncReadOnlyRun:
        """The handle of a run that exists."""
        return AsyncReadOnlyRun(await self._json(run_wire.read_run(run_id, at=SERVER.runs)), self)

    async def events(self, run: str | RunBase) -> AsyncIterator[Event]:
        """What happens to a run, from its beginning until its end."""
        async for event in (await self.run(id_of(run))).events():
            yield event


def _http(url: str, token: str) -> AsyncTransport:
    from spl.core.wire.http_async import AsyncHttpTransport

    return AsyncHttpTransport(url, token)
