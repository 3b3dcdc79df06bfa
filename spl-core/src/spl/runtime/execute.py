"""Calls functions by port name, and runs compiled steps: one after the other, or as soon as each can.

A compiled step is a flat tuple, `(slot, function, pairs, entry, remote, picks)`:

    slot      where its value goes; its position in the plan too
    function  what a plain call is made of: `function(**{name: values[slot] for name, slot in pairs})`
    pairs     argument names, and the slots that their values come from
    entry     set where the plain call will not do (see `Entry`), else None
    remote    the plan's own step document where it is not run here, else None
    picks     arguments that take one output port of a remote step that has several, as `(name, port)`
"""

from __future__ import annotations

import contextvars
import heapq
import time
from types import AsyncGeneratorType, CoroutineType, GeneratorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableSequence, Sequence
    from typing import Any, Optional, Union

    from spl.runtime.nodes import Nodes

    Step = tuple[
        int,
        Callable[..., Any],
        tuple[tuple[str, int], ...],
        Optional["Entry"],
        Optional[Mapping[str, Any]],
        tuple[tuple[str, str], ...],
    ]
    Remote = Callable[[Mapping[str, Any], dict[str, Any]], Any]
    Values = Union[MutableSequence[Any], Mapping[int, Any]]


class Missing:
    """What a slot holds until it has a value. A missing argument is not passed, so Python's default applies."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __reduce__(self) -> str:
        return "MISSING"  # the same one in every process


MISSING = Missing()

NEVER = float("inf")

REMOTE_AT_ONCE = 32
"""Remote steps only wait for an answer; as many threads as a standard pool would take are plenty."""

LOOK_UP_SECONDS = 0.2
"""A signal that arrives just before a wait begins isn't heard until it ends: no wait of the main thread is longer."""


class StepFailed(Exception):
    """A step raised. The user's exception is the cause, and what was computed before it is in `outcome`."""

    def __init__(self, step_id: str, outcome: Outcome) -> None:
        super().__init__(step_id)
        self.step_id = step_id
        self.outcome = outcome

    def __str__(self) -> str:
        return f"step {self.step_id!r} failed: {type(self.__cause__).__name__}: {self.__cause__}"


class RemoteFailed(Exception):
    """A step that ran elsewhere failed there.

    Attributes:
        document: the error, as `spl.runtime.traceback.describe` gives one; its frames are of the other machine.
        remote: what is known of the run: `{"run_id", "machine", "object", "state", "reason"}`, as far as there is any.
    """

    def __init__(self, document: Mapping[str, Any], remote: Mapping[str, Any] | None = None) -> None:
        super().__init__(str(document.get("message") or document.get("type") or "It failed."))
        self.document = document
        self.remote = dict(remote or {})


class Outcome:
    """What a run of a plan left behind.

    Attributes:
        values: what each step that ran returned, by step id, in plan order.
        seconds: how long each of them took.
        result: what was asked for (see `Program.run`); None when a step failed.
    """

    __slots__ = ("result", "seconds", "values")

    def __init__(self, values: dict[str, Any], seconds: dict[str, float], result: Any = None) -> None:
        self.values = values
        self.seconds = seconds
        self.result = result


