"""What a worker that serves many runs puts back between them, and what makes it stop instead."""

from __future__ import annotations

import os
import signal
import sys
import threading

from spl.runtime import launch

# Signals that user code may have taken over; the rest can't be, or is not ours.
SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE")
    if hasattr(signal, name)
)


class Baseline:
    """The process as it was before its first run."""

    def __init__(self) -> None:
        self._folder = os.getcwd()
        self._environment = dict(os.environ)
        self._path = list(sys.path)
        self._handlers = {number: signal.getsignal(number) for number in SIGNALS}
        self._streams = (sys.stdin, sys.stdout, sys.stderr)
        self._output = (launch.private(1), launch.private(2))
        self._threads = set(threading.enumerate())

    def restore(self) -> str | None:
        """Put everything back; what can't be put back is returned in words."""
        leftover = self._leftover()
        os.chdir(self._folder)
        self._restore_environment()
        sys.path[:] = self._path
        sys.stdin, sys.stdout, sys.stderr = self._streams
        for saved, fd in zip(self._output, (1, 2)):
            os.dup2(saved, fd)
        os.umask(0o077)
        for number, handler in self._handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        return leftover

    def _leftover(self) -> str | None:
        threads = [thread.name for thread in threading.enumerate() if thread not in self._threads]
        if threads:
            return "the function left threads: " + ", ".join(threads)
        children = launch.children()
        if children:
            return f"the function left {len(children)} processes"
        if sys.stdout.closed or sys.stderr.closed:
            return "the function closed its output"
        return None

    def _restore_environment(self) -> None:
        for name in (launch.RUN_ID, launch.ATTEMPT):
            os.environ.pop(name, None)
        if dict(os.environ) != self._environment:
            os.environ.clear()
            os.environ.update(self._environment)
