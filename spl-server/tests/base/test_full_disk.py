"""The disk under a server fills up: writes are refused in words, what was answered stays, and room heals it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

DISK_BYTES = 24 * 1024 * 1024
BALLAST_BYTES = 1024 * 1024
# More than the ballast holds, so that it is spent and the disk is full all the same.
WRITES = 400
# The server looks for room every 15 seconds.
HEALED_SECONDS = 60.0
BUNDLE = """\
spl: 1
entrypoint: add
functions:
- {name: add, in: main, inputs: [{name: a}]}
modules:
- {name: main, path: main.py, source: "def add(a): return a\\n"}
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700", "tmpfs", str(folder)]
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small disk")
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room there is."""
    file = folder / "filler"
    with file.open("wb", buffering=0) as stream:
        for size in (64 * 1024, 4096, 1):
            try:
                while True:
                    stream.write(b"x" * size)
            except OSError:
                continue
    return file


def test_a_full_disk_refuses_in_words_loses_nothing_and_heals(
    disk: Path, server_processes: Callable[..., Any], wait_until: Callable[..., Any]
) -> None:
    server = server_processes(home=disk / "home", environment={"SPL_SERVER_BALLAST_BYTES": str(BALLAST_BYTES)})
    server.start()
    token = server.command("init-admin", "alice")["token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=30) as client:
        path = "/owners/alice/libraries/default/objects"
        assert client.post(path, json={"yaml": BUNDLE, "name": "add"}).status_code == 201
        filler = fill(disk)
        answers: dict[str, httpx.Response] = {}
        for number in range(WRITES):
            name = f"object-{number}"
            # New content each time, so that the database has to grow.
            yaml = BUNDLE.replace("return a", f"return a  # {os.urandom(8_000).hex()}")
            answers[name] = client.post(path, json={"yaml": yaml, "name": name})
            if answers[name].status_code == 507 and number % 2 == 0:
                library = client.post("/libraries", json={"name": f"library-{number}"})
                assert library.status_code in (201, 507), library.text
                if len([one for one in answers.values() if one.status_code == 507]) > 20:
                    break
        kept = {name for name, answer in answers.items() if answer.status_code == 201}
        refused = {name: answer for name, answer in answers.items() if answer.status_code != 201}
        assert refused
        assert {(answer.status_code, answer.json()["code"]) for answer in refused.values()} == {(507, "disk_full")}
        assert all("Retry-After" in answer.headers for answer in refused.values())
        assert client.get("/whoami").status_code == 200  # reading goes on

        filler.unlink()
        later = {"yaml": BUNDLE.replace("return a", "return a + 1"), "name": "later"}
        wait_until(lambda: client.post(path, json=later).status_code in (200, 201), seconds=HEALED_SECONDS)
        names = {name for name in [*answers, "add", "later"] if client.get(f"{path}/{name}").status_code == 200}
        assert names == kept | {"add", "later"}
    assert {finding["state"] for finding in server.command("doctor")["findings"] if finding["what"] == "tables"} == {
        "ok"
    }
    server.command("audit", "verify")
    assert server.stop() == 0
    with closing(sqlite3.connect(disk / "home" / "server.sqlite3")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_server_that_starts_on_a_full_disk_answers_what_it_has_and_heals(
    disk: Path, server_processes: Callable[..., Any], wait_until: Callable[..., Any]
) -> None:
    server = server_processes(home=disk / "home", environment={"SPL_SERVER_BALLAST_BYTES": "0"})
    server.start()
    headers = {"Authorization": f"Bearer {server.command('init-admin', 'alice')['token']}"}
    server.stop(9)
    filler = fill(disk)

    server.start()
    with httpx.Client(base_url=server.url, headers=headers, timeout=30) as client:
        assert client.get("/whoami").status_code == 200
        answers = [client.post("/libraries", json={"name": f"library-{number}"}) for number in range(50)]
        refused = [answer for answer in answers if answer.status_code != 201]
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(507, "disk_full")}

        filler.unlink()
        wait_until(
            lambda: client.post("/libraries", json={"name": "later"}).status_code in (201, 409), seconds=HEALED_SECONDS
        )
    assert "Traceback" not in server.log.read_text()
