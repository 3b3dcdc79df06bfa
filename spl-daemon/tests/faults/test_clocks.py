"""Machines and servers whose wall clocks are wrong, or are set while they work: nothing ends early, nothing hangs."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from spl.client import SPLClient

from .served_world import SERVER_TIMES, Daemon, Server, Stack, stop
from .test_several_servers import trace
from .world import wait_until

LIBRARY = next(
    (
        found
        for folder in ("x86_64-linux-gnu", "aarch64-linux-gnu")
        if (found := Path("/usr/lib") / folder / "faketime" / "libfaketimeMT.so.1").exists()
    ),
    None,
)

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(180),
    pytest.mark.skipif(LIBRARY is None and not os.environ.get("CI"), reason="libfaketime is not installed"),
]

# A wall clock each, as `faketime` writes it.
OFF = {"hour-ahead": "+1h", "hour-behind": "-1h", "day-ahead": "+1d", "day-behind": "-1d", "fast": "+0 x2.0",
       "slow": "+0 x0.5"}  # fmt: skip
# Which machine falls silent when the server's clock is set by that much.
SILENT = {"+1d": "silent-1", "-1d": "silent-2"}
# Longer than a lease, so that a run which is not renewed is seen.
LONG_SECONDS = 4.0
END_SECONDS = 40.0
TRIES = 4
# A silent machine's run is unknown after its lease and lost after the patience with it; three times both.
GIVEN_UP_SECONDS = 3 * (3.0 + 4.0)

TIMES = SERVER_TIMES | {"SPL_SERVER_LOST_AFTER_SECONDS": "4"}

# The clocks that nobody can set go right, and so do the times of files.
WRONG = {"LD_PRELOAD": str(LIBRARY), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}


class Clocks:
    """A server and machines; each process reads its wall clock's error from a file of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = Stack(folder)
        self.stack.__enter__()
        self.plain = self.stack.env | TIMES
        self.log = folder / "executions.log"
        self.log.touch()
        self.numbers = iter(range(1, 10_000))
        self.set("server", "+0")
        self.server = self.start_server()
        self.token = self.server.person("alice")
        self.daemons: dict[str, Daemon] = {}
        self.machine("right")
        for name in SILENT.values():
            self.machine(name)
        with SPLClient(daemon_home=folder / "right") as client:
            client.publish(trace, name="trace").ready(timeout=60)
        for run_id, _ in [self.create(name) for name in self.daemons]:  # their environments are built
            self.ended(run_id)

    def set(self, name: str, error: str) -> None:
        """From now on the wall clock of that server is wrong by `error`."""
        file = self.folder / f"{name}.clock"
        beside = file.with_suffix(".new")
        beside.write_text(error + "\n")
        beside.replace(file)

    def start_server(self, port: int = 0) -> Server:
        """One whose clock can be set while it works; it looks for that once a second."""
        self.stack.env = self.plain | WRONG | {
            "FAKETIME_TIMESTAMP_FILE": str(self.folder / "server.clock"),
            "FAKETIME_CACHE_DURATION": "1",
        }  # fmt: skip
        return self.stack.server(port=port)

    def restart_at(self, error: str) -> None:
        """The server ends, if it has not, and finds another time when it comes back."""
        stop(self.server.process)
        self.set("server", error)
        self.server = self.start_server(int(self.server.url.rsplit(":", 1)[1]))

    def machine(self, name: str, error: str = "") -> None:
        self.stack.env = self.plain | (WRONG | {"FAKETIME": error} if error else {})
        daemon = self.stack.daemon(name)
        code = self.server.request("POST", "/daemon-enrollment", {"machine_id": name}, token=self.token)["code"]
        with SPLClient(daemon_home=daemon.home) as client:
            client.connect_server(server_url=self.server.url, code=code)
            client.register_env("default")
        self.daemons[name] = daemon

    def end(self, name: str) -> None:
        """That machine is gone at once, with everything below it."""
        daemon = psutil.Process(self.daemons[name].process.pid)
        for process in (daemon, *daemon.children(recursive=True)):
            process.kill()

    def create(self, machine: str, seconds: float = 0) -> tuple[str, int]:
        n = next(self.numbers)
        kwargs = {"n": n, "log": str(self.log), "seconds": seconds}
        body = {"object": "trace", "kwargs": kwargs, "target_machine": machine}
        return self.server.request("POST", "/remote-runs", body, token=self.token)["id"], n

    def shown(self, run_id: str, rest: str = "") -> Any:
        return self.server.request("GET", f"/remote-runs/{run_id}{rest}", token=self.token)

    def ended(self, run_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            run = self.shown(run_id, "?wait=2")
            if run["finished_at"] is not None:
                return dict(run)
        raise AssertionError(f"{run_id} has not ended: {run}")

    def went_well(self, run_id: str, n: int) -> None:
        """It was never in doubt, began once, and ended well."""
        assert not self.doubted(run_id, n)

    def doubted(self, run_id: str, n: int) -> bool:
        """It began once and ended well; whether the server feared for it meanwhile."""
        run = self.ended(run_id)
        assert (run["state"], run["result"]) == ("succeeded", 2 * n), run
        kinds = Counter(event["kind"] for event in self.shown(run_id, "/events")["items"])
        assert kinds["ended"] == 1, kinds
        assert self.begun(n) == 1
        return kinds["suspected"] > 0

    def begun(self, n: int) -> int:
        return Counter(self.log.read_text().split())[str(n)]

    def begins(self, n: int) -> None:
        wait_until(lambda: self.begun(n) > 0, f"the code of run {n} begins")

    def said(self, words: str) -> int:
        return (self.folder / "server.log").read_text().count(words)

    def close(self) -> None:
        self.stack.__exit__()


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocks]:
    assert LIBRARY is not None, "libfaketime is not installed"
    clocks = Clocks(tmp_path_factory.mktemp("clocks"))
    try:
        yield clocks
    finally:
        clocks.close()


