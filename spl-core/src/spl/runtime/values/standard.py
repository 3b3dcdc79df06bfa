"""The types of the standard library: each is written and read by the two functions that stand together."""

from __future__ import annotations

import sys
from types import MappingProxyType

from spl.runtime.values.decoder import text_of
from spl.runtime.values.encoder import Refused, name_of
from spl.runtime.values.model import TAG, ArtifactRef, EncodedValue, NotDecodable
from spl.runtime.values.text import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from spl.runtime.values.decoder import Decoder
    from spl.runtime.values.encoder import Encoder, Write
    from spl.runtime.values.model import Doc

PICKLE_PROTOCOL = 5  # the newest that Python 3.9 reads
OCTETS = "application/octet-stream"
PICKLE = "application/x-python-pickle"


# --- containers and bytes ---------------------------------------------------------------------------------------------


def write_set(encoder: Encoder, value: Any, depth: int) -> Doc:
    """In an order that does not change from process to process, as the order of a set of strings does."""
    docs = encoder.sequence(value, depth)
    alike = len(set(map(type, docs))) == 1 and type(docs[0]) in (int, str)
    return {TAG: type(value).__name__, "v": sorted(docs) if alike else sorted(docs, key=dumps)}


def read_set(decoder: Decoder, doc: dict[str, Doc], depth: int) -> set[Any]:
    return set(decoder.sequence(doc.get("v"), depth))


def read_frozenset(decoder: Decoder, doc: dict[str, Doc], depth: int) -> frozenset[Any]:
    return frozenset(decoder.sequence(doc.get("v"), depth))


def write_mapping(encoder: Encoder, value: Any, depth: int) -> Doc:
    return encoder.mapping(value, depth)


def write_sequence(encoder: Encoder, value: Any, depth: int) -> Doc:
    return encoder.sequence(value, depth)


def write_bytes(encoder: Encoder, value: Any, depth: int) -> Doc:
    doc = {TAG: "bytes", **encoder.bytes_payload(value, OCTETS)}
    return {**doc, "kind": "bytearray"} if type(value) is bytearray else doc


def write_memoryview(encoder: Encoder, value: memoryview, depth: int) -> Doc:
    return write_bytes(encoder, value.tobytes(), depth)


def read_bytes(decoder: Decoder, doc: dict[str, Doc], depth: int) -> bytes | bytearray:
    data = decoder.bytes_of(doc)
    return bytearray(data) if doc.get("kind") == "bytearray" else data


def write_range(encoder: Encoder, value: range, depth: int) -> Doc:
    return {TAG: "range", "v": [encoder.doc(part, depth) for part in (value.start, value.stop, value.step)]}


def read_range(decoder: Decoder, doc: dict[str, Doc], depth: int) -> range:
    start, stop, step = decoder.sequence(doc.get("v"), depth)
    return range(start, stop, step)


# --- numbers ----------------------------------------------------------------------------------------------------------


def write_complex(encoder: Encoder, value: complex, depth: int) -> Doc:
    return {TAG: "complex", "v": [encoder.doc(value.real, depth), encoder.doc(value.imag, depth)]}


def read_complex(decoder: Decoder, doc: dict[str, Doc], depth: int) -> complex:
    real, imag = decoder.sequence(doc.get("v"), depth)
    return complex(float(real), float(imag))


def write_decimal(encoder: Encoder, value: Any, depth: int) -> Doc:
    return {TAG: "decimal", "v": str(value)}


