"""Waiting for what takes longer than one request, across a daemon that is restarted meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from spl.core.errors import DaemonUnreachable, Draining, ServerUnreachable, WaitTimedOut
from spl.core.wire import runs
from spl.core.wire.base import LONG_POLL, Flow, Pause, Request, Response

FIRST_RETRY = 0.5
"""Seconds within which the first retry falls: a daemon takes about this long to start."""

LONGEST_RETRY = 30.0
"""Seconds between two tries at most; beyond it a daemon that is back would be noticed too late."""

PATIENCE = 60.0
"""Seconds without the daemon after which waiting gives up: enough for a restart or an upgrade, not for an outage."""


def retry_delay(attempt: int) -> float:
    """Full jitter: anywhere between now and a bound that doubles, so that many clients don't come back at once."""
    from random import uniform

    bound = min(LONGEST_RETRY, FIRST_RETRY * 2.0**attempt)
    return uniform(0.0, bound)


def patiently(request: Request, patience: float = PATIENCE) -> Flow[Response]:
    """The answer to a request that may be repeated, even if the daemon is away for a while.

    Raises:
        DaemonUnreachable: it stayed away longer than `patience` seconds.
    """
    attempt, away_since = 0, 0.0
    while True:
        try:
            response: Response = yield request
            return response
        except (DaemonUnreachable, ServerUnreachable, Draining):
            now = time.monotonic()
            away_since = away_since or now
            if not request.repeatable or now - away_since > patience:
                raise
        yield Pause(retry_delay(attempt))
        attempt += 1


def until_ended(
    run: dict[str, Any],
    *,
    deadline: float | None = None,
    step: float = LONG_POLL,
    observe: Callable[[dict[str, Any]], float] | None = None,
    at: str = runs.HERE,
) -> Flow[dict[str, Any]]:
    """The run once it has ended.

    Args:
        deadline: a time of `time.monotonic()`; None waits for as long as it takes.
        step: seconds that one request waits.
        at: where the runs of its kind are.
        observe: is shown the run after every request, and says how long the next may wait.

    Raises:
        WaitTimedOut: the deadline came first; the run goes on.
    """
    while run["state"] not in runs.ENDED:
        wait = observe(run) if observe is not None else step
        if deadline is not None:
            wait = min(wait, deadline - time.monotonic())
            if wait <= 0:
                raise WaitTimedOut(
                    f"Run {run['id']} of {run['object']!r} has not ended yet; it goes on.",
                    hint=f'Wait again with `client.run("{run["id"]}").result()`, or cancel it.',
                    run_id=run["id"],
                )
        response = yield from patiently(runs.read_run(run["id"], wait, at=at))
        run = response.json()
    return run
