"""A line of a notebook's output that is drawn over again."""

from __future__ import annotations

from typing import Any

from spl.client.display.html import STYLE, text


class NotebookScreen:
    """One output of the running cell, updated in place."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, line: str) -> None:
        shown = {"text/plain": line, "text/html": f'{STYLE}<div class="spl-card" role="status">{text(line)}</div>'}
        if self._handle is None:
            from IPython.display import display

            self._handle = display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)

    def close(self, line: str) -> None:
        if self._handle is not None and line:
            self.show(line)
