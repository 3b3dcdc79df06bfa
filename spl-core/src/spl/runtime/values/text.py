"""Value documents as JSON text, strictly."""

from __future__ import annotations

import json

from spl.runtime.values.model import INLINE_LIMIT, TAG, NotDecodable, NotEncodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from spl.runtime.blobs import Blobs
    from spl.runtime.values.model import Doc

JSON_MEDIA_TYPE = "application/json"


def dumps(doc: Doc) -> bytes:
    """The document as compact UTF-8 JSON. Raises NotEncodable where it is no JSON document."""
    try:
        return _ENCODER.encode(doc).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise NotEncodable(type(doc).__name__, "doc", f"it is not JSON ({error})") from error


def loads(data: bytes | bytearray | memoryview) -> Doc:
    """The document in this JSON text. Raises NotDecodable for anything that is not strict UTF-8 JSON."""
    try:
        return _DECODER.decode(str(data, "utf-8"))
    except (TypeError, ValueError, RecursionError) as error:
        raise NotDecodable(f"The document is not JSON: {error}") from error


def pack(doc: Doc, blobs: Blobs | None = None) -> bytes:
    """`dumps(spill(doc, blobs))`, written once."""
    data = dumps(doc)
    if blobs is None or len(data) <= INLINE_LIMIT:
        return data
    return dumps({TAG: "blob", "blob": blobs.put_bytes(data, JSON_MEDIA_TYPE).to_doc()})


def spill(doc: Doc, blobs: Blobs) -> Doc:
    """The document, or a reference to the blob it became where its JSON is larger than INLINE_LIMIT."""
    data = dumps(doc)
    if len(data) <= INLINE_LIMIT:
        return doc
    return {TAG: "blob", "blob": blobs.put_bytes(data, JSON_MEDIA_TYPE).to_doc()}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
