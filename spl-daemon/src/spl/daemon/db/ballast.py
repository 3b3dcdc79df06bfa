"""Room kept aside on the disk. On a full one even a DELETE fails, so that nothing could be cleaned up without it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

# Setting the ballast aside should not itself be what fills the disk: it takes at most this share of what is free.
LARGEST_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Ballast:
    """A file of `size` bytes at `path` that is there to be removed."""

    path: Path
    size: int

    def fill(self) -> bool:
        """Set the room aside; False where the disk has too little of it."""
        if self.size == 0 or (self.path.exists() and self.path.stat().st_size == self.size):
            return True
        if self._free() * LARGEST_SHARE < self.size:
            return False
        try:
            with self.path.open("wb") as file:
                _allocate(file.fileno(), self.size)
        except OSError:
            self.path.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> bool:
        """Give the room back; False where there was none."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        return True

    def _free(self) -> int:
        import shutil

        return shutil.disk_usage(self.path.parent).free


def _allocate(descriptor: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    block = bytes(1024 * 1024)
    for begin in range(0, size, len(block)):
        os.write(descriptor, block[: size - begin])
