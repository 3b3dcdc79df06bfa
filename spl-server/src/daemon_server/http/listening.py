"""The port, the signals, and the HTTP server between them."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from types import FrameType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp

from daemon_server.errors import PortTaken

IPV4 = 4

# Daemons poll all the time and keep their connection; opening one costs a hello each way, and with TLS more.
KEEP_ALIVE_SECONDS = 75
# Connections that may wait to be accepted; after a restart every daemon comes at once.
BACKLOG = 4096
# Headers of ours fit many times over; what is larger is an attack or a mistake.
HEADER_BYTES = 16 * 1024


class Signals:
    """SIGINT and SIGTERM as events: the first asks to stop, the second to stop at once."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.at_once = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
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
    def bound(cls, host: str, port: int) -> Iterator[Self]:
        """Take the port.

        Raises:
            PortTaken: somebody else has it.
        """
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
            if sys.platform == "win32":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((host, port))
                sock.listen(BACKLOG)
            except OSError as error:
                raise PortTaken(
                    f"{host}:{port} can't be listened on: {error.strerror}.",
                    hint="Stop what uses it, or pass another --port; --port 0 takes a free one.",
                ) from None
            yield cls(sock)

    async def serve(
        self,
        app: ASGIApp,
        signals: Signals,
        *,
        stopping: Callable[[], None],
        drain_seconds: float,
        ready: Callable[[], Awaitable[None]],
    ) -> bool:
        """Answer requests until a signal ends it; whether all of them were answered.

        At the first signal no connection is accepted any more and `stopping` is called; what is being answered has
        `drain_seconds`, or until the second signal.
        """
        server = _Server(_config(app, drain_seconds), ready)
        ending = asyncio.create_task(_end(server, signals, stopping), name="the way out")
        try:
            await server.serve(sockets=[self._socket])
        finally:
            ending.cancel()
            await asyncio.wait([ending])
        return not server.cut_off

    @asynccontextmanager
    async def beside(self, app: ASGIApp) -> AsyncIterator[None]:
        """Answer requests with another app until the block ends; nobody waits for them."""
        begun = asyncio.Event()

        async def ready() -> None:
            begun.set()

        server = _Server(_config(app, 1), ready)
        task = asyncio.create_task(server.serve(sockets=[self._socket]), name="the port of those who watch")
        try:
            await begun.wait()
            yield
        finally:
            server.should_exit = server.force_exit = True
            await asyncio.wait([task])


class _Server(uvicorn.Server):
    """uvicorn, with the signals left to us and a word when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._ready = ready
        self.cut_off = False

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self.cut_off = bool(self.server_state.tasks)


async def _end(server: _Server, signals: Signals, stopping: Callable[[], None]) -> None:
    await signals.stop.wait()
    stopping()
    server.should_exit = True
    await signals.at_once.wait()
    server.force_exit = True


def url_of(host: str, port: int) -> str:
    """What clients on this machine call the server that listens there."""
    address = ip_address(host)
    if address.is_unspecified:
        address = ip_address("127.0.0.1" if address.version == IPV4 else "::1")
    return f"http://{address}:{port}" if address.version == IPV4 else f"http://[{address}]:{port}"


def _config(app: ASGIApp, drain_seconds: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(drain_seconds)),
        h11_max_incomplete_event_size=HEADER_BYTES,
    )
