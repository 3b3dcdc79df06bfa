"""Large arguments on their way to a server: the blobs that a call's documents refer to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from spl.daemon.server_link.api import Refusal
from spl.daemon.server_link.line import Line
from spl.runtime.blobs import Blobs

# As long as pieces of a blob keep going, it takes as long as it takes.
BLOB_SECONDS = 300.0
PIECE_BYTES = 1024 * 1024
JSON = "application/json"


async def send_blobs(line: Line, blobs: Blobs, document: object) -> None:
    """Have the blobs of the arguments on the server.

    Raises:
        Unreachable, Refusal
        FileNotFoundError: one of them is not here any more.
    """
    for reference in await asyncio.to_thread(lambda: list(every_blob(document, blobs))):
        sha256 = str(reference["sha256"])
        try:
            await line.api.request("HEAD", f"/blobs/{sha256}")
            continue
        except Refusal as error:
            if error.status != 404:
                raise
        headers = {"content-length": str(blobs.size(sha256)), "content-type": "application/octet-stream"}
        pieces = _pieces(blobs.path(sha256))
        await line.api.request("PUT", f"/blobs/{sha256}", body=pieces, headers=headers, seconds=BLOB_SECONDS)


def every_blob(document: object, blobs: Blobs, *, missing: bool = False) -> Iterator[dict[str, object]]:
    """The blobs that a document refers to, and those that such a blob does. With `missing` some may not be here."""
    seen: set[str] = set()
    waiting: list[object] = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            blob = part.get("blob")
            waiting += part.values()
            if "$spl" not in part or not isinstance(blob, dict) or str(blob.get("sha256")) in seen:
                continue
            seen.add(str(blob["sha256"]))
            yield blob
            if blob.get("media_type") == JSON and not (missing and not blobs.has(blob["sha256"])):
                waiting.append(json.loads(blobs.path(blob["sha256"]).read_bytes()))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece
