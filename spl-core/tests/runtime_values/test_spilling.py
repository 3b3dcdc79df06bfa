"""Large documents and large payloads are blobs."""

from __future__ import annotations

import pytest

from spl.runtime import values
from spl.runtime.blobs import Blobs
from spl.runtime.values import INLINE_LIMIT, NotDecodable, decode, dumps, encode, loads, pack, spill

MANY = [{"row": number, "text": "x" * 20} for number in range(10_000)]


def test_a_small_document_stays_as_it_is(blobs):
    doc = encode({"a": 1}, blobs)

    assert spill(doc, blobs) is doc
    assert pack(doc, blobs) == dumps(doc)


def test_a_large_document_becomes_a_blob_of_json(blobs):
    doc = encode(MANY, blobs)

    small = spill(doc, blobs)

    assert small["$spl"] == "blob"
    assert small["blob"]["media_type"] == "application/json"
    assert pack(doc, blobs) == dumps(small)
    assert decode(small, blobs) == MANY


def test_the_limit_is_exact(blobs):
    at_limit = "x" * (INLINE_LIMIT - 2)

    assert spill(at_limit, blobs) == at_limit
    assert spill(at_limit + "x", blobs)["$spl"] == "blob"


def test_the_deepest_document_decodes_from_a_blob(blobs):
    value = ["x" * INLINE_LIMIT]
    for _ in range(values.MAX_DEPTH - 1):
        value = [value]

    assert decode(spill(encode(value), blobs), blobs) == value


def test_large_bytes_are_a_blob_of_these_bytes(blobs):
    data = bytes(INLINE_LIMIT + 1)

    doc = encode({"small": data[:-1], "large": data}, blobs)

    assert "v" in doc["small"]
    assert blobs.path(doc["large"]["blob"]["sha256"]).read_bytes() == data
    assert decode(doc, blobs)["large"] == data


def test_without_a_folder_all_is_inline():
    data = bytes(INLINE_LIMIT + 1)

    assert decode(loads(dumps(encode(data)))) == data


@pytest.mark.parametrize("store", ["none", "empty"])
def test_a_missing_blob_is_named(blobs, tmp_path, store):
    doc = encode(bytes(INLINE_LIMIT + 1), blobs)

    with pytest.raises(NotDecodable, match=doc["blob"]["sha256"][:12]):
        decode(doc, None if store == "none" else Blobs(tmp_path / "other"))


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "0" * 63, 7, None, ["0" * 64]])
def test_a_blob_s_name_is_never_a_path(blobs, sha256):
    with pytest.raises(NotDecodable):
        decode({"$spl": "bytes", "blob": {"sha256": sha256, "size": 1, "media_type": "x"}}, blobs)
