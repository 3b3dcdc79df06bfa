"""A folder of files named by what is in them.

    root/
      ab/cd/abcd...          the bytes whose sha256 begins with abcd
      incoming/<random>      being written; left behind only by a process that was killed

A blob appears whole or not at all (written beside, then renamed), is never changed afterwards, and is stored once
however often it is put. Any number of processes may put, open and remove at the same time.
"""

from __future__ import annotations

import io
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any, BinaryIO

INCOMING = "incoming"
CHUNK = 16 * 1024 * 1024  # hashed in one thread while it is written in another; larger pieces gain nothing more
ALONE_BELOW = 1024 * 1024  # below a megabyte starting a thread costs more than the hash
READ_SIZE = 1024 * 1024
HEX = frozenset("0123456789abcdef")


class NoSuchBlob(LookupError):
    """The folder has no blob by this hash."""

    def __init__(self, sha256: object) -> None:
        super().__init__(f"There is no blob {str(sha256)[:64]!r}.")


class BlobRef:
    """A blob's name, its length in bytes, and what its bytes are."""

    __slots__ = ("media_type", "sha256", "size")

    def __init__(self, sha256: str, size: int, media_type: str = "application/octet-stream") -> None:
        self.sha256 = sha256
        self.size = size
        self.media_type = media_type

    def to_doc(self) -> dict[str, Any]:
        return {"sha256": self.sha256, "size": self.size, "media_type": self.media_type}

    @classmethod
    def from_doc(cls, doc: object) -> BlobRef:
        """Raises ValueError where the document is not a reference."""
        if not isinstance(doc, dict):
            raise ValueError("a blob reference is an object")
        sha256, size, media_type = doc.get("sha256"), doc.get("size"), doc.get("media_type", "application/octet-stream")
        if not is_sha256(sha256) or type(size) is not int or size < 0 or type(media_type) is not str:
            raise ValueError("a blob reference has sha256, size and media_type")
        return cls(str(sha256), size, media_type)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BlobRef):
            return NotImplemented
        return self.to_doc() == other.to_doc()

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"BlobRef({self.sha256[:12]}, {self.size} bytes, {self.media_type})"


def is_sha256(name: object) -> bool:
    return type(name) is str and len(name) == 64 and HEX.issuperset(name)


