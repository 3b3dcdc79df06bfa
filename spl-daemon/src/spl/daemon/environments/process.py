"""Runs a helper program to its end: its lines as they come, its whole process tree gone when its time is up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Programs that write without line ends (a progress bar, a binary) must not fill our memory.
LINE_BYTES = 64 * 1024
# What is kept of the output for whoever asks afterwards; installers say the important part last.
KEPT_LINES = 2_000

OnLine = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, and the last lines it wrote."""

    code: int
    text: str
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        return self.code == 0 and not self.timed_out


async def finished(
    command: Sequence[str],
    *,
    seconds: float,
    environment: Mapping[str, str],
    folder: Path | None = None,
    on_line: OnLine | None = None,
) -> Ended:
    """Run `command`, stdout and stderr as one stream, for at most `seconds`. Cancelling the caller ends it, too.

    Raises:
        OSError: it could not be started.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        cwd=folder,
        start_new_session=sys.platform != "win32",
        limit=LINE_BYTES,
    )
    kept: list[str] = []
    try:
        async with asyncio.timeout(seconds):
            assert process.stdout is not None
            await _read_lines(process.stdout, kept, on_line)
            code = await process.wait()
    except TimeoutError:
        return Ended(-1, "\n".join(kept), timed_out=True)
    finally:
        await _end_tree(process)
    return Ended(code, "\n".join(kept))


async def _read_lines(stream: asyncio.StreamReader, kept: list[str], on_line: OnLine | None) -> None:
    while True:
        try:
            raw = await stream.readline()
        except ValueError:  # a line longer than the limit: its beginning is dropped, the program goes on
            continue
        if not raw:
            return
        line = raw.decode("utf-8", "replace").rstrip()
        kept.append(line)
        if len(kept) > KEPT_LINES:
            del kept[: KEPT_LINES // 2]
        if on_line is not None:
            on_line(line)


async def _end_tree(process: asyncio.subprocess.Process) -> None:
    """Leave nothing of the program behind, also what it started itself."""
    if process.returncode is None or sys.platform != "win32":
        _kill_group(process.pid)
    if process.returncode is None:
        await process.wait()


def _kill_group(pid: int) -> None:
    if sys.platform == "win32":
        _kill_children(pid)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _kill_children(pid: int) -> None:
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in [*parent.children(recursive=True), parent]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
