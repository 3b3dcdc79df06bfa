"""Who waits for what: a commit wakes the topics it named, here and, on PostgreSQL, in every other server process.

A wake-up is a hint and may be lost, so whoever waits subscribes, reads, waits, and reads again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

# Who goes on waiting although the server stops does not turn in circles.
CLOSED_PAUSE_SECONDS = 0.2

type Heard = Callable[[str], None]

# What a listener hears when wake-ups may have been missed: everything it knows may have changed.
EVERYTHING = "*"


class Topics:
    """The topics of one server process. Topics are delivered from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, set[Subscription]] = {}
        self._listeners: dict[str, list[Heard]] = {}
        self.closed = False

    def close(self) -> None:
        """The server stops: whoever waits, or will, is told that the time is over."""
        self.closed = True
        self.wake_all()

    def subscribe(self, *topics: str) -> Subscription:
        """`async with topics.subscribe("run:run_1") as subscription:` hears of these topics until the block ends."""
        return Subscription(self, topics)

    def listen(self, topic: str, heard: Heard) -> None:
        """Call `heard(topic)` at each wake-up, in the thread that delivers it; it must be quick and thread-safe.

        `"*"` as a topic hears all of them. When wake-ups may have been missed, every listener hears `EVERYTHING`.
        """
        with self._lock:
            self._listeners.setdefault(topic, []).append(heard)

    def deliver(self, topics: Iterable[str]) -> None:
        """Wake whoever waits for one of these."""
        found: dict[Subscription, set[str]] = {}
        heard: list[tuple[Heard, str]] = []
        with self._lock:
            for topic in topics:
                for subscription in self._waiting.get(topic, ()):
                    found.setdefault(subscription, set()).add(topic)
                listeners = self._listeners.get(topic, []) + self._listeners.get(EVERYTHING, [])
                heard += [(call, topic) for call in listeners]
        _notify(found)
        for call, topic in heard:
            call(topic)

    def wake_all(self) -> None:
        """Wake-ups may have been missed: everybody looks again."""
        with self._lock:
            found = {subscription: {EVERYTHING} for waiting in self._waiting.values() for subscription in waiting}
            heard = [call for calls in self._listeners.values() for call in calls]
        _notify(found)
        for call in heard:
            call(EVERYTHING)

    @property
    def subscribers(self) -> int:
        """How many subscriptions are open."""
        with self._lock:
            return len({subscription for waiting in self._waiting.values() for subscription in waiting})

    def _enter(self, subscription: Subscription) -> None:
        with self._lock:
            for topic in subscription.topics:
                self._waiting.setdefault(topic, set()).add(subscription)

    def _leave(self, subscription: Subscription) -> None:
        with self._lock:
            for topic in subscription.topics:
                if waiting := self._waiting.get(topic):
                    waiting.discard(subscription)
                    if not waiting:
                        del self._waiting[topic]


class Subscription:
    """What one waiter hears of its topics.

    Attributes:
        heard: the topics woken since `taken` was last asked; `EVERYTHING` where some may have been missed.
    """

    __slots__ = ("_event", "_owner", "heard", "loop", "topics")

    def __init__(self, owner: Topics, topics: Iterable[str]) -> None:
        self._owner = owner
        self.topics = tuple(topics)
        self.heard: set[str] = set()
        self._event = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Self:
        self._owner._enter(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._owner._leave(self)

    async def wait(self, seconds: float | None = None) -> bool:
        """Whether one of the topics was woken since the last look, waiting up to `seconds` for it.

        False says that it is time to answer: nothing happened in that time, or the server is stopping.
        """
        if not self._event.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._event.wait()
        if self._owner.closed:
            await asyncio.sleep(min(CLOSED_PAUSE_SECONDS, seconds or 0.0))
            return False
        woken = self._event.is_set()
        self._event.clear()
        return woken

    def taken(self) -> set[str]:
        """What was heard, once."""
        heard, self.heard = self.heard, set()
        return heard

    def hear(self, topics: set[str]) -> None:
        """These were woken; called in the subscriber's own loop."""
        self.heard |= topics
        self._event.set()


def _notify(found: dict[Subscription, set[str]]) -> None:
    """One call into each event loop, however many wait there."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[Subscription, set[str]]]] = {}
    for subscription, topics in found.items():
        loops.setdefault(subscription.loop, []).append((subscription, topics))
    for loop, woken in loops.items():

        def tell(woken: list[tuple[Subscription, set[str]]] = woken) -> None:
            for subscription, topics in woken:
                subscription.hear(topics)

        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(tell)
