"""Requests about blobs, and the references to blobs in a value document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from spl.core.wire.base import Json, Request

HERE = "/blobs"
MEDIA_TYPE = "application/octet-stream"


def has(sha256: str, *, at: str = HERE) -> Request:
    return Request("HEAD", f"{at}/{sha256}")


def put(sha256: str, file: Path, *, at: str = HERE) -> Request:
    return Request("PUT", f"{at}/{sha256}", body=file, media_type=MEDIA_TYPE)


def fetch(sha256: str, into: Path, offset: int = 0, *, at: str = HERE) -> Request:
    return Request("GET", f"{at}/{sha256}", into=into, offset=offset)


def references(doc: Json) -> Iterator[dict[str, Json]]:
    """The blob references of a value document: `{"sha256", "size", "media_type"}` each."""
    waiting = [doc]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            blob = part.get("blob")
            if "$spl" in part and isinstance(blob, dict) and "sha256" in blob:
                yield blob
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
