"""The folders that workers load bundles from: `<home>/bundles/<content-hash>/`.

Each is written beside its place and renamed into it, with a list of its files and their hashes. A folder whose list
doesn't hold any more (a disk that ran full, a curious hand) is written again: it is made from the database, and never
the truth.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

log = logging.getLogger(__name__)

FILES = "files.json"
# What is written into a folder has changed when this grows: older folders are then written again.
FORMAT = 1
_UNFINISHED = ".new-"
_DISCARDED = ".old-"


class BundleFolders:
    """The folders below `root`, and who is using them. All but `path`, `hold` and `release` block on the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._writing = threading.Lock()
        self._held: Counter[str] = Counter()

    def path(self, content_hash: str) -> Path:
        return self.root / content_hash

    def intact(self, content_hash: str) -> bool:
        """Whether the folder is there with every file as it was written."""
        folder = self.path(content_hash)
        try:
            listed = json.loads((folder / FILES).read_text(encoding="utf-8"))
            return listed["format"] == FORMAT and all(
                _sha256(folder / name) == expected for name, expected in listed["files"].items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False

    def ensure(self, content_hash: str, write: Callable[[Path], object]) -> Path:
        """The folder, whole; `write` fills an empty one where it is missing or damaged."""
        with self._writing:
            if self.intact(content_hash):
                return self.path(content_hash)
            return self._build(content_hash, write)

    def hold(self, content_hash: str) -> None:
        """Keep the folder until it is released as often as it was held."""
        self._held[content_hash] += 1

    def release(self, content_hash: str) -> None:
        self._held[content_hash] -= 1
        if self._held[content_hash] <= 0:
            del self._held[content_hash]

    def sweep(self, wanted: Collection[str]) -> int:
        """Remove the folders that are neither wanted nor held, and what a killed daemon left half done; how many."""
        removed = 0
        with self._writing:
            for folder in list(self.root.iterdir()) if self.root.is_dir() else []:
                if folder.name in wanted or folder.name in self._held or not folder.is_dir():
                    continue
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
        return removed

    def _build(self, content_hash: str, write: Callable[[Path], object]) -> Path:
        folder = self.path(content_hash)
        beside = self.root / f"{_UNFINISHED}{uuid.uuid4().hex}"
        beside.mkdir(parents=True, mode=0o700)
        try:
            write(beside)
            names = sorted(path.relative_to(beside).as_posix() for path in beside.rglob("*") if path.is_file())
            listed = {"format": FORMAT, "files": {name: _sha256(beside / name) for name in names}}
            (beside / FILES).write_text(json.dumps(listed), encoding="utf-8")
            self._swap(beside, folder)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        return folder

    def _swap(self, beside: Path, folder: Path) -> None:
        if folder.exists():
            log.warning("The bundle folder %s is damaged; it is written again.", folder.name)
            discarded = self.root / f"{_DISCARDED}{uuid.uuid4().hex}"
            folder.rename(discarded)
            shutil.rmtree(discarded, ignore_errors=True)
        beside.rename(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
