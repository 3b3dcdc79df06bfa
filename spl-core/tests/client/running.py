"""A daemon in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from spl.core.wire.endpoint import read_endpoint

from .conftest import wait_until


@dataclass
class Running:
    """A daemon process and its home."""

    home: Path
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        endpoint = read_endpoint(self.home / "daemon-endpoint.json")
        assert endpoint is not None
        return endpoint.port


def start(home: Path, state: Path, port: int = 0) -> Running:
    environment = {**os.environ, "SPL_STATE_DIR": str(state), "HOME": str(home.parent)}
    command = [sys.executable, "-m", "spl.daemon", "serve", "--port", str(port), "--home", str(home)]
    with (home.parent / "daemon.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    running = Running(home, process)

    def listens() -> bool:
        assert process.poll() is None, (home.parent / "daemon.log").read_text()
        endpoint = read_endpoint(home / "daemon-endpoint.json")
        return endpoint is not None and endpoint.pid == process.pid

    wait_until(listens, "the daemon listens", seconds=30)
    return running


def stop(running: Running) -> None:
    running.process.terminate()
    running.process.wait(30)
