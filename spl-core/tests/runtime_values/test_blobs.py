"""The folder of blobs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from spl.runtime import blobs as module
from spl.runtime.blobs import BlobRef, Blobs, NoSuchBlob

DATA = bytes(range(256)) * 20_000
SHA256 = hashlib.sha256(DATA).hexdigest()


def files(blobs: Blobs) -> list[str]:
    return sorted(name for _, _, names in os.walk(blobs.root) for name in names)


def test_a_blob_is_named_by_what_is_in_it(blobs):
    ref = blobs.put_bytes(DATA, "text/plain")

    assert (ref.sha256, ref.size, ref.media_type) == (SHA256, len(DATA), "text/plain")
    assert blobs.path(SHA256).relative_to(blobs.root).parts == (SHA256[:2], SHA256[2:4], SHA256)
    assert blobs.path(SHA256).read_bytes() == DATA
    assert blobs.has(SHA256)
    assert blobs.size(SHA256) == len(DATA)
    with blobs.open(SHA256) as file:
        assert file.read() == DATA


@pytest.mark.parametrize("size", [0, 1, module.ALONE_BELOW, module.ALONE_BELOW + 1, 2 * module.CHUNK + 1])
def test_the_hash_is_right_for_any_size(blobs, size):
    data = os.urandom(1024) * (size // 1024) + bytes(size % 1024)

    assert blobs.put_bytes(data).sha256 == hashlib.sha256(data).hexdigest()
    assert blobs.verify(hashlib.sha256(data).hexdigest())


def test_a_blob_may_be_written_in_pieces_or_copied_from_a_file(blobs, tmp_path):
    (tmp_path / "file").write_bytes(DATA)

    def write(file):
        for start in range(0, len(DATA), 1000):
            assert file.write(DATA[start : start + 1000]) == len(DATA[start : start + 1000])
        assert file.tell() == len(DATA)

    assert blobs.put(write).sha256 == SHA256
    assert blobs.put_file(tmp_path / "file").sha256 == SHA256
    assert files(blobs) == [SHA256]


@pytest.mark.parametrize("durable", [False, True])
def test_the_same_bytes_are_stored_once_and_are_young_again(blobs, durable):
    blobs.put_bytes(DATA, durable=durable)
    os.utime(blobs.path(SHA256), (1, 1))

    blobs.put_bytes(DATA, durable=durable)

    assert files(blobs) == [SHA256]
    assert blobs.path(SHA256).stat().st_mtime > 1


def test_what_fails_half_way_leaves_nothing(blobs):
    def write(file):
        file.write(DATA)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        blobs.put(write)

    assert files(blobs) == []


def test_a_full_disk_leaves_nothing(blobs, monkeypatch):
    def full(self, piece):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.HashingFile, "_write", full)

    with pytest.raises(OSError, match="No space"):
        blobs.put_bytes(DATA)
    assert files(blobs) == []


def test_a_truncated_blob_is_put_again(blobs):
    blobs.put_bytes(DATA)
    blobs.path(SHA256).write_bytes(DATA[:100])
    assert not blobs.verify(SHA256)

    blobs.put_bytes(DATA)

    assert blobs.verify(SHA256)


def test_many_may_put_the_same_at_once(blobs):
    with ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(lambda number: blobs.put_bytes(DATA + bytes([number % 3])), range(48)))

    assert len(set(refs)) == 3
    assert files(blobs) == sorted({ref.sha256 for ref in refs})
    assert all(blobs.verify(ref.sha256) for ref in refs)


def test_a_killed_writer_leaves_nothing_that_counts(blobs):
    code = f"""
import os, sys
sys.path[:] = {sys.path!r}
from spl.runtime.blobs import Blobs
def write(file):
    file.write(b"half")
    os._exit(9)
Blobs({blobs.root!r}).put(write)
"""
    subprocess.run([sys.executable, "-c", code], check=False)

    assert list(blobs.each()) == []
    assert len(files(blobs)) == 1
    assert blobs.tidy(before=0) == 0
    assert blobs.tidy(before=2**40) == 1
    assert files(blobs) == []


def test_blobs_are_listed_and_removed(blobs):
    blobs.put_bytes(b"a")
    blobs.put_bytes(DATA)

    assert {name: status.st_size for name, status in blobs.each()}[SHA256] == len(DATA)
    assert blobs.remove(SHA256)
    assert not blobs.remove(SHA256)
    assert not blobs.has(SHA256)
    assert len(list(blobs.each())) == 1


def test_a_blob_that_is_not_there_is_named(blobs):
    for look in (blobs.open, blobs.size):
        with pytest.raises(NoSuchBlob, match=SHA256):
            look(SHA256)
    assert not blobs.verify(SHA256)
    assert list(Blobs(blobs.root + "/nowhere").each()) == []


@pytest.mark.parametrize("name", ["", "..", "../" * 20 + "etc/passwd", SHA256.upper(), SHA256 + "\n", "é" * 64])
def test_only_a_hash_is_ever_looked_for(blobs, name):
    assert not blobs.has(name)
    assert not blobs.remove(name)
    for look in (blobs.open, blobs.path, blobs.size):
        with pytest.raises(NoSuchBlob):
            look(name)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_blobs_are_private(blobs):
    blobs.put_bytes(DATA)

    assert blobs.path(SHA256).stat().st_mode & 0o777 == 0o600


def test_a_reference_is_a_document():
    ref = BlobRef(SHA256, 5, "text/plain")

    assert BlobRef.from_doc(ref.to_doc()) == ref
    for broken in (None, [], {}, {**ref.to_doc(), "size": -1}, {**ref.to_doc(), "size": True}):
        with pytest.raises(ValueError, match="reference"):
            BlobRef.from_doc(broken)
