"""A switch on a loopback port that hands connections on to the first of several servers that takes them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit


class Switch:
    """Knows the servers at `urls`, best first. It carries bytes and understands nothing of them."""

    def __init__(self, urls: Sequence[str]) -> None:
        self.upstreams = [(str(urlsplit(url).hostname), int(urlsplit(url).port or 0)) for url in urls]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # a thread that waits in `accept` is let go
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client:
            for upstream in self.upstreams:
                with contextlib.suppress(OSError), socket.create_connection(upstream, 5) as server:
                    server.settimeout(None)
                    back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                    back.start()
                    _pump(client, server)
                    back.join()
                    return


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Everything from one side to the other; when it ends, both sides hear of it."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    for side in (source, target):
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)


@contextmanager
def switch(*urls: str) -> Iterator[Switch]:
    """A switch for as long as the block lasts."""
    made = Switch(urls)
    try:
        yield made
    finally:
        made.close()
