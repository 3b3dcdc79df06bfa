"""`tools/dev.py stack`: what it starts stays, can be used, and ends when it is told to."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from spl.server_client import SPLServerClient

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = ("alice", "bob")
# It ends two daemons and a server.
ENDS_WITHIN_SECONDS = 60

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def tried(folder: Path, port: int) -> None:
    command = [sys.executable, str(ROOT / "tools" / "stack.py"), "--folder", str(folder), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as stack:
        assert stack.stdout is not None
        try:
            said = []
            for line in stack.stdout:
                said.append(line)
                if "Ctrl-C ends them" in line:
                    break
            assert stack.poll() is None, said
            for name in PEOPLE:
                token = (folder / "tokens" / name).read_text()
                with SPLServerClient(token, base_url=f"http://127.0.0.1:{port}") as desk:
                    seen = desk.objects()
                    assert [one["name"] for one in seen if one["owner"] == "alice"] == ["risk_report"]
        finally:
            stack.send_signal(signal.SIGINT)
            assert stack.wait(ENDS_WITHIN_SECONDS) == 0


def test_a_stack_can_be_used_and_comes_back_as_it_was(tmp_path):
    port = free_port()
    tried(tmp_path, port)
    tried(tmp_path, port)
