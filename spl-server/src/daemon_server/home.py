"""The server's folder. Nobody else knows its layout.

<home>/                    0700
├── server.sqlite3         everything but blobs, where no PostgreSQL was named
├── pepper                 0600: what stored credentials are hashed with; not in the database, not in its backups' rows
├── server.lock            held while a server on SQLite runs: one per home
├── blobs/ab/cd/<sha256>   large values and artifacts, by content
├── uploads/               what has not arrived whole
├── runtime/running        there while a server runs; found at start, the last one was killed
└── ballast                room set aside for the day the disk is full
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from daemon_server.errors import HomeLocked, HomeUnusable

# SQLite's write-ahead log needs memory that all its users share, and locks that hold.
NETWORK_FILESYSTEMS = {"nfs", "nfs4", "cifs", "smbfs", "smb3", "afs", "ncpfs", "fuse.sshfs"}


@dataclass(frozen=True, slots=True)
class Home:
    """One server's folder at `root`, with a name for every place in it."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "server.sqlite3"

    @property
    def pepper(self) -> Path:
        return self.root / "pepper"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def runtime(self) -> Path:
        return self.root / "runtime"

    @property
    def ballast(self) -> Path:
        return self.root / "ballast"

    @property
    def running_file(self) -> Path:
        return self.runtime / "running"

    @property
    def lock_file(self) -> Path:
        return self.root / "server.lock"

    def prepare(self, *, sqlite: bool = True) -> None:
        """Make the folders that are missing, private to this user.

        Raises:
            HomeUnusable: it belongs to somebody else, or a SQLite file would lie on a network file system.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise HomeUnusable(f"{self.root} can't be made: {error.strerror}.", hint="Pass another --home.") from None
        _make_private(self.root)
        if sqlite and (kind := filesystem(self.root)) in NETWORK_FILESYSTEMS:
            raise HomeUnusable(
                f"{self.root} lies on a network file system ({kind}), where a database is not safe.",
                hint="Pass a --home on a disk of this machine, or use PostgreSQL.",
            )
        for folder in (self.blobs, self.uploads, self.runtime):
            folder.mkdir(exist_ok=True, mode=0o700)

    @contextmanager
    def lock(self, *, shared: bool = False) -> Iterator[bool]:
        """Hold this home; yields whether the last server here ended without cleaning up.

        Servers beside one PostgreSQL may share a home (`shared`), and with it the blobs.

        Raises:
            HomeLocked: another server holds it.
        """
        from filelock import FileLock, Timeout

        self.prepare(sqlite=not shared)
        if shared:
            yield False
            return
        lock = FileLock(self.lock_file, timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise self._locked() from None
        try:
            unclean = self.running_file.exists()
            self.running_file.write_text(f"{os.getpid()}\n", encoding="utf-8")
            yield unclean
            self.running_file.unlink(missing_ok=True)
        finally:
            lock.release()

    def free_bytes(self) -> int:
        """Room left on the disk of this home."""
        return shutil.disk_usage(self.root).free

    def _locked(self) -> HomeLocked:
        try:
            who = f" (process {int(self.running_file.read_text(encoding='utf-8'))})"
        except (OSError, ValueError):
            who = ""
        return HomeLocked(
            f"A server{who} is using {self.root}.",
            hint="Stop it first, or pass another --home. Several servers need PostgreSQL: --database-url.",
        )


def filesystem(folder: Path) -> str | None:
    """The kind of file system `folder` lies on, where the system tells (Linux does)."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for fields, _, kind in (line.partition(" - ") for line in mounts):
        if fields.split()[2] == wanted:
            return kind.split()[0]
    return None


def _make_private(folder: Path) -> None:
    if sys.platform == "win32":  # a user's profile is private by its inherited access list
        return
    status = folder.stat()
    if status.st_uid != os.geteuid():
        raise HomeUnusable(
            f"{folder} belongs to another user (uid {status.st_uid}).",
            hint="Pass a --home of your own, or change its owner.",
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        folder.chmod(0o700)
