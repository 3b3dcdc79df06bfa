"""What user code knows of the run it is part of."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from spl.runtime import RunContext, current_run
from spl.runtime.context import bind
from spl.runtime.progress import LONGEST_TEXT, Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_outside_a_run_everything_works_and_nothing_happens(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = current_run()

    run.progress(1, 2, "half")
    run.artifact("plots/a.png").write_bytes(b"png")

    assert (run.id, run.attempt, run.folder, run.cancelled()) == ("", 1, Path.cwd(), False)
    assert (tmp_path / "artifacts" / "plots" / "a.png").exists()


def test_inside_a_run_user_code_finds_it(tmp_path):
    reports = []
    run = RunContext("r1", 2, tmp_path, lambda *report: reports.append(report))

    with bind(run) as bound:
        assert bound is current_run() is run
        seen = []
        thread = threading.Thread(target=lambda: seen.append(current_run().id))
        thread.start()
        thread.join()
        current_run().progress(1, 10, "one")

    assert seen == ["r1"]
    assert reports == [(1, 10, "one")]
    assert run.artifact("a b.txt") == tmp_path / "artifacts" / "a b.txt"
    assert "r1" in repr(run)
    assert current_run().id == ""


def test_binding_without_a_block_lasts():
    before = current_run()
    binding = bind(RunContext("r2"))
    try:
        assert current_run().id == "r2"
    finally:
        binding.__exit__()

    assert current_run() is before


def test_a_run_that_is_asked_to_stop_knows():
    run = RunContext("r1")
    assert not run.cancelled()

    run.cancel()

    assert run.cancelled()


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "/a", "a/../b", "a//b", "a\x00", "a\n", "é", "x" * 201, "a."])
def test_an_artifact_has_a_safe_name(tmp_path, name):
    with pytest.raises(ValueError, match="can't be an artifact"):
        RunContext("r1", folder=tmp_path).artifact(name)
    assert list(tmp_path.iterdir()) == []


def test_a_tight_loop_is_thinned_out_and_its_last_report_is_sent():
    clock, reports = Clock(), []
    progress = Progress(lambda *report: reports.append(report), clock)

    for step in range(10_000):
        clock.now += 0.001
        progress(step, 10_000)
    progress.flush()
    progress.flush()

    assert 95 <= len(reports) <= 120, "ten seconds, ten a second, and a burst at the beginning"
    assert reports[-1] == (9_999, 10_000, "")


def test_a_few_reports_are_never_held_back():
    reports: list[object] = []
    progress = Progress(lambda *report: reports.append(report), Clock())

    for step in range(5):
        progress(step, 5, "loading")

    assert len(reports) == 5


def test_a_text_is_one_line_of_bounded_length():
    reports: list[tuple[object, ...]] = []

    Progress(lambda *report: reports.append(report), Clock())(None, None, "x" * 10_000)

    assert reports == [(None, None, "x" * LONGEST_TEXT)]


def test_unknown_names_of_the_package_are_unknown():
    import spl.runtime

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        spl.runtime.nothing
