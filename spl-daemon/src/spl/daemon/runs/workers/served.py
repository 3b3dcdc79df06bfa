"""A worker in an interpreter of its own: `spare` and `fresh` for one run, `reuse` for many."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spl.daemon.runs.workers.command import Mode
from spl.daemon.runs.workers.line import Line
from spl.daemon.runs.workers.process import Launcher, Process, exit_words
from spl.daemon.runs.workers.worker import Worker

# The heaviest libraries import in half a minute from a cold disk.
START_SECONDS = 120.0


# What tells the kinds apart. A fresh interpreter imports only what its one run turns out to need.
FLAGS: dict[Mode, tuple[str, ...]] = {"spare": ("--once",), "fresh": ("--once", "--cold"), "reuse": ()}


class ImportFailed(Exception):
    """The bundle can't be imported. `error` is the error document, as JSON."""

    def __init__(self, error: bytes) -> None:
        super().__init__(error.decode("utf-8", "replace")[:500])
        self.error = error

    @classmethod
    def of(cls, document: dict[str, Any]) -> ImportFailed:
        return cls(json.dumps(document, separators=(",", ":")).encode())


class ServedWorker(Worker):
    """Speaks over the process's standard input and output."""

    def __init__(self, mode: Mode, process: Process, line: Line, gone: Callable[[Worker], None]) -> None:
        self._process = process
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pid = process.pid
        super().__init__(mode, line, gone)
        process.watch(self.on_exit)

    async def ready(self) -> None:
        """Wait until the bundle is imported.

        Raises:
            ImportFailed: it can't be.
        """
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._ready
        except TimeoutError:
            raise too_slow() from None
        finally:
            if not self._ready.done() or self._ready.cancelled() or self._ready.exception():
                self.kill()

    def signal(self, number: int) -> None:
        self._process.signal(number)

    def on_exit(self, status: int | None) -> None:
        if not self._ready.done():
            self._line.drain()
        if not self._ready.done():
            self._ready.set_exception(import_crashed(self._process, status))
            self._ready.exception()  # whoever waits hears of it; nobody need be
        self._process.close()
        super().on_exit(status)

    def _on_other(self, header: dict[str, Any]) -> None:
        if header["op"] == "ready" and not self._ready.done():
            if header.get("error"):
                self._ready.set_exception(ImportFailed.of(header["error"]))
                self._ready.exception()
            else:
                self._ready.set_result(None)


async def start_served(
    launcher: Launcher, mode: Mode, python: Path, bundle: Path, gone: Callable[[Worker], None]
) -> ServedWorker:
    """A worker that is ready for its first command.

    Raises:
        ImportFailed: the bundle can't be imported.
        OSError: the interpreter can't be started.
    """
    process, line = await launcher.serve(python, bundle, *FLAGS[mode])
    worker = ServedWorker(mode, process, line, gone)
    await worker.ready()
    return worker


def import_crashed(process: Process, status: int | None) -> ImportFailed:
    words = process.last_words()
    message = f"The worker {exit_words(status)} while it imported the bundle."
    return ImportFailed.of(
        {"type": "ImportCrashed", "message": message, "frames": [], "notes": [words] if words else []}
    )


def too_slow() -> ImportFailed:
    message = f"Importing the bundle took longer than {START_SECONDS:g} seconds."
    return ImportFailed.of({"type": "ImportTimedOut", "message": message, "frames": [], "notes": []})
