"""Content on the disk, by its hash. Everything here blocks, so routes call it in threads.

blobs/ab/cd/<sha256>     whole and checked; never changed once it is there
uploads/
├── <upload>.part        what has arrived of a resumable upload
├── incoming/            bodies on their way in
└── leaving/             what the sweeper is about to take away, and may still put back
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from daemon_server.blobs.files import (
    PRIVATE,
    SAFE,
    StorageFull,
    WrongHash,
    is_file,
    sync_folder,
    wanting_room,
    write_all,
)
from daemon_server.blobs.parts import Parts
from daemon_server.http.problems import NotFound

HASH = re.compile(r"[0-9a-f]{64}")
EMPTY = hashlib.sha256(b"").hexdigest()

# Below this much room no new content is taken: what runs are to record needs some too.
SPARE_BYTES = 1024**3
SPARE_SHARE = 0.05


class BlobNotFound(NotFound):
    """There is no such content here."""

    code = "blob_not_found"
    hint = "Upload it: PUT /blobs/{sha256}."


class BlobStore:
    """The folders that hold content.

    Args:
        root: where whole content lies.
        uploads: what has not arrived whole; on the same disk.
        spare_bytes: how much room is left free, at most (`SPARE_SHARE` of the disk where that is less).

    Attributes:
        parts: the uploads that have not arrived whole.
    """

    def __init__(self, root: Path, uploads: Path, *, spare_bytes: int = SPARE_BYTES) -> None:
        self.root = root
        self.uploads = uploads
        self.incoming = uploads / "incoming"
        self.leaving = uploads / "leaving"
        self.parts = Parts(self)
        self._spare_bytes = spare_bytes
        for folder in (root, uploads, self.incoming, self.leaving):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    # --- reading ---

    def path(self, sha256: str) -> Path:
        if not HASH.fullmatch(sha256):
            raise ValueError(f"{sha256[:80]!r} is not a hash")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def part(self, upload_id: str) -> Path:
        return self.uploads / f"{upload_id}.part"

    def has(self, sha256: str) -> bool:
        return any(is_file(path) for path in self._places(sha256))

    def open(self, sha256: str) -> int:
        """A descriptor to read content from; it stays whole until closed, also where the file is taken away.

        Raises:
            BlobNotFound
        """
        for path in self._places(sha256):
            with suppress(OSError):
                descriptor = os.open(path, os.O_RDONLY | SAFE)
                if stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return descriptor
                os.close(descriptor)
        raise BlobNotFound

    def _places(self, sha256: str) -> tuple[Path, ...]:
        """Where content is, while the sweeper may have it in its hand: it puts back what it took in error."""
        path = self.path(sha256)
        return path, self.leaving / sha256, path

    # --- writing ---

    def receive(self) -> Receiving:
        """Somewhere for a body to arrive; to be closed."""
        path = self.incoming / f"{secrets.token_hex(16)}.part"
        with wanting_room():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | SAFE, PRIVATE)
        return Receiving(self, path, descriptor)

    def adopt(self, path: Path, sha256: str) -> None:
        """Take over a file that is on the disk and has this hash.

        It takes the place of an equal one: the sweeper tells by a file's age what somebody is about to refer to.
        """
        target = self.path(sha256)
        for folder in (target.parent.parent, target.parent):
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            sync_folder(folder.parent)
        os.utime(path)
        path.replace(target)
        sync_folder(target.parent)

    def have_empty(self) -> None:
        """Have the content that has no bytes; nobody need send it."""
        receiving = self.receive()
        try:
            receiving.keep(EMPTY)
        finally:
            receiving.close()

    def check_room(self, size: int) -> None:
        """
        Raises:
            StorageFull: so much more would fill the disk.
        """
        usage = shutil.disk_usage(self.root)
        if usage.free - size < min(self._spare_bytes, int(usage.total * SPARE_SHARE)):
            raise StorageFull


class Receiving:
    """A body on its way in."""

    __slots__ = ("_descriptor", "_hash", "_path", "_store", "size")

    def __init__(self, store: BlobStore, path: Path, descriptor: int) -> None:
        self._store = store
        self._path = path
        self._descriptor = descriptor
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        with wanting_room():
            write_all(self._descriptor, data)
        self._hash.update(data)
        self.size += len(data)

    def keep(self, sha256: str) -> None:
        """Make what arrived the content of this hash, on the disk when this returns.

        Raises:
            WrongHash
        """
        found = self._hash.hexdigest()
        if found != sha256:
            raise WrongHash(f"The body has the hash {found}, and was sent as {sha256}.")
        with wanting_room():
            os.fsync(self._descriptor)
            self._store.adopt(self._path, sha256)

    def close(self) -> None:
        """Be done with it; what was not kept is gone."""
        os.close(self._descriptor)
        self._path.unlink(missing_ok=True)
