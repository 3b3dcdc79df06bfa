"""Who runs when: so many at a time, in order, the urgent first."""

from __future__ import annotations

from .conftest import until


def test_no_more_run_at_a_time_than_allowed(own_stack):
    stack = own_stack(max_workers=2)
    stack.publish("nap")
    runs = [stack.start_run("nap", seconds=0.4)["id"] for _ in range(6)]

    seen = []
    until(lambda: seen.append(stack.status()) or seen[-1]["queue"]["running"] + seen[-1]["queue"]["waiting"] == 0)

    assert max(status["queue"]["running"] for status in seen) == 2
    assert max(status["workers"]["busy"] for status in seen) == 2
    assert all(stack.get(run)["state"] == "succeeded" for run in runs)


def test_runs_begin_in_the_order_in_which_they_came_but_the_urgent_first(own_stack, tmp_path):
    stack = own_stack(max_workers=1)
    stack.publish("count")
    path = str(tmp_path / "order")
    first = stack.start_run("nap", seconds=300)
    stack.said(first["id"], "napping")
    plain = [stack.start_run("count", path=path)["id"] for _ in range(3)]
    urgent = stack.start_run("count", path=path, _priority=5)["id"]
    late = stack.start_run("count", path=path, _priority=-5)["id"]
    last = stack.start_run("count", path=path)["id"]

    stack.cancel(first["id"])

    for run in [*plain, urgent, late, last]:
        stack.ended(run)
    assert (tmp_path / "order").read_text().split() == [urgent, *plain, last, late]


def test_a_full_queue_refuses_and_says_when_to_come_again(own_stack):
    stack = own_stack(max_workers=1, max_waiting_runs=2)
    runs = [stack.start_run("nap", seconds=300)["id"] for _ in range(3)]

    response = stack.http.post("/runs", json={"object": "nap", "kwargs": {"seconds": 1}})

    assert (response.status_code, response.json()["code"]) == (503, "queue_full")
    assert response.headers["retry-after"] == "1"
    for run in runs:
        stack.cancel(run)
        stack.ended(run)
    assert stack.call("add", a=1)["result"] == 2


def test_a_call_that_waits_holds_up_nobody(own_stack):
    stack = own_stack(max_workers=2)
    slow = stack.start_run("nap", seconds=300)
    stack.said(slow["id"], "napping")

    assert stack.call("add", a=1)["result"] == 2
    assert stack.get(slow["id"])["state"] == "running"
    stack.cancel(slow["id"])


def test_runs_that_wait_for_an_environment_take_no_place(own_stack):
    stack = own_stack(max_workers=1)
    stack.publish("add")
    stack.call("add", a=1)
    stack.publish("nap", requirements=["a-package-that-nobody-has-published==1.0"])
    waiting = [stack.start_run("nap", seconds=1)["id"] for _ in range(3)]

    assert stack.call("add", a=2)["result"] == 3
    assert all(stack.ended(run, 90.0)["reason"] == "env_build_failed" for run in waiting)


def test_a_failed_build_ends_the_run_with_the_installers_words(own_stack):
    stack = own_stack()
    stack.publish("add", requirements=["a-package-that-nobody-has-published==1.0"])

    run = stack.call("add", a=1)

    assert (run["state"], run["reason"]) == ("failed", "env_build_failed")
    assert "a-package-that-nobody-has-published" in run["error"]["message"]
    assert run["timings"]["build_ms"] > 0
