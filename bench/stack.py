"""A daemon of our own for a benchmark: started, waited for, ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from spl.client import SPLClient

START_TIMEOUT = 30.0


@dataclass
class Stack:
    url: str
    port: int
    home: Path
    process: subprocess.Popen[bytes]
    started_seconds: float

    def client(self) -> SPLClient:
        return SPLClient(daemon_port=self.port)

    def rss_mb(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def start_daemon(home: Path, *options: str) -> Stack:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = (home.parent / f"{home.name}.log").open("ab")
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "spl.daemon", "serve", "--port", str(port), "--home", str(home), *options],
        stdout=log,
        stderr=log,
        env=clean_environment(),
    )
    log.close()
    while not healthy(url):
        if process.poll() is not None or time.perf_counter() - begin > START_TIMEOUT:
            raise RuntimeError(f"the daemon did not start; see {log.name}")
        time.sleep(0.005)
    return Stack(url, port, home, process, time.perf_counter() - begin)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def daemon(*options: str) -> Iterator[Stack]:
    """A daemon on a fresh home, with the current interpreter registered as `default`."""
    with tempfile.TemporaryDirectory(prefix="spl-bench-") as folder:
        os.environ["SPL_STATE_DIR"] = str(Path(folder) / "state")
        stack = start_daemon(Path(folder) / "home", *options)
        try:
            stack.client().register_env("default")
            yield stack
        finally:
            stop(stack.process)
