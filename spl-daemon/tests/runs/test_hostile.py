"""Functions that misbehave: each run ends in the right state with a clear error, and nothing else is disturbed."""

from __future__ import annotations

import pytest

from .conftest import alive, until
from .test_modes import MODES, SINGLE_USE


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("function", "arguments", "reason", "words"),
    [
        ("segfault", {}, "worker_crashed", "SIGSEGV"),
        ("hard_exit", {"code": 7}, "worker_crashed", "code 7"),
        ("hard_exit", {"code": 0}, "worker_crashed", "code 0"),
        ("soft_exit", {"code": 3}, "worker_crashed", "sys.exit(3)"),
        ("kill_self", {}, "worker_crashed", "SIGKILL"),
        ("no_memory", {}, "worker_oom", "no more"),
        ("unencodable", {}, "result_not_encodable", "lock"),
    ],
)
def test_each_way_to_fail_has_its_reason(stack, mode, function, arguments, reason, words):
    run = stack.call(function, _isolation=mode, **arguments)

    assert (run["state"], run["reason"]) == ("failed", reason)
    assert words in run["error"]["message"]
    assert stack.call("add", a=1, _isolation=mode)["result"] == 2


def test_the_last_words_of_a_crashed_worker_are_shown(stack):
    assert "last words" in stack.call("segfault")["error"]["notes"][0]


def test_a_crashed_run_keeps_its_artifacts(stack):
    run = stack.call("artifact_and_crash")

    assert (run["reason"], [entry["name"] for entry in run["artifacts"]]) == ("worker_crashed", ["kept.txt"])


@pytest.mark.parametrize("mode", MODES)
def test_a_child_that_returns_from_the_function_changes_nothing(stack, mode):
    assert stack.call("fork_and_return", _isolation=mode)["result"] == "parent"


@pytest.mark.parametrize("mode", MODES)
def test_whatever_a_run_started_ends_with_it(stack, mode):
    pids = stack.call("scatter", seconds=300, _isolation=mode)["result"]

    assert len(pids) == 4
    until(lambda: not any(map(alive, pids)), f"{mode}: {pids}")


@pytest.mark.parametrize("mode", MODES)
def test_whatever_a_crashed_run_started_ends_too(stack, mode):
    run = stack.call("scatter_and_crash", seconds=300, _isolation=mode)
    pids = [int(pid) for pid in stack.logs(run["id"])["text"].split()]

    assert len(pids) == 4
    until(lambda: not any(map(alive, pids)), f"{mode}: {pids}")


@pytest.mark.parametrize("mode", MODES)
def test_whatever_a_cancelled_run_started_ends_too(stack, mode):
    run = stack.start_run("scatter_and_nap", seconds=300, _isolation=mode)
    pids = [int(pid) for pid in until(lambda: stack.logs(run["id"])["text"].split())]

    stack.cancel(run["id"])

    assert stack.ended(run["id"])["state"] == "cancelled"
    until(lambda: not any(map(alive, pids)), f"{mode}: {pids}")


@pytest.mark.parametrize("mode", SINGLE_USE)
def test_a_thread_that_goes_on_does_not_keep_the_process(stack, mode):
    pid = stack.call("leave_thread", seconds=300, _isolation=mode)["result"]

    until(lambda: not alive(pid))


def test_an_exit_function_that_hangs_is_cut_short(stack):
    pid = stack.call("linger")["result"]

    until(lambda: not alive(pid))


@pytest.mark.parametrize("mode", MODES)
def test_the_function_may_delete_its_folder(stack, mode):
    run = stack.call("delete_folder", _isolation=mode)

    assert run["result"] == "gone"
    assert stack.logs(run["id"])["text"] == ""
    assert stack.call("add", a=1, _isolation=mode)["result"] == 2


@pytest.mark.parametrize("mode", ["fork", "reuse"])
def test_output_is_bounded_and_says_what_is_missing(stack, mode):
    run = stack.call("print_much", megabytes=60, _isolation=mode)
    limit = 10 * 1024 * 1024

    piece = stack.logs(run["id"], offset=limit - 10)

    assert run["state"] == "succeeded"
    dropped = piece["dropped_bytes"]
    assert 49 * 1024 * 1024 < dropped <= 50 * 1024 * 1024
    assert piece["text"].endswith(f"[output cut here: at least {dropped} bytes dropped]\n")
    assert limit < piece["size"] < limit + 100


def test_output_is_held_to_its_bound_while_the_function_runs(own_stack):
    stack = own_stack(output_bytes=100_000)
    run = stack.start_run("print_text", text="x" * 9_999, times=1_000, pause=0.005)
    file = stack.home.runs / run["id"] / "stdout.txt"

    seen = []
    until(lambda: file.exists())
    until(lambda: seen.append(file.stat().st_size) or len(seen) > 150)
    stack.cancel(run["id"])
    stack.ended(run["id"])

    assert max(seen) < 2_000_000
    assert stack.logs(run["id"])["dropped_bytes"] > 0
    assert file.stat().st_size < 100_200


def test_a_result_that_is_too_large_says_how_large_it_may_be(own_stack):
    stack = own_stack(result_bytes=1_000)

    run = stack.call("large", size=5_000)

    assert (run["state"], run["reason"]) == ("failed", "result_too_large")
    assert "1000" in run["error"]["message"]


def test_too_many_artifacts_are_an_error_and_not_left_out(own_stack):
    stack = own_stack(max_artifacts=2)

    run = stack.call("artifacts", a="1", b="2", c="3")

    assert (run["state"], run["reason"]) == ("failed", "artifact_rejected")
    assert len(run["artifacts"]) == 2
