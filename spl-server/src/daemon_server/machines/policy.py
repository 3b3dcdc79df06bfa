"""What a machine lets in: patterns of `owner/library/object`, decided without looking anything up.

    alice/*/*             everything of alice's
    alice/risk/report     one object
    alice/risk-*/*        `*` stands for any characters within its part
    alice/risk/report@7   one version of it, by number or by content hash

A machine announces its patterns when it connects; what none of them names does not run there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

PARTS = 3
# A policy is read at every claim; whoever needs more patterns than this wants a wildcard.
MOST_PATTERNS = 200
LONGEST_PATTERN = 700
# A part is the name of an owner, library or object, or a wildcard over such names; a pin is a number or a hash.
_PART = re.compile(r"[^/@\s\x00-\x1f]{1,200}")
_PIN = re.compile(r"[1-9][0-9]{0,9}|[0-9a-f]{64}")


class InvalidPattern(ValueError):
    """A pattern that says nothing: it is not `owner/library/object`, with an optional `@version`."""


def default(owner: str) -> tuple[str, ...]:
    """Only what the machine's owner has published."""
    return (f"{owner}/*/*",)


def checked(patterns: Iterable[str]) -> tuple[str, ...]:
    """These patterns, each once, in the order given.

    Raises:
        InvalidPattern: with the pattern, and what is wrong with it.
    """
    kept = tuple(dict.fromkeys(patterns))
    if len(kept) > MOST_PATTERNS:
        raise InvalidPattern(f"A policy has at most {MOST_PATTERNS} patterns; these are {len(kept)}.")
    for pattern in kept:
        name, at, pin = pattern.partition("@")
        parts = name.split("/")
        if len(pattern) > LONGEST_PATTERN or len(parts) != PARTS or not all(_PART.fullmatch(part) for part in parts):
            raise InvalidPattern(f"{pattern[:200]!r} is not of the form owner/library/object.")
        if at and not _PIN.fullmatch(pin):
            raise InvalidPattern(f"{pattern[:200]!r}: after the @ stands a version number or a content hash.")
    return kept


def allows(
    patterns: Iterable[str], subject: str, *, version: int | None = None, content_hash: str | None = None
) -> bool:
    """Whether a machine with these patterns runs `subject`, an `owner/library/object`.

    A pinned pattern lets its version in and no other, and nothing where the version is not known.
    """
    wanted = subject.split("/")
    if len(wanted) != PARTS:
        return False
    pins = {str(version)} if version is not None else set()
    if content_hash is not None:
        pins.add(content_hash)
    for pattern in patterns:
        name, at, pin = pattern.partition("@")
        if at and pin not in pins:
            continue
        parts = name.split("/")
        if len(parts) == PARTS and all(map(_matches, parts, wanted)):
            return True
    return False


def _matches(pattern: str, name: str) -> bool:
    """Whether a part matches, in time that grows with the lengths alone: each piece is taken where it first fits."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == name
    *middle, last = rest
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in middle:
        found = name.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
