"""A server and daemons under fire: callers that keep creating runs, a hand that ends and freezes processes at random
moments, and keepers that start whatever ended, as an init system does."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import create_engine, text

__all__ = ["SERVER_TIMES", "Daemon", "ServedWorld", "Server", "Stack", "server_command", "stop"]

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))

from processes import Daemon, Server, Stack, server_command, stop  # noqa: E402
from spl.client import SPLClient  # noqa: E402

from .served_caller import Caller, Refused  # noqa: E402
from .served_history import TERMINAL, Accepted, AttemptRow, History, ResultRow, Row  # noqa: E402

SETTLE_SECONDS = 90.0
"""Longest time after the last fault until every run must have an outcome."""

# Between two faults. Twice a second is faster than a server starts beside daemons that start: many die while starting.
PAUSE_SECONDS = (0.1, 0.8)
# How often each kind is chosen. A server that is killed more often than it needs to start would accept nothing.
WEIGHTS = {"kill_server": 1, "kill_daemon": 2, "kill_worker": 5, "freeze_server": 1, "freeze_daemon": 1}

# What a caller leaves between two runs that it doesn't wait for: together about what two machines can work off.
BREATH_SECONDS = 0.4

# Where an attempt is until the server knows how it ended.
OPEN_ATTEMPTS = "('accepted', 'starting', 'spawned', 'finished')"

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
    "SPL_SERVER_RUNS_PER_MINUTE": "1000000",
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


class Kept(Stack):
    """A stack that knows the newest process of each name, also of one that has not said yet that it is there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.newest: dict[str, subprocess.Popen[bytes]] = {}

    def _start(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        process = self.newest[log.stem] = super()._start(command, log)
        return process


@dataclass
class ServedWorld:
    """One server with two daemons of one owner.

    Attributes:
        accepted: the runs that were answered with 2xx.
        seen: the terminal states clients were told.
        cancelled: the runs whose cancellation was answered.
        child_env: what the processes find in their environment beside their own settings.
    """

    folder: Path
    seed: int
    database_url: str = ""
    child_env: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, Accepted] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stack = Kept(self.folder)
        self.stack.env |= SERVER_TIMES | self.child_env
        self.stopping = threading.Event()
        self.closing = threading.Event()
        self.random = random.Random(self.seed)
        self.executions = self.folder / "executions.log"
        self.machines = ("here", "there")
        self.keepers: list[threading.Thread] = []

    def start(self) -> None:
        self.stack.__enter__()
        self.executions.touch()
        self.server: Server = self.stack.server(database_url=self.database_url)
        self.port = int(self.server.url.rsplit(":", 1)[1])
        self.token = self.server.person("alice", database_url=self.database_url)
        for machine in self.machines:
            home = self.stack.daemon(machine).home
            code = self.server.request("POST", "/daemon-enrollment", {"machine_id": machine}, token=self.token)["code"]
            with SPLClient(daemon_home=home) as client:
                client.connect_server(server_url=self.server.url, code=code)
                client.register_env("default")
                if machine == self.machines[0]:
                    client.publish(trace, name="trace").ready(timeout=60)
        self.keepers = [threading.Thread(target=self._keep, args=(name,)) for name in ("server", *self.machines)]
        for keeper in self.keepers:
            keeper.start()

    def _keep(self, name: str) -> None:
        while not self.closing.is_set():
            process = self.stack.newest[name]
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
                if not self.closing.is_set():
                    self._again(name)

    def _again(self, name: str) -> None:
        with contextlib.suppress(RuntimeError):  # it was ended while it started: the next one
            if name == "server":
                self.server = self.stack.server(database_url=self.database_url, port=self.port)
            else:
                self.stack.daemon(name)

    def end(self) -> None:
        """End every process as an administrator does, daemons first."""
        self.closing.set()
        for keeper in self.keepers:
            keeper.join()
        for name in (*self.machines, "server"):
            if name in self.stack.newest:
                stop(self.stack.newest[name])

    def close(self) -> None:
        self.stopping.set()
        self.end()
        self.stack.__exit__()

    # --- callers ------------------------------------------------------------------------------------------------------

    def submit_for_ever(self, number: int) -> None:
        """Create runs, each with its number; one that was refused or not answered was simply not accepted."""
        chance = random.Random(f"{self.seed}/{number}")
        caller = Caller(self.server.url, self.token)
        n = number * 1_000_000
        while not self.stopping.is_set():
            n += 1
            try:
                self.submit(caller, n, chance)
            except (Refused, OSError, http.client.HTTPException):
                self.stopping.wait(0.05)
        caller.close()

    def submit(self, caller: Caller, n: int, chance: random.Random) -> None:
        repeatable = chance.random() < 0.2
        body = {
            "object": "trace",
            "kwargs": {"n": n, "log": str(self.executions), "seconds": chance.choice([0, 0, 0.01, 0.05])},
            "target_machine": chance.choice(self.machines),
            "idempotency_key": f"n{n}",
        }
        if repeatable:
            body["delivery"] = {"mode": "at_least_once", "max_attempts": 3}
        waits = chance.random() < 0.5
        run = caller.ask("POST", f"/remote-runs{'?wait=1' if waits else ''}", body)
        run_id = run["id"]
        self.accepted[run_id] = Accepted(n, most_starts=3 if repeatable else 1)
        if run["state"] not in TERMINAL and chance.random() < 0.2:
            run = caller.ask("POST", f"/remote-runs/{run_id}/cancel")
            if run["state"] in ("cancelling", "cancelled"):
                self.cancelled.add(run_id)
        if run["state"] in TERMINAL:
            self.seen.setdefault(run_id, run["state"])
        if not waits:
            self.stopping.wait(BREATH_SECONDS)

    # --- faults -------------------------------------------------------------------------------------------------------

    def fault(self) -> None:
        """One fault, of a kind and at a moment that the seed chooses. It waits for nothing to recover."""
        time.sleep(self.random.uniform(*PAUSE_SECONDS))
        kind = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        machine = self.random.choice(self.machines)
        match kind:
            case "kill_server":
                self.stack.newest["server"].kill()
            case "kill_daemon":
                self.stack.newest[machine].kill()
            case "kill_worker":
                self._kill_below(machine)
            case "freeze_server":
                self._freeze("server", 0.5)
            case _:  # shorter than a lease, or longer: then its runs are unknown for a while
                self._freeze(machine, self.random.choice([0.3, 0.3, 4.5]))
        self.faults.append(kind)

    def _kill_below(self, machine: str) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            below = psutil.Process(self.stack.newest[machine].pid).children(recursive=True)
            if below:
                self.random.choice(below).kill()

    def _freeze(self, name: str, seconds: float) -> None:
        process = self.stack.newest[name]
        process.send_signal(signal.SIGSTOP)
        timer = threading.Timer(seconds, process.send_signal, [signal.SIGCONT])
        timer.daemon = True
        timer.start()

    # --- afterwards ---------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until nothing is under way."""
        deadline = time.monotonic() + SETTLE_SECONDS
        active: object = "the server does not answer"
        caller = Caller(self.server.url, self.token)
        while time.monotonic() < deadline:
            with contextlib.suppress(Refused, OSError, http.client.HTTPException):
                active = caller.ask("GET", "/remote-runs?state=active&limit=5")["items"]
                if not active and not (active := self._untold()):
                    return
            time.sleep(0.2)
        raise AssertionError(f"runs are still under way: {json.dumps(active, indent=1)[:3000]}")

    def _untold(self) -> list[str]:
        """Attempts that a machine still has to tell the end of, as sentences."""
        wrong = []
        for machine in self.machines:
            with _reading(f"sqlite:///{self.folder}/{machine}/daemon.sqlite3") as ask:
                wrong += [f"{machine} never told {row}" for row in ask("SELECT kind, run_id, state FROM outbox")]
                open_ones = ask(f"SELECT run_id, fence, state FROM remote_attempts WHERE state IN {OPEN_ATTEMPTS}")
                wrong += [f"{machine} never brought {row} to its end" for row in open_ones]
        return wrong

    def history(self) -> History:
        """What is recorded, read from the databases; every process has ended."""
        url = self.database_url.replace("postgresql://", "postgresql+psycopg://")
        with _reading(url or f"sqlite:///{self.folder}/server/server.sqlite3") as ask:
            rows = [Row(*row) for row in ask("SELECT id, state, fence, event_seq FROM runs")]
            attempts = ask(
                "SELECT run_id, attempt, fence, outcome, started_at IS NOT NULL FROM attempts ORDER BY run_id, attempt"
            )
            results = ask("SELECT run_id, fence, result FROM run_results")
            events = ask("SELECT run_id, seq, kind FROM run_events")
        held: list[int] = []
        for machine in self.machines:
            with _reading(f"sqlite:///{self.folder}/{machine}/daemon.sqlite3") as ask:
                held += [int(row[0]) for row in ask("SELECT fence FROM remote_attempts")]
        return History(
            accepted=self.accepted,
            rows=rows,
            attempts=[AttemptRow(*row[:4], permitted=bool(row[4])) for row in attempts],
            results=[ResultRow(row[0], row[1], None if row[2] is None else json.loads(row[2])) for row in results],
            events=events,
            begun=[int(line) for line in self.executions.read_text().split()],
            seen=self.seen,
            cancelled=frozenset(self.cancelled),
            held=held,
        )

    def leftovers(self) -> list[str]:
        """What is wrong with the homes once every process has ended, as sentences."""
        wrong = []
        files = [self.folder / machine / "daemon.sqlite3" for machine in self.machines]
        for file in [*files, *([] if self.database_url else [self.folder / "server" / "server.sqlite3"])]:
            with _reading(f"sqlite:///{file}") as ask:
                if (told := ask("PRAGMA integrity_check")) != [("ok",)]:
                    wrong.append(f"{file}: {told}")
        for place in ("blobs", "uploads"):
            wrong += [f"{left} was left" for left in (self.folder / "server" / place).rglob("*") if left.is_file()]
        wrong += self._untold()
        for machine in self.machines:
            runs = self.folder / machine / "runs"
            wrong += [f"{left} was left" for left in runs.rglob("*.tmp")]
        return wrong

    def marked_processes(self) -> list[int]:
        """Workers of this world that are still there, its server and daemons left out."""
        own = {process.pid for process in self.stack.newest.values()}
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                marks = [value for name, value in process.environ().items() if name.startswith("SPL_")]
                if process.pid not in own and any(str(self.folder) in mark for mark in marks):
                    found.append(process.pid)
        return found


@contextlib.contextmanager
def _reading(url: str) -> Iterator[Any]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            yield lambda query: [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()
