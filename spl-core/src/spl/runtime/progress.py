"""Reports of progress, thinned out: a tight loop may report every step, and the daemon hears of a few."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Report = Callable[["float | None", "float | None", str], object]

PER_SECOND = 10.0  # a person sees no more, and each report is a frame to the daemon
AT_ONCE = 10.0  # a burst that may pass unthinned, so that a report before a long step is never the one held back
LONGEST_TEXT = 500  # characters: a line of a progress bar, not a log


class Progress:
    """Calls `report(done, total, text)` at most about ten times a second; `flush` sends the last one held back."""

    def __init__(self, report: Report, clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._clock = clock
        self._allowed = AT_ONCE
        self._seen = clock()
        self._held: tuple[float | None, float | None, str] | None = None

    def __call__(self, done: float | None = None, total: float | None = None, text: str = "") -> None:
        self._held = (done, total, str(text)[:LONGEST_TEXT])
        now = self._clock()
        self._allowed = min(AT_ONCE, self._allowed + (now - self._seen) * PER_SECOND)
        self._seen = now
        if self._allowed >= 1.0:
            self._allowed -= 1.0
            self.flush()

    def flush(self) -> None:
        """Send the last report, if it was held back."""
        held, self._held = self._held, None
        if held is not None:
            self._report(*held)
