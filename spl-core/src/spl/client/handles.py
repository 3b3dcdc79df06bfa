"""Handles of runs: what is known of one, and what can be done with it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from spl.client.logs import Stream
from spl.client.results import Artifacts, CallResult, downloaded
from spl.core.errors import InvalidRequest, RunFailed, WaitTimedOut
from spl.core.wire import runs as wire
from spl.core.wire.base import Flow
from spl.core.wire.waiting import patiently, until_ended

if TYPE_CHECKING:
    from concurrent.futures import Future

    from spl.client.context import Context
    from spl.client.display.server import RunDetail
    from spl.client.display.views import LogText
    from spl.client.results import Fetch
    from spl.client.runs import RunReading
    from spl.core.wire.events import Event

FRESH_FOR = 0.2
"""Seconds for which a look at a run that goes on is good enough: a loop over `run.status` asks five times a second."""


class RunBase:
    """What is known of one run."""

    def __init__(self, document: dict[str, Any], context: Context) -> None:
        self._document = document
        self._context = context
        self._looked_at = time.monotonic()
        self._born = str(document["id"])

    @property
    def id(self) -> str:
        """Its id; a call that waited for its server has the server's once that has it, and answers to both."""
        return str(self._document["id"])

    @property
    def _at(self) -> str:
        """Where runs of its kind are."""
        return self._context.paths.runs

    @property
    def raw(self) -> dict[str, Any]:
        """The run as the daemon told it last."""
        return self._document

    @property
    def mode(self) -> str:
        return str(self._document.get("mode") or "local")

    @property
    def object(self) -> str:
        return str(self._document["object"])

    @property
    def version(self) -> int | None:
        return self._document.get("version")

    @property
    def function(self) -> str | None:
        return self._document.get("function")

    @property
    def state(self) -> str:
        """queued, running, cancelling, succeeded, failed, cancelled or timed_out; waiting_for_server before it left."""
        return str(self._document["state"])

    @property
    def status(self) -> str:
        """queued, running, succeeded, failed, cancelled or timed_out; for a run elsewhere its state."""
        state = self.state
        return "running" if state == "cancelling" and self.mode == "local" else state

    @property
    def owner(self) -> str | None:
        """Whose library the object is in; None for an object of this machine's daemon."""
        return self._document.get("owner")

    @property
    def library(self) -> str | None:
        return self._document.get("library")

    @property
    def machine(self) -> str | None:
        """The machine that a server gave it to; None before that, and for a run of this machine's daemon."""
        return (self._document.get("machine") or {}).get("name")

    @property
    def waiting(self) -> dict[str, Any] | None:
        """Why it has not begun: `{"code", "text"}`; None when it has."""
        return None if self.ended else self._document.get("waiting")

    @property
    def attempt(self) -> int | None:
        """Which try of the run this is, from 1 on."""
        return self._document.get("attempt")

    @property
    def retry_of(self) -> str | None:
        """The run that this one repeats."""
        return self._document.get("retry_of")

    @property
    def phase(self) -> str | None:
        """What it is about while it goes on: waiting, building, starting, running, uploading."""
        return None if self.ended else self._document.get("phase")

    @property
    def reason(self) -> str | None:
        """Why it ended as it did: `ok`, `user_exception`, `worker_crashed`, ..."""
        return self._document.get("reason")

    @property
    def progress(self) -> dict[str, Any] | None:
        """`{"done", "total", "text"}` as the function told it last."""
        return self._document.get("progress")

    @property
    def timings(self) -> dict[str, float]:
        """Milliseconds spent: `queued_ms`, `build_ms`, `start_ms`, `run_ms`."""
        return self._document.get("timings") or {}

    @property
    def duration(self) -> float | None:
        """Seconds that the function itself took."""
        taken = self.timings.get("run_ms")
        return None if taken is None else taken / 1000

    @property
    def error(self) -> dict[str, Any] | None:
        """What it failed with: `{"type", "message", "frames", ...}`."""
        return self._document.get("error")

    @property
    def ended(self) -> bool:
        """Whether it had ended when we last heard of it."""
        return self._document["state"] in wire.ENDED

    def __repr__(self) -> str:
        label = f"{self._document['object']}@{self._document.get('version')}"
        if self.library is not None:
            label = f"{self.owner}/{self.library}/{label}"
        about = self._document["state"] if self.ended else self._document.get("phase") or self._document["state"]
        return f"<{type(self).__name__} {self.id} of {label}: {about}>"

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, RunBase) and other._born == self._born

    def __hash__(self) -> int:
        return hash(self._born)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from spl.client.display.cards import run_card

        return run_card(self)

    def _update(self, document: dict[str, Any]) -> dict[str, Any]:
        self._document, self._looked_at = document, time.monotonic()
        return document

    # --- flows, driven by the blocking and by the asyncio handle ----------------------------------------------------

    def _refreshed(self) -> Flow[dict[str, Any]]:
        return self._update((yield wire.read_run(self.id, at=self._at)).json())

    def _finished(
        self, timeout: float | None, observe: Callable[[dict[str, Any]], float] | None = None
    ) -> Flow[dict[str, Any]]:
        """The run as it ended, with its result or its error."""
        deadline = None if timeout is None else time.monotonic() + timeout
        document = yield from until_ended(self._document, deadline=deadline, observe=observe, at=self._at)
        if "result" not in document and document["state"] == "succeeded":  # a line of a list has no payload
            document = (yield from patiently(wire.read_run(self.id, at=self._at))).json()
        return self._update(document)

    def _collected(
        self,
        timeout: float | None,
        artifacts_dir: str | Path | None = None,
        observe: Callable[[dict[str, Any]], float] | None = None,
        fetch: Fetch | None = None,
    ) -> Flow[CallResult]:
        document = yield from self._finished(timeout, observe)
        if document["state"] != "succeeded":
            raise (yield from self._context.failure(document))
        allow = self._context.allow_pickle
        value = yield from self._context.payloads.value(document.get("result"), self.id, allow_pickle=allow)
        artifacts = Artifacts(self.id, document.get("artifacts") or (), fetch, self._at)
        places: dict[str, Path] = {}
        if artifacts_dir is not None:
            places = yield from downloaded(self.id, artifacts, artifacts_dir, self._at)
        return CallResult(value, self, artifacts, places, self.mode)

    def _cancelled(self) -> Flow[dict[str, Any]]:
        yield wire.cancel(self.id, at=self._at)
        return (yield from self._refreshed())

    def _with_artifacts(self, folder: str | Path) -> Flow[dict[str, Path]]:
        document = yield from self._refreshed()
        return (yield from downloaded(self.id, Artifacts(self.id, document.get("artifacts") or ()), folder, self._at))

    def _retried(self, key: str) -> Flow[dict[str, Any]]:
        if self.mode != "server":
            raise InvalidRequest("Only a server keeps what a run was asked for.", hint="Call the object again.")
        document: dict[str, Any] = (yield wire.retry(self.id, key, at=self._at)).json()
        return document

    def _detailed(self) -> Flow[dict[str, Any]]:
        if self.mode != "server":
            return (yield from self._refreshed())
        document: dict[str, Any] = (yield wire.detail(self.id, at=self._at)).json()
        return document


