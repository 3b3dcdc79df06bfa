"""Readable copies of what was published: `<home>/objects/<name>/versions/<n>.yaml`.

They are for eyes and diffs. The daemon never reads one as the truth: a copy that is missing or differs is written
again, and one that can't be written is a line in the log.
"""

from __future__ import annotations

import logging
import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from spl.daemon.objects.naming import folder_name

log = logging.getLogger(__name__)


class Copies:
    """The copies below `root`; every method blocks on the disk and none fails."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str, version: int) -> Path:
        return self.root / folder_name(name) / "versions" / f"{version}.yaml"

    def ensure(self, name: str, version: int, text: str) -> None:
        """Make the copy say `text`, if it doesn't already."""
        path = self.path(name, version)
        content = text.encode()
        with suppress(OSError):
            if path.read_bytes() == content:
                return
        beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside.write_bytes(content)
            beside.replace(path)
        except OSError as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            log.warning("The readable copy %s could not be written: %s", path, error)

    def remove(self, name: str, version: int | None = None) -> None:
        """Remove one copy, or all of an object."""
        if version is None:
            shutil.rmtree(self.root / folder_name(name), ignore_errors=True)
            return
        with suppress(OSError):
            self.path(name, version).unlink(missing_ok=True)