def test_a_machine_whose_clock_is_wrong_works_as_any_other(clocks: Clocks):
    for name, error in OFF.items():
        clocks.machine(name, error)
    begun = [clocks.create(name) for name in OFF]  # their environments are built
    for run_id, n in begun:
        clocks.doubted(run_id, n)
    # A lease of three seconds may be missed where processors are short; a clock would make every one be missed.
    left = set(OFF)
    for _ in range(TRIES):
        runs = {name: clocks.create(name, LONG_SECONDS) for name in sorted(left)}
        left = {name for name, (run_id, n) in runs.items() if clocks.doubted(run_id, n)}
        if not left:
            break
    assert left == set()


@pytest.mark.parametrize("error", ["+1d", "-1d"])
def test_a_server_whose_clock_is_set_ends_nothing_early_and_gives_up_what_is_silent(clocks: Clocks, error: str):
    silent = SILENT[error]
    lost, number = clocks.create(silent, 60)
    going, n = clocks.create("right", LONG_SECONDS)
    clocks.begins(n)
    clocks.begins(number)
    jumps = clocks.said("clock_jump")

    clocks.set("server", error)
    wait_until(lambda: clocks.said("clock_jump") > jumps, "the server sees that its clock was set")
    clocks.end(silent)
    began = time.monotonic()

    clocks.went_well(going, n)
    assert clocks.ended(lost)["state"] == "lost"
    assert time.monotonic() - began < GIVEN_UP_SECONDS
    clocks.set("server", "+0")
    wait_until(lambda: clocks.said("clock_jump") > jumps + 1, "the server sees that its clock was put right")
    clocks.went_well(*clocks.create("right"))


@pytest.mark.parametrize("error", ["+1d", "-1d"])
def test_a_server_that_finds_another_time_when_it_comes_back_goes_on_as_before(clocks: Clocks, error: str):
    going, n = clocks.create("right", LONG_SECONDS)
    clocks.begins(n)
    waiting, number = clocks.create("right")

    clocks.server.process.kill()
    clocks.restart_at(error)

    clocks.went_well(going, n)
    clocks.went_well(waiting, number)


def test_what_expired_stays_expired_until_somebody_says_that_the_clock_was_wrong(clocks: Clocks):
    clocks.restart_at("+0")
    clocks.server.command("clock-reset")
    body = {"kind": "user", "name": "short", "scopes": ["run:read"], "expires_in_seconds": 3600}
    token = clocks.server.request("POST", "/tokens", body, token=clocks.token)["token"]
    assert not refused(clocks, token)

    for error in ("+2d", "+0"):  # a server that ends properly has written down how far time had come
        clocks.restart_at(error)
        assert refused(clocks, token)

    clocks.server.command("clock-reset")
    wait_until(lambda: not refused(clocks, token), "the token is good again")


def refused(clocks: Clocks, token: str) -> bool:
    try:
        clocks.server.request("GET", "/whoami", token=token)
    except RuntimeError as answer:
        return "token_expired" in str(answer)
    return False
