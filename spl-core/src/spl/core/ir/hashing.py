"""The identity of a bundle's content."""

from __future__ import annotations

import json
from hashlib import sha256

from spl.core.entities.bundle import Bundle
from spl.core.errors import InvalidBundle
from spl.core.ir.encode import encode

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False)


def content_hash(bundle: Bundle) -> str:
    """sha256 of the bundle's document as compact JSON, in hexadecimal.

    It is over what the document means, never over its text: layout, comments and the order of keys don't count, the
    order of inputs and nodes does. The Python that it was captured on does not count either.

    Raises:
        InvalidBundle: it can't be written down.
    """
    document = encode(bundle)
    document.get("python", {}).pop("captured", None)
    try:
        return sha256(_JSON.encode(document).encode("utf-8")).hexdigest()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidBundle(f"The bundle has no canonical form: {error}.") from error
