"""Waiting for a run in front of a person: its phases, what it prints, and what Ctrl-C means."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from spl.core.errors import SPLError, WaitTimedOut
from spl.core.wire.base import LONG_POLL
from spl.daemon.cli.command import Cli
from spl.daemon.cli.waiting import SILENT_SECONDS, Screen, phase_words

if TYPE_CHECKING:
    from spl.client.handles import Run

# Four pictures a second look alive; a look at the run costs the daemon some tenths of a millisecond.
REDRAW_SECONDS = 0.25


def watched(cli: Cli, run: Run, *, patience: float | None = None) -> Run:
    """The run once it has ended, shown while it goes on.

    Raises:
        WaitTimedOut: it has not ended after `patience` seconds; it goes on.
        KeyboardInterrupt: Ctrl-C, after asking what it means.
    """
    deadline = None if patience is None else time.monotonic() + patience
    try:
        with Screen(cli.out, f"{run.object} {run.id}") as screen:
            printed = Printed(cli, run.id, screen.say) if not cli.out.quiet else None
            while not run.ended:
                _look(run, screen, deadline)
                if printed is not None and not screen.silent:
                    printed.relay()
            if printed is not None:
                printed.relay(ended=True)
    except KeyboardInterrupt:
        _interrupted(cli, run)
        raise
    return run


def _look(run: Run, screen: Screen, deadline: float | None) -> None:
    """Wait a moment for the end, or tell how far it is."""
    step = SILENT_SECONDS if screen.silent else REDRAW_SECONDS
    left = LONG_POLL if deadline is None else deadline - time.monotonic()
    if left <= 0:
        raise WaitTimedOut(
            f"Run {run.id} has not ended yet; it goes on.",
            hint=f"`spl-daemon run-result {run.id} --wait` waits again, `spl-daemon run-cancel {run.id}` stops it.",
        )
    with suppress(WaitTimedOut):
        run.wait(min(step, left), progress=False)
    if not run.ended:
        screen.show(*phase_words(run.raw))


class Printed:
    """What a run prints, passed on as it comes."""

    def __init__(self, cli: Cli, run_id: str, say: Callable[[str], None]) -> None:
        from spl.client.logs import LogPages

        self._cli = cli
        self._say = say
        self._pages = LogPages(run_id, "all")

    def relay(self, *, ended: bool = False) -> None:
        """Pass on what is new; a run whose output can't be read any more is no reason to fail."""
        with suppress(SPLError):
            text = self._cli.do(self._pages.all())
            if text:
                self._say(text if not ended or text.endswith("\n") else f"{text}\n")


def _interrupted(cli: Cli, run: Run) -> None:
    """Ctrl-C stops the waiting; on a terminal it is asked whether the run is to be stopped too."""
    if cli.out.interactive and not cli.out.json and _wants_cancel():
        run.cancel()
        cli.out.note(f"Run {run.id} is being cancelled.")
        return
    cli.out.note(
        f"Stopped waiting; run {run.id} goes on. `spl-daemon run-result {run.id} --wait` waits for its value, "
        f"`spl-daemon run-cancel {run.id}` stops it."
    )


def _wants_cancel() -> bool:
    """Asked once; another Ctrl-C, or an end of input, leaves the run alone."""
    sys.stderr.write("\nLeave the run going, or cancel it? [leave/cancel] ")
    sys.stderr.flush()
    try:
        return sys.stdin.readline().strip().lower() in ("c", "cancel")
    except KeyboardInterrupt:
        return False
