"""Resumable uploads on the disk: pieces behind each other in a `.part` file, whole and checked at the end.

A server that is killed leaves at most bytes behind the offset that the database knows; the next piece writes over them.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from daemon_server.blobs.files import PRIVATE, READ_BYTES, SAFE, WrongHash, wanting_room, write_all
from daemon_server.http.problems import Conflict, Invalid

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from hashlib import _Hash

    from daemon_server.blobs.cas import BlobStore

# Hashes of uploads under way, so that the whole need not be read again; a few hundred bytes each. What is dropped, or
# was begun by another server process, is read from the disk.
MOST_HASHES = 1_000


class UploadBusy(Conflict):
    """Another piece of this upload is arriving."""

    code = "upload_busy"
    hint = "Ask for the offset (HEAD /uploads/{id}) and go on from there."


class WrongDigest(Invalid):
    """The piece does not have the digest it was sent with."""

    code = "wrong_digest"
    hint = "Send the piece again."


class Parts:
    """What is known in memory of uploads under way: which is being written to, and the hashes so far."""

    def __init__(self, store: BlobStore) -> None:
        self.store = store
        self._lock = Lock()
        self._busy: set[str] = set()
        self._hashes: OrderedDict[str, tuple[int, _Hash]] = OrderedDict()

    def begin(self, upload_id: str, offset: int) -> Piece:
        """Somewhere for a piece to arrive, from `offset` on; what lies behind that is overwritten. To be closed.

        Raises:
            UploadBusy: another piece is arriving, here or at another server beside this folder.
        """
        with self._lock:
            if upload_id in self._busy:
                raise UploadBusy
            self._busy.add(upload_id)
        try:
            with wanting_room():
                descriptor = os.open(self.store.part(upload_id), os.O_RDWR | os.O_CREAT | SAFE, PRIVATE)
            try:
                _claim(descriptor)
                return Piece(self, upload_id, descriptor, offset)
            except BaseException:
                os.close(descriptor)
                raise
        except BaseException:
            self.release(upload_id)
            raise

    def release(self, upload_id: str) -> None:
        with self._lock:
            self._busy.discard(upload_id)

    def recall(self, upload_id: str, offset: int) -> _Hash | None:
        """The hash of the first `offset` bytes, where it is known."""
        with self._lock:
            known, running = self._hashes.get(upload_id, (-1, None))
        return running.copy() if running is not None and known == offset else None

    def remember(self, upload_id: str, offset: int, running: _Hash) -> None:
        with self._lock:
            self._hashes[upload_id] = (offset, running)
            self._hashes.move_to_end(upload_id)
            while len(self._hashes) > MOST_HASHES:
                self._hashes.popitem(last=False)

    def forget(self, upload_id: str) -> None:
        with self._lock:
            self._hashes.pop(upload_id, None)


class Piece:
    """A piece on its way in, behind the bytes that are there."""

    __slots__ = ("_descriptor", "_digest", "_parts", "_running", "_upload", "offset", "start")

    def __init__(self, parts: Parts, upload_id: str, descriptor: int, offset: int) -> None:
        self._parts = parts
        self._upload = upload_id
        self._descriptor = descriptor
        self._digest = hashlib.sha256()
        self._running = parts.recall(upload_id, offset) if offset else hashlib.sha256()
        self.start = self.offset = offset
        os.lseek(descriptor, offset, os.SEEK_SET)

    @property
    def missing(self) -> bool:
        """Whether bytes that should lie before this piece are gone from the disk."""
        return os.fstat(self._descriptor).st_size < self.start

    def write(self, data: bytes | bytearray | memoryview, *, digest: bool) -> None:
        """Append some bytes; `digest`: whether `settle` will be asked to compare them."""
        with wanting_room():
            write_all(self._descriptor, data)
        if digest:
            self._digest.update(data)
        if self._running is not None:
            self._running.update(data)
        self.offset += len(data)

    def settle(self, digest: bytes | None) -> None:
        """Have the piece on the disk, which ends with it.

        Raises:
            WrongDigest: its SHA-256 is not `digest`; the bytes are as good as not there.
        """
        if digest is not None and self._digest.digest() != digest:
            raise WrongDigest
        with wanting_room():
            os.ftruncate(self._descriptor, self.offset)
            getattr(os, "fdatasync", os.fsync)(self._descriptor)
        if self._running is not None:
            self._parts.remember(self._upload, self.offset, self._running)

    def finish(self, sha256: str) -> None:
        """Make the upload, all of which is here, the content of this hash.

        Raises:
            WrongHash: it has another; nothing of it is kept.
        """
        running = self._running or self._read_again()
        path = self._parts.store.part(self._upload)
        self._parts.forget(self._upload)
        if running.hexdigest() != sha256:
            path.unlink(missing_ok=True)
            raise WrongHash(f"What arrived has the hash {running.hexdigest()}, and was announced as {sha256}.")
        with wanting_room():
            os.fsync(self._descriptor)
            self._parts.store.adopt(path, sha256)

    def close(self) -> None:
        """Let the next piece come."""
        os.close(self._descriptor)
        self._parts.release(self._upload)

    def _read_again(self) -> _Hash:
        running = hashlib.sha256()
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        while data := os.read(self._descriptor, READ_BYTES):
            running.update(data)
        return running


def _claim(descriptor: int) -> None:
    """Keep other servers beside this folder out until the descriptor is closed; Windows has one server alone."""
    if sys.platform == "win32":
        return
    assert stat.S_ISREG(os.fstat(descriptor).st_mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UploadBusy from None
