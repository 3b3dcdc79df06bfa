"""What happens to a run, as it happens: states, phases, progress and output."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from spl.daemon.runs.folder import STREAMS, Stream
from spl.daemon.runs.live import LiveRun
from spl.daemon.runs.logs import LOOK_SECONDS

if TYPE_CHECKING:
    from spl.daemon.runs.service import Runs

# Output in one event; the next one follows at once where there is more.
OUTPUT_BYTES = 64 * 1024


class Events:
    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    async def of(self, run: str) -> AsyncIterator[dict[str, Any]]:
        """Where the run stands, then all that follows until it has ended: `{"event": kind, ...}` each.

        Raises:
            RunNotFound
        """
        live = self._runs.live(run)
        if live is None:
            record, _ = await self._runs.find(run)
            async for event in self._output(run, dict.fromkeys(STREAMS, 0), ended=True):
                yield event
            yield {"event": "state", "state": record.state, "reason": record.reason}
            return
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        live.listeners.append(queue)
        try:
            async for event in self._follow(live, queue):
                yield event
        finally:
            live.listeners.remove(queue)

    async def _follow(self, live: LiveRun, queue: asyncio.Queue[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
        offsets: dict[Stream, int] = dict.fromkeys(STREAMS, 0)
        if not live.ended:
            yield {"event": "state", "state": live.state}
            yield {"event": "phase", "phase": live.phase}
            if live.progress:
                yield {"event": "progress", **live.progress}
        while not live.ended and not self._runs.supervisor.draining:
            async for event in self._output(live.id, offsets, ended=False):
                yield event
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    event = await queue.get()
            except TimeoutError:
                continue
            if not _is_last(event):
                yield event
        async for event in self._output(live.id, offsets, ended=True):
            yield event
        while not queue.empty():
            event = queue.get_nowait()
            if not _is_last(event):
                yield event
        if live.outcome is not None and live.ended:
            yield {"event": "state", "state": live.outcome.state, "reason": live.outcome.reason}

    async def _output(self, run: str, offsets: dict[Stream, int], *, ended: bool) -> AsyncIterator[dict[str, Any]]:
        folder = self._runs.folder(run)
        for stream in STREAMS:
            while True:
                piece = await asyncio.to_thread(folder.read, stream, offsets[stream], OUTPUT_BYTES, ended=ended)
                offsets[stream] = piece.next_offset
                if piece.next_offset == piece.offset:
                    break
                yield {"event": "log", "stream": stream, "offset": piece.offset, "text": piece.text}


def _is_last(event: dict[str, Any]) -> bool:
    """The end is told after the last of the output, whatever was in the queue before."""
    return event["event"] == "state" and "reason" in event
