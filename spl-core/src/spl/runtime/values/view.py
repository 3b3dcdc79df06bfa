"""The JSON a document would be without its envelopes, for checks against a schema; nothing is rebuilt for it."""

from __future__ import annotations

from spl.runtime.values.model import MAX_DEPTH, OPAQUE, TAG, NotDecodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from spl.runtime.values.model import Doc

AS_WRITTEN = frozenset(("datetime", "date", "time", "decimal", "uuid"))  # their text is what JSON has for them
LISTS = frozenset(("tuple", "set", "frozenset"))


def plain(doc: Doc) -> Any:
    """A view with JSON values only, and OPAQUE wherever a value has no JSON form.

    tuple, set, namedtuple are lists; dataclass and pydantic objects; dict keys strings; an enum its value; datetime,
    date, time, timedelta (ISO 8601), decimal, uuid, path, bytes (base64) strings; NaN and inf floats.
    Raises NotDecodable where the document is too deep.
    """
    return _view(doc, 1)


def _view(doc: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise NotDecodable(f"The document is more than {MAX_DEPTH} levels deep.")
    if type(doc) is list:
        return [_view(item, depth + 1) for item in doc]
    if type(doc) is not dict:
        return doc
    if TAG not in doc:
        return {key: _view(item, depth + 1) for key, item in doc.items()}
    return _tagged(doc, doc[TAG], depth)


def _tagged(doc: dict[str, Doc], tag: object, depth: int) -> Any:
    value = doc.get("v")
    if type(tag) is not str:
        return OPAQUE
    if tag in AS_WRITTEN:
        return value if type(value) is str else OPAQUE
    if tag in LISTS:
        return _view(value, depth) if type(value) is list else OPAQUE
    view = VIEWS.get(tag)
    try:
        return OPAQUE if view is None else view(doc, value, depth)
    except NotDecodable:
        raise
    except Exception:  # damaged: whoever decodes it will say so
        return OPAQUE


def _int(doc: dict[str, Doc], value: Any, depth: int) -> Any:
    return int(value, 16) if "0x" in value else int(value)


def _float(doc: dict[str, Doc], value: Any, depth: int) -> Any:
    return float(value)


def _dict(doc: dict[str, Doc], value: Any, depth: int) -> Any:
    return {str(_view(key, depth + 1)): _view(item, depth + 1) for key, item in value}


def _fields(doc: dict[str, Doc], value: Any, depth: int) -> Any:
    return {name: _view(item, depth + 1) for name, item in {**doc["fields"], **doc.get("extra", {})}.items()}


def _items(doc: dict[str, Doc], value: Any, depth: int) -> Any:
    return [_view(item, depth + 1) for item in doc["fields"].values()]


def _enum(doc: dict[str, Doc], value: Any, depth: int) -> Any:
    return _view(value, depth + 1) if "v" in doc else doc["name"]


def _inline(doc: dict[str, Doc], value: Any, depth: int) -> Any:
    return OPAQUE if value is None else _view(value, depth)


def _duration(doc: dict[str, Doc], value: Any, depth: int) -> str:
    days, seconds, microseconds = value
    return f"P{int(days)}DT{int(seconds)}.{int(microseconds):06d}S"


VIEWS: dict[str, Callable[[dict[str, Doc], Any, int], Any]] = {
    "int": _int,
    "float": _float,
    "str": _inline,
    "bytes": _inline,
    "path": _inline,
    "npscalar": _inline,
    "dict": _dict,
    "dataclass": _fields,
    "pydantic": _fields,
    "namedtuple": _items,
    "enum": _enum,
    "timedelta": _duration,
}
