"""Code that comes to life as a notebook's does."""

from __future__ import annotations

import itertools
import linecache
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Cells = Callable[..., dict[str, Any]]
_numbers = itertools.count()


@pytest.fixture
def cells() -> Iterator[Cells]:
    """Run texts one after the other in one namespace; each keeps its own source, as a notebook's cells do."""
    added: list[str] = []

    def run(*sources: str, flags: int = 0) -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": "__main__"}
        for source in sources:
            filename = f"<python-input-test-{next(_numbers)}>"
            added.append(filename)
            linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
            exec(compile(source, filename, "exec", flags, dont_inherit=True), names)
        return names

    yield run
    for filename in added:
        linecache.cache.pop(filename, None)


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, str | bytes]], Path]]:
    """Write files into a folder that is on the path; modules imported from there are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def write(files: dict[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]
