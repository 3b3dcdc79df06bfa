"""The daemon's end of a zygote: it is asked for children, and tells what becomes of them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from spl.daemon.runs.workers.line import SocketLine
from spl.daemon.runs.workers.process import Launcher, Process
from spl.daemon.runs.workers.served import START_SECONDS, ImportFailed, import_crashed, too_slow
from spl.daemon.runs.workers.worker import LEAVE_SECONDS, LOST_SECONDS, Worker
from spl.runtime.channel import pack


class ForkedWorker(Worker):
    """A child of a zygote, which serves one run."""

    def __init__(self, zygote: Zygote, line: SocketLine, gone: Callable[[Worker], None]) -> None:
        self._zygote = zygote
        self._early_signal: int | None = None
        self._line_lost = False
        super().__init__("fork", line, gone)

    def on_forked(self, pid: int) -> None:
        self.pid = pid
        if self._early_signal is not None:
            self.signal(self._early_signal)

    def signal(self, number: int) -> None:
        """By way of the zygote: it knows whether the number is still this child's."""
        if self.pid is None:
            self._early_signal = number
        elif self._zygote.alive:
            self._zygote.signal_child(self.pid, number)
        elif not self._line_lost:  # a child that holds its line is alive
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def on_orphaned(self) -> None:
        """Its zygote is gone. Where the system does not end it with that, it may well finish."""
        if self._line_lost or self.dismissed:
            self.on_exit(None)
        elif self.pid is None:
            asyncio.get_running_loop().call_later(LEAVE_SECONDS, self.on_exit, None)

    def _on_lost(self) -> None:
        self._line_lost = True
        if self._zygote.alive:
            super()._on_lost()
        else:
            self.on_exit(None)


class Zygote:
    """A warm parent for one bundle in one environment build."""

    def __init__(self, process: Process, line: SocketLine) -> None:
        loop = asyncio.get_running_loop()
        self._process = process
        self._line = line
        self._ready: asyncio.Future[dict[str, Any]] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self._number = 0
        self._unborn: dict[int, ForkedWorker] = {}
        self._children: dict[int, ForkedWorker] = {}
        line.open(self._on_frame, self._on_lost)
        process.watch(self._on_exit)

    @classmethod
    async def start(cls, launcher: Launcher, python: Path, bundle: Path) -> Zygote:
        """Start one; whether it can fork is known when it is `ready`."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await launcher.spawn(
                    *(python, "zygote", bundle, "--control", str(theirs.fileno())),
                    fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
            except BaseException:
                ours.close()
                raise
        return cls(process, SocketLine(ours))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self.gone.done()

    async def ready(self) -> str | None:
        """Wait until the bundle is imported; why it must not be forked, or None where it may.

        Raises:
            ImportFailed: it can't be imported.
        """
        try:
            async with asyncio.timeout(START_SECONDS):
                header = await asyncio.shield(self._ready)
        except TimeoutError:
            self._process.signal(signal.SIGKILL)
            raise too_slow() from None
        if header.get("error"):
            raise ImportFailed.of(header["error"])
        return None if header["fork_safe"] else str(header["reason"])

    def fork(self, gone: Callable[[Worker], None]) -> ForkedWorker:
        """A new child. It may be sent its command at once, before it is born.

        Raises:
            OSError: there are no file descriptors or buffers left for it.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            worker = ForkedWorker(self, SocketLine(ours), gone)
            self._number += 1
            try:
                self._line.send(pack({"op": "fork", "n": self._number}), fds=[theirs.fileno()])
            except OSError:
                worker.dismiss()
                raise
        self._unborn[self._number] = worker
        return worker

    def signal_child(self, pid: int, number: int) -> None:
        self._line.send(pack({"op": "kill", "pid": pid, "signal": int(number)}))

    async def close(self) -> None:
        """Let it end, with all of its children."""
        self._line.close()
        timer = asyncio.get_running_loop().call_later(LOST_SECONDS, self._process.signal, signal.SIGKILL)
        await self.gone
        timer.cancel()

    def _on_frame(self, header: dict[str, Any], _: bytes) -> None:
        match header["op"]:
            case "ready":
                self._ready.set_result(header)
            case "forked":
                worker = self._unborn.pop(header["n"])
                self._children[header["pid"]] = worker
                worker.on_forked(header["pid"])
            case "refused":
                self._unborn.pop(header["n"]).refuse(header["reason"])
            case "exited":
                self._children.pop(header["pid"]).on_exit(header["status"])

    def _on_lost(self) -> None:
        """It is ending, or is out of hand; its exit says the rest."""
        asyncio.get_running_loop().call_later(LOST_SECONDS, self._process.signal, signal.SIGKILL)

    def _on_exit(self, status: int) -> None:
        self._line.drain()
        self._line.close()
        if not self._ready.done():
            self._ready.set_exception(import_crashed(self._process, status))
            self._ready.exception()  # whoever waits hears of it; nobody need be
        self._process.close()
        self.gone.set_result(None)
        for worker in [*self._unborn.values(), *self._children.values()]:
            worker.on_orphaned()
        self._unborn.clear()
        self._children.clear()