class ReadOnlyRun(RunBase):
    """A run's handle for whoever may see it and wait for it, and nothing else: awaitable.

    `status`, `phase` and `progress` are looked up anew while the run goes on.
    """

    def __init__(self, document: dict[str, Any], client: RunReading, context: Context | None = None) -> None:
        super().__init__(document, context or client._context)
        self._client = client

    @property
    def state(self) -> str:
        self._look()
        return super().state

    @property
    def phase(self) -> str | None:
        self._look()
        return super().phase

    @property
    def progress(self) -> dict[str, Any] | None:
        self._look()
        return super().progress

    @property
    def artifacts(self) -> Artifacts:
        """The files it has left, by name."""
        self._look()
        return Artifacts(self.id, self._document.get("artifacts") or (), self._client._do, self._at)

    def refresh(self) -> Self:
        """Look it up now."""
        self._client._do(self._refreshed())
        return self

    def done(self) -> bool:
        """Whether it has ended."""
        if not self.ended:
            self.refresh()
        return self.ended

    def running(self) -> bool:
        return self.status == "running"

    def cancelled(self) -> bool:
        return self.state == "cancelled"

    def wait(self, timeout: float | None = None, *, progress: bool = True) -> Self:
        """Wait for its end, however it ends.

        Raises:
            WaitTimedOut: it has not ended in `timeout` seconds; it goes on.
        """
        try:
            with self._client._watching(progress) as observe:
                self._client._do(self._finished(timeout, observe))
        except KeyboardInterrupt:
            say_detached(self.id, self._document["object"])
            raise
        return self

    def result(self, timeout: float | None = None) -> Any:
        """The value it came to.

        Raises:
            RunFailed: it came to none.
            WaitTimedOut: it has not ended in `timeout` seconds; it goes on.
        """
        return self.collect(timeout=timeout).value

    def collect(
        self, *, timeout: float | None = None, artifacts_dir: str | Path | None = None, progress: bool = True
    ) -> CallResult:
        """What `client.call` would have given: the value with the run's files and times."""
        try:
            with self._client._watching(progress) as observe:
                return self._client._result_of(self, self._collected(timeout, artifacts_dir, observe, self._client._do))
        except RunFailed as error:
            raise error.with_traceback(None) from error.__cause__  # what is ours in it says nothing to a caller
        except KeyboardInterrupt:
            say_detached(self.id, self._document["object"])
            raise

    def exception(self, timeout: float | None = None) -> RunFailed | None:
        """What it failed with; None if it succeeded."""
        try:
            self.result(timeout)
        except RunFailed as error:
            return error
        return None

    @overload
    def logs(self, *, follow: Literal[False] = False, stream: Stream = "all") -> LogText: ...
    @overload
    def logs(self, *, follow: Literal[True], stream: Stream = "all") -> Iterator[str]: ...
    def logs(self, *, follow: bool = False, stream: Stream = "all") -> LogText | Iterator[str]:
        """What it printed; with `follow`, piece by piece until it ends."""
        return self._client.logs(self.id, follow=follow, stream=stream)

    def events(self) -> Iterator[Event]:
        """What happens to it, from its beginning until its end."""
        from spl.client.events import followed

        return followed(self._client._connection, self.id, self._at)

    def download_artifacts(self, folder: str | Path) -> dict[str, Path]:
        """Fetch its files; where each is then."""
        return self._client._do(self._with_artifacts(folder))

    def add_done_callback(self, call: Callable[[Self], object]) -> None:
        """Call `call(run)` when it has ended, from another thread."""

        def ended(future: Future[dict[str, Any]]) -> None:
            if not future.cancelled() and future.exception() is None:
                self._update(future.result())
            call(self)

        self._client._waiter.watch(self.id, self._at).add_done_callback(ended)

    def __await__(self) -> Generator[Any, None, Any]:
        import asyncio

        from spl.client.futures import RunFuture

        return asyncio.wrap_future(RunFuture.of(self, stops=False)).__await__()

    def _look(self) -> None:
        if not self.ended and time.monotonic() - self._looked_at > FRESH_FOR:
            self._client._do(self._refreshed())


