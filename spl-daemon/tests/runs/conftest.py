"""A daemon for the tests of a module, with all their functions published, spoken to over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from spl.client import SPLClient
from spl.core.wire.endpoint import read_endpoint
from spl.daemon.home import Home

from . import functions

SERVE = "from spl.daemon.app import run; from spl.daemon.settings import Settings; run(Settings.load())"
PATIENCE = 30.0
ENDED = ("succeeded", "failed", "cancelled", "timed_out")


def until(predicate: Callable[[], Any], description: str = "", seconds: float = PATIENCE) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := predicate()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {description or predicate}"
        time.sleep(0.01)
    return found


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Stack:
    """A daemon as a process, and the few requests that the tests make."""

    def __init__(self, root: Path, **settings: Any) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        self.home = Home(root / "home")
        self.settings = {"kill_grace_seconds": 1, **settings}
        self.published: set[str] = set()
        self.start()

    def start(self, **settings: Any) -> None:
        self.settings |= settings
        chosen = {"home": self.home.root, "port": 0, **self.settings}
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SPL_DAEMON_")}
        environment |= {f"SPL_DAEMON_{name.upper()}": str(value) for name, value in chosen.items()}
        environment |= {"SPL_STATE_DIR": str(self.root / "state"), "SECRET_TOKEN": "canary"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.home.endpoint_file.unlink(missing_ok=True)
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-c", SERVE], env=environment, stdout=log, stderr=log)
        endpoint = until(
            lambda: self.process.poll() is not None or read_endpoint(self.home.endpoint_file), "the daemon"
        )
        assert self.process.poll() is None, self.log
        self.url, token = endpoint.url, endpoint.token
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=self.url, headers=headers, timeout=60.0, trust_env=False)

    @property
    def log(self) -> str:
        return (self.root / "log").read_text(errors="replace")

    def stop(self) -> int:
        self.http.close()
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def kill(self) -> None:
        self.http.close()
        self.process.kill()
        self.process.wait(60)

    def publish(self, name: str, **options: Any) -> str:
        key = f"{name}-{options.get('isolation')}".removesuffix("-None")
        if key not in self.published:
            client = SPLClient(daemon_home=self.home.root)
            client.register_env("default")
            client.publish(getattr(functions, name), name=key, **options)
            client.close()
            self.published.add(key)
        return key

    def start_run(self, _function: str, _wait: float = 0.0, **arguments: Any) -> dict[str, Any]:
        """Call a function; arguments that begin with an underscore are the request's own fields."""
        body = {name[1:]: arguments.pop(name) for name in list(arguments) if name.startswith("_")}
        response = self.http.post(
            f"/runs?wait={_wait}", json={"object": self.publish(_function), "kwargs": arguments, **body}
        )
        assert response.status_code in (200, 202), response.text
        return response.json()

    def call(self, _function: str, **arguments: Any) -> dict[str, Any]:
        """Call a function and wait until it has ended."""
        run = self.start_run(_function, 20.0, **arguments)
        return run if run["state"] in ENDED else self.ended(run["id"])

    def get(self, run: str, wait: float = 0.0) -> dict[str, Any]:
        response = self.http.get(f"/runs/{run}", params={"wait": wait})
        assert response.status_code == 200, response.text
        return response.json()

    def ended(self, run: str, seconds: float = PATIENCE) -> dict[str, Any]:
        return until(lambda: (found := self.get(run, 1.0))["state"] in ENDED and found, f"the end of {run}", seconds)

    def cancel(self, run: str) -> dict[str, Any]:
        response = self.http.post(f"/runs/{run}/cancel")
        assert response.status_code == 200, response.text
        return response.json()

    def logs(self, run: str, stream: str = "stdout", **query: Any) -> dict[str, Any]:
        response = self.http.get(f"/runs/{run}/logs", params={"stream": stream, **query})
        assert response.status_code == 200, response.text
        return response.json()

    def said(self, run: str, text: str) -> str:
        """Wait until a run has printed this; all that it printed."""
        return until(lambda: text in (found := self.logs(run)["text"]) and found, f"{text!r} from {run}")

    def status(self) -> dict[str, Any]:
        return self.http.get("/status").json()

    def workers(self) -> list[psutil.Process]:
        """The processes below the daemon that carry its mark."""
        mark = str(self.home.root)
        found = []
        for process in psutil.process_iter():
            try:
                environment = process.environ()
                marked = environment.get("SPL_DAEMON_HOME") == mark and "SPL_RUN_ID" in environment
                if marked and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stack]]:
    """`stacks(**settings)`: a daemon with these settings, started once for the module; at the end nothing is left."""
    made: dict[str, Stack] = {}

    def get(**settings: Any) -> Stack:
        key = repr(sorted(settings.items()))
        if key not in made:
            made[key] = Stack(tmp_path_factory.mktemp("stack"), **settings)
        return made[key]

    yield get
    for stack in made.values():
        _finish(stack)


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """`own_stack(**settings)`: a daemon of this test alone."""
    made: list[Stack] = []

    def get(**settings: Any) -> Stack:
        made.append(Stack(tmp_path / f"stack-{len(made)}", **settings))
        return made[-1]

    yield get
    for stack in made:
        _finish(stack)


def _finish(stack: Stack) -> None:
    if stack.process.poll() is None:
        assert stack.stop() == 0, stack.log
    until(lambda: not stack.workers(), f"the last worker to be gone: {stack.workers()}", 10.0)
    assert "Traceback" not in stack.log, stack.log


@pytest.fixture
def stack(stacks: Callable[..., Stack]) -> Stack:
    return stacks()
