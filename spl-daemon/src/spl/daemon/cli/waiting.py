"""What somebody who waits gets to see: a line that is drawn over again on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any, Self

from spl.daemon.cli.layout import duration, printable
from spl.daemon.cli.output import Output

# Who waits longer than this wants to know why; quicker things stay silent.
SILENT_SECONDS = 0.7

PHASES = {
    "waiting": "waiting for a free worker",
    "building": "building its environment",
    "starting": "starting",
    "running": "running",
    "uploading": "keeping its files",
}


class Screen:
    """One thing that is waited for: a live line on a terminal, a line for each change elsewhere."""

    def __init__(self, out: Output, title: str) -> None:
        self._out = out
        self._title = title
        self._began = time.monotonic()
        self._last = ""
        self._status: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    @property
    def silent(self) -> bool:
        return time.monotonic() - self._began < SILENT_SECONDS

    def show(self, about: str, detail: str = "") -> None:
        """Say what it is about now; `detail` moves too quickly to be a line of its own."""
        if self.silent or self._out.quiet:
            return
        if self._out.live:
            self._draw(about, detail)
        elif about != self._last:
            self._out.note(f"{self._title}: {about}")
        self._last = about

    def say(self, text: str) -> None:
        """Let somebody else's words pass above the line."""
        self.clear()
        sys.stderr.write(text)
        sys.stderr.flush()

    def clear(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _draw(self, about: str, detail: str) -> None:
        from rich.markup import escape

        took = duration(1000 * int(time.monotonic() - self._began))
        words = ", ".join(part for part in (about, detail, took) if part)
        room = max(20, shutil.get_terminal_size().columns - 4)
        line = escape(printable(f"{self._title}: {words}".replace("\n", " "))[:room])
        if self._status is not None:
            self._status.update(line)
            return
        from rich.console import Console
        from rich.status import Status

        console = Console(stderr=True, no_color=not self._out.colored(sys.stderr), highlight=False)
        self._status = Status(line, console=console)
        self._status.start()


def phase_words(run: dict[str, Any]) -> tuple[str, str]:
    """What a run is about, and how far its function says it is."""
    phase = str(run.get("phase") or run["state"])
    told = run.get("progress") or {}
    parts = [f"{told.get('done') or 0:g}/{told['total']:g}" if told.get("total") else "", told.get("text") or ""]
    return PHASES.get(phase, phase), " ".join(part for part in parts if part)