def read_decimal(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    from decimal import Decimal

    return Decimal(text_of(doc, "v"))


def write_fraction(encoder: Encoder, value: Any, depth: int) -> Doc:
    return {TAG: "fraction", "v": [encoder.doc(value.numerator, depth), encoder.doc(value.denominator, depth)]}


def read_fraction(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    from fractions import Fraction

    numerator, denominator = decoder.sequence(doc.get("v"), depth)
    return Fraction(numerator, denominator)


# --- times ------------------------------------------------------------------------------------------------------------


def write_time(encoder: Encoder, value: Any, depth: int) -> Doc:
    """A datetime or a time: ISO 8601, and beside it what ISO 8601 has no room for."""
    doc: dict[str, Doc] = {TAG: type(value).__name__, "v": value.isoformat()}
    if value.fold:
        doc["fold"] = 1
    if value.tzinfo is not None:
        doc.update(_zone_doc(value.tzinfo, value))
    return doc


def _zone_doc(zone: Any, value: Any) -> dict[str, Doc]:
    from datetime import timezone

    if type(zone) is timezone:
        offset = zone.utcoffset(None)
        plain = timezone(offset).tzname(None)
        return {} if zone.tzname(None) == plain else {"offset_name": zone.tzname(None)}
    key = getattr(zone, "key", None) or getattr(zone, "zone", None)  # zoneinfo; pytz
    if isinstance(key, str) and key:
        return {"zone": key}
    if value.utcoffset() is None:
        raise Refused(type(zone), "a time zone needs a name; use zoneinfo.ZoneInfo")
    return {}  # the offset is in the text


def read_datetime(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    from datetime import datetime

    value = datetime.fromisoformat(text_of(doc, "v"))
    return value.replace(tzinfo=_zone_of(doc, value), fold=1 if doc.get("fold") else 0)


def read_time(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    from datetime import time

    value = time.fromisoformat(text_of(doc, "v"))
    return value.replace(tzinfo=_zone_of(doc, value), fold=1 if doc.get("fold") else 0)


def _zone_of(doc: dict[str, Doc], value: Any) -> Any:
    """The zone by its name; where this machine has no such zone, the offset it had at that time."""
    from datetime import timezone

    if "offset_name" in doc:
        return timezone(value.utcoffset(), text_of(doc, "offset_name"))
    if "zone" not in doc:
        return value.tzinfo
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(text_of(doc, "zone"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if value.tzinfo is None:
            raise NotDecodable(f"This machine has no time zone {text_of(doc, 'zone')!r}.") from None
        return value.tzinfo


def write_date(encoder: Encoder, value: Any, depth: int) -> Doc:
    return {TAG: "date", "v": value.isoformat()}


def read_date(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    from datetime import date

    return date.fromisoformat(text_of(doc, "v"))


def write_timedelta(encoder: Encoder, value: Any, depth: int) -> Doc:
    return {TAG: "timedelta", "v": [value.days, value.seconds, value.microseconds]}


def read_timedelta(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    from datetime import timedelta

    days, seconds, microseconds = decoder.sequence(doc.get("v"), depth)
    return timedelta(days, seconds, microseconds)


# --- names ------------------------------------------------------------------------------------------------------------


def write_uuid(encoder: Encoder, value: Any, depth: int) -> Doc:
    return {TAG: "uuid", "v": str(value)}


def read_uuid(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    from uuid import UUID

    return UUID(text_of(doc, "v"))


PATHS = {
    "PosixPath": "posix",
    "WindowsPath": "windows",
    "PurePosixPath": "pure_posix",
    "PureWindowsPath": "pure_windows",
}


def write_path(encoder: Encoder, value: Any, depth: int) -> Doc:
    return {TAG: "path", "kind": PATHS[type(value).__name__], "v": encoder.doc(str(value), depth)}


def read_path(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    """A path of the other system arrives as a pure one: its parts can be read, its files are elsewhere."""
    import os
    from pathlib import Path, PurePosixPath, PureWindowsPath

    kind, text = text_of(doc, "kind"), decoder.value(doc.get("v"), depth)
    if kind not in PATHS.values() or type(text) is not str:
        raise NotDecodable("A path has a kind and a text.")
    if kind == ("windows" if os.name == "nt" else "posix"):
        return Path(text)
    return PureWindowsPath(text) if kind.endswith("windows") else PurePosixPath(text)


# --- what stands in for a value ---------------------------------------------------------------------------------------


def write_artifact(encoder: Encoder, value: ArtifactRef, depth: int) -> Doc:
    return {TAG: "artifact", "name": value.name}


def read_artifact(decoder: Decoder, doc: dict[str, Doc], depth: int) -> ArtifactRef:
    return ArtifactRef(text_of(doc, "name"))


def write_encoded(encoder: Encoder, value: EncodedValue, depth: int) -> Doc:
    """As it came; its bytes move to where this document's blobs are."""
    if value.doc is None:
        raise Refused(EncodedValue, "only one that was decoded can be passed on")
    if value.path is not None and encoder.blobs is not None:
        encoder.blobs.put_file(value.path, value.media_type)
    return value.doc


# --- pickles ----------------------------------------------------------------------------------------------------------


def write_pickle(encoder: Encoder, value: object, depth: int) -> Doc:
    import pickle

    try:
        data = pickle.dumps(value, PICKLE_PROTOCOL)
    except Exception as error:  # whatever the type's own code raises
        raise Refused(type(value), f"it can't be pickled either ({error})") from error
    return {TAG: "pickle", "type": name_of(type(value)), **encoder.bytes_payload(data, PICKLE)}


def read_pickle(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    if not decoder.allow_pickle:
        raise NotDecodable(
            f"The value is a pickled {doc.get('type')}. Unpickling runs code of whoever made it; "
            "allow_pickle=True says that you trust them."
        )
    import pickle

    return pickle.loads(decoder.bytes_of(doc))


# --- who writes and reads what ----------------------------------------------------------------------------------------

BUILTIN: dict[type, Write] = {
    set: write_set,
    frozenset: write_set,
    bytes: write_bytes,
    bytearray: write_bytes,
    memoryview: write_memoryview,
    range: write_range,
    complex: write_complex,
    MappingProxyType: write_mapping,
    type({}.keys()): write_sequence,
    type({}.values()): write_sequence,
    type({}.items()): write_sequence,
    ArtifactRef: write_artifact,
    EncodedValue: write_encoded,
}

IMPORTED: dict[tuple[str, str], Write] = {  # looked up by name: what was never imported has no values
    ("collections", "OrderedDict"): write_mapping,
    ("collections", "defaultdict"): write_mapping,
    ("collections", "Counter"): write_mapping,
    ("collections", "deque"): write_sequence,
    ("datetime", "datetime"): write_time,
    ("datetime", "time"): write_time,
    ("datetime", "date"): write_date,
    ("datetime", "timedelta"): write_timedelta,
    ("decimal", "Decimal"): write_decimal,
    ("fractions", "Fraction"): write_fraction,
    ("uuid", "UUID"): write_uuid,
    ("pathlib", "PosixPath"): write_path,
    ("pathlib", "WindowsPath"): write_path,
    ("pathlib", "PurePosixPath"): write_path,
    ("pathlib", "PureWindowsPath"): write_path,
}

READERS = {
    "set": read_set,
    "frozenset": read_frozenset,
    "bytes": read_bytes,
    "range": read_range,
    "complex": read_complex,
    "decimal": read_decimal,
    "fraction": read_fraction,
    "datetime": read_datetime,
    "time": read_time,
    "date": read_date,
    "timedelta": read_timedelta,
    "uuid": read_uuid,
    "path": read_path,
    "artifact": read_artifact,
    "pickle": read_pickle,
}


def writer_of(kind: type) -> Write | None:
    if kind in BUILTIN:
        return BUILTIN[kind]
    module = kind.__module__.partition(".")[0]  # pathlib._local in some versions
    return IMPORTED.get((module, kind.__name__)) if _is_there(kind, module) else None


def _is_there(kind: type, module: str) -> bool:
    return getattr(sys.modules.get(module), kind.__name__, None) is kind
