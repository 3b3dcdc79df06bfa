"""The daemon's end of what connects it with a worker: frames in and out, without threads where the system allows."""

from __future__ import annotations

import asyncio
import os
import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, Protocol

from spl.runtime.channel import READ_SIZE, BrokenStream, FrameReader

OnFrame = Callable[[dict[str, Any], bytes], None]
OnLost = Callable[[], None]


class Line(Protocol):
    """Both kinds call `on_frame` for each frame and `on_lost` once, on the event loop, until they are closed.

    `undelivered` is set where it is certain that the other end has not read everything that was sent.
    """

    undelivered: bool

    def open(self, on_frame: OnFrame, on_lost: OnLost) -> None: ...
    def send(self, data: bytes) -> None: ...
    def drain(self) -> None:
        """Take in what has arrived already."""

    def close(self) -> None: ...


class SocketLine:
    """One end of a socket pair, watched by the event loop."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self.undelivered = False
        self._socket = end
        self._fd = end.fileno()
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader()
        self._unsent = bytearray()
        self._open = False

    def open(self, on_frame: OnFrame, on_lost: OnLost) -> None:
        self._on_frame, self._on_lost = on_frame, on_lost
        self._open = True
        self._loop.add_reader(self._fd, self._readable)

    def send(self, data: bytes, fds: list[int] | None = None) -> None:
        """Hand over what fits; the rest follows when there is room. (`fds` travel with the first byte.)"""
        sent = 0
        if fds and self._unsent:
            raise BlockingIOError("the line is full")
        try:
            if fds:
                sent = socket.send_fds(self._socket, [data], fds)
            elif not self._unsent:
                sent = self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            if fds:
                raise
        except OSError:
            self.undelivered = True  # the other end is gone, and reading says so
            return
        if sent < len(data):
            if not self._unsent:
                self._loop.add_writer(self._fd, self._writable)
            self._unsent += data[sent:]

    def drain(self) -> None:
        while self._open and self._readable():
            pass

    def close(self) -> None:
        if self._fd < 0:
            return
        self._loop.remove_reader(self._fd)
        if self._unsent:
            self._loop.remove_writer(self._fd)
        self._socket.close()
        self._open, self._fd = False, -1

    def _readable(self) -> bool:
        try:
            data = self._socket.recv(READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return False
        except ConnectionResetError:
            data, self.undelivered = b"", True
        except OSError:
            data = b""
        try:
            frames = self._reader.feed(data)
        except BrokenStream:
            frames, data = [], b""
        if not data:
            self._lost()
            return False
        for header, body in frames:
            if self._open:
                self._on_frame(header, body)
        return True

    def _lost(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._fd)
            self._on_lost()

    def _writable(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            sent, self.undelivered = len(self._unsent), True
        del self._unsent[:sent]
        if not self._unsent:
            self._loop.remove_writer(self._fd)


class PipeLine:
    """Two pipes, each with a thread: for event loops that can't watch a pipe (Windows)."""

    undelivered = False  # nobody can tell

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader()
        self._unsent: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._open = False

    def open(self, on_frame: OnFrame, on_lost: OnLost) -> None:
        self._on_frame, self._on_lost = on_frame, on_lost
        self._open = True
        threading.Thread(target=self._read, name="worker-in", daemon=True).start()
        threading.Thread(target=self._write, name="worker-out", daemon=True).start()

    def send(self, data: bytes) -> None:
        self._unsent.put(data)

    def drain(self) -> None:
        """What has arrived is already on its way to the loop."""

    def close(self) -> None:
        self._open = False
        self._unsent.put(None)

    def _read(self) -> None:
        with self._incoming:
            while data := self._read_some():
                self._call(self._arrived, data)
        self._call(self._lost)

    def _read_some(self) -> bytes:
        try:
            return os.read(self._incoming.fileno(), READ_SIZE)
        except OSError:
            return b""

    def _write(self) -> None:
        try:
            with self._outgoing:
                while (data := self._unsent.get()) is not None:
                    self._outgoing.write(data)
                    self._outgoing.flush()
        except OSError:
            pass  # the other end is gone, and reading says so

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(function, *arguments)

    def _arrived(self, data: bytes) -> None:
        try:
            frames = self._reader.feed(data)
        except BrokenStream:
            self._lost()
            return
        for header, body in frames:
            if self._open:
                self._on_frame(header, body)

    def _lost(self) -> None:
        if self._open:
            self._open = False
            self._on_lost()
