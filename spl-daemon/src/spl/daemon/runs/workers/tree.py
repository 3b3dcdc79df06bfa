"""Processes that belong to runs, found among all processes of this user, and ended."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from spl.daemon.runs.workers.environment import HOME_VARIABLE
from spl.runtime.launch import RUN_ID

# Each round finds what was started while the one before was going on.
ROUNDS = 5

# How long a killed process may take to be gone before the next round.
ROUND_SECONDS = 2.0


def end_tree(pid: int) -> None:
    """End a process and everything below it."""
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        _end([*parent.children(recursive=True), parent])


def end_marked(home: Path, runs: Collection[str] | None = None) -> int:
    """End the processes that carry the mark of this home, and of one of these runs where any are named; how many."""
    ended = 0
    for _ in range(ROUNDS):
        found = list(marked(home, runs))
        if not found:
            break
        _end(found)
        ended += len(found)
    return ended


def marked(home: Path, runs: Collection[str] | None = None) -> Iterator[psutil.Process]:
    """The processes of this user that were started by a worker of this home, or are one."""
    own = psutil.Process()
    spared = {own.pid, *(process.pid for process in own.parents())}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid in spared or process.status() == psutil.STATUS_ZOMBIE:
                continue
            environment = process.environ()
            run = environment.get(RUN_ID)
            if environment.get(HOME_VARIABLE) == str(home) and run is not None and (runs is None or run in runs):
                yield process


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, timeout=ROUND_SECONDS)
