"""Room kept aside on the disk. On a full one even a DELETE fails, so that nothing could be cleaned up without it."""

from __future__ import annotations

import os
import shutil
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
        if shutil.disk_usage(self.path.parent).free * LARGEST_SHARE < self.size:
            return False
        try:
            with self.path.open("wb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, self.size)
                else:
                    file.write(bytes(self.size))
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
