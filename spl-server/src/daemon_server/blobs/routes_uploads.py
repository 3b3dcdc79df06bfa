"""What an attempt leaves behind, on its way in: announced, then sent in pieces that may be taken up again."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from typing import Annotated

import anyio
from fastapi import Header, Path, Request, Response

from daemon_server.blobs import names, service
from daemon_server.blobs.cas import EMPTY
from daemon_server.blobs.files import WrongHash
from daemon_server.blobs.limits import Limits
from daemon_server.blobs.parts import Piece
from daemon_server.blobs.records import Item, Upload, Wanted
from daemon_server.blobs.routes import RunId, announced_bytes
from daemon_server.blobs.schemas import Announcement, ItemWanted, Wants
from daemon_server.blobs.streaming import pour
from daemon_server.http.context import Server
from daemon_server.http.dependencies import PrincipalDep, ServerDep
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Invalid
from daemon_server.http.routing import Router
from daemon_server.http.rules import Rule

router = Router(tags=["artifacts"])

UploadId = Annotated[str, Path(pattern=r"^upl_[0-9A-Za-z]{20}$")]
Offset = Annotated[int, Header(alias="Upload-Offset", ge=0, le=2**62)]
Digest = Annotated[str | None, Header(alias="Content-Digest", max_length=1_000)]

LEAVES = Rule(machine="machine:sync")

_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?:,|$)")


class WrongContentDigest(Invalid):
    """Content-Digest is of the form `sha-256=:base64:`."""

    code = "invalid_digest"
    hint = "RFC 9530 has it; without the header, only the whole is checked."


@router.post("/remote-runs/{run_id}/artifacts", rule=LEAVES, response_model=Wants)
async def announce_artifacts(run_id: RunId, body: Announcement, principal: PrincipalDep, server: ServerDep) -> Wants:
    """Tell what an attempt leaves behind, and learn what of it is to be uploaded. Told again, the answer goes on."""
    items = [
        Item(item.name, item.size, item.sha256, names.known_media_type(item.media_type), item.role)
        for item in body.items
    ]
    settings = server.settings
    limits = Limits(item=settings.blob_bytes, run=settings.run_artifact_bytes, count=settings.max_artifacts)
    limits.check(items)
    await asyncio.to_thread(server.blobs.check_room, sum(item.size for item in items))
    if any(item.sha256 == EMPTY for item in items):
        await asyncio.to_thread(server.blobs.have_empty)
    wanted = await server.db.write(
        lambda session: service.announce(
            session,
            principal,
            server.run_gate,
            run_id,
            int(body.fence),
            items,
            limits=limits,
            has=server.blobs.has,
        )
    )
    return Wants(items=[_wanted(each) for each in wanted])


@router.head("/uploads/{upload_id}", rule=LEAVES)
async def show_upload(upload_id: UploadId, principal: PrincipalDep, server: ServerDep) -> Response:
    """How much of an upload is here, in `Upload-Offset`."""
    gate = server.run_gate
    upload = await server.db.read(lambda session: service.upload(session, principal, gate, upload_id))
    return Response(headers=_progress(upload, upload.offset), media_type=names.OCTETS)


@router.patch("/uploads/{upload_id}", rule=Rule(machine="machine:sync", body="chunk_bytes"), status_code=204)
async def upload_piece(
    upload_id: UploadId,
    request: Request,
    principal: PrincipalDep,
    server: ServerDep,
    offset: Offset,
    digest: Digest = None,
) -> Response:
    """Send the next piece of a file. It is here as a whole, and on the disk, or not at all."""
    expected = _digest(digest)
    gate = server.run_gate
    upload = await server.db.read(lambda session: service.upload(session, principal, gate, upload_id))
    if upload.completed_at is not None:
        if offset != upload.size or announced_bytes(request):
            raise service.UploadOffset("The upload is complete.", offset=upload.size)
        return Response(status_code=204, headers=_progress(upload, upload.size))
    piece = await asyncio.to_thread(server.blobs.parts.begin, upload_id, offset)
    try:
        # Now that no other piece can arrive, the offset stands.
        upload = await server.db.read(lambda session: service.upload(session, principal, gate, upload_id))
        if offset != upload.offset:
            raise service.UploadOffset(f"The upload goes on at {upload.offset}.", offset=upload.offset)
        if piece.missing:
            await server.db.write(lambda session: service.advance(session, principal, gate, upload_id, 0))
            raise service.UploadOffset("What was here is lost.", offset=0)
        room = min(upload.size - offset, server.settings.chunk_bytes)
        if announced_bytes(request) > room:
            raise service.UploadTooLong(f"At most {room} bytes can come now.", offset=offset, size=upload.size)

        def write(data: bytearray) -> None:
            if piece.offset + len(data) - offset > room:
                raise service.UploadTooLong(f"At most {room} bytes can come now.", offset=offset, size=upload.size)
            piece.write(data, digest=expected is not None)

        await pour(request.stream(), write)
        await asyncio.to_thread(piece.settle, expected)
        await _arrived(server, principal, upload, piece)
        return Response(status_code=204, headers=_progress(upload, piece.offset))
    finally:
        with anyio.CancelScope(shield=True):
            await asyncio.to_thread(piece.close)


async def _arrived(server: Server, principal: Principal, upload: Upload, piece: Piece) -> None:
    """Record how far an upload has come; once it is whole, that the run has the file."""
    gate = server.run_gate
    if piece.offset < upload.size:
        offset = piece.offset
        await server.db.write(lambda session: service.advance(session, principal, gate, upload.id, offset))
        return
    try:
        await asyncio.to_thread(piece.finish, upload.sha256)
    except WrongHash:
        await server.db.write(lambda session: service.advance(session, principal, gate, upload.id, 0))
        raise
    await server.db.write(lambda session: service.complete(session, principal, gate, upload.id))


def _wanted(wanted: Wanted) -> ItemWanted:
    item, upload = wanted.item, wanted.upload
    return ItemWanted(
        name=item.name,
        role=item.role,
        status="exists" if upload is None else "upload",
        upload_id=None if upload is None else upload.id,
        offset=item.size if upload is None else upload.offset,
    )


def _progress(upload: Upload, offset: int) -> dict[str, str]:
    return {
        "Upload-Offset": str(offset),
        "Upload-Length": str(upload.size),
        "Upload-Complete": "?1" if offset == upload.size else "?0",
        "Cache-Control": "no-store",
    }


def _digest(header: str | None) -> bytes | None:
    """The SHA-256 that a piece was sent with.

    Raises:
        WrongContentDigest
    """
    if header is None:
        return None
    match = _DIGEST.search(header)
    if match is None:
        raise WrongContentDigest
    try:
        return base64.b64decode(match[1], validate=True)
    except binascii.Error:
        raise WrongContentDigest from None
