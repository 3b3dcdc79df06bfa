"""The port, the signals, and the HTTP server between them."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from types import FrameType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp

from spl.core.errors import Unavailable
from spl.core.wire.endpoint import read_endpoint, registry_file
from spl.daemon.settings import Settings

IPV4 = 4

# A notebook's client keeps its connection over a coffee; opening a new one costs a call a millisecond.
KEEP_ALIVE_SECONDS = 300
# Once the runs have ended, whoever still holds a stream open has this long to read the rest of it.
STREAMS_SECONDS = 2
# Connections that may wait to be accepted; a burst of clients comes at once.
BACKLOG = 1024


class Signals:
    """SIGINT and SIGTERM as events: the first asks to stop, the second to stop at once."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.at_once = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in _stop_signals():
            self._previous[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, previous in self._previous.items():
            signal.signal(number, previous)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self.received)

    def received(self) -> None:
        """A signal came."""
        if self.stop.is_set():
            self.at_once.set()
        self.stop.set()


class Listener:
    """The listening socket, and what is served on it."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.port: int = sock.getsockname()[1]

    @classmethod
    @contextmanager
    def bound(cls, settings: Settings) -> Iterator[Self]:
        """Take the port.

        Raises:
            Unavailable: somebody else has it.
        """
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as sock:
            if sys.platform == "win32":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((settings.host, settings.port))
                sock.listen(BACKLOG)
            except OSError as error:
                raise _taken(settings, error) from None
            yield cls(sock)

    async def serve(
        self,
        app: ASGIApp,
        signals: Signals,
        *,
        stopping: asyncio.Event,
        drain: Callable[[float], Awaitable[None]],
        drain_seconds: float,
        ready: Callable[[], None],
    ) -> None:
        """Answer requests until a signal, or whoever sets `stopping`, ends it: after `drain` has ended the runs."""
        server = _Server(_config(app), ready)
        ending = asyncio.create_task(_end(server, signals, stopping, drain, drain_seconds), name="the way out")
        try:
            await server.serve(sockets=[self._socket])
        finally:
            ending.cancel()
            await asyncio.wait([ending])


class _Server(uvicorn.Server):
    """uvicorn, with the signals left to us and a word when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


async def _end(
    server: uvicorn.Server,
    signals: Signals,
    stopping: asyncio.Event,
    drain: Callable[[float], Awaitable[None]],
    drain_seconds: float,
) -> None:
    await _first(signals.stop.wait(), stopping.wait())
    stopping.set()
    try:
        await _first(drain(drain_seconds), signals.at_once.wait())
        if signals.at_once.is_set():
            server.force_exit = True
            await drain(0.0)
    finally:
        server.should_exit = True


async def _first(*waits: Awaitable[object]) -> None:
    """Wait for whichever comes first; the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def url_of(host: str, port: int) -> str:
    """What clients on this machine call the daemon that listens there."""
    address = ip_address(host)
    if address.is_unspecified:
        address = ip_address("127.0.0.1" if address.version == IPV4 else "::1")
    return f"http://{address}:{port}" if address.version == IPV4 else f"http://[{address}]:{port}"


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STREAMS_SECONDS,
    )


def _stop_signals() -> list[signal.Signals]:
    if sys.platform == "win32":
        return [signal.SIGINT, signal.SIGTERM, signal.SIGBREAK]
    return [signal.SIGINT, signal.SIGTERM]


def _taken(settings: Settings, error: OSError) -> Unavailable:
    other = read_endpoint(registry_file(settings.port))
    who = f" by the daemon of {other.home} (pid {other.pid})" if other is not None else ""
    return Unavailable(
        f"{settings.host}:{settings.port} can't be listened on; it may be taken{who}: {error.strerror}.",
        hint="Stop what uses it, or pass another --port; --port 0 takes a free one.",
    )
