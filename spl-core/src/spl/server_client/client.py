"""SPLServerClient: the way a script or a service speaks to a server without a daemon beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spl.client import desk as desk_flows
from spl.client.batches import CHUNK_CALLS, WINDOW, Batches, BatchReader, MapResults, Target, calls_of
from spl.client.calling import Ask, Starting
from spl.client.handles import Run
from spl.client.results import CallResult
from spl.client.runs import RunControl, id_of
from spl.core.wire import batches as batch_wire
from spl.core.wire.paths import SERVER
from spl.core.wire.server.target import OfflinePolicy, Remote
from spl.server_client import desk, flows
from spl.server_client.direct import Direct
from spl.server_client.origin import DEFAULT_SERVER
from spl.server_client.verbs import blocking

if TYPE_CHECKING:
    from spl.client.display.server import RunDetail
    from spl.client.handles import RunBase
    from spl.server_client.external import ExternalClient


class SPLServerClient(Direct, Starting, RunControl):
    """Reads the catalog, runs objects on their machines, and administers what is one's own.

        server = SPLServerClient(token="splu_...", base_url="https://splime.io/api")
        server.call("risk_report", owner="alice", library="risk", kwargs={"customer_id": 42}).value

    A client may be shared by threads. Publishing live functions is the daemon's client's: `SPLClient.publish`.
    """

    signature = blocking(flows.signature)
    inputs = blocking(flows.inputs)
    outputs = blocking(flows.outputs)
    describe = blocking(flows.describe)
    objects = blocking(flows.objects)
    get_object = blocking(flows.get_object)
    versions = blocking(flows.versions)
    compare = blocking(flows.compare)
    graph = blocking(flows.graph)
    used_by = blocking(flows.used_by)
    tag = blocking(flows.tag)
    untag = blocking(flows.untag)
    publish_yaml = blocking(flows.publish_yaml)
    forget = blocking(flows.forget)
    runs = blocking(flows.runs)
    list_artifacts = blocking(flows.list_artifacts)
    download_artifact = blocking(flows.download_artifact)
    whoami = blocking(desk_flows.whoami)

    @staticmethod
    def external_token(token: str, *, base_url: str = DEFAULT_SERVER) -> ExternalClient:
        """A client for a library's execution token: it reads how objects are called, and runs them."""
        from spl.server_client.external import ExternalClient

        return ExternalClient(token, base_url=base_url)

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
        progress: bool = True,
    ) -> CallResult:
        """Run an object on a machine, and wait for its value.

        Ctrl-C stops the waiting, not the run, and says how to stop that.

        Args:
            name: the object, `"object::function"`, or `"object@tag"`.
            args, kwargs: its arguments.
            output: of a pipeline: the alias or node whose value is wanted; only what it needs is run.
            function: a function inside the object, to be run instead of it.
            version: a number or a tag; the latest if not given.
            owner, library: where the object is; one's own `default` library if not given.
            target_machine: where it is to run; the library's default machine if not given.
            timeout_seconds: after so many seconds the run is stopped.
            wait_timeout_seconds: after so many seconds the waiting is over, and the run goes on.
            artifacts_dir: where to put the files that the run leaves.
            isolation, priority: overrides how the object's runs are kept apart, and their rank in the queue.
            labels: what the machine must have.
            offline_policy: if that machine is away, `queue` waits for it and `fail` does not.
            delivery: `{"mode": "at_least_once", "max_attempts": 3}` lets it begin again when its machine dies.
            lost_after_seconds: for how long its machine may be silent before the run counts as lost.
            machine_subtoken: lends access to another user's machine.
            correlation_id, context: the caller's own words, kept with the run.
            progress: whether a terminal or a notebook shows how it goes, once it takes longer than a moment.

        Raises:
            ObjectNotFound, Forbidden: it is not there, or not for this token.
            InvalidArguments: they don't fit the signature; nothing was started.
            RunFailed: it raised, with the author's own source lines.
            RunTimedOut, RunLost: it came to no end of its own.
            WaitTimedOut: it has not ended in `wait_timeout_seconds`; it goes on.
            ServerUnreachable: the server does not answer.
        """
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
    ) -> Run:
        """Run an object without waiting; a handle that is awaitable and like a future. Arguments as for `call`."""
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
        return self._handle(self._do(ask.started(self._context)))

    submit = start

    def queue(
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
    ) -> Run:
        """Run an object when its machine is there and has room, be it in days. Arguments as for `call`."""
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
        return self._handle(self._do(ask.started(self._context)))

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
        progress: bool = True,
        chunk: int = CHUNK_CALLS,
        window: int = WINDOW,
    ) -> MapResults:
        """Call an object once for each item, and iterate over the values. Arguments as for `SPLClient.map`."""
        remote = Remote(owner, library, target_machine)
        allow = self._context.allow_pickle
        target = Target(name, version, function, output, timeout_seconds, isolation, allow, remote)
        calls = calls_of(iterables, kwargs_list, args_list, kwargs or {})
        reader = BatchReader(self._context, target, calls, ordered=ordered, chunk=chunk, window=window)
        watch = Batches._count_watch(name, reader) if progress else None
        return MapResults(reader, self._do, return_exceptions, watch)

    def cancel_batch(self, batch_id: str) -> dict[str, Any]:
        """Stop the calls of a batch that have not ended; its counts."""
        self._json(batch_wire.cancel(batch_id, at=SERVER.batches))
        return dict(self._json(batch_wire.read_batch(batch_id, at=SERVER.batches)))

    def retry(self, run: str | RunBase) -> Run:
        """A new run of the same; its `retry_of` is this one."""
        return self.run(id_of(run)).retry()

    def detail(self, run: str | RunBase) -> RunDetail:
        """All that is known of a run: attempts, timeline, placement, files."""
        return self.run(id_of(run)).detail()

    # --- what an owner does -------------------------------------------------------------------------------------------

    @cached_property
    def libraries(self) -> desk.Libraries:
        """Namespaces, and what may be done in them."""
        return desk.Libraries(self)

    @cached_property
    def machines(self) -> desk.Machines:
        """Where objects run."""
        return desk.Machines(self)

    @cached_property
    def tokens(self) -> desk.Tokens:
        """Credentials."""
        return desk.Tokens(self)

    @cached_property
    def grants(self) -> desk.Grants:
        """What others may do."""
        return desk.Grants(self)

    @cached_property
    def access(self) -> desk.Access:
        """Who may do what, and why."""
        return desk.Access(self)

    @cached_property
    def teams(self) -> desk.Teams:
        """Users who are granted things together."""
        return desk.Teams(self)

    @cached_property
    def users(self) -> desk.Users:
        """For administrators."""
        return desk.Users(self)

    @cached_property
    def audit(self) -> desk.Audit:
        """What was changed, by whom."""
        return desk.Audit(self)
