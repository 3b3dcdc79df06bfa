"""Pandas: frames, series, indexes, and its scalars.

A frame travels column by column: numbers as numpy arrays do, objects as any value does. So nothing is lost on the way
(dtypes, labels, several levels, zones, categories, what a cell holds), and the reader needs pandas and no more: an
environment that was made from what a function imports seldom has Arrow.
"""

from __future__ import annotations

from spl.runtime.values import arrays, columns
from spl.runtime.values.decoder import text_of
from spl.runtime.values.encoder import Refused, step_of
from spl.runtime.values.model import TAG, NotDecodable
from spl.runtime.values.text import JSON_MEDIA_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from spl.runtime.values.decoder import Decoder
    from spl.runtime.values.encoder import Encoder, Write
    from spl.runtime.values.model import Doc


def writer_of(kind: type) -> Write | None:
    import pandas

    if kind is pandas.DataFrame:
        return write_frame
    if kind is pandas.Series:
        return write_series
    if kind.__name__ in SCALARS and kind in (*map(type, (pandas.NaT, pandas.NA)), *_scalar_types()):
        return write_scalar
    if issubclass(kind, pandas.Index) and getattr(pandas, kind.__name__, None) is kind:
        return write_index
    if issubclass(kind, pandas.api.extensions.ExtensionArray) and kind.__name__ in columns.WRITERS:
        return write_extension_array
    return None


def _scalar_types() -> tuple[type, ...]:
    import pandas

    return pandas.Timestamp, pandas.Timedelta, pandas.Period, pandas.Interval


def _is_missing(library: str) -> bool:
    try:
        __import__(library)
    except ImportError:
        return True
    return False


# --- frames -----------------------------------------------------------------------------------------------------------


def write_frame(encoder: Encoder, frame: Any, depth: int) -> Doc:
    docs: list[Doc] = []
    for position, label in enumerate(frame.columns):
        try:
            docs.append(columns.write_column(encoder, frame.iloc[:, position].array, depth + 1))
        except Refused as refused:
            refused.inside(frame, step_of(label))
            raise
    doc: dict[str, Doc] = {TAG: "dataframe", "values": docs}
    doc["columns"] = index_doc(encoder, frame.columns, depth + 1)
    doc["index"] = index_doc(encoder, frame.index, depth + 1)
    return _with_attrs(encoder, frame, doc, depth)


