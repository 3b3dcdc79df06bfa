"""What a run tells while it goes on: its phases, its progress, and what it prints, as events on their way to a server.

None of it is written down for the server's sake: what a run prints is in its files, and a phase that is over is news to
nobody. What was sent and not acknowledged is sent again, with the same ids.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spl.daemon.runs.folder import STREAMS, RunFolder, Stream
from spl.daemon.runs.ids import new_id

# One piece of output: a few of them make a request, and none is too large to be an event.
PIECE_BYTES = 64 * 1024
# Events of one run that wait while the server is away. Beyond it the oldest that can be missed go; output is read
# again from its file.
MOST_WAITING = 200
# Nodes in one event; of a pipeline that runs more than this between two requests, the last ones are told.
MOST_NODES = 200


@dataclass(frozen=True, slots=True)
class Event:
    """One event on its way."""

    id: str
    kind: str
    run_id: str
    fence: str
    seq: int
    data: str

    def json(self) -> str:
        head = json.dumps(
            {"id": self.id, "kind": self.kind, "run_id": self.run_id, "fence": self.fence, "seq": self.seq},
            separators=(",", ":"),
        )
        return f'{head[:-1]},"data":{self.data}' + "}"


@dataclass(slots=True, eq=False)
class Telemetry:
    """The events of one attempt, in their order.

    Attributes:
        dropped: how many were let go because the server was away for too long.
    """

    run_id: str
    fence: str
    waiting: deque[Event] = field(default_factory=deque)
    dropped: int = 0
    seq: int = 0
    _nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _offsets: dict[Stream, int] = field(default_factory=lambda: dict.fromkeys(STREAMS, 0))

    def phase(self, phase: str, line: str | None = None) -> None:
        self._tell("phase", {"phase": phase, **({"build": line} if line is not None else {})})

    def progress(self, done: float | None, total: float | None, text: str) -> None:
        if self.waiting and self.waiting[-1].kind == "progress":
            self.waiting.pop()  # nobody has seen it, and the new one says more
        self._tell("progress", {"done": done, "total": total, "text": text})

    def nodes(self, changes: Iterable[dict[str, Any]]) -> None:
        """Nodes of a pipeline began, ended or became something elsewhere; what waits to be told is told with it."""
        if self.waiting and self.waiting[-1].kind == "node":
            self.waiting.pop()
        else:
            self._nodes.clear()
        for change in changes:
            node = str(change["node"])
            self._nodes[node] = {**self._nodes.get(node, {}), **change}
        told = list(self._nodes.values())
        self._tell("node", {"nodes": told[-MOST_NODES:]})

    def output(self, folder: RunFolder, *, ended: bool) -> bool:
        """Take in what was printed since the last look; whether there was anything."""
        before = self.seq
        for stream in STREAMS:
            while len(self.waiting) < MOST_WAITING or ended:
                offset = self._offsets[stream]
                if folder.size(stream) <= offset:
                    break
                piece = folder.read(stream, offset, PIECE_BYTES, ended=ended)
                if piece.next_offset == offset:
                    break
                self._offsets[stream] = piece.next_offset
                said = {"stream": stream, "offset": offset, "text": piece.text, "dropped_bytes": piece.dropped}
                self._tell("log", said)
        return self.seq != before

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def acknowledged(self, ids: Iterable[str]) -> None:
        """The server has these."""
        known = set(ids)
        self.waiting = deque(event for event in self.waiting if event.id not in known)

    def _tell(self, kind: str, data: dict[str, Any]) -> None:
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        self.waiting.append(Event(new_id(), kind, self.run_id, self.fence, self.next_seq(), text))
        if len(self.waiting) > MOST_WAITING:
            for event in self.waiting:
                if event.kind != "log":  # the pieces of a log must stay whole
                    self.waiting.remove(event)
                    self.dropped += 1
                    break
