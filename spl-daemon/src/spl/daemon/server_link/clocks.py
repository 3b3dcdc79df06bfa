"""This machine's clocks: one that nobody can set, and how far the other one is from a server's."""

from __future__ import annotations

import time


def boot_seconds() -> float:
    """Seconds on a clock that goes on while the machine sleeps, where there is one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def skew_ms(*, asked_at: int, answered_at: int, server_time: int) -> int:
    """How many milliseconds this machine's clock is ahead of a server's, which it read while a request was under way.

    What the way there and back took can't be told apart from a skew, so that within it there is none.
    """
    if server_time < asked_at:
        return asked_at - server_time
    return min(0, answered_at - server_time)
