"""Taking away what nobody needs: content without a row, uploads nobody went on with, bodies that never became whole.

Content is first forgotten in the database, then taken from the disk. In between somebody may bring it again: that puts
a young file in the old one's place, and a file that turns out to be young is put back.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import batched
from pathlib import Path

from daemon_server.blobs.cas import HASH, BlobStore
from daemon_server.blobs.store import BlobRows
from daemon_server.db.session import Session
from daemon_server.http.context import Server

# Whoever brought content, or paused an upload, has this long to refer to it or to go on.
KEEP_MS = 24 * 3_600_000
# What is a day old need not be gone to the minute.
EVERY_SECONDS = 3_600.0
# So many rows are deleted, and so many files asked about, in one unit of work: no other write waits long.
BATCH = 500


async def sweep(server: Server) -> int:
    """Take away what is due; how many files went."""
    before = server.clock.wall_ms() - KEEP_MS
    while await server.db.write(lambda session: BlobRows(session).forget_unused(before, BATCH), essential=True):
        pass
    await _give_up_uploads(server, before)
    await asyncio.to_thread(put_back, server.blobs)
    gone = await asyncio.to_thread(_unlink_old, server.blobs.incoming, before)
    for ids in batched(await asyncio.to_thread(_parts, server.blobs, before), BATCH, strict=False):
        known = await server.db.read(partial(_known_uploads, ids=ids))
        gone += await asyncio.to_thread(_unlink, [server.blobs.part(each) for each in ids if each not in known])
    for hashes in batched(await asyncio.to_thread(_contents, server.blobs, before), BATCH, strict=False):
        kept = await server.db.read(partial(_known_content, hashes=hashes))
        gone += await asyncio.to_thread(_take, server.blobs, [each for each in hashes if each not in kept], before)
    return gone


async def _give_up_uploads(server: Server, before: int) -> None:
    """Forget uploads that nobody has gone on with; one that is still growing is left alone, however old."""
    after = ""
    while True:
        ids = await server.db.read(partial(_begun, before=before, after=after))
        if not ids:
            return
        after = ids[-1]
        stale = await asyncio.to_thread(_resting, server.blobs, ids, before)
        await server.db.write(partial(_forget_uploads, ids=stale), essential=True)
        for upload_id in stale:
            server.blobs.parts.forget(upload_id)


def take_away(store: BlobStore, sha256: str, before: int) -> bool:
    """Take content from the disk that no row names, unless somebody brought it since; whether it went."""
    held = store.leaving / sha256
    try:
        store.path(sha256).rename(held)
    except FileNotFoundError:
        return False
    if _written_at(held) < before:
        held.unlink(missing_ok=True)
        return True
    _return(store, held)
    return False


def put_back(store: BlobStore) -> None:
    """What a sweep that was killed had in its hand goes back; the next one decides again."""
    for held in list(store.leaving.iterdir()):
        if HASH.fullmatch(held.name):
            _return(store, held)


def _return(store: BlobStore, held: Path) -> None:
    with suppress(FileExistsError):  # younger content has come meanwhile
        os.link(held, store.path(held.name))
    held.unlink(missing_ok=True)


def _take(store: BlobStore, hashes: list[str], before: int) -> int:
    return sum(take_away(store, sha256, before) for sha256 in hashes)


def _contents(store: BlobStore, before: int) -> list[str]:
    """The hashes of content that came before a moment."""
    return [
        path.name
        for first in _folders(store.root)
        for second in _folders(first)
        for path in second.iterdir()
        if HASH.fullmatch(path.name) and _written_at(path) < before
    ]


def _folders(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())


def _parts(store: BlobStore, before: int) -> list[str]:
    """The ids of uploads whose file was last written to before a moment."""
    return [path.stem for path in store.uploads.glob("*.part") if _written_at(path) < before]


def _resting(store: BlobStore, ids: list[str], before: int) -> list[str]:
    """Those of these uploads that have no file, or one that was last written to before a moment."""
    return [upload_id for upload_id in ids if _written_at(store.part(upload_id)) < before]


def _unlink_old(folder: Path, before: int) -> int:
    return _unlink([path for path in folder.iterdir() if _written_at(path) < before])


def _unlink(paths: list[Path]) -> int:
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)


def _written_at(path: Path) -> int:
    """When a file was last written to, in epoch milliseconds; 0 for one that is gone."""
    try:
        return path.lstat().st_mtime_ns // 1_000_000
    except FileNotFoundError:
        return 0


def _begun(session: Session, *, before: int, after: str) -> list[str]:
    return BlobRows(session).uploads_begun(before, after, BATCH)


def _forget_uploads(session: Session, *, ids: list[str]) -> None:
    BlobRows(session).forget_uploads(ids)


def _known_uploads(session: Session, *, ids: tuple[str, ...]) -> set[str]:
    return BlobRows(session).uploads_known(ids)


def _known_content(session: Session, *, hashes: tuple[str, ...]) -> set[str]:
    return set(BlobRows(session).known(hashes))
