"""Where an object is looked for on a server, and where it is to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from spl.core.errors import InvalidRequest

type OfflinePolicy = Literal["queue", "fail"]


@dataclass(frozen=True, slots=True)
class Remote:
    """What a call on a server says beside the call itself. What is None is the server's to choose.

    Attributes:
        owner, library: whose object; the caller's own `default` library if not given.
        target_machine: its id or name; the library's default machine, or one with the right labels, if not given.
        offline_policy: `queue` lets the run wait for a machine that is away, `fail` refuses it at once.
        queue: whether it may wait as long as the server keeps queued runs, and not only as long as a caller would.
        labels: what the machine must have.
        lost_after_seconds: for how long a machine may be silent before the run counts as lost.
        delivery: `{"mode": "at_least_once", "max_attempts": 3}` lets the run begin again when its machine dies.
        machine_subtoken: lends access to another user's machine; never shown.
        correlation_id, context: the caller's own words, kept with the run.
    """

    owner: str | None = None
    library: str | None = None
    target_machine: str | None = None
    offline_policy: OfflinePolicy | None = None
    queue: bool = False
    labels: Sequence[str] | None = None
    lost_after_seconds: float | None = None
    delivery: Mapping[str, Any] | None = None
    machine_subtoken: str | None = field(default=None, repr=False)
    correlation_id: str | None = None
    context: Mapping[str, Any] | None = None

    @property
    def named(self) -> bool:
        """Whether anything was said that only a server knows."""
        return any(
            value is not None for value in (self.owner, self.library, self.target_machine, self.offline_policy)
        ) or bool(self.labels or self.machine_subtoken)

    @property
    def said(self) -> str:
        """What was said, for the words of an error."""
        given = {"owner": self.owner, "library": self.library, "target_machine": self.target_machine}
        words = ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)
        return f" ({words})" if words else ""

    def body(self) -> dict[str, Any]:
        """The same as fields of a request."""
        if self.offline_policy not in (None, "queue", "fail"):
            raise InvalidRequest(f"offline_policy={self.offline_policy!r} is neither 'queue' nor 'fail'.")
        owner, library = self.owner, self.library
        if library is not None:
            owner, library = split_library(library, owner)
        fields = {
            "owner": owner,
            "library": library,
            "target_machine": self.target_machine,
            "offline_policy": self.offline_policy,
            "queue": self.queue or None,
            "labels": None if self.labels is None else list(self.labels),
            "lost_after_seconds": self.lost_after_seconds,
            "delivery": None if self.delivery is None else dict(self.delivery),
            "machine_subtoken": self.machine_subtoken,
            "correlation_id": self.correlation_id,
            "context": None if self.context is None else dict(self.context),
        }
        return {name: value for name, value in fields.items() if value is not None}


def split_library(library: str, owner: str | None = None) -> tuple[str | None, str]:
    """A library's owner and name, from `"alice/risk"` or from both apart; no owner means the caller."""
    first, slash, rest = library.partition("/")
    if not slash:
        return owner, library
    if owner is not None and owner != first:
        raise InvalidRequest(f"library={library!r} says owner {first!r}, and owner= says {owner!r}.")
    return first, rest
