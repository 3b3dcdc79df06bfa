"""A home under fire: one daemon at a time on it, callers that keep submitting, and a hand that ends processes."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from spl.client import SPLClient
from spl.core.errors import SPLError

START_TIMEOUT = 20.0
SETTLE_TIMEOUT = 60.0
"""Longest time after the last fault until every run must have an outcome."""


def trace(n: int, log: str, seconds: float) -> int:
    """Leave a line that it began, work a little, and answer."""
    import os
    import time

    line = os.environ["SPL_RUN_ID"] + "\n"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, line.encode())
    os.close(descriptor)
    time.sleep(seconds)
    return n * 2


@dataclass
class World:
    """One home with its daemon.

    Attributes:
        accepted: what each run that was answered with 2xx must return.
        seen: the terminal states clients were told.
    """

    folder: Path
    port: int
    isolation: str
    seed: int
    accepted: dict[str, object] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    daemon: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        self.executions = self.folder / "executions.log"
        self.log = self.folder / "daemon.log"
        self.stopping = threading.Event()
        self.random = random.Random(self.seed)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.daemon = subprocess.Popen(
                [sys.executable, "-m", "spl.daemon", "serve", "--port", str(self.port), "--home", str(self.home)],
                stdout=log,
                stderr=log,
                env={**os.environ, "SPL_DAEMON_ISOLATION": self.isolation, "SPL_DAEMON_KILL_GRACE_SECONDS": "1"},
            )
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            assert self.daemon.poll() is None, self.tail()
            with contextlib.suppress(SPLError, OSError):
                self.client().health()
                return
            time.sleep(0.02)
        raise AssertionError(f"the daemon did not come back\n{self.tail()}")

    def client(self) -> SPLClient:
        return SPLClient(daemon_home=self.home)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        assert self.daemon
        self.daemon.terminate()
        self.daemon.wait(40)

    # --- callers ------------------------------------------------------------------------------------------------------

    def submit_for_ever(self, number: int) -> None:
        """Submit runs, each with its expected value; a refused or broken request was simply not accepted."""
        chance = random.Random(f"{self.seed}/{number}")
        n = number * 1_000_000
        while not self.stopping.is_set():
            n += 1
            try:
                kwargs = {"n": n, "log": str(self.executions), "seconds": chance.choice([0, 0, 0.01, 0.05])}
                run = self.client().start("trace", kwargs=kwargs)
                self.accepted[run.id] = n * 2
                if chance.random() < 0.3:
                    run.wait(timeout=1.0)
                    if run.done():
                        self.seen.setdefault(run.id, run.status)
            except (SPLError, OSError):
                time.sleep(0.03)

    # --- faults -------------------------------------------------------------------------------------------------------

    def fault(self) -> None:
        """One fault, of a kind and at a moment that the seed chooses."""
        time.sleep(self.random.uniform(0.0, 0.25))
        kind = self.random.choices([self.kill_daemon, self.kill_worker, self.freeze_daemon], [4, 4, 1])[0]
        self.faults.append(kind.__name__)
        kind()

    def kill_daemon(self) -> None:
        assert self.daemon
        self.daemon.kill()
        self.daemon.wait()
        self.start()

    def kill_worker(self) -> None:
        assert self.daemon
        with contextlib.suppress(psutil.NoSuchProcess):
            below = psutil.Process(self.daemon.pid).children(recursive=True)
            if below:
                self.random.choice(below).kill()

    def freeze_daemon(self) -> None:
        assert self.daemon
        self.daemon.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        self.daemon.send_signal(signal.SIGCONT)

    # --- afterwards ---------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until nothing is under way."""
        deadline = time.monotonic() + SETTLE_TIMEOUT
        while time.monotonic() < deadline:
            rows = self.rows("SELECT count(*) FROM runs WHERE state IN ('queued', 'running', 'cancelling')")
            if rows[0][0] == 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"runs are still under way\n{self.tail()}")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.home / 'daemon.sqlite3'}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()

    def marked_processes(self) -> list[int]:
        """Processes that carry this home's mark, the daemon itself left out."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if self.daemon and process.pid == self.daemon.pid:
                    continue
                if any(str(self.home) == value for name, value in process.environ().items() if name.startswith("SPL_")):
                    found.append(process.pid)
        return found


def wait_until(condition: Callable[[], bool], description: str, timeout: float = 15.0) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited in vain until {description}")
