"""A server and daemons under fire: callers that keep creating runs, and a hand that ends and freezes processes."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))

from processes import Daemon, Server, Stack  # noqa: E402
from spl.client import SPLClient  # noqa: E402

SETTLE_SECONDS = 90.0
"""Longest time after the last fault until every run must have an outcome."""

# Everything that the protocol waits for, scaled down so that a test sees it happen.
SERVER_TIMES = {
    "SPL_SERVER_SYNC_SECONDS": "0.5",
    "SPL_SERVER_MACHINE_LEASE_SECONDS": "3",
    "SPL_SERVER_RUN_LEASE_SECONDS": "3",
    "SPL_SERVER_CLAIM_LEASE_SECONDS": "3",
    "SPL_SERVER_REAPER_SECONDS": "0.3",
    "SPL_SERVER_LOST_AFTER_SECONDS": "12",
    "SPL_SERVER_QUEUED_LOST_AFTER_SECONDS": "12",
    "SPL_SERVER_CANCEL_SECONDS": "3",
    "SPL_SERVER_MAX_WAIT_SECONDS": "2",
    "SPL_SERVER_REQUESTS_PER_MINUTE": "1000000",
    "SPL_SERVER_MACHINE_REQUESTS_PER_MINUTE": "1000000",
    "SPL_SERVER_MAX_ACTIVE_PER_OWNER": "100000",
    "SPL_DAEMON_KILL_GRACE_SECONDS": "1",
}


def trace(n: int, log: str, seconds: float) -> int:
    """Leave a line that it began, work a little, and answer."""
    import os
    import time

    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, f"{n}\n".encode())
    os.close(descriptor)
    time.sleep(seconds)
    return n * 2


@dataclass
class ServedWorld:
    """One server with two daemons of one owner.

    Attributes:
        accepted: the number that each run that was answered with 2xx was given; it must return twice that.
        seen: the terminal states clients were told.
    """

    folder: Path
    seed: int
    database_url: str = ""
    accepted: dict[str, int] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stack = Stack(self.folder)
        self.stack.env |= SERVER_TIMES
        self.stopping = threading.Event()
        self.random = random.Random(self.seed)
        self.executions = self.folder / "executions.log"
        self.machines = ("here", "there")
        self.daemons: dict[str, Daemon] = {}

    def start(self) -> None:
        self.stack.__enter__()
        self.executions.touch()
        self.server: Server = self.stack.server(database_url=self.database_url)
        self.port = int(self.server.url.rsplit(":", 1)[1])
        self.token = self.server.person("alice")
        for machine in self.machines:
            self.daemons[machine] = self.stack.daemon(machine)
            code = self.server.request("POST", "/daemon-enrollment", {"machine_id": machine}, token=self.token)["code"]
            with SPLClient(daemon_home=self.daemons[machine].home) as client:
                client.connect_server(server_url=self.server.url, code=code)
                client.register_env("default")
                if machine == self.machines[0]:
                    client.publish(trace, name="trace").ready(timeout=60)

    def close(self) -> None:
        self.stack.__exit__()

    # --- callers ------------------------------------------------------------------------------------------------------

    def submit_for_ever(self, number: int) -> None:
        """Create runs, each with its number; one that was refused or not answered was simply not accepted."""
        chance = random.Random(f"{self.seed}/{number}")
        n = number * 1_000_000
        while not self.stopping.is_set():
            n += 1
            try:
                self.submit(n, chance)
            except (RuntimeError, OSError, ValueError):
                time.sleep(0.05)

    def submit(self, n: int, chance: random.Random) -> None:
        body = {
            "object": "trace",
            "kwargs": {"n": n, "log": str(self.executions), "seconds": chance.choice([0, 0, 0.01, 0.05])},
            "target_machine": chance.choice(self.machines),
            "idempotency_key": f"n{n}",
        }
        wait = "?wait=1" if chance.random() < 0.5 else ""
        run = self.server.request("POST", f"/remote-runs{wait}", body, token=self.token)
        self.accepted[run["id"]] = n
        if run["state"] in TERMINAL:
            self.seen.setdefault(run["id"], run["state"])

    # --- faults -------------------------------------------------------------------------------------------------------

    def fault(self) -> None:
        """One fault, of a kind and at a moment that the seed chooses."""
        time.sleep(self.random.uniform(0.0, 0.3))
        kinds = [self.kill_server, self.kill_daemon, self.kill_worker, self.freeze_server, self.freeze_daemon]
        kind = self.random.choices(kinds, [3, 4, 4, 1, 1])[0]
        self.faults.append(kind.__name__)
        kind()

    def kill_server(self) -> None:
        self.server.process.kill()
        self.server.process.wait()
        time.sleep(self.random.choice([0.0, 0.0, 0.5]))
        self.server = self.stack.server(database_url=self.database_url, port=self.port)

    def kill_daemon(self) -> None:
        machine = self.random.choice(self.machines)
        self.daemons[machine].process.kill()
        self.daemons[machine].process.wait()
        self.daemons[machine] = self.stack.daemon(machine)

    def kill_worker(self) -> None:
        daemon = self.daemons[self.random.choice(self.machines)]
        with contextlib.suppress(psutil.NoSuchProcess):
            below = psutil.Process(daemon.process.pid).children(recursive=True)
            if below:
                self.random.choice(below).kill()

    def freeze_server(self) -> None:
        self._freeze(self.server.process.pid, 0.5)

    def freeze_daemon(self) -> None:
        """Shorter than its lease, or longer: then its runs are unknown for a while."""
        self._freeze(self.daemons[self.random.choice(self.machines)].process.pid, self.random.choice([0.3, 4.5]))

    def _freeze(self, pid: int, seconds: float) -> None:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    # --- afterwards ---------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until nothing is under way."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(RuntimeError, OSError):
                active = self.server.request("GET", "/remote-runs?state=active&limit=5", token=self.token)["items"]
                if not active:
                    return
            time.sleep(0.2)
        raise AssertionError(f"runs are still under way: {json.dumps(active, indent=1)[:3000]}")

    def recorded(self) -> dict[str, dict[str, Any]]:
        """Every run as the server tells it, by id."""
        found: dict[str, dict[str, Any]] = {}
        cursor = ""
        while True:
            page = self.server.request("GET", f"/remote-runs?limit=500{cursor}", token=self.token)
            found |= {row["id"]: row for row in page["items"]}
            if not page["next"]:
                return found
            cursor = f"&cursor={page['next']}"

    def value(self, run_id: str) -> object:
        return self.server.request("GET", f"/remote-runs/{run_id}/result", token=self.token)

    def marked_processes(self) -> list[int]:
        """Workers of this world that are still there, the daemons themselves left out."""
        own = {daemon.process.pid for daemon in self.daemons.values()} | {self.server.process.pid}
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                marks = [value for name, value in process.environ().items() if name.startswith("SPL_")]
                if process.pid not in own and any(str(self.folder) in mark for mark in marks):
                    found.append(process.pid)
        return found


TERMINAL = frozenset({"succeeded", "failed", "cancelled", "timed_out", "lost", "expired"})


def broken_promises(world: ServedWorld) -> list[str]:
    """Every broken promise, as a sentence."""
    recorded = world.recorded()
    begun = Counter(world.executions.read_text().split())
    wrong = []
    for run_id, n in world.accepted.items():
        row = recorded.get(run_id)
        if row is None:
            wrong.append(f"{run_id} was accepted and is lost")
            continue
        started = begun[str(n)]
        if row["state"] not in TERMINAL:
            wrong.append(f"{run_id} has no outcome: {row['state']}")
        if world.seen.get(run_id, row["state"]) != row["state"]:
            wrong.append(f"{run_id} ended twice: {world.seen[run_id]}, then {row['state']}")
        if started > 1:
            wrong.append(f"{run_id} was started {started} times")
        if row["state"] == "succeeded" and started != 1:
            wrong.append(f"{run_id} succeeded and began {started} times")
        if row["state"] == "succeeded" and world.value(run_id) != 2 * n:
            wrong.append(f"{run_id} has a wrong value")
    return wrong
