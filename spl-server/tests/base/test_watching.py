"""What watches every test sees what it is there to see."""

from __future__ import annotations

import builtins
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio


def connect() -> None:
    with socket.socket() as connection:
        connection.settimeout(0.1)
        connection.connect_ex(("127.0.0.1", 9))


DEEDS: dict[str, Callable[[], object]] = {
    "exec": lambda: builtins.exec("1"),
    "compile": lambda: compile("1", "<deed>", "eval"),
    "subprocess.Popen": lambda: subprocess.run([sys.executable, "-V"], capture_output=True, check=True),
    "socket.connect": connect,
    "pickle.find_class": lambda: pickle.loads(pickle.dumps(Path)),
}


@pytest.mark.parametrize("name", DEEDS)
async def test_each_deed_is_seen_while_a_request_is_answered(name: str) -> None:
    watching = sys.modules["spl_server_tests_watching"]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        DEEDS[name]()

    await watching.Answering(app)({}, None, None)

    assert any(event.startswith(name) for event in watching.taken())
    DEEDS[name]()  # outside of a request it is the test's own business
    assert watching.taken() == []


async def test_a_secret_in_a_log_line_a_file_or_a_second_answer_is_seen(tmp_path: Path) -> None:
    watching = sys.modules["spl_server_tests_watching"]
    secret = "s" * 34
    raw = f"splu_{'i' * 10}{secret}{'c' * 6}"

    def answer(method: str, path: str) -> httpx.Response:
        return httpx.Response(200, text=raw, request=httpx.Request(method, f"http://localhost{path}"))

    issued, shown = watching.Leaks(), watching.Leaks()
    await issued.heard(answer("POST", "/tokens"))
    assert issued.scan(tmp_path) == []
    await issued.heard(answer("POST", "/tokens"))
    assert len(issued.scan(tmp_path)) == 1
    await shown.heard(answer("GET", "/tokens"))
    assert len(shown.scan(tmp_path)) == 1

    written = watching.Leaks()
    written.issued(raw)
    (tmp_path / "server.sqlite3-wal").write_bytes(b"x" + secret.encode())
    written.lines.append(f"a line with {secret}")
    assert len(written.scan(tmp_path)) == 2
    (tmp_path / "server.sqlite3-wal").unlink()
