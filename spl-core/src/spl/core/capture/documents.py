"""Values that have no literal form: as documents of the value codec, and what is needed to read those again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spl.core.capture.imports import Import
from spl.core.capture.kinds import check_size, refused_value
from spl.core.capture.origin import Home, locate
from spl.core.capture.refusal import NOWHERE, Reason, Site, refusal
from spl.core.capture.unit import Unit

if TYPE_CHECKING:
    from spl.core.capture.session import Session

_MODULES = {
    "ndarray": "numpy",
    "npscalar": "numpy",
    "npdtype": "numpy",
    "dataframe": "pandas",
    "series": "pandas",
    "index": "pandas",
    "pdscalar": "pandas",
    "polars": "polars",
    "arrow": "pyarrow",
    "image": "PIL",
}
"""The module behind each tag that a library reads."""


def modules_of(document: Any) -> list[str]:
    """The modules that have to be importable where the document is decoded."""
    found: set[str] = set()
    waiting = [document]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(item for item in each if isinstance(item, (dict, list)))
        elif isinstance(each, dict):
            waiting.extend(item for item in each.values() if isinstance(item, (dict, list)))
            tag = each.get("$spl")
            if tag in _MODULES:
                found.add(_MODULES[tag])
            if "arrow" in (each.get("kind"), each.get("format")) or each.get("storage") == "pyarrow":
                found.add("pyarrow")
            kind = each.get("type")
            if tag is not None and isinstance(kind, str) and ":" in kind:
                found.add(kind.partition(":")[0])
    if "pandas" in found:
        found.discard("numpy")  # pandas brings it along
    return sorted(found)


def encoded(session: Session, unit: Unit, value: Any, name: str, path: str, site: Site) -> Any:
    """The document of a constant.

    Raises:
        CaptureError: it has none, or is too large.
    """
    from spl.runtime.values import NotEncodable, dumps, encode

    check_size(name + path, _rough_size(value), site)
    try:
        document = encode(value, root=name + path)
    except NotEncodable as error:
        if error.path == name + path:
            raise refused_value(name, value, path, site, error.reason) from error
        raise refusal(
            Reason.VALUE,
            f"{error.path!r} is a {error.type_name}, which can't be captured.",
            hint="Make it inside the function, or pass it as an argument.",
            site=site,
            name=name,
        ) from error
    count = len(dumps(document))
    check_size(name + path, count, site)
    session.constants.append((unit, name + path, count))
    need_for(session, document, site)
    return document


def need_for(session: Session, document: Any, site: Site = NOWHERE) -> None:
    """Bring along what decodes a document: an array needs numpy, even if the source never names it."""
    for module in modules_of(document):
        if module != "__main__" and locate(module).home is not Home.MISSING:
            session.dependencies.need(Import(module, (), site.line), site)


def _rough_size(value: Any) -> int:
    """A quick lower estimate, so that gigabytes are refused before they are encoded."""
    for name in ("nbytes", "memory_usage", "estimated_size"):
        found = getattr(type(value), name, None)
        if found is None:
            continue
        try:
            count = getattr(value, name)
            count = count() if callable(count) else count
            return int(count.sum() if hasattr(count, "sum") else count)
        except Exception:
            return 0
    return len(value) if isinstance(value, (bytes, bytearray, str)) else 0
