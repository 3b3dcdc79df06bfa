"""A server and daemons on loopback, as processes: what the demo, the benchmarks and a developer's stack stand on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

START_SECONDS = 60.0
STOP_SECONDS = 40.0

SCOPES = (
    "catalog:read",
    "object:write",
    "object:read_source",
    "library:admin",
    "run:create",
    "run:read",
    "run:cancel",
    "machine:read",
    "machine:admin",
    "token:admin",
    "console:read",
)


def environment(folder: Path) -> dict[str, str]:
    """This process's own, with everything that SPLime would look for in `folder` instead."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return env | {"SPL_STATE_DIR": str(folder / "state")}


def waited[T](what: str, look: Callable[[], T | None], process: subprocess.Popen[bytes] | None = None) -> T:
    """The first thing that `look` finds.

    Raises:
        RuntimeError: the process ended, or it took more than `START_SECONDS`.
    """
    deadline = time.monotonic() + START_SECONDS
    while (found := look()) is None:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what}: the process ended with exit code {process.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {START_SECONDS:g} s")
        time.sleep(0.01)
    return found


@dataclass
class Server:
    """A running server. `token` is its first administrator's."""

    url: str
    home: Path
    token: str
    process: subprocess.Popen[bytes]

    def command(self, *words: str) -> dict[str, Any]:
        """What a command of `spl-server` says with --json."""
        return server_command(self.home, *words)

    def request(self, method: str, path: str, body: object = None, *, token: str = "") -> Any:
        """The answer to one request, as JSON."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            raise RuntimeError(f"{method} {path}: {refused.status} {refused.read().decode()}") from None

    def person(self, name: str, *, database_url: str = "") -> str:
        """A token of a new user, who may publish, call, give access and enrol machines."""
        database = ("--database-url", database_url) if database_url else ()
        self.command("user-add", name, *database)
        words = [word for scope in SCOPES for word in ("--scope", scope)]
        token: str = self.command("token-issue", "--user", name, *words, *database)["token"]
        return token


@dataclass
class Daemon:
    """A running daemon."""

    url: str
    port: int
    home: Path
    process: subprocess.Popen[bytes]


class Stack:
    """Processes below one folder, all ended with the block.

    `with Stack(folder) as stack: server = stack.server(); daemon = stack.daemon("laptop")`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = environment(folder)
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *error: object) -> None:
        self._ends.close()

    def server(
        self, *options: str, database_url: str = "", admin: str = "admin", port: int = 0, name: str = "server"
    ) -> Server:
        """A server with one administrator, on a fresh home unless the folder has one.

        Others beside one database have names of their own, for their logs; the home is the same.
        """
        database = ("--database-url", database_url) if database_url else ()
        home = self.folder / "server"
        token_file = self.folder / "admin-token"
        if not token_file.exists():
            token_file.write_text(server_command(home, "init-admin", admin, options=database)["token"])
            token_file.chmod(0o600)
        log = self.folder / f"{name}.log"
        command = [sys.executable, "-m", "daemon_server", "serve", "--host", "127.0.0.1", "--port", str(port)]
        begin = log.stat().st_size if log.exists() else 0
        process = self._start([*command, "--home", str(home), *database, *options], log)
        url = waited("the server", lambda: _announced(log, begin), process)
        return Server(url, home, token_file.read_text(), process)

    def daemon(self, name: str, *options: str, port: int = 0) -> Daemon:
        """A daemon with a home of its own."""
        home = self.folder / name
        command = [sys.executable, "-m", "spl.daemon", "serve", "--port", str(port), "--home", str(home), *options]
        endpoint = home / "daemon-endpoint.json"
        endpoint.unlink(missing_ok=True)
        process = self._start(command, self.folder / f"{name}.log")
        waited(f"the daemon {name}", lambda: True if endpoint.exists() else None, process)
        url = json.loads(endpoint.read_text())["url"]
        return Daemon(url, int(url.rsplit(":", 1)[1]), home, process)

    def _start(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as stream:
            process = subprocess.Popen(command, stdout=stream, stderr=stream, env=self.env)
        self._ends.callback(stop, process)
        return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and make it end."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def server_command(home: Path, *words: str, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """What `spl-server <words> --json` says."""
    command = [sys.executable, "-m", "daemon_server", *words, "--home", str(home), *options, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(home.parent))
    if done.returncode:
        raise RuntimeError(f"spl-server {' '.join(words)}: {done.stderr or done.stdout}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _announced(log: Path, begin: int) -> str | None:
    """The address that a server says it listens on."""
    text = log.read_bytes()[begin:].decode(errors="replace") if log.exists() else ""
    for line in text.splitlines():
        if "listening on" in line:
            return "http" + line.split("http", 1)[1].split()[0].strip('",}')
    return None
