"""The arrays that pandas keeps in a column or an index.

    {"kind": "numpy", "data": ndarray}
    {"kind": "objects", "data": [value, ...]} or {"kind": "objects", "text": bytes, "gaps": ndarray, "missing": ...}
    {"kind": "string", "data": ["a", null], "storage": "python" | "pyarrow", "na": "nan" | "NA"} or with text
    {"kind": "masked", "data": ndarray, "mask": ndarray}
    {"kind": "zoned", "data": ndarray, "unit": "us", "zone": "Europe/Paris"}
    {"kind": "category", "codes": ndarray, "categories": index, "ordered": false}
    {"kind": "period", "data": ndarray, "freq": "M"}
    {"kind": "interval", "left": index, "right": index, "closed": "right"}
    {"kind": "arrow", "data": arrow}

A long column of text is one text, its items apart by NUL; `gaps` says where None or NaN stands between them. `masked`
are pandas' nullable numbers and booleans; `zoned` counts in UTC.
"""

from __future__ import annotations

from spl.runtime.values import arrays
from spl.runtime.values.decoder import text_of
from spl.runtime.values.encoder import Refused
from spl.runtime.values.model import NotDecodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from spl.runtime.values.decoder import Decoder
    from spl.runtime.values.encoder import Encoder
    from spl.runtime.values.model import Doc


MANY = 1000  # items from which on one text is worth more than a list that people can read
SEPARATOR = "\0"
TEXT = "text/plain"
MISSING = {frozenset(): "none", frozenset((type(None),)): "none", frozenset((float,)): "nan"}


def write_column(encoder: Encoder, values: Any, depth: int) -> dict[str, Doc]:
    """The document of a column's array (`series.array`)."""
    write = WRITERS.get(type(values).__name__)
    if write is None:
        raise Refused(type(values), f"its dtype is {values.dtype}; convert it with astype()")
    return write(encoder, values, depth)


def read_column(decoder: Decoder, doc: Doc, depth: int) -> Any:
    """The array, so that `pandas.Series(array, dtype=array.dtype)` is the column."""
    if type(doc) is not dict or doc.get("kind") not in READERS:
        raise NotDecodable("A column of a frame has a kind that is not known here.")
    decoder.enter(doc, depth)
    return READERS[doc["kind"]](decoder, doc, depth + 1)


def read_numbers(decoder: Decoder, doc: Doc, depth: int, kinds: str) -> Any:
    """An ndarray with one dimension and a dtype of one of these kinds."""
    array = arrays.read_array(decoder, doc, depth) if type(doc) is dict else None
    if array is None or array.ndim != 1 or (kinds and array.dtype.kind not in kinds):
        raise NotDecodable("A column of a frame is not as its kind says.")
    return array


def _write_numpy(encoder: Encoder, values: Any, depth: int) -> dict[str, Doc]:
    array = values.to_numpy()
    if array.dtype.hasobject:
        return {"kind": "objects", **_write_items(encoder, array.tolist(), depth)}
    return {"kind": "numpy", "data": arrays.write_array(encoder, array, depth)}


