"""Lists come in pages; a cursor is the place behind the last item, opaque to whoever carries it."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any

from fastapi import Query

from daemon_server.http.problems import Invalid

LARGEST_PAGE = 500
# What the database can compare a column with.
LARGEST_INTEGER = 2**63

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many items to give at most.")]
Cursor = Annotated[str | None, Query(max_length=1000, description="Where the page before ended: its `next`.")]


class InvalidCursor(Invalid):
    """The cursor is not one of this list."""

    code = "invalid_cursor"
    hint = "Pass the `next` of the page before, unchanged."


def cursor_of(*place: int | str) -> str:
    """The cursor for a place in a list, given by the values it is sorted by."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode("ascii").rstrip("=")


def position(cursor: str | None, *kinds: type) -> Any:
    """The place a cursor stands for, as a tuple of `kinds`; None without a cursor.

    Raises:
        InvalidCursor: it is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        place = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise InvalidCursor from None
    if not isinstance(place, list) or [type(value) for value in place] != list(kinds):
        raise InvalidCursor
    for value in place:
        if (isinstance(value, int) and abs(value) >= LARGEST_INTEGER) or (isinstance(value, str) and "\0" in value):
            raise InvalidCursor  # PostgreSQL knows no text with a zero in it
    return tuple(place)
