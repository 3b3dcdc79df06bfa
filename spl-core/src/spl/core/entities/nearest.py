"""What somebody who made a slip meant."""

from __future__ import annotations

from collections.abc import Iterable

SHOWN = 12
"""Names listed in a message; more would hide the sentence."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like it, if any does."""
    from difflib import get_close_matches  # slow to import, and only ever needed on the way to an error

    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question to end a message with, or nothing: ` Did you mean 'scale'?`."""
    found = nearest(name, known)
    return f" Did you mean {found!r}?" if found else ""


def listed(names: Iterable[str]) -> str:
    """Names for a message: `'a', 'b'`, or `none`."""
    quoted = [repr(name) for name in names]
    if len(quoted) > SHOWN:
        quoted[SHOWN:] = [f"... {len(quoted) - SHOWN} more"]
    return ", ".join(quoted) or "none"
