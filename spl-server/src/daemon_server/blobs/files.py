"""The little that touching files safely needs. Everything here blocks."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon_server.http.problems import Invalid, ServerProblem

# How much is read at a time where a file is hashed again: beyond this, larger pieces are no quicker.
READ_BYTES = 1024 * 1024

PRIVATE = 0o600
# A link in the place of a file is never followed, and no descriptor goes to a child.
SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class WrongHash(Invalid):
    """The content does not have the hash it was sent under."""

    code = "wrong_hash"
    hint = "Send it again; if that happens twice, the file changes while it is read."


class StorageFull(ServerProblem):
    """The server has no room for more content."""

    code = "storage_full"
    status = 507
    hint = "Ask whoever runs the server to make room; runs and results that fit a row still work."


@contextmanager
def wanting_room() -> Iterator[None]:
    """A disk that is full says so as a problem, not as a fault of the server."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from None
        raise


def write_all(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """What was renamed into a folder is there after a power cut. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
