"""The line between a daemon and its server fails in every way at every moment; each result arrives once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from spl.client import SPLClient

from .proxy import KINDS, MOMENTS, Kind, Moment, Proxy
from .served_world import SERVER_TIMES, Server, Stack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

MACHINE = "behind-the-proxy"
# Twice the longest time that anything in the protocol may take at these scaled times.
END_SECONDS = 40.0
# How long a local call may take while the server is away, three times what it may take at all.
LOCAL_SECONDS = 1.5


def leave_a_file(n: int, log: str) -> int:
    """Leave a line that it began, and an artifact."""
    import os

    from spl.runtime import current_run

    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, f"{n}\n".encode())
    os.close(descriptor)
    current_run().artifact("number.txt").write_text(str(n))
    return n * 2


class Line:
    """A server, a proxy before it, and a daemon that knows the proxy alone."""

    def __init__(self, folder: Path) -> None:
        self.stack = Stack(folder)
        self.stack.env |= SERVER_TIMES | {"SPL_DAEMON_SERVER_READ_SECONDS": "3"}
        self.stack.__enter__()
        self.server: Server = self.stack.server()
        parts = urlsplit(self.server.url)
        self.proxy = Proxy((parts.hostname or "", parts.port or 0))
        self.log = folder / "executions.log"
        self.log.touch()
        self.token = self.server.person("alice")
        self.client = SPLClient(daemon_home=self.stack.daemon("daemon").home)
        code = self.server.request("POST", "/daemon-enrollment", {"machine_id": MACHINE}, token=self.token)["code"]
        self.client.connect_server(server_url=self.proxy.url, code=code)
        self.client.register_env("default")
        self.client.publish(leave_a_file, name="leave_a_file").ready(timeout=60)
        self.numbers = iter(range(1, 10_000))

    def create(self) -> tuple[str, int]:
        n = next(self.numbers)
        body = {
            "object": "leave_a_file",
            "kwargs": {"n": n, "log": str(self.log)},
            "target_machine": MACHINE,
            "lost_after_seconds": 120,
        }
        return self.server.request("POST", "/remote-runs", body, token=self.token)["id"], n

    def ended(self, run_id: str) -> dict[str, object]:
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            run = self.server.request("GET", f"/remote-runs/{run_id}?wait=1", token=self.token)
            if run["finished_at"] is not None:
                return dict(run)
        raise AssertionError(f"{run_id} has not ended: {run}")

    def begun(self, n: int) -> int:
        return Counter(self.log.read_text().split())[str(n)]

    def close(self) -> None:
        self.client.close()
        self.stack.__exit__()
        self.proxy.close()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    line = Line(tmp_path_factory.mktemp("line"))
    try:
        line.ended(line.create()[0])  # the environment is built
        yield line
    finally:
        line.close()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_result_arrives_once_whatever_the_line_does(line: Line, moment: Moment, kind: Kind):
    before = len(line.proxy.done)
    line.proxy.arm(moment, kind)

    run_id, n = line.create()
    run = line.ended(run_id)

    assert line.proxy.done[before:] == [(moment, kind)]  # the harm was done
    assert (run["state"], run["result"]) == ("succeeded", 2 * n), run
    assert line.begun(n) == 1
    files = line.server.request("GET", f"/remote-runs/{run_id}/artifacts", token=line.token)["items"]
    assert [(file["name"], file["size"]) for file in files] == [("number.txt", len(str(n)))]


def test_while_the_server_is_away_local_work_goes_on_and_results_wait(line: Line):
    line.ended(line.create()[0])
    line.proxy.cut()
    try:
        while line.client.current_server_connection()["connected"]:
            time.sleep(0.05)
        tried = len(line.proxy.times)
        begin = time.monotonic()
        for _ in range(5):
            called = time.monotonic()
            assert line.client.call("leave_a_file", kwargs={"n": -1, "log": str(line.log)}).value == -2
            assert time.monotonic() - called < LOCAL_SECONDS
        waiting, number = line.create()
        while time.monotonic() - begin < 5:
            time.sleep(0.1)
        seconds = time.monotonic() - begin
        assert len(line.proxy.times) - tried <= 3 * seconds + 3  # no storm: about one try a second
        assert line.server.request("GET", f"/remote-runs/{waiting}", token=line.token)["state"] == "queued"
    finally:
        line.proxy.heal()

    assert line.ended(waiting)["result"] == 2 * number
    assert line.begun(number) == 1
