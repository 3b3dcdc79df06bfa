"""The port to time. Everything that decides by time asks a `Clock`, so that tests can let years go by."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of time, both in milliseconds."""

    def wall_ms(self) -> int:
        """Since 1970 in UTC, as the machine believes; may jump."""
        ...

    def boot_ms(self) -> int:
        """Since the machine started; never jumps, and counts the time it slept where the system can tell."""
        ...


# Linux counts sleep in this one; elsewhere `monotonic` is what there is.
_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)


class SystemClock:
    """The machine's own."""

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def boot_ms(self) -> int:
        if _BOOTTIME is not None:
            return time.clock_gettime_ns(_BOOTTIME) // 1_000_000
        return time.monotonic_ns() // 1_000_000
