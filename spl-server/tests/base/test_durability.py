"""An answer that says yes leaves after the disk has it: seen in the server's own system calls."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

CALLS = "trace=recvfrom,recvmsg,read,sendto,sendmsg,write,writev,send,fsync,fdatasync"
SYNCED = re.compile(r"f(?:data)?sync\(\d+<[^>]*server\.sqlite3|<\.\.\. f(?:data)?sync resumed")
WRITES = 100

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.fixture
def traced(server_process: Any, tmp_path: Path, wait_until: Callable[..., Any]) -> Iterator[tuple[Any, Path]]:
    """A server whose system calls are written down."""
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-y", "-s", "64", "-e", CALLS, "-o", trace, "-p", str(server_process.process.pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        first = tracer.stderr.readline()
        if "attached" not in first:
            tracer.kill()
            pytest.skip(f"strace may not attach here: {first.strip()}")
        yield server_process, trace
        if server_process.process is not None:
            server_process.stop()
        tracer.wait(30)


def test_every_write_is_on_the_disk_before_its_answer_leaves(
    traced: tuple[Any, Path], wait_until: Callable[..., Any]
) -> None:
    server, trace = traced
    made = server.command("init-admin", "alice")
    headers = {"Authorization": f"Bearer {made['token']}"}
    with httpx.Client(base_url=server.url, headers=headers) as client:
        for number in range(WRITES):
            answer = client.post("/libraries", json={"name": f"library-{number}"})
            assert answer.status_code == 201, answer.text
    server.stop()

    lines = trace.read_text(errors="replace").splitlines()
    assert counted(lines) == (WRITES, WRITES)
    unsynced = [line for line in lines if "sync" not in line]
    assert counted(unsynced) == (WRITES, 0)  # the count itself is able to find fault


def counted(lines: list[str]) -> tuple[int, int]:
    """How many creations were answered, and how many of them after the disk had them."""
    answered = synced = 0
    pending = on_disk = False
    for line in lines:
        if '"POST /libraries' in line:
            pending, on_disk = True, False
        elif SYNCED.search(line) and "<unfinished" not in line:
            on_disk = True
        elif pending and '"HTTP/1.1 201' in line:
            answered += 1
            synced += on_disk
            pending = False
    return answered, synced
