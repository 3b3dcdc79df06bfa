"""The verbs about runs that exist already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

from spl.client.feature import Feature
from spl.client.handles import ReadOnlyRun, Run, RunBase, gather
from spl.client.logs import LogPages, Stream
from spl.client.results import CallResult
from spl.core.wire import runs as wire
from spl.core.wire.base import Flow, get
from spl.core.wire.paths import DAEMON, KEPT, Paths

if TYPE_CHECKING:
    from spl.client.context import Context
    from spl.client.display.views import LogText, RunList

type RunScope = Literal["local", "server", "waiting"]


class RunReading(Feature):
    """The verbs of whoever may see runs."""

    def run(self, run_id: str) -> ReadOnlyRun:
        """The handle of a run that exists.

        Raises:
            RunNotFound: there is none with this id.
        """
        context = self._context_of(run_id)
        return self._handle(self._do(read(run_id, context.paths.runs)), context)

    @overload
    def logs(self, run: str | RunBase, *, follow: Literal[False] = False, stream: Stream = "all") -> LogText: ...
    @overload
    def logs(self, run: str | RunBase, *, follow: Literal[True], stream: Stream = "all") -> Iterator[str]: ...
    @overload
    def logs(self, run: str | RunBase, *, follow: bool, stream: Stream = "all") -> LogText | Iterator[str]: ...
    def logs(self, run: str | RunBase, *, follow: bool = False, stream: Stream = "all") -> LogText | Iterator[str]:
        """What a run printed: to `stdout`, to `stderr`, or `all`; with `follow`, piece by piece until it ends."""
        from spl.client.display.views import LogText

        pages = LogPages(id_of(run), stream, self._context_of(id_of(run)).paths.runs)
        if follow:
            return self._followed(pages)
        return LogText(self._do(pages.all()))

    def _followed(self, pages: LogPages) -> Iterator[str]:
        while not pages.ended:
            text = self._do(pages.more())
            if text:
                yield text

    def _handle(self, document: dict[str, Any], context: Context | None = None) -> ReadOnlyRun:
        return ReadOnlyRun(document, self, context)

    def _result_of(self, run: RunBase, flow: Flow[CallResult]) -> CallResult:
        """A result whose `output` can be told apart from a function's own dict."""
        result = self._do(flow)
        kind = lambda: self._do(run._context.kind(run.raw))  # noqa: E731 (asked for only by `output`)
        object.__setattr__(result, "_kind", kind)
        return result


class RunControl(RunReading):
    """The verbs of whoever may also stop them."""

    def run(self, run_id: str) -> Run:
        """The handle of a run that exists.

        Raises:
            RunNotFound: there is none with this id.
        """
        context = self._context_of(run_id)
        return self._handle(self._do(read(run_id, context.paths.runs)), context)

    def cancel(self, run: str | RunBase) -> Run:
        """Stop a run; stopping one that has ended changes nothing."""
        run_id = id_of(run)
        self._do(cancelled(run_id, self._context_of(run_id).paths.runs))
        return self.run(run_id)

    def gather(self, *runs: RunBase, return_exceptions: bool = False) -> list[Any]:
        """The values of runs, in their order; the first failure is raised, unless exceptions are asked for."""
        return gather(
            *(run if isinstance(run, Run) else self.run(run.id) for run in runs), return_exceptions=return_exceptions
        )

    def _handle(self, document: dict[str, Any], context: Context | None = None) -> Run:
        return Run(document, self, context)


class Runs(RunControl):
    """The verbs about runs."""

    def runs(
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
        """The latest runs, newest first.

        Args:
            state: only those `queued`, `running`, `succeeded`, `failed`, `cancelled` or `timed_out`.
            object: only those of this object.
            batch: only those of this batch.
            scope: `local` are this daemon's, `server` those of its server that may be seen, `waiting` the calls that
                the daemon keeps until its server is there, and those that ended so.
            owner, library, machine: only a server's runs of this library, on this machine.
        """
        from spl.client.display.views import RunList

        wanted = Wanted(state, object, batch, owner, library, machine)
        if scope == "waiting":
            return RunList(self._do(kept(wanted, limit)))
        context = self._remote if scope == "server" or wanted.remote else self._context
        return RunList(self._do(listed(wanted, limit, context.paths)))

    def prune_runs(
        self, *, older_than_days: float | None = None, states: Sequence[str] | None = None, dry_run: bool = False
    ) -> dict[str, Any]:
        """Forget runs that have ended: their rows, logs and artifacts."""
        return dict(self._json(wire.prune(older_than_days, None if states is None else list(states), dry_run)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs of a list are wanted; None is any."""

    state: str | None = None
    object: str | None = None
    batch: str | None = None
    owner: str | None = None
    library: str | None = None
    machine: str | None = None
    caller: str | None = None

    @property
    def remote(self) -> bool:
        """Whether only a server can tell."""
        return any(value is not None for value in (self.owner, self.library, self.machine, self.caller))


def id_of(run: str | RunBase) -> str:
    return run if isinstance(run, str) else run.id


def read(run_id: str, at: str = wire.HERE) -> Flow[dict[str, Any]]:
    document: dict[str, Any] = (yield wire.read_run(run_id, at=at)).json()
    return document


def cancelled(run_id: str, at: str = wire.HERE) -> Flow[None]:
    yield wire.cancel(run_id, at=at)


def listed(wanted: Wanted, limit: int, paths: Paths = DAEMON) -> Flow[list[dict[str, Any]]]:
    """Up to `limit` runs, however many pages that takes."""
    rows: list[dict[str, Any]] = []
    cursor = None
    filters: dict[str, str | None] = {"state": wanted.state, "object": wanted.object, "batch": wanted.batch}
    if paths.elsewhere:
        filters |= {"owner": wanted.owner, "library": wanted.library, "machine": wanted.machine}
        filters |= {"caller": wanted.caller}
    while len(rows) < limit:
        asked = min(wire.PAGE, limit - len(rows))
        page = (yield wire.list_runs(limit=asked, cursor=cursor, at=paths.runs, **filters)).json()
        rows += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return rows


def kept(wanted: Wanted, limit: int) -> Flow[list[dict[str, Any]]]:
    """Up to `limit` calls that wait for the server; a daemon has few of them, and tells of all."""
    rows: list[dict[str, Any]] = (yield get(KEPT)).json()["items"]
    asked = {"state": wanted.state, "object": wanted.object, "owner": wanted.owner, "library": wanted.library}
    given = {name: value for name, value in asked.items() if value is not None}
    return [row for row in rows if all(row[name] == value for name, value in given.items())][:limit]
