"""The server as a process: it starts, says where it is, answers, and stops when it is asked to."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx


def test_it_answers_under_both_roots_and_ends_well(server_process: Any) -> None:
    for path in ("/health", "/api/health"):
        assert httpx.get(server_process.url + path).json() == {"status": "ok"}

    assert server_process.stop() == 0


def test_a_second_server_in_the_home_is_refused_and_names_the_first(server_process: Any) -> None:
    words = [sys.executable, "-m", "daemon_server", "serve", "--port", "0", "--home", str(server_process.home)]

    second = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)

    assert second.returncode == 1
    assert f"process {server_process.process.pid}" in second.stderr
    assert "--database-url" in second.stderr


def test_systemd_is_told_when_it_is_ready_alive_and_stopping(
    server_processes: Callable[..., Any], tmp_path: Path, wait_until: Callable[..., Any]
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        address = tmp_path / "notify"
        heard.bind(str(address))
        heard.settimeout(30)
        process = server_processes(environment={"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "300000"})
        process.start()

        words = "".join(heard.recv(1000).decode() + "\n" for _ in range(4))
        process.stop()
        while "STOPPING=1" not in words:
            words += heard.recv(1000).decode() + "\n"

    assert "READY=1" in words
    assert words.count("WATCHDOG=1") >= 2


def test_a_home_on_a_taken_port_is_not_used(server_process: Any, tmp_path: Path) -> None:
    port = httpx.URL(server_process.url).port
    words = [sys.executable, "-m", "daemon_server", "serve", "--port", str(port), "--home", str(tmp_path / "other")]

    second = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)

    assert second.returncode == 1
    assert f"127.0.0.1:{port} can't be listened on" in second.stderr
