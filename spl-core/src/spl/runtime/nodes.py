"""Tells which steps of a pipeline are running, while it runs: at once for the first ones, then in batches.

node   {"op": "node", "run", "started": [id], "ended": [[id, seconds]]}
"""

from __future__ import annotations

import time
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from spl.runtime.execute import Step

# A pipeline of this many steps is told step by step, which costs each of them some ten microseconds.
TOLD_AT_ONCE = 32

# In a longer one nobody can follow more often than this with their eyes.
BATCH_SECONDS = 0.05


class Nodes:
    """What is told of one run of a plan. All of it happens in the thread that the plan runs in."""

    def __init__(self, run: str, ids: Sequence[str], send: Callable[[dict[str, object]], None]) -> None:
        self._run = run
        self._ids = ids
        self._send = send
        self._told = 0
        self._frames = 0
        self._started: list[int] = []

    def in_order(self, steps: Sequence[Step], seconds: Mapping[int, float]) -> float:
        """So many of the steps, which run one after the other, have ended; when to be told again."""
        if len(seconds) < len(steps):  # else the end of the run is told next
            self._started = [steps[len(seconds)][0]]
            self.flush(seconds)
        return 0.0 if self._frames < TOLD_AT_ONCE else time.perf_counter() + BATCH_SECONDS

    def started(self, slot: int) -> None:
        """A step has begun."""
        self._started.append(slot)

    def flush(self, seconds: Mapping[int, float]) -> None:
        """Tell what has happened since the last time."""
        ended = [[self._ids[slot], round(taken, 6)] for slot, taken in islice(seconds.items(), self._told, None)]
        if not ended and not self._started:
            return
        self._told += len(ended)
        self._frames += 1
        header: dict[str, Any] = {"op": "node", "run": self._run}
        header["started"] = [self._ids[slot] for slot in self._started]
        header["ended"] = ended
        self._started = []
        try:
            self._send(header)
        except OSError:
            pass  # the daemon is gone, and this process will be
