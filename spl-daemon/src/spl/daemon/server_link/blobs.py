"""Large values and files between this machine and a server: brought before a run, taken back after it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from spl.core.errors import WrongHash
from spl.daemon.runs.folder import RunFolder
from spl.daemon.runs.origin import references
from spl.daemon.server_link.api import Refusal, json_object
from spl.daemon.server_link.exchange import Answer, Unreachable
from spl.daemon.server_link.line import Line
from spl.runtime.blobs import Blobs

# The largest piece a server takes at once; a broken one is sent again.
CHUNK_BYTES = 8 * 1024 * 1024
# A server that is busy with so many pieces of others gets a moment.
AGAIN_SECONDS = 1.0
MOST_TRIES = 8

OCTETS = "application/octet-stream"
# A document larger than this holds data, and its own blobs are read by whoever decodes it.
DOCUMENT_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Item:
    """A file that a server is to have before it hears of the end of a run."""

    name: str
    role: str
    path: Path
    size: int
    sha256: str
    media_type: str

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "size": self.size,
            "sha256": self.sha256,
            "media_type": self.media_type,
            "role": self.role,
        }


async def bring(line: Line, blobs: Blobs, run_id: str, document: Any) -> None:
    """Have the blobs that a document refers to in the store of this machine."""
    waiting = list(references(document))
    seen: set[str] = set()
    spoiled = 0
    while waiting:
        sha256 = waiting.pop()
        if sha256 in seen:
            continue
        seen.add(sha256)
        while not blobs.has(sha256):
            try:
                await _fetched(line, blobs, run_id, sha256)
            except Unreachable:
                await line.up.wait()
                await asyncio.sleep(AGAIN_SECONDS)
            except WrongHash:  # spoiled on the way, most likely; what is wrong at the server stays so
                spoiled += 1
                if spoiled > MOST_TRIES:
                    raise
                await asyncio.sleep(AGAIN_SECONDS)
        waiting += await asyncio.to_thread(inside, blobs, sha256)


def inside(blobs: Blobs, sha256: str) -> list[str]:
    """The blobs that a blob refers to: a document that was too large for its place is one, and may name others."""
    path = blobs.path(sha256)
    with path.open("rb") as file:
        if file.read(1) not in (b"{", b"[") or path.stat().st_size > DOCUMENT_BYTES:
            return []
        content = file.read()
    if b'"blob"' not in content:
        return []
    try:
        return list(references(json.loads(path.read_bytes())))
    except (ValueError, RecursionError):
        return []


async def _fetched(line: Line, blobs: Blobs, run_id: str, sha256: str) -> None:
    path = f"/remote-runs/{quote(run_id, safe='')}/blobs/{sha256}"
    headers = {"accept": OCTETS}
    async with line.api.exchange.stream("GET", path, token=line.api.token, headers=headers) as answer:
        if answer.status != 200:
            raise Refusal(Answer(answer.status, answer.headers, await answer.read()))
        temporary = Path(blobs.root) / "incoming"
        temporary.mkdir(parents=True, exist_ok=True)
        beside = temporary / hashlib.sha256(f"{run_id}{sha256}".encode()).hexdigest()[:32]
        hasher = hashlib.sha256()
        try:
            with beside.open("wb") as file:
                async for piece in answer.pieces():
                    hasher.update(piece)
                    await asyncio.to_thread(file.write, piece)
            if hasher.hexdigest() != sha256:
                raise WrongHash(f"The blob {sha256[:12]} came with other content than its name says.")

            def settle() -> None:
                def copy(target: BinaryIO) -> None:
                    with beside.open("rb") as source:
                        while data := source.read(CHUNK_BYTES):
                            target.write(data)

                blobs.put(copy, OCTETS)

            await asyncio.to_thread(settle)
        finally:
            beside.unlink(missing_ok=True)


def wanted(blobs: Blobs, folder: RunFolder, head: dict[str, Any]) -> list[Item]:
    """The files that go with the end of a run."""
    items = []
    for entry in head.get("artifacts") or ():
        path = folder.artifact(str(entry["name"]))
        if path is not None:
            media_type = str(entry.get("media_type") or mimetypes.guess_type(path.name)[0] or OCTETS)
            items.append(
                Item(str(entry["name"]), "artifact", path, int(entry["size"]), str(entry["sha256"]), media_type)
            )
    results = [sha256 for sha256 in head.get("result_blobs") or () if blobs.has(sha256)]
    return items + [Item(one, "result", blobs.path(one), blobs.size(one), one, OCTETS) for one in results]


async def upload(line: Line, run_id: str, fence: str, items: list[Item]) -> None:
    """Have these files on the server; whatever broke off before goes on where it was.

    Raises:
        Unreachable: the server is away; asked again, it goes on.
        Refusal: the server will not have them.
    """
    path = f"/remote-runs/{quote(run_id, safe='')}/artifacts"
    asked = {"fence": fence, "items": [item.to_json() for item in items]}
    answer = json_object(await line.api.request("POST", path, asked))
    for item, upload_id, offset in _missing(items, answer):
        await _uploaded(line, item, upload_id, offset)


def _missing(items: list[Item], answer: dict[str, Any]) -> list[tuple[Item, str, int]]:
    """The files that the server wants, each with its upload and how much of it is there."""
    by_name = {(item.role, item.name): item for item in items} | {("", item.name): item for item in items}
    found = []
    try:
        for said in answer["items"]:
            if said["status"] == "upload":
                item = by_name[said.get("role", ""), said["name"]]
                found.append((item, str(said["upload_id"]), int(said.get("offset") or 0)))
    except (KeyError, TypeError, ValueError) as error:
        raise Unreachable(f"the answer about the files of a run can't be read: {error!r}", sent=True) from error
    return found


async def _uploaded(line: Line, item: Item, upload_id: str, offset: int) -> None:
    tries = 0
    while offset < item.size:
        piece, digest = await asyncio.to_thread(_read, item.path, offset)
        headers = {
            "upload-offset": str(offset),
            "content-digest": f"sha-256=:{digest}:",
            "content-type": "application/partial-upload",
        }
        try:
            path = f"/uploads/{quote(upload_id, safe='')}"
            answer = await line.api.request("PATCH", path, body=piece, headers=headers)
            offset += len(piece)
            if answer.headers.get("upload-offset") != str(offset):
                raise Unreachable("the answer to a piece does not say how far the upload is", sent=True)
        except Refusal as error:
            tries += 1
            if tries > MOST_TRIES:
                raise
            if "upload-offset" in error.headers:
                offset = _offset(error, item)
            elif error.passing:
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                raise


def _offset(error: Refusal, item: Item) -> int:
    said = error.headers["upload-offset"]
    if not (said.isdecimal() and int(said) <= item.size):
        raise Unreachable(f"{said[:40]!r} is no place in {item.name}", sent=True)
    return int(said)


def _read(path: Path, offset: int) -> tuple[bytes, str]:
    """A piece of a file, and its digest; read and hashed beside the loop, where nobody waits for it."""
    with path.open("rb") as file:
        file.seek(offset)
        piece = file.read(CHUNK_BYTES)
    return piece, base64.b64encode(hashlib.sha256(piece).digest()).decode()


def all_results(blobs: Blobs, sha256s: Iterable[str]) -> list[str]:
    """These blobs of a result, and those that they refer to."""
    waiting, found = list(sha256s), dict[str, None]()
    while waiting:
        sha256 = waiting.pop(0)
        if sha256 not in found and blobs.has(sha256):
            found[sha256] = None
            waiting += inside(blobs, sha256)
    return list(found)


def head_of(body: str) -> dict[str, Any]:
    """What the body of an end says before its result: the part that names files."""
    cut = body.find(',"result":')
    found = json.loads(body[:cut] + "}" if cut > 0 else body)
    return found if isinstance(found, dict) else {}
