"""A server is killed at the very commit of a write: what it had answered is there, the rest is whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import itertools
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

FOLDER = Path(__file__).with_name("dying")
BUNDLE = """\
spl: 1
entrypoint: add
functions:
- {name: add, in: main, inputs: [{name: a}]}
modules:
- {name: main, path: main.py, source: "def add(a): return a\\n"}
"""
# What a server writes of itself: how far time has come.
OWN = {"clock_marks"}


class Killed:
    """A server with a person and a machine, which is started again after each of its deaths."""

    def __init__(self, process: Any, armed: Path) -> None:
        self.process, self.armed, self.numbers = process, armed, itertools.count()
        process.environment |= {
            "PYTHONPATH": str(FOLDER), "SPL_TEST_DIE": str(armed),
            "SPL_SERVER_REAPER_SECONDS": "3600",  # the only commit is the one that is asked for
        }  # fmt: skip
        process.start()
        self.user = process.command("init-admin", "alice")["token"]
        self.publish("add")
        code = self.ask("POST", "/daemon-enrollment", {"machine_id": "box"})["code"]
        self.machine = self.ask("POST", "/daemon-enrollment/redeem", {}, token=code)["machine_token"]
        self.boots = 0
        self.connect()

    def ask(self, method: str, path: str, body: object = None, *, token: str = "", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token or self.user}", **more.pop("headers", {})}
        options = more if more else {"json": body}
        answer = httpx.request(method, self.process.url + path, headers=headers, timeout=30, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def publish(self, name: str) -> Any:
        return self.ask("POST", "/owners/alice/libraries/default/objects", {"yaml": BUNDLE, "name": name})

    def connect(self) -> None:
        self.boots += 1
        said = {"boot_id": f"boot-{self.boots}", "capacity": 4}
        self.connection = self.ask("POST", "/connections/connect", said, token=self.machine)["connection_id"]

    def sync(self, **said: Any) -> Any:
        asked = {"connection_id": self.connection, "poll": 0, **said}
        return self.ask("POST", "/sync", asked, token=self.machine)

    def started(self) -> dict[str, str]:
        """A run that the machine has begun."""
        self.connect()
        run_id = self.ask("POST", "/remote-runs", {"object": "add", "args": [1], "target_machine": "box"})["id"]
        (job,) = [job for job in self.sync(poll=1, wait=5, capacity=100, held=[])["jobs"] if job["run_id"] == run_id]
        self.ask("POST", f"/remote-runs/{run_id}/start", {"fence": job["fence"]}, token=self.machine)
        return {"run_id": run_id, "fence": job["fence"]}

    def upload(self, content: bytes) -> Callable[[], Any]:
        """All but the last step of leaving an artifact."""
        job = self.started()
        item = {"name": "a.txt", "size": len(content), "sha256": hashlib.sha256(content).hexdigest(),
                "media_type": None}  # fmt: skip
        body = {"fence": job["fence"], "items": [item]}
        wanted = self.ask("POST", f"/remote-runs/{job['run_id']}/artifacts", body, token=self.machine)["items"][0]
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = {"Upload-Offset": "0", "Content-Digest": f"sha-256=:{digest}:",
                   "Content-Type": "application/octet-stream"}  # fmt: skip
        path = f"/uploads/{wanted['upload_id']}"
        return lambda: self.ask("PATCH", path, token=self.machine, content=content, headers=headers)

    def finish(self) -> Callable[[], Any]:
        job = self.started()
        event = {"id": f"evt-{job['fence']}", "kind": "finished", **job, "data": {"state": "succeeded", "result": 1}}
        return lambda: self.sync(events=[event])

    def rows(self) -> Counter[str]:
        """How many rows each table has."""
        with closing(sqlite3.connect(f"file:{self.process.home}/server.sqlite3?mode=ro", uri=True)) as file:
            names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return Counter({name: file.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
                            for name in names if name not in OWN})  # fmt: skip

    def killed(self, moment: str, write: Callable[[], Any]) -> tuple[bool, dict[str, int]]:
        """Whether the write was answered by a server that dies at its commit, and the rows that are there then.

        At no `moment` at all it is killed once it has answered.
        """
        for _ in range(3):  # what it writes when it starts is written
            self.ask("POST", "/libraries", {"name": f"warm-{next(self.numbers)}"})
        before = self.rows()
        if moment:
            self.armed.write_text(moment)
        try:
            write()
            answered = True
        except httpx.TransportError:
            answered = False
        if moment:
            self.process.process.wait(30)
            self.armed.unlink()
        self.process.stop(9)
        self.process.start()
        after = self.rows()
        return answered, {name: after[name] - before[name] for name in after if after[name] != before[name]}


KINDS: dict[str, Callable[[Killed, str], Callable[[], Any]]] = {
    "library": lambda one, name: lambda: one.ask("POST", "/libraries", {"name": name}),
    "publish": lambda one, name: lambda: one.publish(name),
    "grant": lambda one, name: (
        lambda: one.ask(
            "PUT", "/grants", {"library": "alice/default", "object": name, "user": "bob", "permissions": ["read"]}
        )
    ),
    "token": lambda one, name: lambda: one.ask("POST", "/tokens", {"kind": "user", "name": name, "scopes": []}),
    "run": lambda one, name: (
        lambda: one.ask(
            "POST", "/remote-runs", {"object": "add", "args": [1], "target_machine": "box", "idempotency_key": name}
        )
    ),
    "finish": lambda one, name: one.finish(),
    "artifact": lambda one, name: one.upload(name.encode()),
    "machine": lambda one, name: lambda: one.ask("POST", "/daemon-enrollment", {"machine_id": name}),
    "user": lambda one, name: lambda: one.ask("POST", "/users", {"name": name}),
}


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, server_process_type: Any) -> Iterator[Killed]:
    folder = tmp_path_factory.mktemp("killed")
    process = server_process_type(folder / "home", folder / "log")
    try:
        one = Killed(process, folder / "armed")
        for name in ("before", "after", "told", "whole"):
            for kind in KINDS:
                if kind == "grant":
                    one.publish(f"{kind}-{name}")
        process.command("user-add", "bob")
        yield one
        process.command("doctor")
        process.command("audit", "verify")
    finally:
        if process.process is not None:
            process.stop(9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_write_is_there_whole_or_not_at_all_and_always_where_it_was_answered(one: Killed, kind: str) -> None:
    answered, whole = one.killed("", KINDS[kind](one, f"{kind}-whole"))
    assert answered and whole

    assert one.killed("before", KINDS[kind](one, f"{kind}-before")) == (False, {})
    assert one.killed("after", KINDS[kind](one, f"{kind}-after")) == (False, whole)


def test_a_server_that_answers_before_it_commits_is_seen(one: Killed) -> None:
    # It was answered, and is not there: the test above would fail.
    assert one.killed("told", KINDS["library"](one, "library-told")) == (True, {})
