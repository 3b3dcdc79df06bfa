"""What every test of the daemon may use: a home of its own, and real daemons as processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from spl.core.wire.endpoint import Endpoint, read_endpoint
from spl.daemon.db import Database
from spl.daemon.home import Home

# A daemon starts in half a second; a loaded machine with cold caches takes its time.
START_SECONDS = 60.0
STOP_SECONDS = 60.0

SERVE = "from spl.daemon.app import run; from spl.daemon.settings import Settings; run(Settings.load())"


def until(predicate: Callable[[], Any], *, description: str = "", seconds: float = 30.0) -> Any:
    """The first true value of `predicate`."""
    deadline = time.monotonic() + seconds
    while not (value := predicate()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {description or predicate}"
        time.sleep(0.01)
    return value


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    """`wait_until(predicate, description=..., seconds=...)`: polls instead of guessing how long something takes."""
    return until


@pytest.fixture
def wait_for() -> Callable[..., Any]:
    """`await wait_for(predicate, ...)`: the same, without stopping the event loop."""

    async def waiting(predicate: Callable[[], Any], *, description: str = "", seconds: float = 30.0) -> Any:
        deadline = time.monotonic() + seconds
        while not (value := predicate()):
            assert time.monotonic() < deadline, f"waited {seconds:g} s for {description or predicate}"
            await asyncio.sleep(0.005)
        return value

    return waiting


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Endpoints are registered here, never in the state of whoever runs the tests."""
    folder = tmp_path / "state"
    monkeypatch.setenv("SPL_STATE_DIR", str(folder))
    for name in list(os.environ):
        if name.startswith("SPL_DAEMON_"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A prepared home."""
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
async def database(home: Home) -> AsyncIterator[Database]:
    """An open database in `home`; for tests marked `anyio`."""
    db = Database.open(home.database)
    yield db
    db.close()


@dataclass(eq=False)
class DaemonProcess:
    """A daemon that runs."""

    process: subprocess.Popen[bytes]
    home: Home
    endpoint: Endpoint
    log: Path
    environment: dict[str, str]
    seen: dict[int, psutil.Process] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.endpoint.url

    @property
    def token(self) -> str:
        return self.endpoint.token

    @property
    def pid(self) -> int:
        return self.process.pid

    def http(self, **options: Any) -> httpx.Client:
        """A client that knows the daemon's URL and token; close it."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60.0, trust_env=False, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        with self.http() as client:
            return client.request(method, path, **options)

    def said(self) -> str:
        """What the daemon wrote to its log."""
        return self.log.read_text(errors="replace")

    def children(self) -> list[psutil.Process]:
        """Every process below the daemon, remembered for the check at the end."""
        try:
            found = psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        self.seen.update({child.pid: child for child in found})
        return found

    def stop(self) -> int:
        """Ask it to end, and wait until it has; its exit code."""
        if self.process.poll() is None:
            self.children()
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the daemon did not end within {STOP_SECONDS:g} s:\n{self.said()}") from None

    def kill(self) -> None:
        """End it as a power cut would."""
        self.children()
        self.process.kill()
        self.process.wait(STOP_SECONDS)


@pytest.fixture
def daemon_factory(tmp_path: Path) -> Iterator[Callable[..., DaemonProcess]]:
    """`daemon_factory(name="home", **settings)` starts a daemon on a free port; a second call with the name of one that
    has ended starts it again on the same home. All are ended, and what they leave behind is counted."""
    started: list[DaemonProcess] = []

    def start(name: str = "home", environment: dict[str, str] | None = None, **settings: Any) -> DaemonProcess:
        daemon = _start(tmp_path, name, environment or {}, settings)
        started.append(daemon)
        return daemon

    yield start
    running = [daemon for daemon in started if daemon.process.poll() is None]
    ends = {daemon: daemon.stop() for daemon in running}
    for daemon in started:
        _check_nothing_left(daemon)
    for daemon, code in ends.items():
        assert code == 0, f"the daemon ended with {code}:\n{daemon.said()}"


@pytest.fixture
def daemon(daemon_factory: Callable[..., DaemonProcess]) -> DaemonProcess:
    """A daemon with default settings."""
    return daemon_factory()


@pytest.fixture(scope="module")
def shared_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonProcess]:
    """One daemon for all tests of a module that do not disturb each other."""
    folder = tmp_path_factory.mktemp("shared")
    started = _start(folder, "home", {"SPL_STATE_DIR": str(folder / "state")}, {})
    yield started
    assert started.stop() == 0, started.said()
    _check_nothing_left(started)


@pytest.fixture
def client(daemon: DaemonProcess) -> Iterator[Any]:
    """An `SPLClient` of `daemon` with this Python as the environment `default`."""
    from spl.client import SPLClient

    client = SPLClient(base_url=daemon.url)
    client.register_env("default")
    yield client
    if hasattr(client, "close"):
        client.close()


def _start(tmp_path: Path, name: str, extra: dict[str, str], settings: dict[str, Any]) -> DaemonProcess:
    home = Home(tmp_path / name)
    chosen = {"home": home.root, "port": 0, **settings}
    environment = {
        **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
        **{f"SPL_DAEMON_{key.upper()}": str(value) for key, value in chosen.items()},
        **extra,
    }
    home.endpoint_file.unlink(missing_ok=True)  # a stale one would be taken for the new daemon's
    log = tmp_path / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, "-c", SERVE], env=environment, stdout=output, stderr=output)

    def ready() -> Endpoint | None:
        assert process.poll() is None, f"the daemon ended with {process.returncode}:\n{log.read_text()}"
        return read_endpoint(home.endpoint_file)

    try:
        endpoint = until(ready, description="the daemon's endpoint", seconds=START_SECONDS)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return DaemonProcess(process, home, endpoint, log, environment)


def _check_nothing_left(daemon: DaemonProcess) -> None:
    alive = [child for child in daemon.seen.values() if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    _, left = psutil.wait_procs(alive, timeout=10)
    for process in left:
        process.kill()
    assert not left, f"processes outlived the daemon: {left}"
    beside = [entry.name for entry in daemon.home.root.iterdir() if entry.name.startswith(".")]
    assert not beside, f"temporary files in the home: {beside}"
