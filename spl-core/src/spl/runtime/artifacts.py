"""The files a run leaves behind: everything below its `artifacts/`, and the figures and paths it returned.

An artifact's name is its path below that folder, in a form that is safe on every system and in a URL: at most 200
characters, at most eight parts of letters, digits, `.`, `_`, `-` and spaces. What can't be one is never left out in
silence: the run says which file, and why.
"""

from __future__ import annotations

import os
import re
import stat

from spl.runtime.context import ARTIFACTS
from spl.runtime.values.model import ArtifactRef

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    Figure = tuple[str, Callable[[Any, str], object]]

MAX_COUNT = 100  # of a run; more of them belong into one archive
MAX_SIZE = 2 * 1024**3  # bytes of one
MAX_TOTAL = 10 * 1024**3  # bytes of all
LONGEST_NAME = 200
MOST_PARTS = 8
PART = re.compile(r"[A-Za-z0-9._\-](?:[A-Za-z0-9._ \-]*[A-Za-z0-9_\-])?")  # Windows drops a dot or a space at the end
READ_SIZE = 1024 * 1024
FOLLOW_DEPTH = 3  # containers that `adopt` looks into: a pipeline's {alias: {"default": [figure]}}

MEDIA_TYPES = {  # by extension: the system's own table differs from machine to machine
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".npy": "application/x-npy",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zip": "application/zip",
}


class ArtifactRejected(ValueError):
    """Files that can't be artifacts.

    Attributes:
        problems: `(name, reason)` of each.
        accepted: the artifacts that are fine, as `collect` returns them.
    """

    def __init__(self, problems: list[tuple[str, str]], accepted: list[dict[str, Any]]) -> None:
        shown = "; ".join(f"{name[:LONGEST_NAME]!r} {reason}" for name, reason in problems[:10])
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        super().__init__(f"Rejected as artifacts: {shown}{more}.")
        self.problems = problems
        self.accepted = accepted


def check_name(name: str) -> None:
    """Raises ValueError where no artifact may have this name."""
    reason = _fault_of(name)
    if reason:
        raise ValueError(f"{name[:LONGEST_NAME]!r} can't be an artifact: it {reason}.")


def media_type_of(name: str) -> str:
    return MEDIA_TYPES.get(os.path.splitext(name)[1].lower(), "application/octet-stream")


def collect(
    folder: Path | str, *, max_count: int = MAX_COUNT, max_size: int = MAX_SIZE, max_total: int = MAX_TOTAL
) -> list[dict[str, Any]]:
    """Every file below `folder/artifacts` as `{"name", "size", "sha256", "media_type"}`, sorted by name.

    Raises ArtifactRejected where a file is too large, has no safe name, or is no file (links are not followed).
    """
    accepted: list[dict[str, Any]] = []
    problems: list[tuple[str, str]] = []
    total = 0
    for name, entry in _files(os.path.join(folder, ARTIFACTS), ""):
        try:
            reason, size = _fault_of_entry(name, entry, max_size)
            if reason is None and len(accepted) >= max_count:
                reason = f"is one too many: a run has at most {max_count}"
            if reason is None and total + size > max_total:
                reason = f"is too much: the artifacts of a run have at most {max_total} bytes"
            if reason is None:
                accepted.append(_describe(name, entry.path))
                total += size
        except OSError as error:
            reason = f"can't be read ({error.strerror})"
        if reason is not None:
            problems.append((name, reason))
        if len(problems) >= max_count:
            break
    if problems:
        raise ArtifactRejected(problems, accepted)
    return accepted


def adopt(value: Any, folder: Path | str) -> Any:
    """The value with figures and paths replaced by ArtifactRefs, the figures saved below `folder/artifacts`.

    Taken are matplotlib and plotly figures, and paths of files inside the folder; also inside dicts, lists and tuples,
    a few levels deep. Any other path stays a path.
    """
    return _Adoption(folder).of(value, "figure", FOLLOW_DEPTH)


