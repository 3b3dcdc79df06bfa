"""Many calls of one object: sent in large pieces, run by the daemon, read as they come."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from spl.client.calling import Calling, new_key, when_sent
from spl.client.catalog import split_reference, version_number, version_or_tag
from spl.client.payloads import INLINE_LIMIT, spilled
from spl.client.server import needs_server
from spl.core.errors import InvalidArguments, InvalidRequest, QueueFull, RunFailed, ServerNotConnected
from spl.core.wire import batches as wire
from spl.core.wire.base import LONG_POLL, Flow, Pause
from spl.core.wire.server.target import Remote
from spl.core.wire.waiting import patiently, retry_delay

if TYPE_CHECKING:
    from spl.client.context import Context
    from spl.client.progress import CountWatch

CHUNK_CALLS = 500
"""Calls in one request: its cost is spread over so many that it no longer matters, and the first run starts soon."""

CHUNK_BYTES = 2 << 20
"""Bytes of one request's arguments, from which on it is full: with its last call still half of what is taken."""

WINDOW = 2_000
"""Calls that may be under way at once: more would only wait, and an endless iterable must not be drained."""

GLANCE = 0.2
"""Seconds to wait for one batch before looking at the next, where results are wanted as they come."""

type Call = tuple[Sequence[Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Target:
    """What is called, the same for all calls."""

    object: str
    version: int | str | None = None
    function: str | None = None
    output: str | None = None
    timeout_seconds: float | None = None
    isolation: str | None = None
    allow_pickle: bool = False
    remote: Remote | None = None

    def body(self, calls: list[dict[str, Any]]) -> dict[str, Any]:
        name, function = split_reference(self.object, self.function)
        options = {
            "version": version_number(self.version) if self.remote is None else version_or_tag(self.version),
            "function": function,
            "output": self.output,
            "timeout_seconds": self.timeout_seconds,
            "isolation": self.isolation,
            "allow_pickle": self.allow_pickle or None,
            **(self.remote.body() if self.remote is not None else {}),
        }
        said = {option: value for option, value in options.items() if value is not None}
        return {"object": name, "calls": calls, "idempotency_key": new_key(), **said}


@dataclass(slots=True)
class Sent:
    """One batch under way: which of the calls it has, and how far it was read."""

    id: str
    first: int
    left: int
    object: str
    version: Any = None
    after: int = 0


@dataclass(slots=True)
class Progress:
    total: int | None
    done: int = 0
    failed: int = 0
    sent: int = 0


class BatchReader:
    """Sends calls as there is room for them, and reads their outcomes. Flows, for either client to drive."""

    def __init__(
        self, context: Context, target: Target, calls: Iterable[Call], *, ordered: bool, chunk: int, window: int
    ) -> None:
        if chunk < 1 or window < 1:
            raise InvalidRequest("chunk= and window= are at least 1.")
        self.target = target
        self.progress = Progress(_length(calls))
        self._context = context
        self._at = context.paths.batches
        self._calls = iter(calls)
        self._ordered = ordered
        self._chunk = min(chunk, window)
        self._window = window
        self._open: deque[Sent] = deque()
        self._held: dict[str, Any] | None = None
        self._exhausted = False

    @property
    def finished(self) -> bool:
        return self._exhausted and self._held is None and not self._open

    @property
    def batch_ids(self) -> list[str]:
        """The batches under way."""
        return [sent.id for sent in self._open]

    def more(self, wait: float = LONG_POLL) -> Flow[list[tuple[int, Any]]]:
        """The next outcomes, each with its position among the calls: a value, or the exception of a run that failed."""
        yield from self._fill()
        if not self._open:
            return []
        sent = self._open[0]
        if not self._ordered and len(self._open) > 1:
            wait = min(wait, GLANCE)
        order = "index" if self._ordered else "done"
        page = (yield from patiently(wire.results(sent.id, sent.after, wait, order=order, at=self._at))).json()
        sent.after = page["next"]
        outcomes: list[tuple[int, Any]] = []
        for item in page["items"]:
            outcome = yield from self._outcome(sent, item)
            outcomes.append((sent.first + item["index"], outcome))
        sent.left -= len(outcomes)
        if page["done"] or sent.left <= 0:
            self._open.popleft()
        elif not self._ordered and not outcomes:
            self._open.rotate(-1)
        return outcomes

    def cancel(self) -> Flow[None]:
        """Stop what is under way, and send nothing more."""
        self._exhausted, self._held = True, None
        while self._open:
            yield wire.cancel(self._open.popleft().id, at=self._at)

    def _fill(self) -> Flow[None]:
        attempt = 0
        while self._under_way() < self._window and (body := self._held or (yield from self._next_body())):
            try:
                answer = (yield from when_sent(wire.start(body, at=self._at))).json()
            except ServerNotConnected as error:
                said = self.target.remote.said if self.target.remote is not None else ""
                raise needs_server(f"Running {self.target.object!r}{said}", error) from None
            except InvalidArguments as error:
                raise self._renumbered(error) from None
            except QueueFull:
                self._held = body
                if self._open:
                    return  # there is room again when some of them have ended
                yield Pause(retry_delay(attempt))
                attempt += 1
                continue
            self._held = None
            count = len(body["calls"])
            self._open.append(Sent(answer["id"], self.progress.sent, count, body["object"], body.get("version")))
            self.progress.sent += count

    def _under_way(self) -> int:
        return sum(sent.left for sent in self._open)

    def _next_body(self) -> Flow[dict[str, Any] | None]:
        """The next calls as one request, their large values delivered; None when there are no more."""
        room = min(self._chunk, self._window - self._under_way())
        calls, size = [], 0
        for args, kwargs in islice(self._calls, room):
            encoded, weight = yield from self._encoded(args, kwargs)
            calls.append(encoded)
            size += weight
            if size > CHUNK_BYTES:
                break
        else:
            self._exhausted = len(calls) < room
        return self.target.body(calls) if calls else None

    def _encoded(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Flow[tuple[dict[str, Any], int]]:
        from spl.runtime.values import dumps

        docs, named, blobs = self._context.payloads.encoded(args, kwargs, allow_pickle=self._context.allow_pickle)
        call: dict[str, Any] = {"args": docs, "kwargs": named}
        weight = len(dumps(call))
        if weight > INLINE_LIMIT:
            among = len(docs) + len(named)
            call = {"args": spilled(docs, blobs, among), "kwargs": spilled(named, blobs, among)}
        yield from self._context.payloads.delivered([call["args"], call["kwargs"]], blobs)
        return call, weight

    def _outcome(self, sent: Sent, item: dict[str, Any]) -> Flow[Any]:
        self.progress.done += 1
        if item["state"] == "succeeded":
            allow = self._context.allow_pickle
            return (yield from self._context.payloads.value(item.get("result"), item["run_id"], allow_pickle=allow))
        self.progress.failed += 1
        if sent.version is None:
            sent.version = (yield wire.read_batch(sent.id, at=self._at)).json().get("version")
        run = {**item, "id": item["run_id"], "object": sent.object, "version": sent.version}
        run["mode"] = "server" if self._context.paths.elsewhere else "local"
        return (yield from self._context.failure(run))

    def _renumbered(self, error: InvalidArguments) -> InvalidArguments:
        """The daemon counts the calls of a request, and the caller those of the map."""
        call = error.details.get("call")
        if not isinstance(call, int) or not self.progress.sent:
            return error
        message = error.message.replace(f"Call {call}:", f"Call {call + self.progress.sent}:", 1)
        return InvalidArguments(message, hint=error.hint, **{**error.details, "call": call + self.progress.sent})


class MapResults(Iterator[Any]):
    """The values of a `map`, as they come; each is given once.

    Leaving it before its end leaves the rest running: `cancel()` stops them.
    """

    def __init__(
        self, reader: BatchReader, do: Callable[[Flow[Any]], Any], return_exceptions: bool, watch: CountWatch | None
    ) -> None:
        self._reader = reader
        self._do = do
        self._return_exceptions = return_exceptions
        self._watch = watch
        self._ready: deque[tuple[int, Any]] = deque()

    def __next__(self) -> Any:
        return self._take()[1]

    def items(self) -> Iterator[tuple[int, Any]]:
        """The values, each with the position of its call."""
        while True:
            try:
                yield self._take()
            except StopIteration:
                return

    def cancel(self) -> None:
        """Stop the calls that have not ended, and send no more."""
        self._do(self._reader.cancel())
        self._close_watch()

    def __length_hint__(self) -> int:
        progress = self._reader.progress
        return max(0, (progress.total or progress.sent) - progress.done + len(self._ready))

    def __repr__(self) -> str:
        progress = self._reader.progress
        total = progress.total if progress.total is not None else "?"
        return f"<map of {self._reader.target.object}: {progress.done}/{total} done, {progress.failed} failed>"

    def _take(self) -> tuple[int, Any]:
        try:
            while not self._ready:
                if self._reader.finished:
                    self._close_watch()
                    raise StopIteration
                self._ready.extend(self._do(self._reader.more(GLANCE if self._watch else LONG_POLL)))
                if self._watch is not None:
                    self._watch(self._reader.progress.done, self._reader.progress.failed)
        except KeyboardInterrupt:
            self._detach()
            raise
        index, value = self._ready.popleft()
        if isinstance(value, RunFailed) and not self._return_exceptions:
            self.cancel()
            raise value
        return index, value

    def _detach(self) -> None:
        self._close_watch()
        under_way = self._reader.batch_ids
        if under_way:
            stops = "; ".join(f'client.cancel_batch("{batch}")' for batch in under_way)
            sys.stderr.write(f"\nStopped waiting; what was sent goes on. Stop it: {stops}.\n")

    def _close_watch(self) -> None:
        if self._watch is not None:
            self._watch.close(self._reader.progress.done, self._reader.progress.failed)
            self._watch = None


class Batches(Calling):
    """The verbs about many calls."""

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
        progress: bool = True,
        chunk: int = CHUNK_CALLS,
        window: int = WINDOW,
        target_machine: str | None = None,
        owner: str | None = None,
        library: str | None = None,
    ) -> MapResults:
        """Call an object once for each item, and iterate over the values.

        Args:
            iterables: of one, each dict is the arguments of a call by name, and anything else its only argument;
                several give one argument each, as with the builtin `map`. They may be endless.
            kwargs_list, args_list: the same, said plainly: arguments by name, arguments in order.
            kwargs: arguments that all calls have.
            ordered: values in the order of the calls; else as they come.
            return_exceptions: give failures in the place of values; else the first is raised and the rest cancelled.
            chunk: calls in one request.
            window: calls under way at once.
            owner, library, target_machine: as for `call`: it runs on machines of the server.
        """
        context, remote = self._place_of(Remote(owner, library, target_machine))
        target = Target(name, version, function, output, timeout_seconds, isolation, context.allow_pickle, remote)
        calls = calls_of(iterables, kwargs_list, args_list, kwargs or {})
        reader = BatchReader(context, target, calls, ordered=ordered, chunk=chunk, window=window)
        return MapResults(reader, self._do, return_exceptions, self._count_watch(name, reader) if progress else None)

    def cancel_batch(self, batch_id: str) -> dict[str, Any]:
        """Stop the calls of a batch that have not ended; its counts."""
        at = self._context_of(batch_id).paths.batches
        self._json(wire.cancel(batch_id, at=at))
        return dict(self._json(wire.read_batch(batch_id, at=at)))

    @staticmethod
    def _count_watch(name: str, reader: BatchReader) -> CountWatch | None:
        from spl.client.progress import CountWatch, find_screen

        screen = find_screen()
        return CountWatch(screen, name, reader.progress.total) if screen is not None else None


@dataclass(frozen=True, slots=True)
class Calls:
    """The arguments of every call, made while they are iterated over."""

    source: Iterable[Any]
    make: Callable[[Any], Call]
    length: int | None = field(default=None)

    def __iter__(self) -> Iterator[Call]:
        return map(self.make, self.source)


def calls_of(
    iterables: Sequence[Iterable[Any]],
    kwargs_list: Iterable[Mapping[str, Any]] | None,
    args_list: Iterable[Sequence[Any]] | None,
    common: Mapping[str, Any],
) -> Calls:
    """The calls that a `map` was asked for."""
    if (bool(iterables), kwargs_list is not None, args_list is not None).count(True) != 1:
        raise InvalidRequest("map() takes iterables, kwargs_list= or args_list=, one of them.")
    if kwargs_list is not None:
        return Calls(kwargs_list, lambda item: ((), {**common, **item}), _length(kwargs_list))
    if args_list is not None:
        return Calls(args_list, lambda item: (tuple(item), common), _length(args_list))
    if len(iterables) > 1:
        lengths = [_length(one) for one in iterables]
        known = [length for length in lengths if length is not None]
        return Calls(zip(*iterables, strict=False), lambda item: (item, common), min(known) if known else None)
    only = iterables[0]

    def one(item: Any) -> Call:
        return ((), {**common, **item}) if isinstance(item, Mapping) else ((item,), common)

    return Calls(only, one, _length(only))


def _length(items: Any) -> int | None:
    if isinstance(items, Calls):
        return items.length
    try:
        return len(items)
    except TypeError:
        return None
