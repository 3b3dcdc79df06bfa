"""Large values over HTTP, by the hash of their content."""

from __future__ import annotations

import asyncio
import os
import queue
from typing import Annotated, Any, BinaryIO

from fastapi import Path, Request, Response
from starlette.responses import FileResponse

from spl.core.errors import BlobNotFound, WrongHash
from spl.daemon.http.dependencies import DaemonDep
from spl.daemon.http.routing import Router
from spl.daemon.runs.schemas import BlobView
from spl.runtime.blobs import Blobs

router = Router(tags=["blobs"])

Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="The hash of the content, in lower case.")]

MEDIA_TYPE = "application/octet-stream"

# What arrives is handed over in pieces of this size, so that the thread that writes is woken seldom; so many may wait.
PIECE_BYTES = 1024 * 1024
PIECES_AHEAD = 4


@router.put("/blobs/{sha256}", status_code=201, response_model=BlobView)
async def put_blob(sha256: Sha256, request: Request, daemon: DaemonDep) -> dict[str, Any]:
    """Store a blob; it is kept only if its content has the hash."""
    pieces: queue.Queue[bytes | None] = queue.Queue(PIECES_AHEAD)
    writing = asyncio.create_task(asyncio.to_thread(_write, daemon.runs.blobs, sha256, pieces))
    try:
        await _pass_on(request, pieces, writing)
    except BaseException:
        await _put(pieces, None, writing)
        await asyncio.gather(writing, return_exceptions=True)
        raise
    return {"sha256": sha256, "size": await writing}


@router.get("/blobs/{sha256}", response_class=FileResponse)
async def get_blob(sha256: Sha256, daemon: DaemonDep) -> FileResponse:
    """The content, whole or in ranges."""
    return FileResponse(_known(daemon.runs.blobs, sha256), media_type=MEDIA_TYPE, filename=sha256)


@router.head("/blobs/{sha256}")
async def has_blob(sha256: Sha256, daemon: DaemonDep) -> Response:
    """Whether the blob is here; whoever asks is about to use it, so it is kept as if it had just come."""
    path = _known(daemon.runs.blobs, sha256)
    os.utime(path)
    return Response(headers={"Content-Length": str(os.stat(path).st_size)}, media_type=MEDIA_TYPE)  # noqa: PTH116


def _known(blobs: Blobs, sha256: str) -> str:
    if not blobs.has(sha256):
        raise BlobNotFound(f"There is no blob {sha256[:12]}… here.")
    return os.fspath(blobs.path(sha256))


async def _pass_on(request: Request, pieces: queue.Queue[bytes | None], writing: asyncio.Task[int]) -> None:
    buffer = bytearray()
    async for chunk in request.stream():
        buffer += chunk
        if len(buffer) >= PIECE_BYTES:
            await _put(pieces, bytes(buffer), writing)
            buffer.clear()
    if buffer:
        await _put(pieces, bytes(buffer), writing)
    await _put(pieces, b"", writing)


async def _put(pieces: queue.Queue[bytes | None], piece: bytes | None, writing: asyncio.Task[int]) -> None:
    """Hand over a piece, unless nobody takes pieces any more."""
    while not writing.done():
        try:
            pieces.put_nowait(piece)
            return
        except queue.Full:
            await asyncio.sleep(0.001)  # the disk is slower than the sender


def _write(blobs: Blobs, sha256: str, pieces: queue.Queue[bytes | None]) -> int:
    """Store the pieces up to the empty one; nothing is kept where the sender gives up or the hash is another."""

    def write(file: BinaryIO) -> None:
        while piece := pieces.get():
            file.write(piece)
        if piece is None:
            raise WrongHash("The body ended before it was whole.")
        found = file.sha256()  # type: ignore[attr-defined]  # it is a HashingFile
        if found != sha256:
            raise WrongHash(f"The body has the hash {found}, and was sent as {sha256}.")

    return blobs.put(write, MEDIA_TYPE).size
