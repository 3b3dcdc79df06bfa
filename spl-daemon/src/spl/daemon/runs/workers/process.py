"""Interpreters started for workers: spawned, watched, and ended with all they started."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from spl.daemon.runs.workers.environment import worker_environment
from spl.daemon.runs.workers.line import Line, PipeLine, SocketLine
from spl.daemon.runs.workers.tree import end_tree

# Where the end of a process can't be waited for, it is looked for this often.
POLL_SECONDS = 0.02

# How much of what a process wrote outside of any run is worth showing.
LAST_WORDS = 4_000

POSIX = os.name == "posix"


class Process:
    """One spawned interpreter. It leads its own session, so that a signal reaches all it started."""

    def __init__(self, popen: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self.pid = popen.pid
        self._popen = popen
        self._log = log

    def watch(self, on_exit: Callable[[int], None]) -> None:
        """Call `on_exit` with the exit code, or minus the signal, once the process has ended."""
        loop = asyncio.get_running_loop()
        if hasattr(os, "pidfd_open"):
            with suppress(OSError):
                fd = os.pidfd_open(self.pid)
                loop.add_reader(fd, self._exited, on_exit, fd)
                return
        self._look_again(loop, on_exit)

    def signal(self, number: int) -> None:
        """Signal the process and its group; nothing happens where it has ended."""
        if self._popen.returncode is not None:
            return
        if POSIX:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)
        else:
            end_tree(self.pid)

    def last_words(self) -> str:
        """The end of what it wrote outside of any run."""
        with suppress(OSError, ValueError):
            size = self._log.seek(0, os.SEEK_END)
            self._log.seek(max(0, size - LAST_WORDS))
            return self._log.read().decode("utf-8", "replace").strip()
        return ""

    def close(self) -> None:
        self._log.close()

    def _exited(self, on_exit: Callable[[int], None], fd: int) -> None:
        asyncio.get_running_loop().remove_reader(fd)
        os.close(fd)
        self._reap(on_exit)

    def _look_again(self, loop: asyncio.AbstractEventLoop, on_exit: Callable[[int], None]) -> None:
        if self._is_running():
            loop.call_later(POLL_SECONDS, self._look_again, loop, on_exit)
        else:
            self._reap(on_exit)

    def _is_running(self) -> bool:
        """Without reaping it, where that can be told apart."""
        if POSIX:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        return self._popen.poll() is None

    def _reap(self, on_exit: Callable[[int], None]) -> None:
        # The group first: as long as its leader is not reaped, no other process can have its number.
        self.signal(signal.SIGKILL if POSIX else signal.SIGTERM)
        status = self._popen.wait()
        on_exit(status)


class Launcher:
    """Starts interpreters of any environment build on the installed runtime.

    They are started by one thread that lives as long as the launcher: on Linux a worker is killed when the thread that
    started it ends.
    """

    def __init__(self, main: Path, *, home: Path, blobs: Path) -> None:
        self._main = main
        self._blobs = blobs
        self._home = home
        self._environment = worker_environment(os.environ, home)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="launcher")

    async def spawn(
        self, python: Path, role: str, bundle: Path, *flags: str, fds: Sequence[int] = (), **streams: Any
    ) -> Process:
        """Start `role` (`zygote` or `serve`) on a bundle.

        Raises:
            OSError: the interpreter can't be started.
        """
        arguments = [
            *(str(python), "-I", str(self._main), role, *flags),
            *("--parent", str(os.getpid()), "--bundle", str(bundle), "--blobs", str(self._blobs)),
        ]
        start = asyncio.get_running_loop().run_in_executor(self._thread, self._start, arguments, fds, streams)
        return await start

    async def serve(self, python: Path, bundle: Path, *flags: str) -> tuple[Process, Line]:
        """Start a worker that serves over its standard input and output."""
        if not POSIX:
            process = await self.spawn(python, "serve", bundle, *flags, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            return process, PipeLine(process._popen.stdout, process._popen.stdin)  # type: ignore[arg-type]
        import socket

        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await self.spawn(python, "serve", bundle, *flags, stdin=theirs, stdout=theirs)
            except BaseException:
                ours.close()
                raise
        return process, SocketLine(ours)

    def close(self) -> None:
        self._thread.shutdown(wait=True)

    def _start(self, arguments: list[str], fds: Sequence[int], streams: dict[str, Any]) -> Process:
        log: IO[bytes] = tempfile.TemporaryFile(dir=self._main.parent)  # noqa: SIM115 (closed with the process)
        flags = 0 if POSIX else subprocess.CREATE_NEW_PROCESS_GROUP  # type: ignore[attr-defined,unused-ignore]
        try:
            popen = subprocess.Popen(
                arguments,
                env=self._environment,
                cwd=self._home,
                stderr=log,
                pass_fds=tuple(fds),
                start_new_session=POSIX,
                creationflags=flags,
                bufsize=0,
                **streams,
            )
        except BaseException:
            log.close()
            raise
        return Process(popen, log)


def exit_words(status: int | None) -> str:
    """How a process ended, in words."""
    if status is None:
        return "ended"
    if status >= 0:
        return f"exited with code {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"was killed by {name}"
