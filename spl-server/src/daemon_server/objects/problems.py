"""What the catalogue says no with."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from daemon_server.http.problems import Conflict, Forbidden, Invalid, NotFound

# Names listed in a message; more would hide the sentence.
NAMED = 12


class ObjectNotFound(NotFound):
    """There is no such object."""

    code = "object_not_found"


class VersionNotFound(NotFound):
    """The object has no such version."""

    code = "version_not_found"


class FunctionNotFound(NotFound):
    """The object has no such function."""

    code = "function_not_found"


class OutputNotFound(NotFound):
    """The object has no such output."""

    code = "output_not_found"


class ReferenceBroken(NotFound):
    """What this reference refers to is not there for you any more."""

    code = "reference_broken"


class ExecutionOff(Forbidden):
    """Nothing of this library is run at present."""

    code = "execution_off"


class HashMismatch(Invalid):
    """The bundle's content is not what the publisher said."""

    code = "content_hash_mismatch"


class NameTaken(Conflict):
    """The library has something of this name already."""

    code = "name_taken"


class InvalidArguments(Invalid):
    """The object can't be called with these arguments."""

    code = "invalid_arguments"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question to end a message with, or nothing."""
    close = get_close_matches(name[:200], list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Names for a message: `'a', 'b'`, or `none`."""
    quoted = [repr(name) for name in names]
    if len(quoted) > NAMED:
        quoted[NAMED:] = [f"... {len(quoted) - NAMED} more"]
    return ", ".join(quoted) or "none"
