"""Local files as modules of a bundle: their source, and the small data files of their packages."""

from __future__ import annotations

import ast
import io
import os
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

from spl.core.capture.imports import Import, imports_in
from spl.core.capture.origin import Located
from spl.core.capture.refusal import Reason, refusal, shown_path
from spl.core.capture.source import SourceText
from spl.core.entities.bundle import DataFile, Module, Origin

FILE_LIMIT = 1024 * 1024
"""A package's data files up to this size are taken along unasked: templates, word lists, small tables."""

FILES_LIMIT = 8 * 1024 * 1024
"""All of a package's data files together."""

_COOKIE = re.compile(r"^([ \t\f]*#.*?coding[:=][ \t]*)([-\w.]+)")
_NO_DATA = {".py", ".pyc", ".pyo", ".pyi", ".pyd", ".so", ".dll", ".dylib", ".pyx", ".c", ".cpp", ".h"}
_NO_FOLDERS = {"__pycache__", "node_modules"}


def embedded_module(located: Located) -> Module:
    """A local module's file as it stands, as UTF-8 text with `\\n` line ends.

    Raises:
        CaptureError: it is compiled, or not text.
    """
    file = located.file
    if file is None or file.suffix != ".py":
        raise refusal(
            Reason.COMPILED,
            f"The module {located.name!r} is {file.name if file else 'not a file'}, not Python source.",
            hint="Build and publish it as a package, and name it in requirements=[...].",
            name=located.name,
        )
    try:
        source = _decoded(file.read_bytes())
        ast.parse(source)
    except (SyntaxError, ValueError, LookupError) as error:
        raise refusal(
            Reason.NO_SOURCE,
            f"{shown_path(str(file))} can't be read as Python source: {error}.",
            hint="Correct the file.",
            name=located.name,
        ) from error
    stem = located.name.replace(".", "/")
    return Module(located.name, f"{stem}/__init__.py" if located.package else f"{stem}.py", source, Origin.FILE)


def _decoded(data: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    text = data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    if encoding in ("utf-8", "utf-8-sig"):
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines[:2]):
        lines[number] = _COOKIE.sub(r"\1utf-8", line)
    return "\n".join(lines)


def imports_of(module: Module) -> Iterator[Import]:
    """The imports of an embedded module, relative ones made absolute."""
    is_package = module.path.endswith("/__init__.py")
    package = module.name if is_package else module.name.rpartition(".")[0]
    yield from imports_in(ast.parse(module.source), package)


def stale(name: str, module: Module) -> bool:
    """Whether a function that is alive in this process can't come from the file as it is now."""
    loaded = sys.modules.get(name)
    if loaded is None or "@pytest_ar" in vars(loaded):
        return False
    text = SourceText(module.path, module.source)
    file = getattr(loaded, "__file__", None)
    own = [
        value.__code__
        for value in vars(loaded).values()
        if isinstance(value, FunctionType) and value.__globals__ is vars(loaded) and value.__code__.co_filename == file
    ]
    return any(not text.gives(code) for code in own)


def package_files(located: Located) -> tuple[list[DataFile], list[str]]:
    """A package's data files, and a sentence on each that is too large to be taken unasked."""
    assert located.file is not None
    folder = located.file.parent
    root = located.name.replace(".", "/")
    files, left_out, total = [], [], 0
    for path in _data_paths(folder):
        place = f"{root}/{path.relative_to(folder).as_posix()}"
        size = path.stat().st_size
        if size > FILE_LIMIT or total + size > FILES_LIMIT:
            left_out.append(f"{place} ({size} bytes) was left out: it is too large to be taken unasked.")
            continue
        total += size
        files.append(DataFile(place, path.read_bytes()))
    return files, left_out


def _data_paths(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _NO_FOLDERS
            and not name.endswith(".egg-info")
            and not any((Path(place) / name / mark).exists() for mark in ("__init__.py", "pyvenv.cfg"))
        )
        for name in sorted(names):
            if name != "py.typed" and not name.startswith(".") and Path(name).suffix.lower() not in _NO_DATA:
                yield Path(place) / name
