"""The link with a real server, as processes: what the stand-in says is what the server says."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from spl.client import SPLClient

from . import functions
from .conftest import with_env

SCOPES = (
    "catalog:read", "object:write", "object:read_source", "library:admin", "run:create", "run:read", "run:cancel",
    "machine:read", "machine:admin",
)  # fmt: skip
START_SECONDS = 60.0
ENDED = ("succeeded", "failed", "cancelled", "timed_out", "lost", "expired")


class Server:
    """A server process on a loopback port, and a user of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self._command("init-admin", "alice")
        scopes = [word for scope in SCOPES for word in ("--scope", scope)]
        self.token = json.loads(self._command("token-issue", "--user", "alice", *scopes))["token"]
        self.http = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=60.0, trust_env=False
        )
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "daemon_server", "serve", "--port", str(self.port), "--home", str(self.home)]
        with (self.home.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=_environment())
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, (self.home.parent / "server.log").read_text()
            assert time.monotonic() < deadline

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> None:
        self.http.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def ask(self, method: str, path: str, document: Any = None) -> Any:
        answer = self.http.request(method, path, json=document)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def submit(self, name: str, wait: float = 0.0, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("POST", f"/remote-runs?wait={wait}", {"object": name, "kwargs": kwargs})
        return found

    def ended(self, run_id: str, wait_until: Callable[..., Any]) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask("GET", f"/remote-runs/{run_id}?wait=5")
            return found if found["state"] in ENDED else None

        found: dict[str, Any] = wait_until(look, description=f"the end of {run_id}", seconds=90)
        return found

    def _answers(self) -> bool:
        try:
            return self.http.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def _command(self, *words: str) -> str:
        command = [sys.executable, "-m", "daemon_server", *words, "--home", str(self.home), "--json"]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=_environment()).stdout


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SPL_SERVER_")}


@pytest.fixture
def real_server(tmp_path: Path) -> Iterator[Server]:
    pytest.importorskip("daemon_server")
    server = Server(tmp_path / "server")
    yield server
    server.stop()


@pytest.fixture
def joined(daemon_factory: Callable[..., Any], real_server: Server) -> Any:
    """A daemon that has joined, with this Python as `default`."""
    daemon = daemon_factory(kill_grace_seconds=1)
    with_env(daemon)
    code = real_server.ask("POST", "/daemon-enrollment", {"name": "box"})["code"]
    answer = daemon.request("POST", "/server/join", json={"server_url": real_server.url, "code": code})
    assert answer.json()["status"] == "connected", answer.text
    return daemon


def publish(daemon: Any, *names: str) -> None:
    client = SPLClient(base_url=daemon.url)
    for name in names:
        client.publish(getattr(functions, name), name=name)
    client.close()


def test_a_published_function_runs_on_its_owners_machine(
    joined: Any, real_server: Server, wait_until: Callable[..., Any]
) -> None:
    publish(joined, "add", "fail", "talk")

    assert real_server.submit("add", 30, a=2, b=3)["result"] == 5
    failed = real_server.submit("fail", 30, text="no such customer")
    assert (failed["state"], failed["reason"], failed["error"]["message"]) == (
        "failed", "user_exception", "no such customer",
    )  # fmt: skip
    spoken = real_server.submit("talk", 30, lines=50)
    logs = real_server.ask("GET", f"/remote-runs/{spoken['id']}/logs?stream=stdout")
    assert logs["text"] == "".join(f"line {number}\n" for number in range(50))


def test_large_values_and_files_come_back_whole(
    joined: Any, real_server: Server, wait_until: Callable[..., Any]
) -> None:
    publish(joined, "artifact", "large")

    filed = real_server.ended(real_server.submit("artifact", size=20_000_000)["id"], wait_until)
    big = real_server.ended(real_server.submit("large", size=2_000_000)["id"], wait_until)

    assert filed["state"] == "succeeded", filed
    (item,) = real_server.ask("GET", f"/remote-runs/{filed['id']}/artifacts")["items"]
    content = real_server.http.get(f"/remote-runs/{filed['id']}/artifacts/{item['name']}").content
    assert content == b"z" * 20_000_000
    assert big["state"] == "succeeded", big
    sha = big["result"]["blob"]["sha256"]
    assert len(real_server.http.get(f"/remote-runs/{big['id']}/blobs/{sha}").content) == big["result"]["blob"]["size"]


def test_a_result_survives_a_server_that_is_killed_while_the_run_goes_on(
    joined: Any, real_server: Server, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    publish(joined, "note")
    trace = tmp_path / "trace"
    run = real_server.submit("note", path=str(trace), seconds=1.0)
    wait_until(trace.exists, description="the start of the function", seconds=60)

    real_server.kill()
    real_server.start()

    assert real_server.ended(run["id"], wait_until)["state"] == "succeeded"
    assert trace.read_text() == "started\n"


def test_a_daemon_that_is_killed_says_so_when_it_is_back(
    joined: Any, daemon_factory: Callable[..., Any], real_server: Server, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    publish(joined, "note")
    trace = tmp_path / "trace"
    run = real_server.submit("note", path=str(trace), seconds=60.0)
    wait_until(trace.exists, description="the start of the function", seconds=60)

    joined.kill()
    daemon_factory(kill_grace_seconds=1)

    found = real_server.ended(run["id"], wait_until)
    assert (found["state"], found["reason"]) == ("failed", "worker_crashed")
    assert trace.read_text() == "started\n"


def test_a_cancelled_run_ends_on_the_machine(
    joined: Any, real_server: Server, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    publish(joined, "note")
    trace = tmp_path / "trace"
    run = real_server.submit("note", path=str(trace), seconds=60.0)
    wait_until(trace.exists, description="the start of the function", seconds=60)

    real_server.ask("POST", f"/remote-runs/{run['id']}/cancel")

    assert real_server.ended(run["id"], wait_until)["state"] == "cancelled"
    local = joined.request("GET", "/runs").json()["items"][0]
    assert local["state"] == "cancelled"
