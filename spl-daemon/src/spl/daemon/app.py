"""The daemon as a process: what the command line starts, and what it tells of itself without being started."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from spl.daemon.settings import Settings


def run(settings: Settings) -> None:
    """Be the daemon of `settings.home` until asked to stop, on the fastest event loop there is.

    Raises:
        HomeLocked: another daemon has the home.
        Unavailable: the port is taken, or the home is somebody else's.
        SchemaMismatch: the home's database can't be used.
    """
    if not logging.getLogger().handlers:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with _uncollected():
        from spl.daemon.composition import serve
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(settings))


def openapi_document() -> dict[str, Any]:
    """The daemon's API as an OpenAPI document."""
    from spl.daemon.composition import api
    from spl.daemon.http.openapi import document

    return document(api())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Import without looking for garbage: all that it makes stays, and looking takes a twentieth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.new_event_loop
