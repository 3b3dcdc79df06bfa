"""What this machine runs for a server, as its owner says: the last word, whatever the server thinks. Pure.

A pattern is `owner/library/object`; `*` stands for any run of characters inside its segment. Behind `@` stands a
version, or a content hash, that must be the one: `alice/risk/*`, `bob/reports/build@7`, `*/*/*`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from spl.core.errors import InvalidRequest

SEGMENTS = 3
# What a server takes to know of a machine.
MOST_PATTERNS = 200
LONGEST = 700

_PATTERN = re.compile(r"[A-Za-z0-9._*-]+(/[A-Za-z0-9._*-]+){2}(@[A-Za-z0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class MachinePolicy:
    """The patterns of what may run here; None stands for the owner's own objects, whoever the owner is."""

    allow: tuple[str, ...] | None = None

    def patterns(self, owner: str) -> tuple[str, ...]:
        """What is announced to the server."""
        return (f"{owner}/*/*",) if self.allow is None else self.allow

    def allows(self, owner: str, subject: str, *, version: int, content_hash: str) -> bool:
        """Whether `subject` (`owner/library/object`) may run on this machine of `owner`'s."""
        return any(_fits(pattern, subject, version, content_hash) for pattern in self.patterns(owner))


def checked(patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns, if they are ones.

    Raises:
        InvalidRequest: with the one that is not.
    """
    found = tuple(dict.fromkeys(patterns))
    if len(found) > MOST_PATTERNS:
        raise InvalidRequest(f"{len(found)} patterns are too many; at most {MOST_PATTERNS}.")
    for pattern in found:
        if len(pattern) > LONGEST or not _PATTERN.match(pattern):
            raise InvalidRequest(
                f"{pattern[:80]!r} is not a pattern of what may run here.",
                hint="It looks like alice/risk/score or alice/*/*, with @7 behind it for one version only.",
            )
    return found


def _fits(pattern: str, subject: str, version: int, content_hash: str) -> bool:
    name, _, pin = pattern.partition("@")
    if pin and pin not in (str(version), content_hash):
        return False
    wanted, given = name.split("/"), subject.split("/")
    if len(given) != SEGMENTS or len(wanted) != SEGMENTS:
        return False
    return all(_segment(one).fullmatch(other) for one, other in zip(wanted, given, strict=True))


def _segment(pattern: str) -> re.Pattern[str]:
    return re.compile("[^/]*".join(re.escape(part) for part in pattern.split("*")))
