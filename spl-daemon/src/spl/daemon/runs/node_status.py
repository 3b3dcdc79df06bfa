"""How far the nodes of a running pipeline are. Pure; kept in memory while the run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class NodeStatus:
    """Nodes in the order in which they began: `running`, or `ended` after so many seconds."""

    __slots__ = ("_elsewhere", "_seconds")

    def __init__(self) -> None:
        self._seconds: dict[str, float | None] = {}
        self._elsewhere: dict[str, dict[str, Any]] = {}

    def note(self, started: Sequence[str], ended: Sequence[tuple[str, float]]) -> None:
        for node in started:
            self._seconds.setdefault(node, None)
        for node, seconds in ended:
            self._seconds[node] = seconds

    def note_elsewhere(self, node: str, about: dict[str, Any]) -> None:
        """What is known of a remote node's run: its id, machine, state, and why it waits."""
        self._elsewhere[node] = {**self._elsewhere.get(node, {}), **about}

    def to_json(self) -> list[dict[str, Any]]:
        return [
            {
                "node": node,
                "state": "running" if seconds is None else "ended",
                "seconds": seconds,
                "elsewhere": self._elsewhere.get(node),
            }
            for node, seconds in self._seconds.items()
        ]
