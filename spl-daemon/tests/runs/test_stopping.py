"""Cancelling in every phase, timeouts, and the ladder from asking to killing."""

from __future__ import annotations

import time

import pytest

from .conftest import alive, until
from .test_modes import MODES


@pytest.mark.parametrize("mode", MODES)
def test_a_running_function_is_interrupted_and_may_clean_up(stack, mode):
    run = stack.start_run("tidy", seconds=300, _isolation=mode)
    stack.said(run["id"], "napping")

    answer = stack.cancel(run["id"])
    ended = stack.ended(run["id"])

    assert answer["state"] in ("cancelling", "cancelled")
    assert (ended["state"], ended["reason"]) == ("cancelled", "cancelled")
    assert ended["error"]["message"] == "The run was cancelled."
    assert stack.logs(run["id"])["text"] == "napping\ntidied\n"
    assert stack.call("add", a=1, _isolation=mode)["result"] == 2


@pytest.mark.parametrize("mode", MODES)
def test_a_function_that_ignores_being_asked_is_killed_after_the_grace(stack, mode):
    run = stack.start_run("stubborn", seconds=300, _isolation=mode)
    stack.said(run["id"], "napping")

    stack.cancel(run["id"])

    assert stack.ended(run["id"], 10.0)["state"] == "cancelled"


@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_takes_too_long_is_stopped_and_says_where_it_was(stack, mode):
    run = stack.call("nap", seconds=300, _isolation=mode, _timeout_seconds=0.3)

    assert (run["state"], run["reason"]) == ("timed_out", "timed_out")
    assert "0.3 seconds" in run["error"]["message"]
    assert run["error"]["frames"][-1]["source"] == "time.sleep(seconds)"


def test_the_time_limit_of_the_daemon_counts_where_the_call_has_none(own_stack):
    stack = own_stack(run_timeout_seconds=0.3)

    assert stack.call("nap", seconds=300)["state"] == "timed_out"


def test_time_in_the_queue_is_not_the_functions_time(own_stack):
    stack = own_stack(max_workers=1)
    first = stack.start_run("nap", seconds=1.0)
    second = stack.start_run("nap", seconds=0.1, _timeout_seconds=0.8)

    assert stack.ended(second["id"])["state"] == "succeeded"
    assert stack.ended(first["id"])["state"] == "succeeded"


def test_a_waiting_run_is_cancelled_at_once_and_never_begins(own_stack, tmp_path):
    stack = own_stack(max_workers=1)
    stack.publish("count")
    first = stack.start_run("nap", seconds=300)
    stack.said(first["id"], "napping")
    second = stack.start_run("count", path=str(tmp_path / "count"))

    answer = stack.cancel(second["id"])

    assert (answer["state"], answer["started_at"]) == ("cancelled", None)
    stack.cancel(first["id"])
    stack.ended(first["id"])
    assert stack.call("add", a=1)["result"] == 2
    assert not (tmp_path / "count").exists()


@pytest.mark.parametrize("mode", MODES)
def test_a_run_can_be_cancelled_the_moment_it_is_accepted(stack, mode):
    for _ in range(5):
        run = stack.start_run("nap", seconds=300, _isolation=mode)
        stack.cancel(run["id"])

        assert stack.ended(run["id"])["state"] == "cancelled"


def test_a_run_whose_environment_is_being_built_is_cancelled_at_once(own_stack):
    stack = own_stack()
    stack.publish("nap", requirements=["a-package-that-nobody-has-published==1.0"])
    run = stack.start_run("nap", seconds=1)

    stack.cancel(run["id"])

    assert stack.ended(run["id"])["state"] in ("cancelled", "failed")


def test_cancelling_what_has_ended_changes_nothing(stack):
    run = stack.call("add", a=1)

    assert stack.cancel(run["id"]) == stack.get(run["id"])
    assert stack.get(run["id"])["state"] == "succeeded"


def test_cancelling_twice_is_cancelling_once(stack):
    run = stack.start_run("tidy", seconds=300)
    stack.said(run["id"], "napping")

    stack.cancel(run["id"])
    stack.cancel(run["id"])

    assert stack.ended(run["id"])["state"] == "cancelled"


def test_the_processes_of_a_stopped_run_are_gone_when_it_has_ended(stack):
    run = stack.start_run("scatter_and_nap", seconds=300, _timeout_seconds=1.0)
    ended = stack.ended(run["id"])
    pids = [int(pid) for pid in stack.logs(run["id"])["text"].split()]

    assert ended["state"] == "timed_out" and len(pids) == 4
    until(lambda: not any(map(alive, pids)))


def test_what_waits_behind_a_cancelled_run_on_a_reused_worker_is_run_all_the_same(own_stack):
    stack = own_stack(max_workers=1)
    name = stack.publish("nap", isolation="reuse")
    calls = [{"kwargs": {"seconds": 0.0005}}] * 200
    warm = stack.http.post("/batches", json={"object": name, "calls": calls[:50]}).json()["id"]
    until(lambda: stack.http.get(f"/batches/{warm}").json()["done"])
    batch = stack.http.post("/batches", json={"object": name, "calls": calls}).json()["id"]
    until(lambda: stack.http.get(f"/batches/{batch}").json()["ended"] > 20)
    running = stack.http.get("/runs", params={"batch": batch, "state": "running"}).json()["items"]

    for run in running[:3]:
        stack.cancel(run["id"])

    counts = until(lambda: (found := stack.http.get(f"/batches/{batch}").json())["done"] and found)["counts"]
    assert set(counts) <= {"succeeded", "cancelled"}
    assert counts["succeeded"] >= 197


def test_being_stopped_is_noticed_soon(stack):
    run = stack.start_run("nap", seconds=300)
    stack.said(run["id"], "napping")
    began = time.monotonic()

    stack.cancel(run["id"])
    stack.ended(run["id"])

    assert time.monotonic() - began < 5
