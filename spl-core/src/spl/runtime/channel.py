"""Frames between the daemon and a worker.

    +----------------+----------------+-------------+----------+
    | header length  |  body length   | header JSON |   body   |
    | 4 bytes, BE    |  4 bytes, BE   |             |          |
    +----------------+----------------+-------------+----------+

The header says what the frame is (`op`) and what belongs to it; the body is a value document's JSON that the daemon
never opens. The same frames travel over a socket pair or over two pipes.
"""

from __future__ import annotations

import _thread
import json
import os
import struct

HEAD = struct.Struct(">II")

# A header holds names, paths and a manifest of at most a few hundred artifacts; more than this is a damaged stream.
MAX_HEADER = 16 * 1024 * 1024

# Bodies above 256 KiB travel as blobs; this only bounds what a damaged length field could make us allocate.
MAX_BODY = 256 * 1024 * 1024

# One read takes what the socket buffer usually holds.
READ_SIZE = 256 * 1024


class BrokenStream(Exception):
    """What arrived is not a frame."""


def pack(header: dict[str, object], body: bytes = b"") -> bytes:
    head = json.dumps(header, separators=(",", ":")).encode()
    return HEAD.pack(len(head), len(body)) + head + body


class FrameReader:
    """Cuts a stream of bytes into frames, however the bytes arrive."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[dict[str, object], bytes]]:
        buffer = self._buffer
        buffer += data
        frames = []
        start, have = 0, len(buffer)
        while have - start >= HEAD.size:
            head_length, body_length = HEAD.unpack_from(buffer, start)
            if head_length > MAX_HEADER or body_length > MAX_BODY:
                raise BrokenStream(f"a frame of {head_length}+{body_length} bytes")
            body_at = start + HEAD.size + head_length
            end = body_at + body_length
            if have < end:
                break
            frames.append((_header(bytes(buffer[start + HEAD.size : body_at])), bytes(buffer[body_at:end])))
            start = end
        if start:
            del buffer[:start]
        return frames


def _header(text: bytes) -> dict[str, object]:
    try:
        header = json.loads(text)
    except ValueError as error:
        raise BrokenStream("a header that is not JSON") from error
    if not isinstance(header, dict):
        raise BrokenStream("a header that is not an object")
    return header


class Channel:
    """The worker's end: blocking, over one descriptor for reading and one for writing (the same one for a socket)."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self.read_fd = read_fd
        self.write_fd = write_fd
        self._reader = FrameReader()
        self._waiting: list[tuple[dict[str, object], bytes]] = []
        # Progress may be told from any thread of the user's function.
        self._lock = _thread.allocate_lock()

    def send(self, header: dict[str, object], body: bytes = b"") -> None:
        data = memoryview(pack(header, body))
        with self._lock:
            while data:
                data = data[os.write(self.write_fd, data) :]

    def receive(self, op: str | None = None) -> tuple[dict[str, object], bytes] | None:
        """The next frame; None when the other end is gone. One thread at a time may be here.

        With `op` it is the next one that says so, and the others keep their turn.
        """
        while True:
            for at, frame in enumerate(self._waiting):
                if op is None or frame[0].get("op") == op:
                    return self._waiting.pop(at)
            try:
                data = os.read(self.read_fd, READ_SIZE)
            except ConnectionError:
                return None
            if not data:
                return None
            self._waiting += self._reader.feed(data)
