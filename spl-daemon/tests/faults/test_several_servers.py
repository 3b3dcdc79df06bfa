"""Two servers beside one PostgreSQL, as processes: what is said at one is true at the other, and one may die."""

from __future__ import annotations

import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from spl.client import SPLClient

from .served_world import SERVER_TIMES, Server, Stack
from .switch import switch
from .world import wait_until

import postgresql  # isort: skip  # in tools/, which served_world puts on the path

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

# The wake-up goes through the database: a few milliseconds. Three times the second that it may take.
PICKED_UP_SECONDS = 3.0
# What security.md promises for servers beside one database.
REVOKED_SECONDS = 5.0
# Twice the longest time that a run may be unknown at these scaled times.
END_SECONDS = 40.0

TIMES = SERVER_TIMES | {
    "SPL_SERVER_MAX_WAIT_SECONDS": "25",  # a poll that ends earlier was ended
    "SPL_SERVER_LOST_AFTER_SECONDS": "6",
    "SPL_SERVER_REAPER_SECONDS": "0.1",
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


# The kinds of raw credentials, whole: 10 characters of id, 34 of secret, 6 of checksum.
RAW = re.compile(r"\bspl[a-z]_[0-9A-Za-z]{10}([0-9A-Za-z]{34})[0-9A-Za-z]{6}\b")


class Pair:
    """Two servers, and a machine that knows the second one, and the first where the second is gone."""

    def __init__(self, folder: Path, url: str, ends: ExitStack) -> None:
        self.stack = ends.enter_context(Stack(folder))
        self.stack.env |= TIMES
        self.database_url = url
        self.here: Server = self.stack.server(database_url=url, name="here")
        self.there: Server = self.stack.server(database_url=url, name="there")
        self.token = self.here.person("alice", database_url=url)
        self.switch = ends.enter_context(switch(self.there.url, self.here.url))
        self.log = folder / "executions.log"
        self.log.touch()
        self.numbers = iter(range(1, 10_000))
        self.machine("box", self.switch.url)
        with SPLClient(daemon_home=folder / "box") as client:
            client.publish(trace, name="trace").ready(timeout=60)
        self.ended(self.here, self.create(self.here)[0])  # its environment is built

    def machine(self, name: str, url: str) -> Any:
        """A daemon that is connected to the server at `url`."""
        daemon = self.stack.daemon(name)
        code = self.here.request("POST", "/daemon-enrollment", {"machine_id": name}, token=self.token)["code"]
        with SPLClient(daemon_home=daemon.home) as client:
            client.connect_server(server_url=url, code=code)
            client.register_env("default")
        return daemon

    def create(self, server: Server, seconds: float = 0, machine: str = "box", **more: object) -> tuple[str, int]:
        n = next(self.numbers)
        kwargs = {"n": n, "log": str(self.log), "seconds": seconds}
        body = {"object": "trace", "kwargs": kwargs, "target_machine": machine, **more}
        return server.request("POST", "/remote-runs", body, token=self.token)["id"], n

    def shown(self, server: Server, run_id: str, rest: str = "") -> Any:
        return server.request("GET", f"/remote-runs/{run_id}{rest}", token=self.token)

    def ended(self, server: Server, run_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            run = self.shown(server, run_id, "?wait=5")
            if run["finished_at"] is not None:
                return dict(run)
        raise AssertionError(f"{run_id} has not ended: {run}")

    def events(self, server: Server, run_id: str) -> Counter[str]:
        items = self.shown(server, run_id, "/events")["items"]
        assert [event["seq"] for event in items] == list(range(1, len(items) + 1))
        return Counter(event["kind"] for event in items)

    def begun(self, n: int) -> int:
        return Counter(self.log.read_text().split())[str(n)]

    def begins(self, n: int) -> None:
        wait_until(lambda: self.begun(n) > 0, f"the code of run {n} begins")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A pair on a PostgreSQL of its own; every test leaves both servers running."""
    with ExitStack() as ends:
        try:
            cluster = ends.enter_context(postgresql.cluster())
        except postgresql.NoPostgresql as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))
        yield Pair(tmp_path_factory.mktemp("pair"), cluster.create("pair"), ends)


class Polling(threading.Thread):
    """A request that waits at a server: what it got, and how long that took."""

    def __init__(self, server: Server, path: str, token: str) -> None:
        super().__init__(daemon=True)
        self.ask = lambda: server.request("GET", path, token=token)
        self.answer: object = None
        self.ended_at = 0.0

    def run(self) -> None:
        try:
            self.answer = self.ask()
        except RuntimeError as refused:
            self.answer = str(refused)
        self.ended_at = time.monotonic()


def test_what_is_said_at_one_server_is_true_at_the_other(pair: Pair):
    for _ in range(5):
        asked = time.monotonic()
        run_id, n = pair.create(pair.here)
        pair.begins(n)
        assert time.monotonic() - asked < PICKED_UP_SECONDS
        assert pair.ended(pair.here, run_id)["result"] == 2 * n
        assert pair.begun(n) == 1

    slow, _ = pair.create(pair.here, seconds=60)
    issued = pair.here.request(
        "POST", "/tokens", {"kind": "user", "name": "short", "scopes": ["run:read"]}, token=pair.token
    )
    polling = Polling(pair.there, f"/remote-runs/{slow}?wait=25", issued["token"])
    polling.start()
    wait_until(lambda: pair.shown(pair.here, slow)["state"] == "running", "the run that is waited for runs")
    assert pair.there.request("GET", "/whoami", token=issued["token"])["kind"] == "user"

    pair.here.request("DELETE", f"/tokens/{issued['id']}", token=pair.token)
    revoked = time.monotonic()
    with pytest.raises(RuntimeError, match="401"):
        while time.monotonic() < revoked + REVOKED_SECONDS:
            pair.there.request("GET", "/whoami", token=issued["token"])
    assert time.monotonic() - revoked < REVOKED_SECONDS
    polling.join(20)
    assert "401" in str(polling.answer)
    assert polling.ended_at - revoked < REVOKED_SECONDS

    pair.here.request("POST", f"/remote-runs/{slow}/cancel", token=pair.token)
    assert pair.ended(pair.there, slow)["state"] == "cancelled"


def test_no_credential_is_in_the_database_or_in_a_log(pair: Pair):
    issued = pair.here.request("POST", "/tokens", {"kind": "user", "name": "seen", "scopes": []}, token=pair.token)
    code = pair.here.request("POST", "/daemon-enrollment", {"machine_id": "another"}, token=pair.token)["code"]
    pair.ended(pair.here, pair.create(pair.here)[0])
    secrets = [RAW.fullmatch(raw)[1] for raw in (pair.token, pair.here.token, issued["token"], code)]  # type: ignore[index]

    dumped = dump(pair.database_url)
    logs = "".join(log.read_text(errors="replace") for log in pair.stack.folder.glob("*.log"))

    assert issued["id"] in dumped and "listening on" in logs  # they were looked into
    for text in (dumped, logs):
        assert [secret[:4] for secret in secrets if secret in text] == []
        assert RAW.search(text) is None
    assert RAW.search(f"{dumped} {issued['token']}") is not None


def dump(url: str) -> str:
    """Everything that the database holds, as text."""
    found = []
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as rows:
                found += [bytes(row).decode(errors="replace") for row in rows]
    return "".join(found)


def test_two_reapers_give_up_a_silent_machine_once(pair: Pair):
    daemon = pair.machine("gone", pair.there.url)
    runs = [pair.create(pair.here, 60, "gone", delivery={"mode": "at_most_once"})[0] for _ in range(2)]
    again = pair.create(pair.here, 60, "gone", delivery={"mode": "at_least_once", "max_attempts": 2})[0]
    wait_until(lambda: all(pair.shown(pair.here, run_id)["state"] == "running" for run_id in runs), "both run")

    for child in (daemon.process.pid, *_below(daemon.process.pid)):
        os.kill(child, 9)

    for run_id in runs:
        assert pair.ended(pair.here, run_id)["state"] == "lost"
        counts = pair.events(pair.there, run_id)
        assert (counts["suspected"], counts["ended"]) == (1, 1), counts
        assert len(pair.shown(pair.there, run_id, "/detail")["attempts"]) == 1
    pair.here.request("POST", f"/remote-runs/{again}/cancel", token=pair.token)
    assert pair.ended(pair.here, again)["state"] == "cancelled"
    assert pair.events(pair.there, again)["ended"] == 1


def test_a_server_that_is_killed_is_replaced_by_the_other_and_its_run_ends_once(pair: Pair):
    run_id, n = pair.create(pair.here, seconds=2)
    pair.begins(n)
    polling = Polling(pair.here, f"/remote-runs/{run_id}?wait=25", pair.token)
    polling.start()

    pair.there.process.kill()
    pair.there.process.wait()

    polling.join(END_SECONDS)
    assert isinstance(polling.answer, dict) and polling.answer["state"] == "succeeded", polling.answer
    assert pair.ended(pair.here, run_id)["result"] == 2 * n
    assert pair.events(pair.here, run_id)["ended"] == 1
    assert pair.begun(n) == 1

    later, number = pair.create(pair.here)
    assert pair.ended(pair.here, later)["result"] == 2 * number
    port = int(pair.there.url.rsplit(":", 1)[1])
    pair.there = pair.stack.server(database_url=pair.database_url, name="there", port=port)
    last, number = pair.create(pair.there)
    assert pair.ended(pair.there, last)["result"] == 2 * number


def _below(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]
