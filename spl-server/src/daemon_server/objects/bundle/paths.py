"""File paths inside a bundle: relative, with `/`, the same on every system, and never outside. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


def problem_of(path: str) -> str | None:
    """Why no file may be there, or None."""
    if _FORBIDDEN.search(path):
        return "has a character that is not allowed in file names everywhere"
    if path.startswith("/"):
        return "is absolute"
    for part in path.split("/"):
        if part in ("", ".", ".."):
            return "has an empty part, `.` or `..`"
        if part[-1] in ". ":
            return "has a part that ends with a dot or a space"
        if _DEVICE.fullmatch(part):
            return "has a part that is a device on Windows"
    return None


def clash(paths: Iterable[str]) -> str | None:
    """A path that comes twice where case does not count, or that another one needs as a folder."""
    files: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        folded = path.casefold()
        parts = folded.split("/")
        above = {"/".join(parts[:count]) for count in range(1, len(parts))}
        if folded in files or folded in folders or above & files:
            return path
        files.add(folded)
        folders |= above
    return None
