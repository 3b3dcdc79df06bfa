"""What a library may be called. Pure."""

from __future__ import annotations

import re

from daemon_server.http.problems import Invalid

# No `/`, which separates it from its owner, and no `*`, which machines' policies are written with.
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}")


class InvalidLibraryName(Invalid):
    """This can't be the name of a library."""

    code = "invalid_name"


def check_name(name: str) -> str:
    """`name`, if a library may be called so.

    Raises:
        InvalidLibraryName
    """
    if NAME.fullmatch(name):
        return name
    raise InvalidLibraryName(
        f"{name[:80]!r} can't be the name of a library.",
        hint="Use 1 to 100 ASCII letters, digits, `_`, `-` or `.`; begin with a letter, a digit or `_`.",
    )
