"""Arrow tables, polars frames, pictures."""

from __future__ import annotations

import contextlib
import sys
from binascii import a2b_base64, b2a_base64

import polars as pl
import pyarrow as pa
import pytest
from PIL import Image

from spl.runtime.values import EncodedValue, NotDecodable, NotEncodable, decode, encode

TABLE = pa.table({"a": [1, None], "b": ["x", "文字"], "c": [[1], []]})
LARGE = pa.table({"a": pa.array(range(100_000))})
ARROW = [
    TABLE,
    LARGE,
    pa.table({}),
    TABLE.slice(0, 0),
    TABLE.to_batches()[0],
    pa.RecordBatch.from_pylist([], schema=TABLE.schema),
    TABLE.column("b"),
    pa.chunked_array([[1], [2]]),
    TABLE.column("c").chunk(0),
    pa.array([], pa.string()),
    pa.array(["a", "a"]).dictionary_encode(),
]


@pytest.mark.parametrize("value", ARROW, ids=lambda value: f"{type(value).__name__} {len(value)}")
def test_arrow_arrives_as_it_was(travel, value):
    arrived = travel(value)

    assert type(arrived) is type(value)
    assert arrived.equals(value)


def test_the_metadata_of_a_table_travels(travel):
    table = TABLE.replace_schema_metadata({"k": "v"})

    assert travel(table).schema.equals(table.schema, check_metadata=True)


POLARS = [
    pl.DataFrame({"a": [1, None], "b": ["x", "文字"], "c": [[1], []]}),
    pl.DataFrame({"a": range(100_000)}),
    pl.DataFrame(),
    pl.DataFrame({"a": []}),
    pl.Series("s", ["a", None]),
    pl.Series("c", ["a", "b"], dtype=pl.Categorical),
]


@pytest.mark.parametrize("value", POLARS, ids=lambda value: f"{type(value).__name__} {len(value)}")
def test_polars_arrives_as_it_was(travel, value):
    arrived = travel(value)

    assert type(arrived) is type(value)
    assert arrived.equals(value)
    assert getattr(arrived, "name", None) == getattr(value, "name", None)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (pl.DataFrame({"a": [1]}).lazy(), "collect"),
        (pl.DataFrame({"a": [object()]}), "Python objects"),
        (TABLE.schema, "Schema"),
    ],
    ids=["lazy", "objects", "schema"],
)
def test_what_is_no_data_is_refused(value, says):
    with pytest.raises(NotEncodable, match=says):
        encode(value)


@pytest.mark.parametrize("kind", ["arrow", "polars"])
@pytest.mark.parametrize("payload", ["", "AAAA", "QVJST1cxAAD/////"])
def test_damaged_tables_are_refused(kind, payload, capfd):
    with pytest.raises(NotDecodable):
        decode({"$spl": kind, "kind": "table", "v": payload})


def test_arrow_data_with_any_byte_changed_is_a_table_or_is_refused():
    doc = encode(TABLE)
    data = a2b_base64(doc["v"])
    for position in range(len(data)):
        damaged = data[:position] + bytes([data[position] ^ 0x55]) + data[position + 1 :]
        with contextlib.suppress(NotDecodable):
            decode({**doc, "v": b2a_base64(damaged, newline=False).decode()}).to_pandas()


def test_a_pyarrow_that_unpickles_is_not_used(monkeypatch):
    doc = encode(TABLE)
    monkeypatch.setattr(pa, "__version__", "13.0.0")

    with pytest.raises(NotDecodable, match="update it"):
        decode(doc)


def test_without_the_library_a_table_arrives_as_its_file(blobs, monkeypatch):
    docs = [encode(value, blobs) for value in (LARGE, POLARS[1], Image.new("L", (2, 2)))]
    for library in ("pyarrow", "polars", "PIL"):
        monkeypatch.setitem(sys.modules, library, None)

    arrow, polars, image = (decode(doc, blobs) for doc in docs)

    assert all(isinstance(value, EncodedValue) for value in (arrow, polars, image))
    assert pa.ipc.open_stream(arrow.read()).read_all().equals(LARGE)
    assert pl.read_ipc(polars.path).equals(POLARS[1])
    assert image.media_type == "image/png"
    assert image.read().startswith(b"\x89PNG")


MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "F", "CMYK", "YCbCr", "LAB", "HSV"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(5, 4), (0, 3)])
def test_a_picture_arrives_as_it_was(travel, mode, size):
    image = Image.new(mode, size)
    if image.size == (5, 4):
        image.putpixel((2, 1), 1 if len(image.getbands()) == 1 else tuple(range(1, len(image.getbands()) + 1)))

    arrived = travel(image)

    assert type(arrived) is Image.Image
    assert (arrived.mode, arrived.size, arrived.tobytes()) == (image.mode, image.size, image.tobytes())


def test_a_palette_travels(travel):
    image = Image.new("RGB", (4, 4), (10, 20, 30)).quantize(4)

    assert travel(image).convert("RGB").getpixel((0, 0)) == (10, 20, 30)


def test_a_large_picture_is_a_png_file(blobs, tmp_path):
    image = Image.effect_noise((900, 900), 50)

    doc = encode(image, blobs)

    assert Image.open(blobs.path(doc["blob"]["sha256"])).format == "PNG"
    assert decode(doc, blobs).tobytes() == image.tobytes()


def test_a_picture_opened_from_a_file_arrives_as_a_picture(travel, tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (3, 3), (200, 0, 0)).save(path)

    with Image.open(path) as opened:
        arrived = travel(opened)
        assert type(arrived) is Image.Image
        assert arrived.tobytes() == opened.tobytes()


def test_an_animation_is_refused(tmp_path):
    frames = [Image.new("L", (2, 2), shade) for shade in (0, 255)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])

    with Image.open(tmp_path / "a.gif") as opened, pytest.raises(NotEncodable, match="artifact"):
        encode(opened)


PICTURE = encode(Image.new("RGB", (2, 2)))


@pytest.mark.parametrize(
    "change",
    [
        {"size": [3, 2]},
        {"size": [10**9, 10**9], "format": "pixels"},
        {"size": ["2", 2], "format": "pixels"},
        {"mode": "no such"},
        {"mode": "L", "format": "pixels"},
        {"v": "AAAA"},
        {"v": None},
    ],
    ids=str,
)
def test_a_damaged_picture_is_refused(change):
    with pytest.raises(NotDecodable):
        decode({**PICTURE, **change})
