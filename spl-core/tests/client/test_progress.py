from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from spl.client import SPLClient, progress
from spl.client.progress import CountWatch, LineWatch, RunWatch, TerminalLine, bar, find_screen

from .daemon import FakeDaemon


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Recorder:
    def __init__(self) -> None:
        self.shown: list[str] = []
        self.closed: list[str] = []

    def show(self, text: str) -> None:
        self.shown.append(text)

    def close(self, text: str) -> None:
        self.closed.append(text)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0.0)
    monkeypatch.setattr(progress, "REDRAW_SECONDS", 0.01)


def run(**more: Any) -> dict[str, Any]:
    return {"id": "r", "object": "demo", "version": 1, "state": "running", "phase": "running", **more}


def test_nothing_is_drawn_where_nobody_looks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())

    assert find_screen() is None


@pytest.mark.parametrize("stream", [None, "closed"])
def test_a_missing_or_closed_stream_is_nobody(monkeypatch: pytest.MonkeyPatch, stream: str | None):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed if stream else None)

    assert find_screen() is None


def test_a_terminal_gets_one_line_that_is_cleared(monkeypatch: pytest.MonkeyPatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    screen = find_screen()
    assert isinstance(screen, TerminalLine)

    screen.show("a long line")
    screen.show("short")
    screen.close("")

    assert terminal.getvalue() == "\ra long line\rshort      \r     \r"


def test_a_quick_call_draws_nothing():
    screen = Recorder()
    watch = RunWatch(screen, None)

    assert 0.6 < watch(run()) <= 0.7
    watch.close()

    assert screen.shown == []
    assert screen.closed == [""]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (run(), "demo: running, 0 s"),
        (run(state="queued", phase="waiting"), "demo: waiting for a free worker, 0 s"),
        (run(phase="building"), "demo: building its environment, 0 s"),
        (run(phase="something new"), "demo: something new, 0 s"),
        (run(progress={"done": None, "total": None, "text": "epoch 3"}), "demo: running: epoch 3, 0 s"),
        (
            run(progress={"done": 6, "total": 24, "text": "rows"}),
            "demo: [######..................] 6/24 rows, 0 s",
        ),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_run_says_what_it_is_about(told: dict[str, Any], said: str):
    screen = Recorder()

    RunWatch(screen, None)(told)

    assert screen.shown == [said]


@pytest.mark.usefixtures("impatient")
def test_a_build_shows_what_the_installer_says(client: SPLClient, daemon: FakeDaemon):
    daemon.readiness = [{"ready": False, "status": "building", "line": "Downloading numpy"}]
    screen = Recorder()

    RunWatch(screen, client._do)(run(phase="building"))

    assert screen.shown == ["demo: building its environment (Downloading numpy), 0 s"]


@pytest.mark.usefixtures("impatient")
def test_a_call_in_a_terminal_shows_and_clears_its_line(
    client: SPLClient, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    daemon.add(lambda: 1, "one")
    daemon.held = True
    real = daemon.send

    def later(request: Any) -> Any:
        if "\rone: waiting for a free worker" in terminal.getvalue():
            daemon.release()
        return real(request)

    daemon.send = later  # type: ignore[method-assign]

    assert client.call("one").value == 1
    assert terminal.getvalue().endswith(" \r")


@pytest.mark.usefixtures("impatient")
def test_progress_false_is_silent(client: SPLClient, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    daemon.add(lambda x=0: x, "same")

    client.call("same", progress=False)
    list(client.map("same", range(5), progress=False))

    assert terminal.getvalue() == ""


@pytest.mark.usefixtures("impatient")
def test_a_map_counts(client: SPLClient, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "REDRAW_SECONDS", 0.0)
    daemon.add(lambda x: 1 // x, "divide")

    list(client.map("divide", [0, 1, 2, 3], return_exceptions=True))

    assert "divide: [########################] 4/4, 1 failed" in terminal.getvalue()


def test_a_count_is_not_drawn_more_often_than_it_can_be_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0.0)
    clock = iter([0.0, 1.0, 1.1, 1.2, 1.3, 2.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    screen = Recorder()
    watch = CountWatch(screen, "f", None)

    for done in range(4):
        watch(done, 0)
    watch.close(4, 0)

    assert screen.shown == ["f: 0 done, 0/s, 1 s", "f: 3 done, 2/s, 1 s"]
    assert screen.closed == ["f: 4 done, 2/s, 2 s"]


@pytest.mark.usefixtures("impatient")
def test_lines_of_somebody_else_are_shown_behind_their_label():
    screen = Recorder()
    watch = LineWatch(screen, "demo v1: building")

    watch("Downloading")
    watch("")

    assert screen.shown == ["demo v1: building: Downloading, 0 s", "demo v1: building, 0 s"]


@pytest.mark.parametrize(
    ("done", "total", "cells"), [(0, 10, 0), (5, 10, 12), (10, 10, 24), (30, 10, 24), (-3, 10, 0), (1, 0, 0)]
)
def test_a_bar_never_leaves_its_frame(done: int, total: int, cells: int):
    assert bar(done, total).startswith(f"[{'#' * cells}{'.' * (24 - cells)}]")


def test_a_notebook_gets_one_output_drawn_over_again(monkeypatch: pytest.MonkeyPatch):
    shown: list[tuple[str, dict[str, str]]] = []

    class Handle:
        def update(self, data: dict[str, str], raw: bool) -> None:
            shown.append(("update", data))

    def display(data: dict[str, str], raw: bool, display_id: bool) -> Handle:
        shown.append(("display", data))
        return Handle()

    display_module = pytest.importorskip("IPython.display")
    monkeypatch.setattr(display_module, "display", display)
    import IPython

    monkeypatch.setattr(IPython, "display", display_module)
    monkeypatch.setattr(IPython, "get_ipython", lambda: type("Shell", (), {"kernel": object()})())

    screen = find_screen()
    assert screen is not None
    screen.show("one <b>")
    screen.show("two")
    screen.close("")

    assert [how for how, _ in shown] == ["display", "update"]
    assert shown[0][1]["text/plain"] == "one <b>"
    assert "one &lt;b&gt;" in shown[0][1]["text/html"]
