"""Runs as `concurrent.futures`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from spl.client.batches import WINDOW
from spl.client.calling import Ask
from spl.client.handles import ReadOnlyRun, Run
from spl.client.publishing import DEFAULT_ENV, PublishedObject
from spl.core.errors import Refused, SPLError, Unavailable

if TYPE_CHECKING:
    from spl.client.client import SPLClient

NAMESPACE = "executor"
"""Functions that an executor publishes are named `executor.<name>`: they must not become the latest of a user's."""


class RunFuture(Future[Any]):
    """A future of a run's value. Cancelling it stops the run."""

    run: ReadOnlyRun | None = None

    def __init__(self, *, stops: bool = True) -> None:
        super().__init__()
        self._stops = stops
        self._settling = threading.RLock()

    @classmethod
    def of(cls, run: ReadOnlyRun, *, stops: bool = True) -> RunFuture:
        """Resolved by the client's waiter when the run has ended; with `stops`, cancelling it stops the run."""
        future = cls(stops=stops)
        future.run = run
        run.add_done_callback(lambda _: future._collect())
        return future

    @classmethod
    def failed(cls, error: BaseException) -> RunFuture:
        future = cls()
        future._settle(error=error)
        return future

    def cancel(self) -> bool:
        with self._settling:
            if self.done():
                return self.cancelled()
            super().cancel()
            self.set_running_or_notify_cancel()
        if self._stops and self.run is not None:
            with suppress(SPLError):  # whether or not the daemon hears of it, nobody waits any more
                self._stop()
        return True

    def _stop(self) -> None:
        if isinstance(self.run, Run):
            self.run.cancel()

    def _collect(self) -> None:
        if self.done() or self.run is None:
            return
        try:
            self._settle(value=self.run.collect(progress=False).value)
        except Exception as error:
            self._settle(error=error)

    def _settle(self, value: Any = None, error: BaseException | None = None) -> None:
        with self._settling:
            if self.done():
                return
            self.set_running_or_notify_cancel()
            if error is None:
                self.set_result(value)
            else:
                self.set_exception(error)


class SPLExecutor(Executor):
    """Runs published objects by name, and functions by publishing them once.

    `submit` sends one call; `map` sends many in one request. Each is a run of the daemon, in a process of its own.
    """

    def __init__(
        self,
        client: SPLClient,
        *,
        env: str = DEFAULT_ENV,
        requirements: Sequence[str] | None = None,
        isolation: str | None = None,
        timeout_seconds: float | None = None,
    ) -> None:
        self._client = client
        self._env = env
        self._requirements = requirements
        self._isolation = isolation
        self._timeout_seconds = timeout_seconds
        self._published: WeakKeyDictionary[Any, PublishedObject] = WeakKeyDictionary()
        self._pending: set[RunFuture] = set()
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, fn: Callable[..., Any] | str | PublishedObject, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run `fn`, which is a published object or its name, or a function.

        What is wrong with this call is the future's exception; a daemon that can't be reached is raised here.
        """
        self._check_open()
        try:
            ask = self._ask(fn, args, kwargs)
            run = self._client._handle(self._client._do(ask.started(self._client._context)))
        except (Unavailable, Refused):
            raise
        except SPLError as error:
            return RunFuture.failed(error)
        future = RunFuture.of(run)
        with self._lock:
            self._pending.add(future)
        future.add_done_callback(self._forget)
        return future

    def map(
        self,
        fn: Callable[..., Any] | str | PublishedObject,
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[Any]:
        """The values of `fn(*items)`, in order; sent in large pieces whatever `chunksize` says.

        `timeout` bounds each run.
        """
        self._check_open()
        name, version = self._named(fn)
        return self._client.map(
            name,
            args_list=zip(*iterables, strict=False),
            version=version,
            isolation=self._isolation,
            timeout_seconds=timeout if timeout is not None else self._timeout_seconds,
            progress=False,
            window=buffersize or WINDOW,
        )

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more; with `wait`, until all futures are done; with `cancel_futures`, stopping their runs."""
        with self._lock:
            self._closed = True
            pending = list(self._pending)
        if cancel_futures:
            for future in pending:
                future.cancel()
        if wait:
            _wait(pending)

    def __repr__(self) -> str:
        return f"<SPLExecutor: {len(self._pending)} runs under way{', closed' if self._closed else ''}>"

    def _ask(self, fn: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Ask:
        name, version = self._named(fn)
        return Ask(name, args, kwargs, version, timeout_seconds=self._timeout_seconds, isolation=self._isolation)

    def _named(self, fn: Any) -> tuple[str, int | None]:
        if isinstance(fn, str):
            return fn, None
        published = fn if isinstance(fn, PublishedObject) else self._publish(fn)
        return published.name, published.version

    def _publish(self, fn: Callable[..., Any]) -> PublishedObject:
        with suppress(TypeError):  # what can't be hashed or referred to weakly is captured each time
            known = self._published.get(fn)
            if known is not None:
                return known
        name = f"{NAMESPACE}.{_identifier(fn)}"
        published = self._client.publish(
            fn, name, self._env, requirements=self._requirements, isolation=self._isolation
        )
        with suppress(TypeError):
            self._published[fn] = published
        return published

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("cannot schedule new futures after shutdown")

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._pending.discard(future)


_wait = wait  # `shutdown` has a parameter of that name


def _identifier(fn: Callable[..., Any]) -> str:
    """A function's name as part of an object's name."""
    name = getattr(fn, "__name__", None) or type(fn).__name__
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter == "_") else "_" for letter in name)
    return kept.strip("_") or "function"
