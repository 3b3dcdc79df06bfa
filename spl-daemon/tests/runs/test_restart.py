"""A daemon that is killed, and one that is asked to stop: what becomes of the runs, and of their processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from spl.runtime.launch import NO_RUN

from .conftest import alive, until
from .test_modes import MODES


@pytest.mark.parametrize("mode", MODES)
def test_workers_end_with_a_daemon_that_is_killed(own_stack, mode):
    stack = own_stack()
    run = stack.start_run("nap", seconds=300, _isolation=mode)
    stack.said(run["id"], "napping")
    workers = [process.pid for process in stack.workers()]

    stack.kill()

    assert workers
    until(lambda: not any(map(alive, workers)))


@pytest.mark.parametrize("mode", MODES)
def test_after_a_kill_what_was_running_is_interrupted_and_what_waited_runs_once(own_stack, tmp_path, mode):
    stack = own_stack(max_workers=1, isolation=mode)
    stack.publish("count")
    path = str(tmp_path / "count")
    running = stack.start_run("count_and_nap", path=path, seconds=300)["id"]
    until(lambda: (tmp_path / "count").exists())
    waiting = [stack.start_run("count", path=path)["id"] for _ in range(3)]

    stack.kill()
    stack.start()

    ended = stack.get(running)
    assert (ended["state"], ended["reason"]) == ("failed", "interrupted")
    assert ended["finished_at"] >= ended["started_at"]
    assert [stack.ended(run)["state"] for run in waiting] == ["succeeded"] * 3
    assert (tmp_path / "count").read_text().split() == [running, *waiting]


def test_a_run_that_was_being_cancelled_is_cancelled(own_stack):
    stack = own_stack(kill_grace_seconds=60)
    run = stack.start_run("stubborn", seconds=300)
    stack.said(run["id"], "napping")
    assert stack.cancel(run["id"])["state"] == "cancelling"

    stack.kill()
    stack.start()

    assert (stack.get(run["id"])["state"], stack.get(run["id"])["reason"]) == ("cancelled", "cancelled")


def test_what_a_run_left_running_somewhere_is_found_by_its_mark(own_stack):
    stack = own_stack()
    stack.call("add", a=1)
    stack.kill()
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(300)"],
        env={"SPL_DAEMON_HOME": str(stack.home.root), "SPL_RUN_ID": NO_RUN},
        start_new_session=True,
    )
    other = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(300)"], env={"SPL_DAEMON_HOME": str(stack.home.root)}
    )

    stack.start()

    assert left.wait(10) == -signal.SIGKILL
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_batch_goes_on_after_a_kill(own_stack):
    stack = own_stack(max_workers=2)
    name = stack.publish("nap")
    calls = [{"kwargs": {"seconds": 0.05}}] * 60
    batch = stack.http.post("/batches", json={"object": name, "calls": calls}).json()["id"]
    until(lambda: stack.http.get(f"/batches/{batch}").json()["ended"] > 5)

    stack.kill()
    stack.start()

    counts = until(lambda: (found := stack.http.get(f"/batches/{batch}").json())["done"] and found)["counts"]
    assert set(counts) <= {"succeeded", "failed"} and sum(counts.values()) == 60
    assert counts.get("failed", 0) <= 4


def test_an_interrupted_run_of_an_object_that_was_forgotten_meanwhile_still_ends(own_stack):
    stack = own_stack(max_workers=1)
    stack.publish("add")
    first = stack.start_run("nap", seconds=300)
    stack.said(first["id"], "napping")
    waiting = stack.start_run("add", a=1)["id"]
    stack.http.delete("/objects/add")

    stack.kill()
    stack.start()

    assert (stack.get(waiting)["state"], stack.get(waiting)["reason"]) == ("failed", "interrupted")


def test_a_daemon_that_is_asked_to_stop_lets_running_functions_end(own_stack):
    stack = own_stack(max_workers=1)
    run = stack.start_run("nap", seconds=1.0)
    stack.said(run["id"], "napping")
    waiting = stack.start_run("add", a=1)["id"]

    assert stack.stop() == 0
    stack.start()

    assert stack.get(run["id"])["state"] == "succeeded"
    assert stack.ended(waiting)["result"] == 2


def test_a_draining_daemon_accepts_nothing_and_still_answers(own_stack):
    stack = own_stack()
    run = stack.start_run("nap", seconds=2.0)
    stack.said(run["id"], "napping")
    stack.http.post("/stop")
    until(lambda: stack.status()["status"] == "draining")

    refused = stack.http.post("/runs", json={"object": "nap", "kwargs": {"seconds": 1}})

    assert (refused.status_code, refused.json()["code"]) == (503, "draining")
    assert stack.get(run["id"], wait=10)["state"] == "succeeded"
    assert stack.process.wait(30) == 0


@pytest.mark.parametrize("function", ["nap", "stubborn"])
def test_what_does_not_end_in_time_is_stopped_with_the_daemon(own_stack, function):
    stack = own_stack(drain_seconds=0.3)
    run = stack.start_run(function, seconds=300)
    stack.said(run["id"], "napping")

    assert stack.stop() == 0
    stack.start()

    ended = stack.get(run["id"])
    assert (ended["state"], ended["reason"]) == ("cancelled", "interrupted")
    assert "stopped" in ended["error"]["message"]


def test_a_zygote_that_is_killed_takes_its_runs_along_and_is_replaced(own_stack):
    stack = own_stack()
    run = stack.start_run("nap", seconds=300, _isolation="fork")
    stack.said(run["id"], "napping")
    zygote = next(entry["pid"] for entry in stack.status()["workers"]["idle"] if entry["mode"] == "fork")

    os.kill(zygote, signal.SIGKILL)

    assert stack.ended(run["id"])["reason"] == "worker_crashed"
    assert stack.call("nap", seconds=0, _isolation="fork")["result"] == "rested"


@pytest.mark.parametrize("mode", ["fork", "spare", "reuse"])
def test_idle_workers_that_are_killed_cost_no_run(own_stack, mode):
    stack = own_stack(isolation=mode)
    for _ in range(5):
        assert stack.call("add", a=1)["result"] == 2
        for process in stack.workers():
            process.kill()

    assert stack.call("add", a=1)["state"] == "succeeded"


def test_an_accepted_run_is_on_the_disk_before_the_answer(own_stack):
    stack = own_stack(max_workers=1)
    run = stack.start_run("nap", seconds=300)

    stack.kill()

    with sqlite3.connect(stack.home.database) as database:
        rows = database.execute("SELECT id FROM runs").fetchall()
    database.close()
    assert rows == [(run["id"],)]
