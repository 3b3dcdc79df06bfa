"""What a server connection does for remote nodes. The daemon's link to a server brings it; runs know only this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from spl.daemon.runs.origin import Remote
from spl.daemon.runs.remote_nodes.nodes import RemoteNode

OnKnown = Callable[[Mapping[str, Any]], None]
"""Is told what becomes known of the run elsewhere: `run_id`, `machine`, `state`, `waiting` (why it waits)."""


@dataclass(frozen=True, slots=True)
class RemoteCall:
    """A remote node to be run by a server's machine.

    Attributes:
        node: what is called.
        arguments: a JSON object of value documents by name; their blobs are in this home.
        key: the same for the same node of the same attempt: asking twice runs it once.
        parent: the run on this machine.
        origin: the server's run that the parent is an attempt at, where it is one: its credential is used.
        allow_pickle: whether the run's caller allowed pickled values.
    """

    node: RemoteNode
    arguments: bytes
    key: str
    parent: str
    origin: Remote | None = None
    allow_pickle: bool = False


@dataclass(frozen=True, slots=True)
class RemoteOutcome:
    """How a remote node's run ended.

    Attributes:
        body: the value's document where `state` is succeeded, else the error's; blobs have been fetched into this home.
        kind: `function` or `pipeline`.
        about: `run_id`, `machine`, `object`, `version`, `state`, `reason`, as far as they are known.
    """

    state: str
    body: bytes
    kind: str = "function"
    about: Mapping[str, Any] = field(default_factory=dict)


class RemoteRuns(Protocol):
    """Runs remote nodes on machines of a server."""

    @property
    def server_url(self) -> str | None:
        """The base URL of the connected server; None where there is no connection."""

    async def call(self, asked: RemoteCall, on_known: OnKnown) -> RemoteOutcome:
        """Run it and wait for its end; cancelling this cancels the run elsewhere.

        Raises:
            SPLError: it was refused, or nobody can be asked.
        """
        ...


class NotConnected:
    """No server."""

    server_url = None

    async def call(self, asked: RemoteCall, on_known: OnKnown) -> RemoteOutcome:
        raise AssertionError("a daemon without a server does not ask one")
