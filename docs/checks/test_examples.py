"""Every example of the documentation works as it is written."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from .pages import ROOT, blocks, pages

START_TIMEOUT = 30.0


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with a daemon that a client without any settings finds."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"SPL_STATE_DIR": str(tmp_path / "state"), "HOME": str(tmp_path)}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path / "daemon.log").open("wb")
    command = [
        sys.executable,
        "-m",
        "spl.daemon",
        "serve",
        "--port",
        str(port),
        "--home",
        str(tmp_path / ".spl-daemon"),
    ]
    daemon = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=log, stderr=log)
    log.close()
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}/health", daemon)
        yield tmp_path, env
    finally:
        daemon.terminate()
        daemon.wait(30)


def wait_until_healthy(url: str, daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        assert daemon.poll() is None, "the daemon ended"
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the daemon did not start")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_examples_of_a_page_work_as_written(page: Path, workplace: tuple[Path, dict[str, str]]):
    folder, env = workplace
    cells = json.dumps([asdict(block) for block in blocks(page)])
    runner = Path(__file__).with_name("run_page.py")

    done = subprocess.run(
        [sys.executable, str(runner)], input=cells, cwd=folder, env=env, text=True, capture_output=True, timeout=110
    )

    assert done.returncode == 0, done.stderr[-4000:]


def test_the_readme_shows_the_two_commands_and_the_example_on_its_first_screen():
    screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:45])

    assert "tools/dev.py demo" in screen
    assert "tools/dev.py test" in screen
    assert 'client.call("demo_add"' in screen
