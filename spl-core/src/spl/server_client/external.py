"""ExternalClient: for a service that may run what is in one library, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spl.client.calling import Ask, Starting
from spl.client.handles import ReadOnlyRun
from spl.client.results import CallResult
from spl.client.runs import id_of
from spl.core.wire.server.target import Remote
from spl.server_client import flows
from spl.server_client.direct import Direct
from spl.server_client.verbs import blocking

if TYPE_CHECKING:
    from spl.client.handles import RunBase
    from spl.core.wire.events import Event


class ExternalClient(Direct, Starting):
    """Reads how the objects of its library are called, runs them, and reads its own runs.

    What a library's execution token may not do, this client does not have: lists, sources, machines, tokens, grants,
    cancel, retry.
    """

    signature = blocking(flows.signature)
    inputs = blocking(flows.inputs)
    outputs = blocking(flows.outputs)
    describe = blocking(flows.describe)
    list_artifacts = blocking(flows.list_artifacts)
    download_artifact = blocking(flows.download_artifact)

    def call(
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
        progress: bool = True,
    ) -> CallResult:
        """Run an object on its library's machine, and wait for its value. Arguments as for `SPLServerClient.call`."""
        remote = Remote(owner, library, correlation_id=correlation_id, context=context)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds, remote=remote)
        return self._called(ask, self._context, artifacts_dir, progress, wait_timeout_seconds)

    def start(
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
    ) -> ReadOnlyRun:
        """Run an object without waiting; a handle that is awaitable. Arguments as for `call`."""
        remote = Remote(owner, library, correlation_id=correlation_id, context=context)
        ask = Ask(name, args or (), kwargs or {}, version, function, output, timeout_seconds, remote=remote)
        return self._handle(self._do(ask.started(self._context)))

    def events(self, run: str | RunBase) -> Iterator[Event]:
        """What happens to a run, from its beginning until its end."""
        return self.run(id_of(run)).events()
