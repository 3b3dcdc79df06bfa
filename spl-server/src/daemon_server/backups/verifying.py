"""Checks that a backup is whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from daemon_server.backups.manifest import SQLITE, Manifest, hash_of
from daemon_server.db.upgrade import HEAD

FINDINGS_TOLD = 50


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: nothing, in a good backup."""

    manifest: Manifest
    findings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


def verify(folder: Path) -> Checked:
    """Compare every file with the manifest, the database with itself, and its rows with the blobs.

    Raises:
        BackupUnusable: it has no manifest that could be read.
    """
    manifest = Manifest.read(folder)
    findings = [finding for entry in manifest.files if (finding := _file(folder, entry.path, entry.size, entry.sha256))]
    if manifest.schema != HEAD:
        findings.append(f"its tables are those of {manifest.schema}, and this server's are {HEAD}")
    if manifest.database == "sqlite" and not findings:
        findings += _database(folder / SQLITE, set(manifest.blobs))
    return Checked(manifest, tuple(findings[:FINDINGS_TOLD]))


def _file(folder: Path, name: str, size: int, sha256: str) -> str | None:
    path = folder / name
    if not path.is_file():
        return f"{name} is missing"
    if path.stat().st_size != size:
        return f"{name} has {path.stat().st_size:,} bytes instead of {size:,}"
    if hash_of(path) != sha256:
        return f"{name} is not what was saved: its hash differs"
    return None


def _database(path: Path, blobs: set[str]) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
        if found != ["ok"]:
            return [f"the database is damaged: {line}" for line in found]
        named = {row[0] for row in connection.execute("SELECT sha256 FROM blobs")}
    return [f"blob {sha256} is missing" for sha256 in sorted(named - blobs)]