class Run(ReadOnlyRun):
    """A run's handle: like a future, and awaitable."""

    def cancel(self) -> bool:
        """Stop it. True if it has not ended otherwise meanwhile."""
        if self.ended:
            return False
        self._client._do(self._cancelled())
        return self._document["state"] in ("cancelling", "cancelled")

    def retry(self) -> Run:
        """Have the server run the same again: a new run, whose `retry_of` is this one.

        Raises:
            InvalidRequest: it was a run of this machine, which keeps no arguments.
        """
        from spl.client.calling import new_key

        return Run(self._client._do(self._retried(new_key())), self._client, self._context)

    def detail(self) -> RunDetail:
        """All that is known of it: attempts, timeline, placement, files."""
        from spl.client.display.server import RunDetail

        return RunDetail(self._client._do(self._detailed()))

    def future(self) -> Future[Any]:
        """A `concurrent.futures.Future` of its value; cancelling that stops the run."""
        from spl.client.futures import RunFuture

        return RunFuture.of(self)


def say_detached(run_id: str, object: str) -> None:
    """Say what goes on after Ctrl-C, and how to stop it."""
    sys.stderr.write(
        f"\nStopped waiting; run {run_id} of {object!r} goes on. "
        f'Its value: client.run("{run_id}").result(). Stop it: client.cancel("{run_id}").\n'
    )


def as_completed(runs: Iterable[Run], timeout: float | None = None) -> Iterator[Run]:
    """The runs as they end.

    Raises:
        WaitTimedOut: not all of them have ended in `timeout` seconds; they go on.
    """
    from queue import Empty, SimpleQueue

    waiting = list(runs)
    ended: SimpleQueue[Run] = SimpleQueue()
    deadline = None if timeout is None else time.monotonic() + timeout
    for run in waiting:
        run.add_done_callback(ended.put) if not run.ended else ended.put(run)
    for number in range(len(waiting)):
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            yield ended.get(timeout=left)
        except Empty:
            raise WaitTimedOut(
                f"{len(waiting) - number} of {len(waiting)} runs have not ended yet; they go on."
            ) from None


def gather(*runs: Run, return_exceptions: bool = False) -> list[Any]:
    """The values of runs, in their order; the first failure is raised, unless exceptions are asked for."""
    values: list[Any] = []
    for run in runs:
        try:
            values.append(run.result())
        except RunFailed as error:
            if not return_exceptions:
                raise
            values.append(error)
    return values
