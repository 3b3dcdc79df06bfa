"""A real server as a process, and what tests ask of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from spl.client import SPLClient

from . import functions

SCOPES = (
    "catalog:read", "object:write", "object:read_source", "library:admin", "run:create", "run:read", "run:cancel",
    "machine:read", "machine:admin", "token:admin",
)  # fmt: skip
START_SECONDS = 60.0
ENDED = ("succeeded", "failed", "cancelled", "timed_out", "lost", "expired")


class Server:
    """A server process on a loopback port, and a user of it."""

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.settings = dict(settings or {})
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
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=_environment() | self.settings)
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


def publish(daemon: Any, *names: str) -> None:
    client = SPLClient(base_url=daemon.url)
    for name in names:
        client.publish(getattr(functions, name), name=name)
    client.close()
