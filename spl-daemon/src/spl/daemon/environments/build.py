"""One build on the disk.

environment-builds/
├── <spec-hash>/
│   ├── READY.json          written last: without it, or with one that can't be read, nothing here is used
│   ├── requirements.txt    what was asked for
│   ├── constraints.txt     versions to keep to
│   ├── build.log           the installer's words
│   └── venv/
├── .building-<id>/         a build under way; found at start, it was cut off
└── .retired-<id>/          a build on its way out
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spl.daemon.environments.spec import DependencySpec

READY = "READY.json"
REQUIREMENTS = "requirements.txt"
CONSTRAINTS = "constraints.txt"
LOG = "build.log"
VENV = "venv"

BUILDING = ".building-"
RETIRED = ".retired-"


@dataclass(frozen=True, slots=True)
class EnvBuild:
    """A venv that has what a spec asks for. Two builds of one spec differ in `built_at` (epoch milliseconds)."""

    spec_hash: str
    folder: Path
    python: Path
    built_at: int


def venv_python(venv: Path) -> Path:
    return venv / "Scripts" / "python.exe" if sys.platform == "win32" else venv / "bin" / "python"


def building_folder(builds: Path) -> Path:
    """A new place to build in, beside the finished ones so that a rename moves it among them."""
    folder = builds / f"{BUILDING}{secrets.token_hex(6)}"
    folder.mkdir(mode=0o700)
    return folder


def read_ready(folder: Path) -> EnvBuild | None:
    """The finished build in this folder; None where there is none, or none that can be relied on."""
    python = venv_python(folder / VENV)
    try:
        record = json.loads((folder / READY).read_bytes())
        build = EnvBuild(record["spec_hash"], folder, python, int(record["built_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return build if build.spec_hash == folder.name and python.exists() else None


def write_ready(folder: Path, spec: DependencySpec, *, built_at: int, duration_ms: int, installer: str) -> None:
    """Declare the build in `folder` complete; durable when this returns."""
    record: dict[str, Any] = {
        "spec_hash": spec.hash,
        "spec": spec.to_json(),
        "python": str(spec.python),
        "built_at": built_at,
        "duration_ms": duration_ms,
        "installer": installer,
        "distributions": distributions(folder),
    }
    with (folder / READY).open("w", encoding="utf-8") as file:
        json.dump(record, file, indent=2)
        file.flush()
        os.fsync(file.fileno())


def distributions(folder: Path) -> list[str]:
    """What is installed, as `name==version`, read off the names of the metadata folders."""
    found = (folder / VENV).glob(
        "Lib/site-packages/*.dist-info" if sys.platform == "win32" else "lib/python*/site-packages/*.dist-info"
    )
    return sorted("==".join(entry.name.removesuffix(".dist-info").rsplit("-", 1)) for entry in found)


def move_into_place(building: Path, final: Path) -> Path | None:
    """Put a finished build where its spec is looked for; what stood there before, on its way out."""
    retired = retire(final)
    building.rename(final)
    _sync_folder(final.parent)
    return retired


def retire(folder: Path) -> Path | None:
    """Take a build out of use at once; its files are for `sweep` to remove."""
    away = folder.with_name(f"{RETIRED}{secrets.token_hex(6)}")
    try:
        folder.rename(away)
    except FileNotFoundError:
        return None
    return away


def sweep(folder: Path) -> None:
    """Remove a folder with all that is in it, as far as that is possible."""
    shutil.rmtree(folder, ignore_errors=True)


def leftovers(builds: Path) -> list[Path]:
    """What a killed daemon left half-built or half-removed."""
    return [entry for entry in builds.iterdir() if entry.name.startswith((BUILDING, RETIRED))]


def own_bytes(folder: Path) -> int:
    """How much room removing `folder` would free: files shared with the installer's cache by hard links stay there."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                status = os.lstat(os.path.join(place, name))  # noqa: PTH118 - some ten thousand of them
            except OSError:
                continue
            if status.st_nlink == 1:
                total += status.st_size
    return total


def log_tail(folder: Path, size: int) -> str:
    """The end of the build's log."""
    try:
        with (folder / LOG).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - size))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
