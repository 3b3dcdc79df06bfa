"""How long what runs left is kept."""

from __future__ import annotations

import os
import time

from .conftest import until


def test_pruning_forgets_ended_runs_and_what_they_left(stack):
    done = [stack.call("artifacts", one="x" * 100)["id"] for _ in range(3)]
    failed = stack.call("fail", message="x")["id"]
    going = stack.start_run("nap", seconds=300)["id"]

    dry = stack.http.post("/runs/prune", json={"states": ["succeeded"], "dry_run": True}).json()
    real = stack.http.post("/runs/prune", json={"states": ["succeeded"]}).json()

    assert dry == {"runs": 3, "bytes": dry["bytes"], "dry_run": True} and dry["bytes"] > 300
    assert real == {**dry, "dry_run": False}
    assert [stack.http.get(f"/runs/{run}").status_code for run in [*done, failed, going]] == [404, 404, 404, 200, 200]
    assert not (stack.home.runs / done[0]).exists() and (stack.home.runs / failed).exists()
    stack.cancel(going)
    stack.ended(going)


def test_pruning_by_age_leaves_what_is_younger(stack):
    run = stack.call("add", a=1)["id"]

    assert stack.http.post("/runs/prune", json={"older_than_days": 1}).json()["runs"] == 0
    assert stack.get(run)["state"] == "succeeded"


def test_a_pruning_that_means_nothing_is_refused(stack):
    assert stack.http.post("/runs/prune", json={"states": ["running"]}).status_code == 422
    assert stack.http.post("/runs/prune", json={"older_than_days": -1}).status_code == 422


def test_old_folders_go_and_the_history_stays(own_stack):
    stack = own_stack(retention_interval_seconds=0.2, keep_run_folder_days=1)
    old, new = stack.call("add", a=1)["id"], stack.call("add", a=2)["id"]
    past = time.time() - 2 * 24 * 3600
    until(lambda: (stack.home.runs / old / "object.yaml").exists())
    os.utime(stack.home.runs / old, (past, past))

    until(lambda: not (stack.home.runs / old).exists())

    assert stack.get(old)["result"] == 2
    assert (stack.home.runs / new).exists()
    assert stack.logs(old)["text"] == ""


def test_folders_that_hold_too_much_go_oldest_first(own_stack):
    stack = own_stack(
        retention_interval_seconds=0.2, keep_run_folder_bytes=5_000_000
    )  # two of 2 MB each: what went in and what came out

    runs = [stack.call("artifacts", one="x" * 1_000_000)["id"] for _ in range(4)]

    until(lambda: [(stack.home.runs / run).exists() for run in runs] == [False, False, True, True])


def test_old_runs_are_forgotten(own_stack):
    stack = own_stack(retention_interval_seconds=0.2, keep_history_days=0)
    stack.publish("add")

    run = stack.start_run("add", a=1)["id"]

    until(lambda: stack.http.get(f"/runs/{run}").status_code == 404)
    until(lambda: not (stack.home.runs / run).exists())
