"""The daemon's folder. Nobody else knows its layout.

<home>/                              0700
├── daemon.sqlite3                   registry, versions, runs, environments
├── daemon-endpoint.json             where the daemon listens and its token, while it runs
├── daemon-token                     0600: the token, kept over restarts
├── daemon.lock                      held while a daemon runs: one daemon per home
├── objects/<name>/versions/<n>.yaml readable copies of what was published
├── bundles/<content-hash>/          what workers load
├── environment-builds/<spec-hash>/  one cached venv for each dependency specification
├── mirrors/<version-id>.yaml        readable copies of what a server asked this machine to run
├── connections/<id>.token           0600: what this machine shows to a server, one for each server and owner
├── machine-policy.json              what this machine runs for a server
├── blobs/ab/cd/<sha256>             large values, by content
├── runs/<run-id>/                   inputs, stdout, stderr, result and artifacts of one run
├── runtime/                         sockets and notes of the present process
│   └── running                      there while a daemon runs; found at start, the last one was killed
└── ballast                          room set aside for the day the disk is full
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import string
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from spl.core.errors import HomeLocked, Unavailable
from spl.core.wire.endpoint import (
    ENDPOINT_FILE,
    Endpoint,
    read_endpoint,
    registry_file,
    remove_endpoint,
    write_endpoint,
)

# SQLite's write-ahead log needs memory that all its users share, and locks that hold.
NETWORK_FILESYSTEMS = {"nfs", "nfs4", "cifs", "smbfs", "smb3", "afs", "ncpfs", "fuse.sshfs"}

TOKEN_PREFIX = "spld_"
# 44 characters of base 62 are 262 bits: nobody guesses that, and the token still fits on a line.
TOKEN_CHARACTERS = 44


@dataclass(frozen=True, slots=True)
class Home:
    """One daemon's folder at `root`, with a name for every place in it."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "daemon.sqlite3"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def bundles(self) -> Path:
        return self.root / "bundles"

    @property
    def builds(self) -> Path:
        return self.root / "environment-builds"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def mirrors(self) -> Path:
        return self.root / "mirrors"

    @property
    def connections(self) -> Path:
        return self.root / "connections"

    @property
    def policy_file(self) -> Path:
        return self.root / "machine-policy.json"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def runtime(self) -> Path:
        return self.root / "runtime"

    @property
    def ballast(self) -> Path:
        return self.root / "ballast"

    @property
    def endpoint_file(self) -> Path:
        return self.root / ENDPOINT_FILE

    @property
    def token_file(self) -> Path:
        return self.root / "daemon-token"

    @property
    def running_file(self) -> Path:
        return self.runtime / "running"

    def prepare(self) -> None:
        """Make the folders that are missing, private to this user.

        Raises:
            Unavailable: the home belongs to somebody else, or lies on a network file system.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(f"{self.root} can't be made: {error.strerror}.", hint="Pass another --home.") from None
        _make_private(self.root)
        if (kind := filesystem(self.root)) in NETWORK_FILESYSTEMS:
            raise Unavailable(
                f"{self.root} lies on a network file system ({kind}), where a database is not safe.",
                hint="Pass a --home on a disk of this machine.",
            )
        for folder in (self.objects, self.bundles, self.builds, self.blobs, self.runs, self.runtime):
            folder.mkdir(exist_ok=True, mode=0o700)

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Hold this home; yields whether the last daemon here ended without cleaning up.

        Raises:
            HomeLocked: another daemon holds it; the message names its process and URL.
        """
        from filelock import FileLock, Timeout

        self.prepare()
        lock = FileLock(self.root / "daemon.lock", timeout=0, mode=0o600)
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

    def _locked(self) -> HomeLocked:
        other = read_endpoint(self.endpoint_file)
        if other is None:
            return HomeLocked(f"Another daemon is starting on {self.root}.", hint="Wait for it, or use another --home.")
        return HomeLocked(
            f"The daemon at {other.url} (pid {other.pid}) is using {self.root}.",
            hint="Use that one, stop it first, or pass another --home.",
            url=other.url,
            pid=other.pid,
        )

    def token(self) -> str:
        """The token that opens the daemon's API; made on first use and kept.

        Raises:
            Unavailable: others can read the token file, or it is not ours.
        """
        with suppress(FileNotFoundError):
            _refuse_if_shared(self.token_file)
            if known := self.token_file.read_text(encoding="ascii", errors="replace").strip():
                return known
            self.token_file.unlink()
        token = new_token()
        descriptor = os.open(self.token_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(token + "\n")
        return token

    def publish(self, endpoint: Endpoint) -> None:
        """Let clients find the daemon; files of dead daemons are replaced."""
        write_endpoint(self.endpoint_file, endpoint)
        with suppress(OSError):  # a state folder that can't be written costs the short cut, not the daemon
            write_endpoint(registry_file(endpoint.port), endpoint)

    def unpublish(self, endpoint: Endpoint) -> None:
        """Take the endpoint files away, unless a successor has already written its own."""
        for path in (self.endpoint_file, registry_file(endpoint.port)):
            with suppress(OSError):
                remove_endpoint(path, pid=endpoint.pid)

    def free_bytes(self) -> int:
        """Room left on the disk of this home."""
        return shutil.disk_usage(self.root).free


def new_token() -> str:
    alphabet = string.ascii_letters + string.digits
    return TOKEN_PREFIX + "".join(secrets.choice(alphabet) for _ in range(TOKEN_CHARACTERS))


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
        raise Unavailable(
            f"{folder} belongs to another user (uid {status.st_uid}).",
            hint="Pass a --home of your own, or change its owner.",
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        folder.chmod(0o700)


def _refuse_if_shared(file: Path) -> None:
    if sys.platform == "win32":
        return
    status = file.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        raise Unavailable(f"{file} is not a file of this user.", hint="Remove it; the daemon makes a new one.")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise Unavailable(
            f"Others may have read {file}: its mode is {stat.S_IMODE(status.st_mode):o}.",
            hint="Remove it and start again: the daemon makes a new token.",
        )
