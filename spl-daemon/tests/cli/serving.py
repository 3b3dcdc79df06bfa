"""A daemon started as its users start it: `spl-daemon serve`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spl.core.wire.endpoint import Endpoint, read_endpoint

START_SECONDS = 60.0


@dataclass
class Served:
    """A daemon that runs, and the command line that speaks to it."""

    process: subprocess.Popen[bytes]
    home: Path
    endpoint: Endpoint
    here: Callable[..., Any] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "spl.daemon", *arguments, "--home", str(self.home)]


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[Served]:
    home = folder / "home"
    environment = {**os.environ, "SPL_STATE_DIR": str(folder / "state")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "spl.daemon", "serve", "--home", str(home), "--port", "0", *arguments]
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while (endpoint := read_endpoint(home / "daemon-endpoint.json")) is None:
            said = (folder / "serve.log").read_text(errors="replace")
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.01)
        yield Served(process, home, endpoint)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)
