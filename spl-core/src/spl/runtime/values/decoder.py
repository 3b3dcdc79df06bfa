"""Documents to values. A document may come from anywhere: sizes, depths and kinds are checked, nothing is imported."""

from __future__ import annotations

import sys
from binascii import a2b_base64
from math import isfinite

from spl.runtime.values.model import MAX_DEPTH, MAX_ITEMS, TAG, EncodedValue, NotDecodable
from spl.runtime.values.text import JSON_MEDIA_TYPE, dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from spl.runtime.blobs import BlobRef, Blobs
    from spl.runtime.values.model import Doc

    Types = Callable[[str, str], "type | None"]
    Read = Callable[["Decoder", dict[str, Doc], int], Any]

LEAVES = frozenset((str, int, bool, type(None)))
FLOATS = frozenset((float,))
NO_FILE_PER_MAPPING = sys.version_info[:2] >= (3, 13) and sys.platform != "win32"  # mmap keeps no file open there


class Decoder:
    """One document on its way to a value."""

    __slots__ = ("allow_pickle", "blobs", "found", "items", "types")

    def __init__(self, blobs: Blobs | None = None, allow_pickle: bool = False, types: Types | None = None) -> None:
        self.blobs = blobs
        self.allow_pickle = allow_pickle
        self.types = types
        self.items = 0
        self.found: dict[str, type | None] = {}

    def value_of(self, doc: Doc) -> Any:
        try:
            return self.value(doc, 1)
        except NotDecodable:
            raise
        except Exception as error:  # whatever a library makes of a damaged payload
            raise NotDecodable(f"The document is damaged ({type(error).__name__}: {error})"[:500]) from error

    def value(self, doc: Any, depth: int) -> Any:
        kind = type(doc)
        if kind is str or kind is int or kind is bool or doc is None:
            return doc
        if kind is float:
            if not isfinite(doc):
                raise NotDecodable("A float that is not finite needs its envelope.")
            return doc
        if kind is list:
            return self.sequence(doc, depth)
        if kind is dict:
            if TAG in doc:
                return self.tagged(doc, depth)
            self.enter(doc, depth)
            return {key: self.value(item, depth + 1) for key, item in doc.items()}
        raise NotDecodable(f"A document has no {kind.__name__}.")

    def sequence(self, docs: Any, depth: int) -> list[Any]:
        if type(docs) is not list:
            raise NotDecodable(f"There should be a list, and there is a {type(docs).__name__}.")
        self.enter(docs, depth)
        kinds = set(map(type, docs))
        if kinds <= LEAVES or (kinds == FLOATS and all(map(isfinite, docs))):
            return list(docs)
        return [self.value(doc, depth + 1) for doc in docs]

    def mapping(self, docs: Any, depth: int) -> dict[str, Any]:
        """The values of an object that is no envelope itself: fields by name."""
        if type(docs) is not dict:
            raise NotDecodable(f"There should be an object, and there is a {type(docs).__name__}.")
        self.enter(docs, depth)
        return {key: self.value(doc, depth + 1) for key, doc in docs.items()}

    def tagged(self, doc: dict[str, Doc], depth: int) -> Any:
        tag = doc[TAG]
        if type(tag) is not str:
            raise NotDecodable("The kind of an envelope is a string.")
        read = READERS.get(tag)
        if read is None:
            from spl.runtime.values import kinds

            read = kinds.reader_of(tag)
        if read is None:
            return self.encoded(doc, tag, JSON_MEDIA_TYPE)
        return read(self, doc, depth)

    def enter(self, container: Any, depth: int) -> None:
        self.items += len(container)
        if depth > MAX_DEPTH:
            raise NotDecodable(f"The document is more than {MAX_DEPTH} levels deep.")
        if self.items > MAX_ITEMS:
            raise NotDecodable(f"The document has more than {MAX_ITEMS} items.")

    def type_of(self, doc: dict[str, Doc]) -> type | None:
        """The class the envelope names, if it is known here. Nothing is imported to find it."""
        name = text_of(doc, "type")
        if name not in self.found:
            self.found[name] = self._find_type(name)
        return self.found[name]

    def _find_type(self, name: str) -> type | None:
        module, _, qualname = name.partition(":")
        if self.types is not None:
            found = self.types(module, qualname)
            if found is not None:
                return found
        here: Any = sys.modules.get(module)
        for part in qualname.split("."):
            here = vars(here).get(part) if hasattr(here, "__dict__") else None
        return here if isinstance(here, type) else None

    def bytes_of(self, doc: dict[str, Doc]) -> bytes:
        """An envelope's payload, in memory."""
        if "blob" not in doc:
            return a2b_base64(text_of(doc, "v").encode("ascii"))
        with open(self.file_of(doc), "rb") as file:
            return file.read()

    def buffer_of(self, doc: dict[str, Doc]) -> Any:
        """An envelope's payload as a writable buffer: a private mapping where it is a file."""
        if "blob" not in doc:
            return bytearray(self.bytes_of(doc))
        import mmap

        options: Any = {"trackfd": False} if NO_FILE_PER_MAPPING else {}
        with open(self.file_of(doc), "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY, **options)

    def file_of(self, doc: dict[str, Doc]) -> str:
        """The file of an envelope's blob, of the length the envelope says."""
        ref = self.ref_of(doc)
        if self.blobs is None:
            raise NotDecodable(f"The value is in the blob {ref.sha256[:12]}, and there is no folder to look for it.")
        size = self.blobs.size(ref.sha256)
        if size != ref.size:
            raise NotDecodable(f"The blob {ref.sha256[:12]} has {size} bytes, and should have {ref.size}.")
        return self.blobs.location(ref.sha256)

    @staticmethod
    def ref_of(doc: dict[str, Doc]) -> BlobRef:
        from spl.runtime.blobs import BlobRef

        return BlobRef.from_doc(doc["blob"])

    def encoded(self, doc: dict[str, Doc], type_name: str, media_type: str) -> EncodedValue:
        """The value as it came, for want of its library: its payload, or else its document."""
        if "blob" in doc:
            from pathlib import Path

            path = Path(self.file_of(doc))
            return EncodedValue(self.ref_of(doc).media_type, type_name, path=path, doc=doc)
        data = dumps(doc) if media_type == JSON_MEDIA_TYPE else self.bytes_of(doc)
        return EncodedValue(media_type, type_name, data=data, doc=doc)


def text_of(doc: dict[str, Doc], name: str) -> str:
    text = doc.get(name)
    if type(text) is not str:
        raise NotDecodable(f"The envelope needs {name!r}, a string.")
    return text


def read_int(decoder: Decoder, doc: dict[str, Doc], depth: int) -> int:
    text = text_of(doc, "v")
    sign, unsigned = (-1, text[1:]) if text.startswith("-") else (1, text)
    if unsigned.startswith("0x"):
        return sign * int(unsigned, 16)
    if not (unsigned.isascii() and unsigned.isdigit()):
        raise NotDecodable("An int is written in digits.")
    return sign * int(unsigned)


def read_float(decoder: Decoder, doc: dict[str, Doc], depth: int) -> float:
    text = text_of(doc, "v")
    if text not in ("nan", "inf", "-inf"):
        raise NotDecodable("Only nan, inf and -inf need an envelope.")
    return float(text)


def read_str(decoder: Decoder, doc: dict[str, Doc], depth: int) -> str:
    return decoder.bytes_of(doc).decode("utf-8", "surrogatepass")


def read_tuple(decoder: Decoder, doc: dict[str, Doc], depth: int) -> tuple[Any, ...]:
    return tuple(decoder.sequence(doc.get("v"), depth))


def read_dict(decoder: Decoder, doc: dict[str, Doc], depth: int) -> dict[Any, Any]:
    pairs = doc.get("v")
    if type(pairs) is not list:
        raise NotDecodable("A dict is a list of pairs.")
    decoder.enter(pairs, depth)
    values: dict[Any, Any] = {}
    for pair in pairs:
        if type(pair) is not list or len(pair) != 2:
            raise NotDecodable("A dict is a list of pairs.")
        values[decoder.value(pair[0], depth + 1)] = decoder.value(pair[1], depth + 1)
    return values


def read_blob(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    """A document that was too large for its place. Named by hashes, blobs can't lead round in a circle."""
    return decoder.value(loads(decoder.bytes_of({"blob": doc.get("blob")})), depth)


READERS: dict[str, Read] = {
    "int": read_int,
    "float": read_float,
    "str": read_str,
    "tuple": read_tuple,
    "dict": read_dict,
    "blob": read_blob,
}
