"""Content on the disk is whole or not there, whatever lies in its way."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

import pytest

from daemon_server.blobs.cas import BlobNotFound, BlobStore
from daemon_server.blobs.files import StorageFull, WrongHash
from daemon_server.blobs.parts import UploadBusy, WrongDigest
from daemon_server.blobs.sweeping import put_back, take_away

from .conftest import files_below, sha256

CONTENT = b"some content" * 1000
HASH = sha256(CONTENT)


def keep(store: BlobStore, data: bytes, name: str | None = None) -> str:
    receiving = store.receive()
    try:
        receiving.write(data)
        receiving.keep(name or sha256(data))
    finally:
        receiving.close()
    return sha256(data)


def read(store: BlobStore, name: str) -> bytes:
    with os.fdopen(store.open(name), "rb") as file:
        return file.read()


def test_content_is_read_back_by_its_hash_and_private(store: BlobStore) -> None:
    keep(store, CONTENT)

    assert read(store, HASH) == CONTENT
    assert files_below(store.root) == [f"{HASH[:2]}/{HASH[2:4]}/{HASH}"]
    assert files_below(store.uploads) == []
    assert stat.S_IMODE(store.path(HASH).stat().st_mode) == 0o600


def test_content_with_another_hash_leaves_nothing(store: BlobStore) -> None:
    with pytest.raises(WrongHash):
        keep(store, CONTENT, "0" * 64)

    assert files_below(store.root) == []
    assert files_below(store.uploads) == []


@pytest.mark.parametrize("name", ["..", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65, "", "a" * 63 + "/"])
def test_what_is_no_hash_is_no_path(store: BlobStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a hash"):
        store.path(name)


def test_a_link_in_the_place_of_content_is_not_followed(store: BlobStore, tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    store.path(HASH).parent.mkdir(parents=True)
    store.path(HASH).symlink_to(secret)

    assert not store.has(HASH)
    with pytest.raises(BlobNotFound):
        store.open(HASH)
    keep(store, CONTENT)
    assert read(store, HASH) == CONTENT
    assert secret.read_text() == "secret"


def test_a_link_in_the_place_of_an_upload_is_not_written_through(store: BlobStore, tmp_path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("whole")
    store.part("upl_x").symlink_to(victim)

    with pytest.raises(OSError) as refused:
        store.parts.begin("upl_x", 0)

    assert refused.value.errno == errno.ELOOP
    assert victim.read_text() == "whole"


def test_a_folder_in_the_place_of_content_is_no_content(store: BlobStore) -> None:
    store.path(HASH).mkdir(parents=True)

    with pytest.raises(BlobNotFound):
        store.open(HASH)


def test_an_open_descriptor_reads_on_when_the_content_is_taken_away(store: BlobStore) -> None:
    keep(store, CONTENT)
    descriptor = store.open(HASH)
    store.path(HASH).unlink()

    with os.fdopen(descriptor, "rb") as file:
        assert file.read() == CONTENT


def test_a_disk_without_room_is_told_of(tmp_path) -> None:
    store = BlobStore(tmp_path / "blobs", tmp_path / "uploads", spare_bytes=0)
    free = os.statvfs(tmp_path)

    store.check_room(1)
    with pytest.raises(StorageFull):
        store.check_room(free.f_frsize * free.f_blocks)


def test_a_disk_that_fills_up_under_a_body_is_told_of_and_nothing_is_left(store: BlobStore, monkeypatch) -> None:
    receiving = store.receive()

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageFull):
        receiving.write(CONTENT)
    receiving.close()

    assert files_below(store.uploads) == []


# --- resumable uploads ---


def append(store: BlobStore, upload: str, offset: int, data: bytes, *, digest: bytes | None = None) -> int:
    piece = store.parts.begin(upload, offset)
    try:
        piece.write(data, digest=digest is not None)
        piece.settle(digest)
        return piece.offset
    finally:
        piece.close()


def finish(store: BlobStore, upload: str, offset: int, name: str) -> None:
    piece = store.parts.begin(upload, offset)
    try:
        piece.finish(name)
    finally:
        piece.close()


@pytest.fixture(params=["same process", "restarted"])
def later(request: pytest.FixtureRequest, store: BlobStore) -> Iterator[BlobStore]:
    """The store as a later piece finds it: with what is remembered in memory, or with the disk alone."""
    yield store if request.param == "same process" else BlobStore(store.root, store.uploads)


def test_pieces_become_content(store: BlobStore, later: BlobStore) -> None:
    offset = append(store, "upl_x", 0, CONTENT[:5000])
    offset = append(later, "upl_x", offset, CONTENT[5000:])
    finish(later, "upl_x", offset, HASH)

    assert read(later, HASH) == CONTENT
    assert files_below(store.uploads) == []


def test_bytes_behind_the_known_offset_are_written_over(store: BlobStore, later: BlobStore) -> None:
    append(store, "upl_x", 0, CONTENT[:5000])
    append(store, "upl_x", 5000, b"from a server that was killed before it recorded them")

    offset = append(later, "upl_x", 5000, CONTENT[5000:5001])
    assert store.part("upl_x").stat().st_size == 5001
    finish(later, "upl_x", append(later, "upl_x", offset, CONTENT[5001:]), HASH)

    assert read(later, HASH) == CONTENT


def test_a_piece_with_another_digest_does_not_count(store: BlobStore) -> None:
    append(store, "upl_x", 0, CONTENT[:5000])
    with pytest.raises(WrongDigest):
        append(store, "upl_x", 5000, b"damaged on its way", digest=bytes(32))

    finish(store, "upl_x", append(store, "upl_x", 5000, CONTENT[5000:]), HASH)

    assert read(store, HASH) == CONTENT


def test_a_whole_with_another_hash_is_not_kept(store: BlobStore) -> None:
    with pytest.raises(WrongHash):
        finish(store, "upl_x", append(store, "upl_x", 0, CONTENT + b"!"), HASH)

    assert files_below(store.root) == []
    assert files_below(store.uploads) == []


def test_one_piece_arrives_at_a_time_here_and_at_a_server_beside(store: BlobStore) -> None:
    piece = store.parts.begin("upl_x", 0)
    beside = BlobStore(store.root, store.uploads)

    for other in (store, beside):
        with pytest.raises(UploadBusy):
            other.parts.begin("upl_x", 0)
    piece.close()
    for other in (beside, store):
        other.parts.begin("upl_x", 0).close()


def test_bytes_that_are_gone_from_the_disk_are_noticed(store: BlobStore) -> None:
    append(store, "upl_x", 0, CONTENT)
    store.part("upl_x").unlink()

    piece = store.parts.begin("upl_x", len(CONTENT))
    assert piece.missing
    piece.close()


# --- taking away ---


def test_old_content_is_taken_away_and_young_content_put_back(store: BlobStore) -> None:
    keep(store, CONTENT)
    os.utime(store.path(HASH), (1, 1))

    assert take_away(store, HASH, before=2_000)
    assert not store.has(HASH)

    keep(store, CONTENT)
    assert not take_away(store, HASH, before=2_000)
    assert read(store, HASH) == CONTENT
    assert files_below(store.leaving) == []


def test_content_that_is_brought_again_while_it_is_taken_away_stays(store: BlobStore, monkeypatch) -> None:
    """The sweeper decided on the old file; by the time it takes it, a new one lies there."""
    keep(store, CONTENT)
    os.utime(store.path(HASH), (1, 1))
    decided = store.path(HASH).stat().st_mtime < 2
    keep(store, CONTENT)

    assert decided
    assert not take_away(store, HASH, before=2_000)
    assert read(store, HASH) == CONTENT


def test_content_is_readable_while_the_sweeper_has_it_in_its_hand(store: BlobStore) -> None:
    keep(store, CONTENT)
    store.path(HASH).rename(store.leaving / HASH)

    assert store.has(HASH)
    assert read(store, HASH) == CONTENT


def test_what_a_killed_sweep_had_in_its_hand_goes_back(store: BlobStore) -> None:
    keep(store, CONTENT)
    store.path(HASH).rename(store.leaving / HASH)

    put_back(store)

    assert read(store, HASH) == CONTENT
    assert files_below(store.leaving) == []


def test_what_goes_back_does_not_replace_what_came_meanwhile(store: BlobStore) -> None:
    keep(store, CONTENT)
    store.path(HASH).rename(store.leaving / HASH)
    keep(store, CONTENT)
    newer = store.path(HASH).stat().st_ino

    put_back(store)

    assert store.path(HASH).stat().st_ino == newer
    assert files_below(store.leaving) == []
