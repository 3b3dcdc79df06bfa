"""A proxy that hands HTTP on until it is told to do harm: once, of a kind, at a moment of the protocol."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Moment = Literal["claim", "start", "upload", "finish"]
Kind = Literal[
    "refused", "reset before", "reset after", "answer lost", "answer cut", "answer reset", "no answer", "delayed",
    "slow answer", "twice", "garbage", "unavailable",
]  # fmt: skip
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]
MOMENTS: tuple[Moment, ...] = Moment.__args__  # type: ignore[attr-defined]

DELAY_SECONDS = 1.0
REFUSED_SECONDS = 0.7
SILENT_SECONDS = 60.0
"""Longer than any patience of the daemon's: it must give up by itself."""


@dataclass(frozen=True)
class Message:
    """A request or an answer, whole."""

    head: bytes
    body: bytes

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n", 1)[0].decode()

    @property
    def raw(self) -> bytes:
        return self.head + self.body


class Gone(Exception):
    """The other side closed."""


class Reader:
    """Whole messages from a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""

    def message(self) -> Message:
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, self._rest = self._rest.split(b"\r\n\r\n", 1)
        head += b"\r\n\r\n"
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
        }
        if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            return Message(head, self._chunked())
        if head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")):
            return Message(head, b"")
        return Message(head, self._exactly(int(headers.get(b"content-length", b"0"))))

    def _chunked(self) -> bytes:
        whole = b""
        while True:
            while b"\r\n" not in self._rest:
                self._more()
            size, self._rest = self._rest.split(b"\r\n", 1)
            whole += size + b"\r\n" + self._exactly(int(size, 16) + 2)
            if int(size, 16) == 0:
                return whole

    def _exactly(self, count: int) -> bytes:
        while len(self._rest) < count:
            self._more()
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def _more(self) -> None:
        piece = self._connection.recv(65536)
        if not piece:
            raise Gone
        self._rest += piece


@dataclass
class Proxy:
    """Stands on a loopback port before the server at `upstream`. `requests` counts what came through, per second."""

    upstream: tuple[str, int]
    seed: int = 0
    armed: tuple[Moment, Kind] | None = None
    done: list[tuple[Moment, Kind]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    offline: bool = False

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._chance = random.Random(self.seed)
        self._open: set[socket.socket] = set()
        self._listen()
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def arm(self, moment: Moment, kind: Kind) -> None:
        self.armed = (moment, kind)

    def cut(self) -> None:
        """Nothing comes through until `heal`, and what is open is closed."""
        self.offline = True
        self._close_all()

    def heal(self) -> None:
        self.offline = False

    def close(self) -> None:
        self.offline = True
        self._listener.close()
        self._close_all()

    def _listen(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.times.append(time.monotonic())
            if self.offline:
                _reset(connection)
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._held(connection), contextlib.suppress(OSError, Gone):
            upstream = socket.create_connection(self.upstream)
            with self._held(upstream):
                requests, answers = Reader(connection), Reader(upstream)
                while True:
                    self._hand_on(connection, upstream, requests.message(), answers)

    @contextlib.contextmanager
    def _held(self, connection: socket.socket) -> Iterator[None]:
        self._open.add(connection)
        try:
            yield
        finally:
            self._open.discard(connection)
            connection.close()

    def _hand_on(self, client: socket.socket, upstream: socket.socket, request: Message, answers: Reader) -> None:
        kind = self._due(request, None)
        if kind in ("refused", "reset before"):
            self._refuse(client, kind)
            raise Gone
        if kind == "delayed":
            time.sleep(DELAY_SECONDS)
        upstream.sendall(request.raw)
        if kind == "twice":
            answers.message()
            upstream.sendall(request.raw)
        answer = answers.message()
        if kind is None and (kind := self._due(request, answer)) is not None:  # a poll that was waiting already
            if kind in ("refused", "reset before"):
                self._refuse(client, kind)
                raise Gone
            if kind == "delayed":
                time.sleep(DELAY_SECONDS)
            if kind == "twice":
                upstream.sendall(request.raw)
                answer = answers.message()
        if kind is None or kind in ("delayed", "twice"):
            client.sendall(answer.raw)
            return
        self._spoil(client, answer, kind)
        raise Gone

    def _due(self, request: Message, answer: Message | None) -> Kind | None:
        """The harm that is to be done now; a claim is known by its answer, everything else by its request."""
        with self._lock:
            if self.armed is None:
                return None
            moment, kind = self.armed
            early = kind in ("refused", "reset before", "delayed", "twice")
            if moment == "claim" and early and answer is None:
                hit = " /sync " in request.line.replace("?", " ") and b'"poll":0' not in request.body.replace(b" ", b"")
            else:
                hit = matches(moment, request, answer)
            if not hit:
                return None
            self.armed = None
            self.done.append((moment, kind))
            return kind

    def _refuse(self, client: socket.socket, kind: Kind) -> None:
        _reset(client)
        if kind == "refused":
            self._listener.close()
            self._close_all()
            time.sleep(REFUSED_SECONDS)
            self._listen(self.port)

    def _spoil(self, client: socket.socket, answer: Message, kind: Kind) -> None:
        spoil: dict[Kind, Callable[[], None]] = {
            "reset after": lambda: _reset(client),
            "answer lost": lambda: None,
            "answer cut": lambda: client.sendall(answer.raw[: max(1, len(answer.raw) - len(answer.body) // 2 - 1)]),
            "answer reset": lambda: (client.sendall(answer.head + answer.body[:1]), _reset(client))[1],
            "no answer": lambda: time.sleep(SILENT_SECONDS),
            "slow answer": lambda: _drip(client, answer.raw),
            "garbage": lambda: client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{not json"),
            "unavailable": lambda: client.sendall(
                b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
            ),
        }
        spoil[kind]()

    def _close_all(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def matches(moment: Moment, request: Message, answer: Message | None) -> bool:
    """Whether this exchange is that moment of a run."""
    path = request.line.split()[1]
    match moment:
        case "claim":
            return answer is not None and path.endswith("/sync") and b'"fence"' in answer.body.split(b'"jobs"')[-1]
        case "start":
            return path.endswith("/start")
        case "upload":
            return "/uploads/" in path or path.endswith("/artifacts")
        case "finish":
            return path.endswith("/sync") and b'"finished"' in request.body


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def _drip(connection: socket.socket, raw: bytes) -> None:
    """All of it, the first bytes one at a time."""
    for number in range(min(20, len(raw))):
        connection.sendall(raw[number : number + 1])
        time.sleep(0.05)
    connection.sendall(raw[20:])