class Entry:
    """A callable, and how its arguments are handed over.

    Attributes:
        name, function: what it is called, and the callable.
        kind: plain, async, generator or async_generator.
        simple: every argument can be given by keyword.
    """

    __slots__ = ("function", "kind", "name", "positional_only", "simple", "standard", "var_keyword", "var_positional")

    def __init__(
        self, name: str, function: Callable[..., Any], kind: str = "plain", inputs: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        names: dict[str, list[str]] = {}
        for port in inputs:
            names.setdefault(port.get("kind", "standard"), []).append(port["name"])
        self.name = name
        self.function = function
        self.kind = kind
        self.positional_only = tuple(names.get("positional_only", ()))
        self.standard = tuple(names.get("standard", ()))
        self.var_positional = names.get("var_positional", [""])[0]
        self.var_keyword = names.get("var_keyword", [""])[0]
        self.simple = not (self.positional_only or self.var_positional or self.var_keyword)


def call(entry: Entry, arguments: dict[str, Any]) -> Any:
    """Call it with arguments by port name; an async function is awaited, a generator becomes a list."""
    if entry.simple:
        value = entry.function(**arguments)
    else:
        positional, keywords = _spread(entry, dict(arguments))
        value = entry.function(*positional, **keywords)
    finish = BY_KIND.get(entry.kind) or BY_TYPE.get(type(value))
    return value if finish is None else finish(value)


def perform(step: Step, values: Values, remote: Remote | None = None) -> Any:
    """The value of one step, its arguments taken from the slots."""
    _, function, pairs, entry, document, picks = step
    arguments = {name: values[slot] for name, slot in pairs if values[slot] is not MISSING}
    for name, port in picks:
        arguments[name] = arguments[name][port]
    if document is not None:
        if remote is None:
            raise RuntimeError(f"Step {document['id']!r} is remote, and nothing here can call it.")
        return remote(document, arguments)
    if entry is not None:
        return call(entry, arguments)
    value = function(**arguments)
    finish = BY_TYPE.get(type(value))
    return value if finish is None else finish(value)


def in_order(
    steps: Sequence[Step], values: list[Any], seconds: dict[int, float], nodes: Nodes | None = None
) -> tuple[int, Exception] | None:
    """Run local steps one after the other; the slot and the exception of the one that failed."""
    clock = time.perf_counter
    due = nodes.in_order(steps, seconds) if nodes is not None else NEVER
    finishes = BY_TYPE.get
    slot = -1
    before = clock()
    try:
        for slot, function, pairs, entry, _, _ in steps:
            if entry is None:
                value = function(**{name: values[source] for name, source in pairs})
                finish = finishes(type(value))
                values[slot] = value if finish is None else finish(value)
            else:
                values[slot] = call(entry, {n: values[s] for n, s in pairs if values[s] is not MISSING})
            now = clock()
            seconds[slot] = now - before
            before = now
            if now >= due and nodes is not None:
                due = nodes.in_order(steps, seconds)
    except Exception as error:
        return slot, error
    return None


def at_once(
    steps: Sequence[Step],
    values: list[Any],
    seconds: dict[int, float],
    remote: Remote | None,
    parallel: int,
    nodes: Nodes | None = None,
) -> tuple[int, Exception] | None:
    """Run each step as soon as what it needs is there: remote ones beside each other, local ones `parallel` at a time.

    After a failure nothing new begins; what is running is waited for. Of several failures the first in plan order
    counts, as if the steps had run one after the other.
    """
    return _Scheduler(steps, values, seconds, remote, parallel, nodes).run()


def next_of(queue: Any) -> Any:
    """The next item of a `SimpleQueue`, in pieces of waiting: an interrupt is heard in between."""
    from queue import Empty

    while True:
        try:
            return queue.get(timeout=LOOK_UP_SECONDS)
        except Empty:
            pass


class _Scheduler:
    """One run of `at_once`. Only the calling thread touches the slots; the threads hand their values over by queue."""

    def __init__(
        self,
        steps: Sequence[Step],
        values: list[Any],
        seconds: dict[int, float],
        remote: Remote | None,
        parallel: int,
        nodes: Nodes | None,
    ) -> None:
        from queue import SimpleQueue

        self.values = values
        self.seconds = seconds
        self.remote = remote
        self.parallel = parallel
        self.nodes = nodes
        self.done: Any = SimpleQueue()
        self.running = 0
        self.failures: list[tuple[int, Exception]] = []
        self.pools: dict[bool, Any] = {}
        self.mine: list[int] = []  # a heap: local steps that the calling thread runs itself, in plan order
        self._link(steps)

    def _link(self, steps: Sequence[Step]) -> None:
        self.steps = {step[0]: step for step in steps}
        self.waits: dict[int, int] = {}
        self.feeds: dict[int, list[int]] = {}
        for slot, _, pairs, *_ in steps:
            sources = {source for _, source in pairs if source in self.steps}
            self.waits[slot] = len(sources)
            for source in sources:
                self.feeds.setdefault(source, []).append(slot)

    def run(self) -> tuple[int, Exception] | None:
        try:
            for slot, count in self.waits.items():
                if not count:
                    self._begin(self.steps[slot])
            while self.running or self.mine:
                if self.mine and not self.failures and self.done.empty():
                    self.running += 1
                    step = self.steps[heapq.heappop(self.mine)]
                    self._tell(step)
                    self._work(step)
                elif self.running:
                    if self.nodes is not None and self.done.empty():
                        self.nodes.flush(self.seconds)
                    self._end(*next_of(self.done))
                else:
                    break
        except BaseException:
            for pool in self.pools.values():
                pool.shutdown(wait=False, cancel_futures=True)
            raise
        for pool in self.pools.values():
            pool.shutdown()  # its threads are idle: a process that goes on to the next run has none of this one
        return min(self.failures, key=lambda failure: failure[0]) if self.failures else None

    def _begin(self, step: Step) -> None:
        away = step[4] is not None
        if away or self.parallel > 1:
            self.running += 1
            if self.nodes is not None:
                self.nodes.started(step[0])
            self._pool(away).submit(contextvars.copy_context().run, self._work, step)
        else:
            heapq.heappush(self.mine, step[0])

    def _tell(self, step: Step) -> None:
        """Before a step that this thread runs itself: until it ends, nothing else can be told."""
        if self.nodes is not None:
            self.nodes.started(step[0])
            self.nodes.flush(self.seconds)

    def _pool(self, away: bool) -> Any:
        if away not in self.pools:
            from concurrent.futures import ThreadPoolExecutor

            size = REMOTE_AT_ONCE if away else self.parallel
            self.pools[away] = ThreadPoolExecutor(size, thread_name_prefix="spl-remote" if away else "spl-step")
        return self.pools[away]

    def _work(self, step: Step) -> None:
        began = time.perf_counter()
        value: Any = MISSING
        error: BaseException | None = None
        try:
            if not self.failures:  # it may have waited for a thread while another step failed
                value = perform(step, self.values, self.remote)
        except BaseException as raised:
            error = raised
        self.done.put((step[0], value, error, time.perf_counter() - began))

    def _end(self, slot: int, value: Any, error: BaseException | None, seconds: float) -> None:
        self.running -= 1
        if isinstance(error, Exception):
            self.failures.append((slot, error))
        elif error is not None:
            raise error
        elif value is not MISSING:
            self.values[slot] = value
            self.seconds[slot] = seconds
            if not self.failures:
                self._release(slot)

    def _release(self, slot: int) -> None:
        for waiting in self.feeds.get(slot, ()):
            self.waits[waiting] -= 1
            if not self.waits[waiting]:
                self._begin(self.steps[waiting])


def _spread(entry: Entry, arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Arguments by position, and those by keyword."""
    surplus = arguments.pop(entry.var_positional, None) if entry.var_positional else None
    options = arguments.pop(entry.var_keyword, None) if entry.var_keyword else None
    positional = _by_position(entry.positional_only, arguments)
    if surplus is not None and len(surplus):
        if isinstance(surplus, (str, bytes, dict)):
            raise TypeError(f"*{entry.var_positional} takes a list, not {type(surplus).__name__}")
        if len(positional) < len(entry.positional_only):
            raise TypeError(
                f"{entry.positional_only[len(positional)]!r} must be given where *{entry.var_positional} is"
            )
        positional += _by_position(entry.standard, arguments)
        if len(positional) < len(entry.positional_only) + len(entry.standard):
            absent = (entry.positional_only + entry.standard)[len(positional)]
            raise TypeError(f"{absent!r} must be given where *{entry.var_positional} is")
        positional += surplus
    if options:
        twice = sorted(set(options) & set(arguments))
        if twice:
            raise TypeError(f"got more than one value for {', '.join(map(repr, twice))}")
        arguments.update(options)
    return positional, arguments


def _by_position(names: Sequence[str], arguments: dict[str, Any]) -> list[Any]:
    """Take the leading arguments out; one that comes after a gap can't be handed over."""
    taken: list[Any] = []
    gap = None
    for name in names:
        if name not in arguments:
            gap = gap or name
        elif gap:
            raise TypeError(f"{gap!r} must be given where {name!r} is: they are handed over by position")
        else:
            taken.append(arguments.pop(name))
    return taken


def _await(awaitable: Any) -> Any:
    """Wait for it on a loop of its own; in a thread of its own where this one already runs a loop (a notebook does)."""
    import asyncio

    async def wait() -> Any:
        return await awaitable

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(wait())
    return _await_beside(awaitable)


def _await_beside(awaitable: Any) -> Any:
    """Wait for it in a thread; an interrupt here ends it there, and only then goes on."""
    import asyncio
    import threading
    from queue import SimpleQueue

    outcome: Any = SimpleQueue()
    tasks: list[Any] = []
    stopped: list[bool] = []

    async def wait() -> Any:
        tasks.append((asyncio.get_running_loop(), asyncio.current_task()))
        if stopped:
            raise asyncio.CancelledError
        return await awaitable

    def run() -> None:
        try:
            outcome.put((asyncio.run(wait()), None))
        except BaseException as error:
            outcome.put((None, error))

    try:
        # Not a pool: an interrupt while one starts its thread makes it forget that there is one.
        threading.Thread(target=contextvars.copy_context().run, args=(run,), name="spl-await").start()
        value, error = next_of(outcome)
    except BaseException:
        stopped.append(True)  # before the look at the tasks: one that is added later sees this
        if tasks and outcome.empty():
            _cancel(*tasks[0])
            next_of(outcome)
        raise
    if error is not None:
        raise error
    return value


def _cancel(loop: Any, task: Any) -> None:
    try:
        loop.call_soon_threadsafe(task.cancel)
    except RuntimeError:
        pass  # it ended meanwhile, and its loop with it


def _collect(items: Any) -> list[Any]:
    async def gather() -> list[Any]:
        return [item async for item in items]

    collected: list[Any] = _await(gather())
    return collected


BY_KIND: dict[str, Callable[[Any], Any]] = {"async": _await, "generator": list, "async_generator": _collect}
BY_TYPE: dict[type, Callable[[Any], Any]] = {CoroutineType: _await, GeneratorType: list, AsyncGeneratorType: _collect}
"""What a plain function may hand back all the same, because a decorator hides what it wraps."""
