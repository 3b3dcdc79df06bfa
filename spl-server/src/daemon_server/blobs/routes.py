"""Content over HTTP: large arguments on their way in, what runs leave behind on its way in and out."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import anyio
from fastapi import Header, Path, Request, Response

from daemon_server.blobs import names, service
from daemon_server.blobs.limits import ArtifactTooLarge
from daemon_server.blobs.records import Item
from daemon_server.blobs.schemas import ArtifactPage, ArtifactView, BlobView
from daemon_server.blobs.streaming import ContentResponse, Span, pour, span_of
from daemon_server.db.session import Session
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule

router = Router(tags=["artifacts"])

Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="The hash of the content, in lower case.")]
RunId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,80}$")]
UploadId = Annotated[str, Path(pattern=r"^upl_[0-9A-Za-z]{20}$")]
ArtifactName = Annotated[str, Path(max_length=1_000)]
Offset = Annotated[int, Header(alias="Upload-Offset", ge=0, le=2**62)]
Digest = Annotated[str | None, Header(alias="Content-Digest", max_length=1_000)]
Range = Annotated[str | None, Header(max_length=200)]
IfRange = Annotated[str | None, Header(alias="If-Range", max_length=200)]

BRINGS = Rule(user="run:create", machine=True, execution=True, capability=True, body="blob_bytes")
ASKS = Rule(user="run:create", machine=True, execution=True, capability=True)
READS = Rule(user="run:read", machine=True, execution=True, capability=True)

# A download is a file to be saved: nothing in it is run, shown in the place of a page, or guessed at.
SANDBOX = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache",
    "Accept-Ranges": "bytes",
}


# --- content by hash --------------------------------------------------------------------------------------------------


@router.put("/blobs/{sha256}", rule=BRINGS, status_code=201, response_model=BlobView)
async def put_blob(sha256: Sha256, request: Request, principal: PrincipalDep, server: ServerDep) -> BlobView:
    """Bring content; it is kept only if it has the hash, and remembered as yours."""
    await asyncio.to_thread(server.blobs.check_room, announced_bytes(request))
    receiving = await asyncio.to_thread(server.blobs.receive)
    largest = server.settings.blob_bytes

    def write(data: bytearray) -> None:
        if receiving.size + len(data) > largest:
            raise ArtifactTooLarge(f"The body has more than {largest} bytes.")
        receiving.write(data)

    try:
        await pour(request.stream(), write)
        await asyncio.to_thread(receiving.keep, sha256)
    finally:
        with anyio.CancelScope(shield=True):
            await asyncio.to_thread(receiving.close)
    size = receiving.size
    await server.db.write(lambda session: service.brought(session, principal, sha256, size))
    return BlobView(sha256=sha256, size=size)


@router.head("/blobs/{sha256}", rule=ASKS)
async def has_blob(sha256: Sha256, principal: PrincipalDep, server: ServerDep) -> Response:
    """Whether you have brought this content; whoever asks is about to use it, so it is held for a while."""
    size = await server.db.write(lambda session: service.held_for(session, principal, sha256))
    return Response(headers={"Content-Length": str(size), "Cache-Control": "no-store"}, media_type=names.OCTETS)


@router.get("/remote-runs/{run_id}/blobs/{sha256}", rule=READS, response_class=Response)
async def get_blob(
    run_id: RunId,
    sha256: Sha256,
    principal: PrincipalDep,
    server: ServerDep,
    range: Range = None,
    if_range: IfRange = None,
) -> Response:
    """A large value of a run's arguments or result, whole or a range of it."""
    await server.db.read(lambda session: service.of_run(session, principal, server.run_gate, run_id, sha256))
    headers = {"Content-Disposition": f'attachment; filename="{sha256}"'}
    descriptor = await asyncio.to_thread(server.blobs.open, sha256)
    return _content(descriptor, sha256, names.OCTETS, headers, range, if_range)


# --- what runs leave behind -------------------------------------------------------------------------------------------


@router.get("/remote-runs/{run_id}/artifacts", rule=READS, response_model=ArtifactPage)
async def list_artifacts(run_id: RunId, principal: PrincipalDep, server: ServerDep) -> ArtifactPage:
    """What a run has left behind, by name."""
    gate = server.run_gate

    def read(session: Session) -> list[Item]:
        gate.readable(session, principal, run_id)
        return service.artifacts(session, run_id)

    items = [
        ArtifactView(name=item.name, size=item.size, sha256=item.sha256, media_type=item.media_type)
        for item in await server.db.read(read)
    ]
    return ArtifactPage(items=items, next=None)


@router.get("/remote-runs/{run_id}/artifacts/{name:path}", rule=READS, response_class=Response)
async def get_artifact(
    run_id: RunId,
    name: ArtifactName,
    principal: PrincipalDep,
    server: ServerDep,
    range: Range = None,
    if_range: IfRange = None,
) -> Response:
    """A file that a run has left behind, whole or a range of it."""
    gate = server.run_gate
    item = await server.db.read(lambda session: service.artifact(session, principal, gate, run_id, name))
    headers = {"Content-Disposition": f'attachment; filename="{item.name.rpartition("/")[2]}"'}
    descriptor = await asyncio.to_thread(server.blobs.open, item.sha256)
    return _content(descriptor, item.sha256, names.served_as(item.media_type), headers, range, if_range)


def _content(
    descriptor: int,
    sha256: str,
    media_type: str,
    headers: dict[str, str],
    range_header: str | None,
    if_range: str | None,
) -> Response:
    """The bytes behind a descriptor, which the answer closes. Content never changes, so its hash is its tag."""
    try:
        size = os.fstat(descriptor).st_size
        tag = f'"{sha256}"'
        span = span_of(range_header, size) if if_range in (None, tag) else None
    except BaseException:
        os.close(descriptor)
        raise
    sent = span or Span(0, size)
    headers = {**SANDBOX, **headers, "ETag": tag, "Content-Length": str(sent.length)}
    if span is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{size}"
    return ContentResponse(
        descriptor, sent, status_code=200 if span is None else 206, headers=headers, media_type=media_type
    )


def announced_bytes(request: Request) -> int:
    """How long the body says it is; 0 where it does not."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
