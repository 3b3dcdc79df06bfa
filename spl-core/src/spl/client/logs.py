"""What a run printed, read page by page."""

from __future__ import annotations

from typing import Literal

from spl.core.wire import runs as wire
from spl.core.wire.base import LONG_POLL, Flow
from spl.core.wire.waiting import patiently

type Stream = Literal["stdout", "stderr", "all"]

FOLLOW_STEP = 1.0
"""Seconds to wait for more of one stream before looking at the other."""


class LogPages:
    """Where one reader is in what a run printed."""

    def __init__(self, run_id: str, stream: Stream, at: str = wire.HERE) -> None:
        self._run_id = run_id
        self._at = at
        self._offsets: dict[str, int] = dict.fromkeys(("stdout", "stderr") if stream == "all" else (stream,), 0)
        self._ended: set[str] = set()

    @property
    def ended(self) -> bool:
        return self._ended == set(self._offsets)

    def all(self) -> Flow[str]:
        """Everything that is there now, stream by stream."""
        pieces = []
        for stream in self._offsets:
            while piece := (yield from self._page(stream, 0.0)):
                pieces.append(piece)
        return "".join(pieces)

    def more(self, wait: float = FOLLOW_STEP) -> Flow[str]:
        """What has come since, waiting for it if there is nothing."""
        pieces = ["" for _ in self._offsets]
        for position, stream in enumerate(self._offsets):
            pieces[position] = yield from self._page(stream, 0.0)
        if not any(pieces) and not self.ended:
            stream = next(stream for stream in self._offsets if stream not in self._ended)
            alone = len(self._offsets) - len(self._ended) == 1
            pieces.append((yield from self._page(stream, LONG_POLL if alone else wait)))
        return "".join(pieces)

    def _page(self, stream: str, wait: float) -> Flow[str]:
        if stream in self._ended:
            return ""
        request = wire.logs(self._run_id, stream, self._offsets[stream], wait, at=self._at)
        page = (yield from patiently(request)).json()
        self._offsets[stream] = page["next_offset"]
        if page["ended"] and page["next_offset"] >= page["size"]:
            self._ended.add(stream)
        return str(page["text"])
