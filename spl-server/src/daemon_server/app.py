"""The server as a process: what the command line starts, and what it tells of itself without being started."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from typing import Any

from daemon_server.logs import configure
from daemon_server.settings import Settings

# Work was cut off at the deadline; systemd is told that this is no failure.
CUT_OFF = 75

# How long a thread keeps the interpreter while others want it. The writer asks for it back after each statement, some
# forty times a run; at Python's own 5 ms a busy event loop would make it wait longer than the disk does.
SWITCH_SECONDS = 0.0005


def run(settings: Settings) -> int:
    """Be the server of `settings.home` until asked to stop; the exit code: 0, or 75 where requests were cut off.

    Raises:
        Refusal: the home, the port or the database can't be used.
    """
    configure(settings.log_format)
    from daemon_server.composition import serve

    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()  # what was imported stays; looking through it again takes time from requests
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return 0 if runner.run(serve(settings)) else CUT_OFF


def openapi_document() -> dict[str, Any]:
    """The server's API as an OpenAPI document."""
    from daemon_server.composition import api
    from daemon_server.http.openapi import document

    return document(api())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.new_event_loop
