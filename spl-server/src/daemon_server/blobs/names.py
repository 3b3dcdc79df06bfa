"""What an artifact may be called, and how it is served. A name is data: no path is ever made of it."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 200
MOST_PARTS = 8
# Windows drops a dot or a space at the end of a name, so none may stand there.
_PART = re.compile(r"[A-Za-z0-9._\-](?:[A-Za-z0-9._ \-]*[A-Za-z0-9_\-])?")
# Names of devices, whatever extension follows; a download of one hangs or vanishes on Windows.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,99}/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}")
OCTETS = "application/octet-stream"
# What is sent under its own type: nothing in here runs in a browser, sandboxed as downloads are.
SERVED = frozenset(
    {
        "application/gzip", "application/json", "application/pdf", "application/vnd.apache.parquet",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/x-npy", "application/yaml",
        "application/zip", "image/gif", "image/jpeg", "image/png", "image/webp", "text/csv", "text/markdown",
        "text/plain", "text/tab-separated-values",
    }
)  # fmt: skip


def fault_of(name: str) -> str | None:
    """Why no artifact may have this name; None where it may."""
    if not 1 <= len(name) <= LONGEST_NAME:
        return f"has {len(name)} characters; 1 to {LONGEST_NAME} are possible"
    if unicodedata.normalize("NFC", name) != name:
        return "is not in Unicode's normal form C"
    parts = name.split("/")
    if len(parts) > MOST_PARTS:
        return f"has {len(parts)} parts; at most {MOST_PARTS} are possible"
    for part in parts:
        if part in ("", ".", ".."):
            return "has a part that is empty, . or .."
        if not _PART.fullmatch(part):
            return "has characters other than letters, digits, . _ - and spaces, or a dot or space at a part's end"
        if part.partition(".")[0].rstrip(" ").lower() in _DEVICES:
            return f"has the part {part!r}, which is a device on Windows"
    return None


def known_media_type(declared: str | None) -> str:
    """A media type as it may be kept: without parameters, and octets where it is none."""
    bare = (declared or "").partition(";")[0].strip().lower()
    return bare if _MEDIA_TYPE.fullmatch(bare) else OCTETS


def served_as(media_type: str) -> str:
    """The type a download is sent with: what might be taken for a page or a script goes as octets."""
    return media_type if media_type in SERVED else OCTETS