def read_frame(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    if _is_missing("pandas"):
        return decoder.encoded(doc, "pandas.DataFrame", JSON_MEDIA_TYPE)
    import pandas

    docs = doc.get("values")
    if type(docs) is not list:
        raise NotDecodable("A frame is a list of columns.")
    decoder.enter(docs, depth)
    index, labels = index_of(decoder, doc.get("index"), depth + 1), index_of(decoder, doc.get("columns"), depth + 1)
    series = [_series(columns.read_column(decoder, item, depth + 1), index) for item in docs]
    frame = pandas.DataFrame(dict(enumerate(series)), index=index, copy=False)
    frame.columns = labels
    return _set_attrs(decoder, frame, doc, depth)


def _series(values: Any, index: Any, name: Any = None) -> Any:
    import pandas

    return pandas.Series(values, index=index, name=name, dtype=values.dtype, copy=False)


def _with_attrs(encoder: Encoder, owner: Any, doc: dict[str, Doc], depth: int) -> dict[str, Doc]:
    if owner.attrs:
        try:
            doc["attrs"] = encoder.mapping(owner.attrs, depth + 1)
        except Refused as refused:
            refused.inside(owner, ".attrs")
            raise
    return doc


def _set_attrs(decoder: Decoder, owner: Any, doc: dict[str, Doc], depth: int) -> Any:
    if "attrs" in doc:
        attrs = decoder.value(doc["attrs"], depth + 1)
        if type(attrs) is not dict:
            raise NotDecodable("The attrs of a frame are a dict.")
        owner.attrs = attrs
    return owner


# --- series and arrays ------------------------------------------------------------------------------------------------


def write_series(encoder: Encoder, series: Any, depth: int) -> Doc:
    doc = {
        TAG: "series",
        "name": encoder.doc(series.name, depth + 1),
        "values": columns.write_column(encoder, series.array, depth + 1),
        "index": index_doc(encoder, series.index, depth + 1),
    }
    return _with_attrs(encoder, series, doc, depth)


def read_series(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    if _is_missing("pandas"):
        return decoder.encoded(doc, "pandas.Series", JSON_MEDIA_TYPE)
    index = index_of(decoder, doc.get("index"), depth + 1)
    name = decoder.value(doc.get("name"), depth + 1)
    series = _series(columns.read_column(decoder, doc.get("values"), depth + 1), index, name)
    return _set_attrs(decoder, series, doc, depth)


def write_extension_array(encoder: Encoder, values: Any, depth: int) -> Doc:
    return {TAG: "pdarray", "values": columns.write_column(encoder, values, depth + 1)}


def read_extension_array(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    if _is_missing("pandas"):
        return decoder.encoded(doc, "pandas.array", JSON_MEDIA_TYPE)
    values = columns.read_column(decoder, doc.get("values"), depth + 1)
    return _series(values, None).array


# --- indexes ----------------------------------------------------------------------------------------------------------


def write_index(encoder: Encoder, index: Any, depth: int) -> Doc:
    return {TAG: "index", "index": index_doc(encoder, index, depth + 1)}


def read_index(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    if _is_missing("pandas"):
        return decoder.encoded(doc, "pandas.Index", JSON_MEDIA_TYPE)
    return index_of(decoder, doc.get("index"), depth + 1)


def index_doc(encoder: Encoder, index: Any, depth: int) -> dict[str, Doc]:
    try:
        return _index_doc(encoder, index, depth)
    except Refused as refused:
        refused.inside(index, ".index")
        raise


def _index_doc(encoder: Encoder, index: Any, depth: int) -> dict[str, Doc]:
    kind = type(index).__name__
    if kind == "RangeIndex":
        steps: list[Doc] = [index.start, index.stop, index.step]
        return {"kind": "range", "v": steps, "name": encoder.doc(index.name, depth + 1)}
    if kind == "MultiIndex":
        return {
            "kind": "multi",
            "levels": [index_doc(encoder, level, depth + 1) for level in index.levels],
            "codes": [arrays.write_array(encoder, codes, depth + 1) for codes in _codes(index)],
            "names": [encoder.doc(name, depth + 1) for name in index.names],
        }
    doc: dict[str, Doc] = {"kind": "values", "values": columns.write_column(encoder, index.array, depth + 1)}
    doc["name"] = encoder.doc(index.name, depth + 1)
    if kind in ("DatetimeIndex", "TimedeltaIndex") and index.freqstr is not None:
        doc["freq"] = index.freqstr
    return doc


def _codes(index: Any) -> list[Any]:
    import numpy

    return [numpy.asarray(codes) for codes in index.codes]


def index_of(decoder: Decoder, doc: Doc, depth: int) -> Any:
    import pandas

    if type(doc) is not dict:
        raise NotDecodable("An index is an object.")
    decoder.enter(doc, depth)
    if doc.get("kind") == "range":
        start, stop, step = decoder.sequence(doc.get("v"), depth + 1)
        return pandas.RangeIndex(start, stop, step, name=decoder.value(doc.get("name"), depth + 1))
    if doc.get("kind") == "multi":
        return _multi_index(decoder, doc, depth + 1)
    values = columns.read_column(decoder, doc.get("values"), depth + 1)
    name = decoder.value(doc.get("name"), depth + 1)
    if "freq" in doc:
        kind = pandas.TimedeltaIndex if values.dtype.kind == "m" else pandas.DatetimeIndex
        return kind(values, freq=text_of(doc, "freq"), name=name)
    return pandas.Index(values, dtype=values.dtype, name=name)


def _multi_index(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    import pandas

    levels, codes = doc.get("levels"), doc.get("codes")
    if type(levels) is not list or type(codes) is not list:
        raise NotDecodable("An index of several levels has levels and codes.")
    return pandas.MultiIndex(
        levels=[index_of(decoder, level, depth) for level in levels],
        codes=[columns.read_numbers(decoder, item, depth, "i") for item in codes],
        names=decoder.sequence(doc.get("names"), depth),
    )


# --- scalars ----------------------------------------------------------------------------------------------------------

SCALARS = frozenset(("Timestamp", "Timedelta", "Period", "Interval", "NaTType", "NAType"))


def write_scalar(encoder: Encoder, value: Any, depth: int) -> Doc:
    kind = type(value).__name__
    doc: dict[str, Doc] = {TAG: "pdscalar", "kind": kind}
    if kind in ("Timestamp", "Timedelta"):
        doc["v"], doc["unit"] = encoder.doc(int(value.asm8.view("i8")), depth), getattr(value, "unit", "ns")
        if kind == "Timestamp" and value.tz is not None:
            doc["zone"] = columns.zone_name(value.tz)
    elif kind == "Period":
        doc["v"], doc["freq"] = encoder.doc(value.ordinal, depth), value.freqstr
    elif kind == "Interval":
        doc["v"] = [encoder.doc(value.left, depth + 1), encoder.doc(value.right, depth + 1)]
        doc["closed"] = value.closed
    return doc


def read_scalar(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    kind = text_of(doc, "kind")
    if _is_missing("pandas") or kind not in SCALARS:
        return decoder.encoded(doc, f"pandas.{kind}", JSON_MEDIA_TYPE)
    import pandas

    if kind in ("NaTType", "NAType"):
        return pandas.NaT if kind == "NaTType" else pandas.NA
    value = decoder.value(doc.get("v"), depth + 1)
    if kind == "Period":
        return pandas.Period(ordinal=value, freq=text_of(doc, "freq"))
    if kind == "Interval":
        left, right = value
        closed: Any = text_of(doc, "closed")
        return pandas.Interval(left, right, closed=closed)
    return _time_scalar(pandas, doc, kind, value)


def _time_scalar(pandas: Any, doc: dict[str, Doc], kind: str, value: int) -> Any:
    import numpy

    unit: Any = text_of(doc, "unit")
    if kind == "Timedelta":
        return pandas.Timedelta(numpy.timedelta64(value, unit))
    stamp = pandas.Timestamp(numpy.datetime64(value, unit))
    return columns.in_zone(stamp, text_of(doc, "zone")) if "zone" in doc else stamp


READERS = {
    "dataframe": read_frame,
    "series": read_series,
    "index": read_index,
    "pdarray": read_extension_array,
    "pdscalar": read_scalar,
}
