"""What a person at a terminal sees: live lines, colour, a question after Ctrl-C, help in panels."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spl.daemon.cli.output import Output
from spl.daemon.cli.waiting import Screen

from .conftest import environment, process
from .serving import Served, serving

pty = pytest.importorskip("pty", reason="there are no pseudo terminals here")

SLOW = """\
spl: 1
entrypoint: slow
functions:
- name: slow
  in: main
  inputs: []
  outputs:
  - {name: default}
modules:
- name: main
  path: main.py
  source: |
    import time


    def slow():
        print("half way", flush=True)
        time.sleep(600)
"""


class Terminal:
    """A command at a terminal of its own, and what it shows there."""

    def __init__(self, *arguments: str, **extra: str) -> None:
        self._mine, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "spl.daemon", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment(TERM="xterm-256color", COLUMNS="120", **extra),
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(theirs)
        self.shown = ""

    def type(self, text: str) -> None:
        os.write(self._mine, text.encode())

    def until(self, text: str, seconds: float = 60.0) -> str:
        """All that was shown, once it has `text` in it."""
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            if not self._read():
                break
        assert text in self.shown, self.shown
        return self.shown

    def ended(self) -> int:
        while self._read():
            pass
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._mine)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._mine], [], [], 1.0)
        if not ready:
            return self.process.poll() is None
        try:
            piece = os.read(self._mine, 65536)
        except OSError:  # the other side is closed
            return False
        self.shown += piece.decode(errors="replace")
        return bool(piece)


def _take_terminal() -> None:
    """Be what a shell starts in the foreground: a job in the background begins without an interrupt."""
    import fcntl
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminal() -> Iterator[Any]:
    opened: list[Terminal] = []

    def open_one(*arguments: str, **extra: str) -> Terminal:
        opened.append(Terminal(*arguments, **extra))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "slow.yaml").write_text(SLOW)
    with serving(folder) as served:
        subprocess.run(served.command("env-add", "default"), check=True, capture_output=True)
        added = served.command("object-add", "slow", str(folder / "slow.yaml"), "--wait")
        subprocess.run(added, check=True, capture_output=True)
        yield served


def run_of(shown: str) -> str:
    return re.search(r"slow ([0-9a-f-]{36})", shown)[1]  # type: ignore[index]


def state(daemon: Served, run: str) -> str:
    return str(process("run-show", run, "--json", "--home", str(daemon.home)).document["state"])


def test_a_run_shows_what_it_is_about_and_what_it_prints(daemon: Served, terminal: Any):
    one = terminal("run", "slow", "--home", str(daemon.home))
    one.until("half way")
    one.until("running, ")
    one.type("\x03")
    one.until("[leave/cancel]")
    one.type("leave\n")

    assert one.ended() == 130
    assert "goes on" in one.shown
    run = run_of(one.shown)
    assert state(daemon, run) == "running"
    assert process("run-cancel", run, "--home", str(daemon.home)).code == 0


def test_ctrl_c_asks_and_may_cancel(daemon: Served, terminal: Any):
    one = terminal("run", "slow", "--home", str(daemon.home))
    one.until("running, ")
    one.type("\x03")
    one.until("[leave/cancel]")
    one.type("cancel\n")

    assert one.ended() == 130
    run = run_of(one.shown)
    assert process("run-result", run, "--wait", "--home", str(daemon.home)).code == 8


def test_a_second_ctrl_c_leaves_the_run_alone(daemon: Served, terminal: Any):
    one = terminal("run", "slow", "--home", str(daemon.home))
    one.until("running, ")
    one.type("\x03")
    one.until("[leave/cancel]")
    one.type("\x03")

    assert one.ended() == 130
    run = run_of(one.shown)
    assert state(daemon, run) == "running"
    assert process("run-cancel", run, "--home", str(daemon.home)).code == 0


def test_taking_away_is_asked_for(daemon: Served, terminal: Any):
    one = terminal("object-forget", "slow", "--home", str(daemon.home))
    one.until("Forget 'slow' with all its versions?")
    one.type("n\n")

    assert one.ended() != 0
    assert process("object-show", "slow", "--home", str(daemon.home)).code == 0


def test_watching_the_status_ends_with_ctrl_c(daemon: Served, terminal: Any):
    one = terminal("status", "--watch", "--home", str(daemon.home))
    one.until("workers")
    one.type("\x03")

    assert one.ended() == 130


def test_colour_is_there_and_can_be_refused(terminal: Any, tmp_path: Path):
    plain = {"HOME": str(tmp_path)}
    coloured = terminal("object-list", **plain)
    assert coloured.ended() == 7
    assert "\x1b[31merror:\x1b[0m" in coloured.shown

    for refused in (
        terminal("object-list", "--no-color", **plain),
        terminal("object-list", NO_COLOR="1", **plain),
    ):
        assert refused.ended() == 7
        assert "\x1b[" not in refused.shown


def test_help_is_drawn_in_panels(terminal: Any):
    one = terminal("--help")

    assert one.ended() == 0
    shown = re.sub(r"\x1b\[[0-9;]*m", "", one.shown)
    assert "─ Objects ─" in shown
    assert "─ Runs ─" in shown


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_had_for_a_shell(shell: str):
    script = process("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")

    assert "spl-daemon" in script.out


def test_completion_knows_the_commands():
    offered = process(_SPL_DAEMON_COMPLETE="complete_bash", COMP_WORDS="spl-daemon object-", COMP_CWORD="1").out

    assert {"object-list", "object-add"} <= set(offered.split())


def test_completion_knows_what_is_published(daemon: Served):
    home = {"SPL_DAEMON_HOME": str(daemon.home), "COMP_CWORD": "2"}
    offered = process(_SPL_DAEMON_COMPLETE="complete_bash", COMP_WORDS="spl-daemon object-show sl", **home).out

    assert offered.split() == ["slow"]


def test_completion_is_silent_where_no_daemon_runs(tmp_path: Path):
    home = {"SPL_DAEMON_HOME": str(tmp_path), "COMP_CWORD": "2"}
    outcome = process(_SPL_DAEMON_COMPLETE="complete_bash", COMP_WORDS="spl-daemon object-show sl", **home)

    assert (outcome.out.strip(), outcome.err) == ("", "")


class TestAScreen:
    """Where nobody looks at a terminal, each change is a line; quick things stay silent."""

    @pytest.fixture
    def told(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        notes: list[str] = []
        monkeypatch.setattr(Output, "note", lambda self, text: notes.append(text))
        return notes

    def test_quick_things_are_silent(self, told: list[str]):
        with Screen(Output(), "slow") as screen:
            screen.show("running")

        assert told == []

    def test_each_change_is_a_line(self, told: list[str], monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("spl.daemon.cli.waiting.SILENT_SECONDS", 0.0)
        with Screen(Output(), "slow") as screen:
            for about in ("building", "building", "running", "running"):
                screen.show(about, "something else each time")

        assert told == ["slow: building", "slow: running"]

    def test_quiet_says_nothing(self, told: list[str], monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("spl.daemon.cli.waiting.SILENT_SECONDS", 0.0)
        with Screen(Output(quiet=True), "slow") as screen:
            screen.show("building")

        assert told == []
