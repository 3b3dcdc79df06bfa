"""Fetching files that are too large to begin again when the connection breaks."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from spl.core.errors import DaemonUnreachable, ServerUnreachable, SPLError
from spl.core.wire.base import Flow, Pause, Request
from spl.core.wire.waiting import PATIENCE, retry_delay

_NOT_SATISFIABLE = 416


def whole_file(ask: Callable[[int], Request], into: Path, patience: float = PATIENCE) -> Flow[None]:
    """Fetch a file, going on where it broke off: `ask` is the request for what is behind an offset.

    Raises:
        DaemonUnreachable, ServerUnreachable: for longer than `patience` seconds nothing more came.
    """
    have, attempt, came = 0, 0, time.monotonic()
    while True:
        try:
            yield ask(have)
            return
        except (DaemonUnreachable, ServerUnreachable) as error:
            if not error.details.get("sent") or time.monotonic() - came > patience:
                raise
        except SPLError as error:
            if not have or error.status != _NOT_SATISFIABLE:
                raise
            into.unlink(missing_ok=True)  # what we have is not the beginning of what is there
        now = into.stat().st_size if into.exists() else 0
        if now > have:
            attempt, came = 0, time.monotonic()
        have = now
        yield Pause(retry_delay(attempt))
        attempt += 1
