"""Arrow tables, batches and arrays, and polars frames: Arrow's own stream and file formats."""

from __future__ import annotations

from spl.runtime.values.encoder import Refused
from spl.runtime.values.model import TAG, NotDecodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from spl.runtime.values.decoder import Decoder
    from spl.runtime.values.encoder import Encoder, Write
    from spl.runtime.values.model import Doc

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
FILE_MEDIA_TYPE = "application/vnd.apache.arrow.file"
BATCH_BYTES = 8 * 1024 * 1024  # of one record batch: pyarrow copies each once on its way to the file
SAFE_ARROW = (14, 0)  # before 14.0.1 reading could unpickle (CVE-2023-47248)
COLUMN = "values"  # of a table that holds one array


def writer_of(kind: type) -> Write | None:
    root = kind.__module__.partition(".")[0]
    if root == "polars" and kind.__name__ in ("DataFrame", "Series"):
        return write_polars
    if root != "pyarrow":
        return None
    import pyarrow

    arrow = (pyarrow.Table, pyarrow.RecordBatch, pyarrow.ChunkedArray, pyarrow.Array)
    return write_arrow if issubclass(kind, arrow) else None


# --- arrow ------------------------------------------------------------------------------------------------------------


def write_arrow(encoder: Encoder, value: Any, depth: int) -> Doc:
    import pyarrow

    if isinstance(value, pyarrow.Table):
        return {TAG: "arrow", "kind": "table", **table_payload(encoder, value)}
    if isinstance(value, pyarrow.RecordBatch):
        return {TAG: "arrow", "kind": "batch", **table_payload(encoder, pyarrow.Table.from_batches([value]))}
    kind = "chunked" if isinstance(value, pyarrow.ChunkedArray) else "array"
    return {TAG: "arrow", "kind": kind, **table_payload(encoder, pyarrow.table({COLUMN: value}))}


def read_arrow(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    try:
        import pyarrow
    except ImportError:
        return decoder.encoded(doc, "pyarrow.Table", MEDIA_TYPE)
    table, kind = read_table(decoder, doc), doc.get("kind")
    if kind == "table":
        return table
    if kind == "batch":
        batches = table.combine_chunks().to_batches()
        return batches[0] if batches else pyarrow.RecordBatch.from_pylist([], schema=table.schema)
    if kind not in ("chunked", "array") or table.num_columns != 1:
        raise NotDecodable("Arrow data is a table, a batch, an array or a chunked array.")
    return table.column(0) if kind == "chunked" else _one_array(table.column(0))


def _one_array(chunked: Any) -> Any:
    import pyarrow

    if chunked.num_chunks == 1:
        return chunked.chunk(0)
    return pyarrow.concat_arrays(chunked.chunks) if chunked.num_chunks else pyarrow.array([], chunked.type)


def table_payload(encoder: Encoder, table: Any) -> dict[str, Doc]:
    import pyarrow

    rows = max(1, BATCH_BYTES * max(1, table.num_rows) // max(1, table.nbytes))

    def write(file: BinaryIO) -> None:
        with pyarrow.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table, max_chunksize=rows)

    return encoder.payload(write, table.nbytes, MEDIA_TYPE)


def read_table(decoder: Decoder, doc: dict[str, Doc]) -> Any:
    """The table, checked through: Arrow trusts offsets and lengths, and this file may come from anywhere."""
    import pyarrow

    if tuple(map(int, pyarrow.__version__.split(".")[:2])) < SAFE_ARROW:
        raise NotDecodable(f"pyarrow {pyarrow.__version__} runs code that the data it reads may bring; update it.")
    source = pyarrow.memory_map(decoder.file_of(doc)) if "blob" in doc else pyarrow.BufferReader(decoder.bytes_of(doc))
    with source, pyarrow.ipc.open_stream(source) as stream:
        table = stream.read_all()
    table.validate(full=True)
    return table


# --- polars -----------------------------------------------------------------------------------------------------------


def write_polars(encoder: Encoder, value: Any, depth: int) -> Doc:
    frame = value.to_frame() if type(value).__name__ == "Series" else value
    for name, dtype in frame.schema.items():
        if str(dtype).startswith("Object"):
            raise Refused(type(value), f"its column {name!r} holds Python objects")
    doc: dict[str, Doc] = {TAG: "polars", "kind": "frame"}
    if frame is not value:
        doc = {TAG: "polars", "kind": "series"}
    return {**doc, **encoder.payload(frame.write_ipc, frame.estimated_size(), FILE_MEDIA_TYPE)}


def read_polars(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    try:
        import polars
    except ImportError:
        return decoder.encoded(doc, "polars.DataFrame", FILE_MEDIA_TYPE)
    import io

    source = decoder.file_of(doc) if "blob" in doc else io.BytesIO(decoder.bytes_of(doc))
    try:
        frame = polars.read_ipc(source)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # polars' own way out, and no Exception
            raise
        raise NotDecodable(f"The polars frame is damaged: {error}") from None
    return frame.to_series() if doc.get("kind") == "series" else frame


READERS = {"arrow": read_arrow, "polars": read_polars}