def _numpy(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    return read_numbers(decoder, doc.get("data"), depth, "")


# --- text and objects -------------------------------------------------------------------------------------------------


def _write_items(encoder: Encoder, items: list[Any], depth: int) -> dict[str, Doc]:
    """The items one by one; of a long column that is all text and gaps, one text."""
    found = _as_text(items) if len(items) >= MANY else None
    if found is None:
        return {"data": encoder.sequence(items, depth + 1)}
    import numpy

    text, missing, gaps = found
    doc: dict[str, Doc] = {"text": encoder.bytes_payload(text, TEXT), "missing": missing}
    doc["gaps"] = arrays.write_array(encoder, numpy.array(gaps, "i8"), depth)
    return doc


def _as_text(items: list[Any]) -> tuple[bytes, str, list[int]] | None:
    """The text of the items, what stands in its gaps, and where these are. None where the items are not that."""
    kinds = set(map(type, items))
    missing, gaps = MISSING.get(frozenset(kinds - {str})), []
    if missing is None or str not in kinds:
        return None
    if len(kinds) > 1:
        gaps = [position for position, item in enumerate(items) if type(item) is not str]
        if missing == "nan" and any(items[position] == items[position] for position in gaps):
            return None
        items = ["" if type(item) is not str else item for item in items]
    text = SEPARATOR.join(items)
    if text.count(SEPARATOR) != len(items) - 1:
        return None
    try:
        return text.encode("utf-8"), missing, gaps
    except UnicodeEncodeError:
        return None


def _read_items(decoder: Decoder, doc: dict[str, Doc], depth: int) -> list[Any]:
    if "text" not in doc:
        return decoder.sequence(doc.get("data"), depth)
    items: list[Any] = decoder.bytes_of(doc["text"]).decode("utf-8").split(SEPARATOR)
    decoder.enter(items, depth)
    missing = float("nan") if doc.get("missing") == "nan" else None
    for position in read_numbers(decoder, doc.get("gaps"), depth, "i").tolist():
        items[position] = missing
    return items


def _objects(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    return object_array(_read_items(decoder, doc, depth))


def object_array(items: list[Any]) -> Any:
    import numpy

    values: Any = numpy.empty(len(items), dtype=object)
    for position, item in enumerate(items):  # item by item: numpy would look into lists
        values[position] = item
    return values


def _write_string(encoder: Encoder, values: Any, depth: int) -> dict[str, Doc]:
    dtype = values.dtype
    na_value = "NA" if type(getattr(dtype, "na_value", None)).__name__ == "NAType" else "nan"
    items = values.to_numpy(dtype=object, na_value=None).tolist()
    return {"kind": "string", "storage": dtype.storage, "na": na_value, **_write_items(encoder, items, depth)}


def _string(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    import pandas

    items = _read_items(decoder, doc, depth)
    storage, na_name = text_of(doc, "storage"), text_of(doc, "na")
    if not {str, type(None)}.issuperset(map(type, items)):
        raise NotDecodable("A column of strings has other items.")
    na_value = pandas.NA if na_name == "NA" else float("nan")
    attempts: list[dict[str, Any]] = [{"storage": storage, "na_value": na_value}, {"na_value": na_value}]
    if na_name == "NA":  # all that strings could be before pandas 2.3
        attempts += [{"storage": storage}, {}]
    for attempt in attempts:
        try:
            return pandas.array(items, dtype=pandas.StringDtype(**attempt))
        except (ImportError, TypeError, ValueError):  # without pyarrow; a pandas that knows no na_value
            continue
    return object_array([na_value if item is None else item for item in items])  # as that pandas holds text


# --- dtypes of pandas' own --------------------------------------------------------------------------------------------


def _write_masked(encoder: Encoder, values: Any, depth: int) -> dict[str, Doc]:
    return {
        "kind": "masked",
        "data": arrays.write_array(encoder, values._data, depth),
        "mask": arrays.write_array(encoder, values._mask, depth),
    }


def _masked(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    import pandas

    data = read_numbers(decoder, doc.get("data"), depth, "biuf")
    mask = read_numbers(decoder, doc.get("mask"), depth, "b")
    kinds = {"b": pandas.arrays.BooleanArray, "f": pandas.arrays.FloatingArray}
    return kinds.get(data.dtype.kind, pandas.arrays.IntegerArray)(data, mask)


def _write_datetime(encoder: Encoder, values: Any, depth: int) -> dict[str, Doc]:
    if values.tz is not None:
        data = arrays.write_array(encoder, values.asi8, depth)
        return {"kind": "zoned", "data": data, "unit": values.dtype.unit, "zone": zone_name(values.tz)}
    return _write_numpy(encoder, values, depth)


def zone_name(zone: Any) -> str:
    """A name that pandas finds the zone by."""
    from datetime import timezone

    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    if isinstance(name, str) and name:
        return name
    if type(zone) is timezone:
        return str(timezone(zone.utcoffset(None)))
    raise Refused(type(zone), "a time zone needs a name; use zoneinfo.ZoneInfo")


def in_zone(utc: Any, zone: str) -> Any:
    """A naive pandas object in UTC, in the zone."""
    return utc.tz_localize("UTC").tz_convert(zone)


def _zoned(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    import pandas

    data = read_numbers(decoder, doc.get("data"), depth, "i")
    utc = pandas.DatetimeIndex(data.view(f"M8[{text_of(doc, 'unit')}]"))
    return in_zone(utc, text_of(doc, "zone")).array


def _write_category(encoder: Encoder, values: Any, depth: int) -> dict[str, Doc]:
    from spl.runtime.values.frames import index_doc

    return {
        "kind": "category",
        "codes": arrays.write_array(encoder, values.codes, depth),
        "categories": index_doc(encoder, values.categories, depth + 1),
        "ordered": bool(values.ordered),
    }


def _category(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    import pandas

    from spl.runtime.values.frames import index_of

    codes = read_numbers(decoder, doc.get("codes"), depth, "i")
    categories = index_of(decoder, doc.get("categories"), depth)
    return pandas.Categorical.from_codes(codes, categories=categories, ordered=doc.get("ordered") is True)


def _write_period(encoder: Encoder, values: Any, depth: int) -> dict[str, Doc]:
    return {"kind": "period", "data": arrays.write_array(encoder, values.asi8, depth), "freq": values.freqstr}


def _period(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    import pandas

    data = read_numbers(decoder, doc.get("data"), depth, "i")
    return pandas.arrays.PeriodArray(data, dtype=pandas.PeriodDtype(text_of(doc, "freq")))


def _write_interval(encoder: Encoder, values: Any, depth: int) -> dict[str, Doc]:
    from spl.runtime.values.frames import index_doc

    left, right = index_doc(encoder, values.left, depth + 1), index_doc(encoder, values.right, depth + 1)
    return {"kind": "interval", "left": left, "right": right, "closed": values.closed}


def _interval(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    import pandas

    from spl.runtime.values.frames import index_of

    left, right = index_of(decoder, doc.get("left"), depth), index_of(decoder, doc.get("right"), depth)
    closed: Any = text_of(doc, "closed")
    return pandas.arrays.IntervalArray.from_arrays(left, right, closed=closed)


def _write_arrow(encoder: Encoder, values: Any, depth: int) -> dict[str, Doc]:
    import pyarrow

    from spl.runtime.values import tables

    data = values.__arrow_array__()
    whole = data if isinstance(data, pyarrow.ChunkedArray) else pyarrow.chunked_array([data])
    return {"kind": "arrow", "data": tables.write_arrow(encoder, whole, depth)}


def _arrow(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    import pandas

    from spl.runtime.values import tables

    return pandas.arrays.ArrowExtensionArray(tables.read_arrow(decoder, doc["data"], depth))


WRITERS: dict[str, Callable[[Encoder, Any, int], dict[str, Doc]]] = {
    "NumpyExtensionArray": _write_numpy,
    "PandasArray": _write_numpy,  # its name before pandas 2.1
    "TimedeltaArray": _write_numpy,
    "StringArray": _write_string,
    "StringArrayNumpySemantics": _write_string,
    "ArrowStringArray": _write_string,
    "ArrowStringArrayNumpySemantics": _write_string,
    "IntegerArray": _write_masked,
    "FloatingArray": _write_masked,
    "BooleanArray": _write_masked,
    "DatetimeArray": _write_datetime,
    "Categorical": _write_category,
    "PeriodArray": _write_period,
    "IntervalArray": _write_interval,
    "ArrowExtensionArray": _write_arrow,
}

READERS: dict[str, Callable[[Decoder, dict[str, Doc], int], Any]] = {
    "numpy": _numpy,
    "objects": _objects,
    "string": _string,
    "masked": _masked,
    "zoned": _zoned,
    "category": _category,
    "period": _period,
    "interval": _interval,
    "arrow": _arrow,
}
