"""Names of objects: what they may be, and how a reference to one is read. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spl.core.errors import InvalidName, InvalidRequest

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,199}")
SEPARATOR = "::"
LATEST = "latest"
# The largest number that every database and every client holds as one.
LARGEST = 2**31 - 1

# Windows opens a device instead of a folder for these, whatever the extension.
_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}


@dataclass(frozen=True, slots=True)
class Ref:
    """`name`, or `name::function` for a function inside a pipeline."""

    name: str
    function: str | None = None

    @classmethod
    def parse(cls, text: str, function: str | None = None) -> Ref:
        """Read a reference; `function` may be given beside it, but not differently.

        Raises:
            InvalidRequest: the reference and `function` name two functions.
        """
        name, _, inside = text.partition(SEPARATOR)
        if function and inside and inside != function:
            raise InvalidRequest(f"{text!r} names the function {inside!r}, but function={function!r} was asked for.")
        return cls(name, function or inside or None)

    def __str__(self) -> str:
        return f"{self.name}{SEPARATOR}{self.function}" if self.function else self.name


def check_name(name: str) -> str:
    """`name`, if it may be one.

    Raises:
        InvalidName: with what is wrong.
    """
    if NAME.fullmatch(name):
        return name
    raise InvalidName(
        f"{name[:80]!r} can't be the name of an object.",
        hint="Pass a name of 1 to 200 ASCII letters, digits, `_`, `-` or `.` that begins with a letter or `_`.",
    )


def parse_version(version: int | str | None) -> int | None:
    """A version number; None stands for the latest.

    Raises:
        InvalidRequest: it is neither a positive number nor `latest`.
    """
    if version is None or version == LATEST:
        return None
    if isinstance(version, str) and version.isascii() and version.isdecimal():
        version = int(version)
    if isinstance(version, int) and not isinstance(version, bool) and 0 < version <= LARGEST:
        return version
    raise InvalidRequest(
        f"{str(version)[:80]!r} is not a version.", hint="A version is a number from 1 on, or `latest`."
    )


def folder_name(name: str) -> str:
    """A folder name for an object, on every operating system; two names never share one."""
    device = name.split(".")[0].upper() in _DEVICES
    return f"{name}~" if device or name.endswith(".") else name
