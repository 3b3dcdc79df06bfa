"""What somebody who waits gets to see: one line in a terminal, one output in a notebook, nothing anywhere else.

Nothing is drawn in the first moments, so quick calls stay silent; drawing is plain text and HTML, no widgets.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from spl.core.errors import SPLError
from spl.core.wire import objects
from spl.core.wire.base import Flow

SILENT_SECONDS = 0.7
"""Seconds that pass before anything is shown: who waits longer wants to know why."""

REDRAW_SECONDS = 0.25
"""Seconds between two pictures: four a second look alive, and cost the daemon nothing."""

BAR_CELLS = 24

_PHASES = {
    "waiting": "waiting for a free worker",
    "building": "building its environment",
    "starting": "starting",
    "running": "running",
    "uploading": "keeping its files",
    "waiting_for_server": "waiting for the server",
}


class Screen(Protocol):
    """Where the picture is drawn."""

    def show(self, text: str) -> None: ...

    def close(self, text: str) -> None: ...


class TerminalLine:
    """One line of standard error, drawn over again and cleared at the end."""

    def __init__(self) -> None:
        self._width = 0

    def show(self, text: str) -> None:
        import shutil

        line = text.replace("\n", " ")[: max(20, shutil.get_terminal_size().columns - 1)]
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def close(self, text: str) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
        self._width = 0


def find_screen() -> Screen | None:
    """The notebook's output or the terminal, whichever somebody is looking at."""
    if in_notebook():
        from spl.client.display.progress import NotebookScreen

        return NotebookScreen()
    stream = sys.stderr
    try:
        return TerminalLine() if stream is not None and stream.isatty() else None
    except ValueError:  # it was closed
        return None


def in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    running: Any = shell.get_ipython() if shell is not None and hasattr(shell, "get_ipython") else None
    return running is not None and hasattr(running, "kernel")


class RunWatch:
    """Shows one run. Called with the run, it says how many seconds the next look may wait."""

    def __init__(self, screen: Screen, do: Callable[[Flow[str]], str] | None) -> None:
        self._screen = screen
        self._do = do
        self._began = time.monotonic()
        self._last = ""

    def __call__(self, run: dict[str, Any]) -> float:
        left = SILENT_SECONDS - (time.monotonic() - self._began)
        if left > 0:
            return left
        self._last = f"{run['object']}: {self._about(run)}"
        self._screen.show(f"{self._last}, {time.monotonic() - self._began:.0f} s")
        return REDRAW_SECONDS

    def close(self) -> None:
        self._screen.close(f"{self._last}, {time.monotonic() - self._began:.1f} s" if self._last else "")

    def _about(self, run: dict[str, Any]) -> str:
        phase = str(run.get("phase") or run["state"])
        words = _PHASES.get(phase, phase)
        waits = run.get("waiting")
        if waits and run["state"] in ("queued", "waiting_for_server"):
            return str(waits.get("text") or waits.get("code") or words)
        told = run.get("progress") or {}
        if phase == "building":
            line = self._installer_line(run)
            return f"{words} ({line})" if line else words
        if told.get("total"):
            return f"{bar(told.get('done') or 0, told['total'])} {told.get('text') or ''}".rstrip()
        return f"{words}: {told['text']}" if told.get("text") else words

    def _installer_line(self, run: dict[str, Any]) -> str:
        if self._do is None:
            return ""
        try:
            return self._do(_line_of(run))
        except SPLError:
            return ""


def watch(do: Callable[[Flow[str]], str] | None) -> RunWatch | None:
    screen = find_screen()
    return RunWatch(screen, do) if screen is not None else None


class LineWatch:
    """Shows what somebody else says, such as an installer."""

    def __init__(self, screen: Screen, label: str) -> None:
        self._screen = screen
        self._label = label
        self._began = time.monotonic()
        self._last = ""

    def __call__(self, line: str) -> float:
        left = SILENT_SECONDS - (time.monotonic() - self._began)
        if left > 0:
            return left
        self._last = f"{self._label}: {line}" if line else self._label
        self._screen.show(f"{self._last}, {time.monotonic() - self._began:.0f} s")
        return REDRAW_SECONDS

    def close(self) -> None:
        self._screen.close(f"{self._last}, {time.monotonic() - self._began:.1f} s" if self._last else "")


class CountWatch:
    """Shows how far a batch is."""

    def __init__(self, screen: Screen, name: str, total: int | None) -> None:
        self._screen = screen
        self._name = name
        self._total = total
        self._began = self._drawn = time.monotonic()
        self._last = ""

    def __call__(self, done: int, failed: int) -> None:
        now = time.monotonic()
        if now - self._began < SILENT_SECONDS or now - self._drawn < REDRAW_SECONDS:
            return
        self._drawn = now
        self._last = self._line(done, failed, now)
        self._screen.show(self._last)

    def close(self, done: int, failed: int) -> None:
        self._screen.close(self._line(done, failed, time.monotonic()) if self._last else "")

    def _line(self, done: int, failed: int, now: float) -> str:
        counted = bar(done, self._total) if self._total else f"{done} done"
        trouble = f", {failed} failed" if failed else ""
        took = now - self._began
        return f"{self._name}: {counted}{trouble}, {done / took:.0f}/s, {took:.0f} s"


def bar(done: float, total: float) -> str:
    """`[######..................] 25/100`"""
    part = min(1.0, max(0.0, done / total)) if total else 0.0
    cells = round(part * BAR_CELLS)
    return f"[{'#' * cells}{'.' * (BAR_CELLS - cells)}] {done:g}/{total:g}"


def _line_of(run: dict[str, Any]) -> Flow[str]:
    if run.get("mode") == "server":  # another machine builds it, and says so in the run's own phase
        return ""
    answer = (yield objects.ready(run["object"], run.get("version"), 0.0)).json()
    return str(answer.get("line") or "")
