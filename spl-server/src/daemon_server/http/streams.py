"""How many event streams each user holds open, whatever they tell of."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from daemon_server.http.problems import TooMany


class TooManyStreams(TooMany):
    """You hold as many event streams open as one user may."""

    code = "too_many_streams"
    hint = "Close pages that you don't look at; tabs of one browser share a stream."


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """The open streams of one server process."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: Counter[str] = field(default_factory=Counter)

    def check(self, user_id: str, most: int) -> None:
        """
        Raises:
            TooManyStreams: the user has so many open.
        """
        with self._lock:
            if self._open[user_id] >= most:
                raise TooManyStreams(f"A user holds at most {most} event streams open.")

    @asynccontextmanager
    async def open(self, user_id: str) -> AsyncIterator[None]:
        """Count a stream of a user while it is open."""
        with self._lock:
            self._open[user_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[user_id] -= 1
                if not self._open[user_id]:
                    del self._open[user_id]
