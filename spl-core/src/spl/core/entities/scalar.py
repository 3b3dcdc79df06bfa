"""A constant linked into a port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """Any value: a number, a list, an array. Two scalars are the same only if they are one object.

    Attributes:
        value: the value itself; or, where `encoded` is set, its document as the value codec writes it, so that a bundle
            can be read, kept and run where the value's type is not installed.
    """

    value: Any
    encoded: bool = False
