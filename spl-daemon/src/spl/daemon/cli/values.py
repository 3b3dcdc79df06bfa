"""A run's result as data on stdout."""

from __future__ import annotations

import json
from typing import Any

from spl.runtime.values import OPAQUE, NotDecodable, plain


def plain_value(document: Any, value: object) -> Any:
    """The value as JSON has it; what has no JSON form is told by its repr.

    Args:
        document: the value document; None where it is not at hand.
        value: the value itself.
    """
    try:
        found = plain(document)
        json.dumps(found)
    except (NotDecodable, TypeError, ValueError):
        return _by_repr(value)
    return found if found is not OPAQUE else _by_repr(value)


def _by_repr(value: object) -> Any:
    """As much of it as JSON can say."""
    return json.loads(json.dumps(value, default=repr))
