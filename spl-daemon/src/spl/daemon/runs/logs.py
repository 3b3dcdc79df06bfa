"""What runs print, piece by piece."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from spl.daemon.runs.folder import Stream

if TYPE_CHECKING:
    from spl.daemon.runs.service import Runs

# Nothing tells of a file that grew; while somebody waits for it, it is looked at this often.
LOOK_SECONDS = 0.05


class Logs:
    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    async def read(self, run: str, stream: Stream, offset: int, limit: int, wait: float = 0.0) -> dict[str, Any]:
        """A piece of a stream from a byte offset on; with `wait`, once there is one or the run has ended.

        Raises:
            RunNotFound
        """
        live = self._runs.live(run)
        if live is None:
            await self._runs.find(run)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        folder = self._runs.folder(run)
        while True:
            ended = live is None or live.ended
            piece = await asyncio.to_thread(folder.read, stream, offset, limit, ended=ended)
            left = deadline - loop.time()
            if piece.next_offset > piece.offset or ended or left <= 0 or live is None:
                break
            await live.wait(min(LOOK_SECONDS, left))
        return {
            "stream": stream,
            "offset": piece.offset,
            "next_offset": piece.next_offset,
            "size": piece.size,
            "text": piece.text,
            "dropped_bytes": piece.dropped,
            "ended": ended and piece.next_offset >= piece.size,
        }
