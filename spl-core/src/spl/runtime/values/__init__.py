"""Values that travel between processes, as JSON documents with typed envelopes.

    encode(value, blobs) -> doc          decode(doc, blobs) -> value

JSON types are themselves, order kept. Anything else is an object with `"$spl"`: its kind, and what the kind needs:

    {"$spl": "tuple", "v": [1, 2]}
    {"$spl": "datetime", "v": "2026-03-01T12:00:00+01:00", "zone": "Europe/Paris"}
    {"$spl": "dataclass", "type": "shapes:Point", "fields": {"x": 1, "y": 2}}
    {"$spl": "ndarray", "dtype": "<f8", "shape": [1000, 1000], "blob": {"sha256": ..., "size": ...}}

Types that arrive as the plain one they stand for: OrderedDict, defaultdict, Counter, mappingproxy and dict views
(dict or list), deque (list), memoryview (bytes), an image opened from a file (an image), a time zone that is neither
`timezone` nor `ZoneInfo` (the ZoneInfo of its name, or its offset at that time). Other subclasses of built-in types are
refused rather than changed.

Large arrays and frames are files (`spl.runtime.blobs`), written as they are and mapped when read: a decoded array may
be written to, and never changes the file. Nothing is ever unpickled unless both sides say `allow_pickle=True`.
"""

from __future__ import annotations

from spl.runtime.values.decoder import Decoder
from spl.runtime.values.encoder import Encoder
from spl.runtime.values.model import (
    INLINE_LIMIT,
    MAX_DEPTH,
    OPAQUE,
    ArtifactRef,
    Doc,
    EncodedValue,
    NotDecodable,
    NotEncodable,
    Record,
)
from spl.runtime.values.text import dumps, loads, pack, spill
from spl.runtime.values.view import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from spl.runtime.blobs import Blobs

__all__ = [
    "INLINE_LIMIT",
    "MAX_DEPTH",
    "OPAQUE",
    "ArtifactRef",
    "Doc",
    "EncodedValue",
    "NotDecodable",
    "NotEncodable",
    "Record",
    "decode",
    "dumps",
    "encode",
    "loads",
    "pack",
    "plain",
    "prepare",
    "spill",
]


def encode(value: object, blobs: Blobs | None = None, *, allow_pickle: bool = False, root: str = "result") -> Doc:
    """The document of a value. Payloads above INLINE_LIMIT go to `blobs`; without one all is inline.

    `root` is what the value is called in an error's path. Raises NotEncodable.
    """
    return Encoder(blobs, allow_pickle).document(value, root)


def prepare() -> None:
    """Import what `encode` and `decode` will need here, so that the processes forked from this one need not."""
    from spl.runtime.values import kinds

    kinds.prepare()


def decode(
    doc: Doc,
    blobs: Blobs | None = None,
    *,
    allow_pickle: bool = False,
    types: Callable[[str, str], type | None] | None = None,
) -> Any:
    """The value of a document, which nobody need trust.

    Classes are looked up by `types(module, qualname)`, then among the modules already imported; nothing is imported for
    their sake, and no constructor or validator runs. An object of an unknown class is a Record, a value whose library
    is missing an EncodedValue. Raises NotDecodable, and nothing else.
    """
    return Decoder(blobs, allow_pickle, types).value_of(doc)
