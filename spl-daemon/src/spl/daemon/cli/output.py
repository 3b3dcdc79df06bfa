"""Where a command's words go: data to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TextIO

from spl.core.errors import RunFailed, SPLError

BOLD, DIM, RED, YELLOW, GREEN, CYAN = "1", "2", "31", "33", "32", "36"


@dataclass(slots=True)
class Output:
    """How this command speaks.

    Attributes:
        json: data is one JSON document.
        quiet: only data and errors are said.
        no_color: never colour, whatever the terminal can.
    """

    json: bool = False
    quiet: bool = False
    no_color: bool = False

    # --- data, on stdout ---

    def data(self, document: Any, text: Callable[[], Iterable[str]]) -> None:
        """The command's answer: `document` for programs, the lines of `text` for people."""
        if self.json:
            self.document(document)
        else:
            self.lines(text())

    def document(self, document: Any, *, indent: int | None = 2) -> None:
        """One JSON document; `indent=None` keeps it on one line, for commands that go on."""
        _write(sys.stdout, json.dumps(document, ensure_ascii=False, indent=indent, default=repr) + "\n")

    def lines(self, lines: Iterable[str]) -> None:
        _write(sys.stdout, "".join(f"{line}\n" for line in lines))

    def table(self, lines: list[str]) -> list[str]:
        """A table with its header set off."""
        return [self.styled(lines[0], BOLD), *lines[1:]] if lines else []

    # --- everything else, on stderr ---

    def note(self, text: str) -> None:
        """Something nice to know; `--quiet` leaves it out."""
        if not self.quiet:
            _write(sys.stderr, f"{text}\n")

    def warn(self, text: str) -> None:
        _write(sys.stderr, f"{self.styled('warning:', YELLOW, stream=sys.stderr)} {text}\n")

    def error(self, error: SPLError) -> None:
        """What happened, where, and what to do next. With `--json`, the problem is also the document on stdout."""
        if self.json:
            self.document({"error": _problem(error)})
        lines = [f"{self.styled('error:', RED, stream=sys.stderr)} {error.message}"]
        if isinstance(error, RunFailed) and error.__cause__ is not None:
            lines = [*traceback_lines(error.__cause__), *lines]
        if error.hint:
            lines += [f"  {self.styled('next:', CYAN, stream=sys.stderr)} {error.hint}"]
        _write(sys.stderr, "\n".join(lines) + "\n")

    # --- the terminal ---

    def styled(self, text: str, *codes: str, stream: TextIO | None = None) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colored(stream or sys.stdout) else text

    def colored(self, stream: TextIO) -> bool:
        """Whether colour is wanted there: a terminal that has not said no (https://no-color.org)."""
        return (
            stream.isatty()
            and not self.no_color
            and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb"
        )

    @property
    def live(self) -> bool:
        """Whether a line may be redrawn while something is waited for."""
        return sys.stderr.isatty() and not self.quiet and not self.json and not _dumb()

    @property
    def interactive(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def traceback_lines(remote: BaseException) -> list[str]:
    """What the user's own function raised, as Python prints it: with its lines and its causes."""
    import traceback

    return [line for part in traceback.format_exception(remote) for line in part.rstrip("\n").split("\n")]


def _problem(error: SPLError) -> dict[str, Any]:
    problem = error.problem()
    if isinstance(error, RunFailed):
        problem["run"] = {
            "id": error.run_id, "reason": error.reason, "type": error.type, "frames": error.frames, "node": error.node,
        }  # fmt: skip
    return problem


def _dumb() -> bool:
    return os.environ.get("TERM") == "dumb"


def _write(stream: TextIO, text: str) -> None:
    """Characters the terminal can't show are written as escapes rather than ending the command."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