class Blobs:
    """The blobs below `root`; the folder is made when the first one is put."""

    def __init__(self, root: Path | str) -> None:
        self.root = os.fspath(root)

    def put(
        self,
        write: Callable[[BinaryIO], object],
        media_type: str = "application/octet-stream",
        *,
        durable: bool = False,
    ) -> BlobRef:
        """Store what `write(file)` writes. `durable` also waits until it is on the disk."""
        temporary = self._temporary()
        try:
            with HashingFile(temporary) as file:
                write(file)  # type: ignore[arg-type]  # a BinaryIO in all that writers use
                if durable:
                    file.sync()
            ref = BlobRef(file.sha256(), file.size, media_type)
            self._settle(temporary, ref, durable)
        except BaseException:
            _remove(temporary)
            raise
        return ref

    def put_bytes(self, data: bytes, media_type: str = "application/octet-stream", *, durable: bool = False) -> BlobRef:
        return self.put(lambda file: file.write(data), media_type, durable=durable)

    def put_file(
        self, path: Path | str, media_type: str = "application/octet-stream", *, durable: bool = False
    ) -> BlobRef:
        """Store a copy of the file."""

        def copy(file: BinaryIO) -> None:
            with open(path, "rb") as source:
                while chunk := source.read(READ_SIZE):
                    file.write(chunk)

        return self.put(copy, media_type, durable=durable)

    def open(self, sha256: str) -> BinaryIO:
        """The blob, for reading. Raises NoSuchBlob."""
        try:
            return open(self.location(sha256), "rb")
        except FileNotFoundError:
            raise NoSuchBlob(sha256) from None

    def path(self, sha256: str) -> Path:
        """Where the blob is, or would be. Raises NoSuchBlob where this can't be a hash."""
        from pathlib import Path

        return Path(self.location(sha256))

    def location(self, sha256: str) -> str:
        """`path` as a string: for a worker, whose start imports no pathlib."""
        if not is_sha256(sha256):
            raise NoSuchBlob(sha256)
        return os.path.join(self.root, sha256[:2], sha256[2:4], sha256)

    def has(self, sha256: str) -> bool:
        return is_sha256(sha256) and os.path.isfile(self.location(sha256))

    def size(self, sha256: str) -> int:
        """The blob's length in bytes. Raises NoSuchBlob."""
        try:
            return os.stat(self.location(sha256)).st_size
        except FileNotFoundError:
            raise NoSuchBlob(sha256) from None

    def verify(self, sha256: str) -> bool:
        """Whether the blob is there and its bytes still have the hash it is named by."""
        import hashlib

        hasher = hashlib.sha256()
        try:
            with self.open(sha256) as file:
                while chunk := file.read(READ_SIZE):
                    hasher.update(chunk)
        except NoSuchBlob:
            return False
        return hasher.hexdigest() == sha256

    def remove(self, sha256: str) -> bool:
        """Forget the blob; whether there was one. A process that has it open or mapped keeps its bytes on POSIX."""
        return is_sha256(sha256) and _remove(self.location(sha256))

    def each(self) -> Iterator[tuple[str, os.stat_result]]:
        """Every blob's hash and its file's status. `st_mtime` is when it was last put."""
        for first in _entries(self.root):
            for second in _entries(first.path) if len(first.name) == 2 else ():
                for entry in _entries(second.path):
                    status = _status(entry.path)
                    if is_sha256(entry.name) and status is not None:
                        yield entry.name, status

    def tidy(self, before: float) -> int:
        """Remove what killed writers left behind before this time (epoch seconds); how many there were."""
        count = 0
        for entry in _entries(os.path.join(self.root, INCOMING)):
            status = _status(entry.path)
            if status is not None and status.st_mtime < before:
                count += _remove(entry.path)
        return count

    def _temporary(self) -> str:
        folder = os.path.join(self.root, INCOMING)
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, os.urandom(16).hex())

    def _settle(self, temporary: str, ref: BlobRef, durable: bool) -> None:
        """Give a written file its name, unless the same blob is there already."""
        final = self.location(ref.sha256)
        if _has_size(final, ref.size):
            os.utime(final)  # it is wanted again: the age that retention looks at begins anew
            _remove(temporary)
            if durable:
                _sync(final)
            return
        os.makedirs(os.path.dirname(final), exist_ok=True)
        try:
            os.replace(temporary, final)
        except PermissionError:  # Windows: another process put the same blob a moment ago and has it open
            if not _has_size(final, ref.size):
                raise
            _remove(temporary)
        if durable:
            _sync(os.path.dirname(final))


class HashingFile(io.BufferedIOBase):
    """A new file that knows the sha256 of what was written to it.

    It has no `fileno`, so that nobody writes past the hash.
    """

    def __init__(self, path: str) -> None:
        import hashlib

        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        self._file = open(os.open(path, flags, 0o600), "wb")  # noqa: SIM115 (closed in close)
        self._hasher = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        for start in range(0, len(view), CHUNK):
            self._write(view[start : start + CHUNK])
        self.size += len(view)
        return len(view)

    def _write(self, piece: memoryview) -> None:
        if len(piece) < ALONE_BELOW:
            self._hasher.update(piece)
            self._file.write(piece)
            return
        import threading

        hashing = threading.Thread(target=self._hasher.update, args=(piece,), name="spl-blob-hash")
        hashing.start()
        try:
            self._file.write(piece)
        finally:
            hashing.join()

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def sha256(self) -> str:
        return self._hasher.hexdigest()

    def close(self) -> None:
        self._file.close()
        super().close()


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None


def _has_size(path: str, size: int) -> bool:
    status = _status(path)
    return status is not None and status.st_size == size


def _remove(path: str) -> bool:
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def _sync(path: str) -> None:
    """Wait until a file or a folder is on the disk."""
    if os.name != "posix":  # other systems sync no folder, and no file that is open for reading
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
