"""Arguments that were too large for a request came as blobs of JSON, and such a blob may refer to further ones."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from daemon_server.blobs.cas import BlobNotFound, BlobStore

# A larger one is no document that somebody passes as an argument; what it refers to is not looked for.
LARGEST_DOCUMENT: Final = 64 * 1024 * 1024
DOCUMENT: Final = "application/json"


def references(document: Any) -> Iterator[tuple[str, str]]:
    """The hash and the media type of each blob that a document refers to."""
    if isinstance(document, Mapping):
        blob = document.get("blob") if "$spl" in document else None
        if isinstance(blob, Mapping) and isinstance(found := blob.get("sha256"), str):
            yield found, str(blob.get("media_type"))
        for value in document.values():
            yield from references(value)
    elif isinstance(document, list):
        for value in document:
            yield from references(value)


async def hashes_of(blobs: BlobStore, documents: Sequence[Any]) -> frozenset[str]:
    """Every blob that the documents refer to, also from inside other blobs."""
    direct = [found for document in documents for found in references(document)]
    if not any(media_type == DOCUMENT for _, media_type in direct):
        return frozenset(sha256 for sha256, _ in direct)
    return await asyncio.to_thread(_followed, blobs, direct)


def _followed(blobs: BlobStore, direct: list[tuple[str, str]]) -> frozenset[str]:
    seen: set[str] = set()
    left = list(direct)
    while left:
        sha256, media_type = left.pop()
        if sha256 in seen:
            continue
        seen.add(sha256)
        if media_type == DOCUMENT:
            left += references(_opened(blobs, sha256))
    return frozenset(seen)


def _opened(blobs: BlobStore, sha256: str) -> Any:
    """The document in a blob; None where there is none. Whether the caller may use it is asked of all of them later."""
    if len(sha256) != 64 or not sha256.isalnum():
        return None
    try:
        with os.fdopen(blobs.open(sha256), "rb") as file:
            if os.fstat(file.fileno()).st_size > LARGEST_DOCUMENT:
                return None
            return json.load(file)
    except (OSError, BlobNotFound, ValueError, RecursionError):
        return None
