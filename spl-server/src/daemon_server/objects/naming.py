"""Names of objects, tags and versions: what they may be, and how a reference to one is read. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from daemon_server.http.problems import Invalid

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,199}")
# A tag is never taken for a number, and `latest` is there already.
TAG = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,63}")
FUNCTION = "::"
AT = "@"
LATEST = "latest"
# The largest number that every database and every client holds as one.
LARGEST = 2**31 - 1
# Characters of a wrong name that a message repeats.
SHOWN = 80


class InvalidName(Invalid):
    """This can't be a name."""

    code = "invalid_name"


@dataclass(frozen=True, slots=True)
class Ref:
    """`object`, `object@version`, `object::function` or `object@version::function`.

    Attributes:
        version: a number, a tag, or None for the latest.
    """

    name: str
    version: int | str | None = None
    function: str | None = None

    @classmethod
    def parse(cls, text: str, *, version: int | str | None = None, function: str | None = None) -> Ref:
        """Read a reference; what it says may be said beside it too, but not differently.

        Raises:
            Invalid: it is said differently, or is no version.
        """
        whole, _, inside = text.partition(FUNCTION)
        name, at, pinned = whole.partition(AT)
        if function and inside and inside != function:
            raise Invalid(f"{text[:SHOWN]!r} names one function, and function={function[:SHOWN]!r} another.")
        if not at:
            return cls(name, parse_version(version), function or inside or None)
        inner = parse_version(pinned)
        if version is not None and parse_version(version) != inner:
            raise Invalid(f"{text[:SHOWN]!r} names one version, and version={str(version)[:SHOWN]!r} another.")
        return cls(name, inner, function or inside or None)


def check_name(name: str) -> str:
    """`name`, if an object may be called so.

    Raises:
        InvalidName
    """
    if NAME.fullmatch(name):
        return name
    raise InvalidName(
        f"{name[:SHOWN]!r} can't be the name of an object.",
        hint="Use 1 to 200 ASCII letters, digits, `_`, `-` or `.`; begin with a letter or `_`.",
    )


def check_tag(tag: str) -> str:
    """`tag`, if a tag may be called so.

    Raises:
        InvalidName
    """
    if TAG.fullmatch(tag) and tag != LATEST:
        return tag
    raise InvalidName(
        f"{tag[:SHOWN]!r} can't be a tag.",
        hint="Use 1 to 64 ASCII letters, digits, `_`, `-` or `.`; begin with a letter. `latest` is always there.",
    )


def parse_version(version: int | str | None) -> int | str | None:
    """A number, a tag, or None for the latest.

    Raises:
        Invalid: it is none of them.
    """
    if version is None or version == LATEST:
        return None
    if isinstance(version, str):
        if TAG.fullmatch(version):
            return version
        if version.isascii() and version.isdecimal() and len(version) <= len(str(LARGEST)):
            version = int(version)
    if isinstance(version, int) and 0 < version <= LARGEST:
        return version
    raise Invalid(
        f"{str(version)[:SHOWN]!r} is not a version.", hint="A version is a number from 1 on, a tag, or `latest`."
    )
