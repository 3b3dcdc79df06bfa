"""The runtime as workers see it: a folder that holds `spl/runtime` and nothing else of SPLime."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import spl.runtime

SOURCES = "*.py"


def install(root: Path) -> Path:
    """Copy the runtime to `root/<hash>/spl/runtime`, once for each of its versions; the path of its command line."""
    source = Path(spl.runtime.__file__).parent
    files = sorted(path for path in source.rglob(SOURCES))
    folder = root / _hash(source, files)
    if not folder.is_dir():
        beside = root / f".{folder.name}.{os.getpid()}"
        shutil.rmtree(beside, ignore_errors=True)
        for file in files:
            target = beside / "spl" / "runtime" / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        beside.rename(folder)
    _sweep(root, folder)
    return folder / "spl" / "runtime" / "__main__.py"


def _hash(source: Path, files: list[Path]) -> str:
    hasher = hashlib.sha256()
    for file in files:
        hasher.update(f"{file.relative_to(source).as_posix()}\0".encode())
        hasher.update(file.read_bytes())
        hasher.update(b"\0")
    return hasher.hexdigest()[:16]


def _sweep(root: Path, current: Path) -> None:
    """Remove runtimes of earlier versions of the daemon; nothing of theirs is running any more."""
    for folder in root.iterdir():
        if folder.is_dir() and folder != current and (folder / "spl").is_dir():
            shutil.rmtree(folder, ignore_errors=True)
