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

from .pages import ROOT, Block, blocks, pages
from .stage import Stack, needs_a_server, staged

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


LOCAL = [page for page in pages() if not needs_a_server(page)]
SERVED = [page for page in pages() if needs_a_server(page)]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", LOCAL, ids=named)
def test_the_examples_of_a_page_work_as_written(page: Path, workplace: tuple[Path, dict[str, str]]):
    folder, env = workplace

    assert run_page(blocks(page), folder, env) == ""


@pytest.mark.parametrize("page", SERVED, ids=named)
def test_the_examples_of_a_page_about_the_server_work_as_written(page: Path, tmp_path: Path):
    with Stack(tmp_path) as stack:
        real = staged(stack)

        assert run_page([real(block) for block in blocks(page)], tmp_path, stack.env) == ""


def run_page(cells: list[Block], folder: Path, env: dict[str, str]) -> str:
    """What is wrong with the page; empty where nothing is."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("run_page.py"))],
        input=json.dumps([asdict(cell) for cell in cells]),
        cwd=folder,
        env=env,
        text=True,
        capture_output=True,
        timeout=110,
    )
    return done.stderr[-4000:] if done.returncode else ""


def test_the_readme_shows_the_two_commands_and_the_example_on_its_first_screen():
    screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:45])

    assert "tools/dev.py demo" in screen
    assert "tools/dev.py test" in screen
    assert 'client.call("demo_add"' in screen
