"""What a backup holds, as `manifest.json` says it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from daemon_server.errors import BackupUnusable

FORMAT = 1
NAME = "manifest.json"
SQLITE, PGDUMP, PEPPER, BLOBS = "server.sqlite3", "database.pgdump", "pepper", "blobs"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, by its path below the backup's folder."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of a backup.

    Attributes:
        created_at: epoch milliseconds; what was committed before is in it.
        schema: the revision of the tables.
        generation: which life of the database it is; the restored one has a later.
    """

    format: int
    version: str
    created_at: int
    database: Literal["sqlite", "postgresql"]
    schema: str
    generation: int
    files: tuple[Entry, ...]

    def write(self, folder: Path) -> None:
        """Write it so that it is there whole or not at all."""
        beside = folder / f"{NAME}.part"
        with beside.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(folder / NAME)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """
        Raises:
            BackupUnusable: there is none, or it is not one of ours.
        """
        try:
            found = json.loads((folder / NAME).read_text(encoding="utf-8"))
            files = tuple(Entry(**entry) for entry in found.pop("files"))
            manifest = cls(**found, files=files)
        except FileNotFoundError:
            raise BackupUnusable(
                f"{folder} has no {NAME}: it is no backup, or one that was not finished.", hint="Use another."
            ) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BackupUnusable(f"The {NAME} of {folder} can't be read: {error}.") from None
        if manifest.format != FORMAT:
            raise BackupUnusable(f"The backup has format {manifest.format}.", hint="A newer server wrote it.")
        return manifest

    @property
    def blobs(self) -> list[str]:
        """The hashes of the large values and artifacts."""
        return [entry.sha256 for entry in self.files if entry.path.startswith(f"{BLOBS}/")]


def hash_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def link_or_copy(source: Path, target: Path) -> None:
    """The same content in another place; blobs never change, so one file may have two names."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(source, target)