class _Adoption:
    def __init__(self, folder: Path | str) -> None:
        self._folder = folder
        self._real = ""
        self.figures: dict[type, Figure | None] = {}

    @property
    def folder(self) -> str:
        """Asked of the system when it is first needed: most results have neither figures nor paths."""
        self._real = self._real or os.path.realpath(self._folder)
        return self._real

    @property
    def artifacts(self) -> str:
        return os.path.join(self.folder, ARTIFACTS)

    def of(self, value: Any, label: str, depth: int) -> Any:
        kind = type(value)
        if kind in CONTAINERS:
            return self.container(kind, value, label, depth) if depth > 0 else value
        if _is_path(kind):
            return self.path(value)
        figure = self.figure(kind)
        if figure is None:
            return value
        extension, save = figure
        name = self.free_name(label, extension)
        os.makedirs(self.artifacts, exist_ok=True)
        save(value, os.path.join(self.artifacts, name))
        return ArtifactRef(name)

    def container(self, kind: type, value: Any, label: str, depth: int) -> Any:
        """The container itself where nothing in it is to be replaced, else a new one."""
        kinds = set(map(type, value.values() if kind is dict else value))  # a million numbers are a single type
        if not any(item in CONTAINERS or _is_path(item) or self.figure(item) for item in kinds):
            return value
        if kind is dict:
            after: Any = {key: self.of(item, _label(key, label), depth - 1) for key, item in value.items()}
            return after if any(after[key] is not item for key, item in value.items()) else value
        after = [self.of(item, label, depth - 1) for item in value]
        return kind(after) if any(after[index] is not item for index, item in enumerate(value)) else value

    def figure(self, kind: type) -> Figure | None:
        if kind not in self.figures:
            names = (f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__)
            self.figures[kind] = next((FIGURES[name] for name in names if name in FIGURES), None)
        return self.figures[kind]

    def path(self, value: Path) -> Any:
        real = os.path.realpath(value)
        if not os.path.isfile(real) or not _is_below(real, self.folder):
            return value
        if _is_below(real, self.artifacts):
            return ArtifactRef(os.path.relpath(real, self.artifacts).replace(os.sep, "/"))
        name = self.free_name(*os.path.splitext(os.path.basename(real)))
        os.makedirs(self.artifacts, exist_ok=True)
        _copy(real, os.path.join(self.artifacts, name))
        return ArtifactRef(name)

    def free_name(self, label: str, extension: str) -> str:
        number, name = 1, label + extension
        while os.path.lexists(os.path.join(self.artifacts, name)):
            number += 1
            name = f"{label}-{number}{extension}"
        return name


def _label(key: object, default: str) -> str:
    return key if isinstance(key, str) and PART.fullmatch(key) and key != "default" and len(key) < 100 else default


def _is_path(kind: type) -> bool:
    return kind.__name__ in ("PosixPath", "WindowsPath") and kind.__module__.partition(".")[0] == "pathlib"


def _save_matplotlib(figure: Any, path: str) -> None:
    figure.savefig(path, bbox_inches="tight")


def _save_axes(axes: Any, path: str) -> None:
    _save_matplotlib(axes.figure, path)


def _save_plotly(figure: Any, path: str) -> None:
    figure.write_html(path)


CONTAINERS = (dict, list, tuple)

FIGURES: dict[str, Figure] = {  # known by their class's name: what was never imported has no figures
    "matplotlib.figure.Figure": (".png", _save_matplotlib),
    "matplotlib.axes._base._AxesBase": (".png", _save_axes),
    "seaborn.axisgrid._BaseGrid": (".png", _save_axes),
    "plotly.basedatatypes.BaseFigure": (".html", _save_plotly),
}


def _files(folder: str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below that is not a folder. Folders deeper than a name may have parts are named themselves."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in found:
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False) and name.count("/") < MOST_PARTS:
            yield from _files(entry.path, name + "/")
        else:
            yield name, entry


def _fault_of(name: str) -> str | None:
    parts = name.split("/")
    if len(name) > LONGEST_NAME:
        return f"has a name longer than {LONGEST_NAME} characters"
    if len(parts) > MOST_PARTS:
        return f"is more than {MOST_PARTS} folders deep"
    if any(part in (".", "..") or PART.fullmatch(part) is None for part in parts):
        return "has a name with other than letters, digits, `.`, `_`, `-` and spaces"
    return None


def _fault_of_entry(name: str, entry: os.DirEntry[str], max_size: int) -> tuple[str | None, int]:
    status = entry.stat(follow_symlinks=False)
    reason = _fault_of(name)
    if reason is None and stat.S_ISLNK(status.st_mode):
        reason = "is a link, and links are not followed"
    if reason is None and not stat.S_ISREG(status.st_mode):
        reason = "is not a regular file"
    if reason is None and status.st_size > max_size:
        reason = f"has {status.st_size} bytes, and an artifact has at most {max_size}"
    return reason, status.st_size


def _describe(name: str, path: str) -> dict[str, Any]:
    """Hash the file through one handle, which can't be swapped for a link meanwhile."""
    import hashlib

    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    hasher, size = hashlib.sha256(), 0
    with open(os.open(path, flags), "rb") as file:
        while chunk := file.read(READ_SIZE):
            hasher.update(chunk)
            size += len(chunk)
    return {"name": name, "size": size, "sha256": hasher.hexdigest(), "media_type": media_type_of(name)}


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder + os.sep)


def _copy(source: str, target: str) -> None:
    try:
        os.link(source, target)  # no second copy of a large file
    except OSError:
        with open(source, "rb") as old, open(target, "xb") as new:
            while chunk := old.read(READ_SIZE):
                new.write(chunk)
