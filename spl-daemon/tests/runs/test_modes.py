"""The four ways to get a process, each forced, and what they share."""

from __future__ import annotations

import pytest

from .conftest import alive, until

MODES = ("fork", "spare", "reuse", "fresh")
SINGLE_USE = ("fork", "spare", "fresh")


@pytest.mark.parametrize("mode", MODES)
def test_a_call_is_answered_with_its_value(stack, mode):
    run = stack.call("add", a=2, b=3, _isolation=mode)

    assert (run["state"], run["reason"], run["result"], run["isolation"]) == ("succeeded", "ok", 5, mode)
    assert run["phase"] is None and run["finished_at"] >= run["started_at"] >= run["created_at"]
    assert run["timings"]["run_ms"] >= 0 and run["timings"]["queued_ms"] >= 0


@pytest.mark.parametrize("mode", SINGLE_USE)
def test_every_run_has_a_process_of_its_own(stack, mode):
    pids = {stack.call("pid", _isolation=mode)["result"] for _ in range(4)}

    assert len(pids) == 4
    until(lambda: not any(map(alive, pids)))


def test_reused_workers_serve_many_runs(stack):
    pids = {stack.call("pid", _isolation="reuse")["result"] for _ in range(6)}

    assert len(pids) == 1


def test_a_reused_worker_that_was_left_dirty_is_replaced(stack):
    first = stack.call("leave_thread", seconds=30, _isolation="reuse")["result"]
    second = stack.call("leave_thread", seconds=30, _isolation="reuse")["result"]

    assert first != second
    until(lambda: not alive(first))


@pytest.mark.parametrize("mode", MODES)
def test_a_failure_carries_the_authors_lines(stack, mode):
    run = stack.call("fail", message="no such luck", _isolation=mode)

    assert (run["state"], run["reason"]) == ("failed", "user_exception")
    assert (run["error"]["type"], run["error"]["message"]) == ("ValueError", "no such luck")
    assert run["error"]["frames"][-1]["source"] == "raise ValueError(message)"
    assert "result" not in run


@pytest.mark.parametrize("mode", MODES)
def test_what_is_printed_can_be_read(stack, mode):
    run = stack.call("print_text", text="schön", times=2, _isolation=mode)

    logs = stack.logs(run["id"])

    assert (logs["text"], logs["ended"], logs["dropped_bytes"]) == ("schön\nschön\n", True, 0)
    assert logs["next_offset"] == logs["size"] == 14


@pytest.mark.parametrize("mode", MODES)
def test_a_worker_sees_nothing_of_the_daemons_secrets(stack, mode):
    seen = stack.call("environment", _isolation=mode)["result"]

    assert "SECRET_TOKEN" not in seen
    assert not [name for name in seen if "TOKEN" in name]


def test_the_object_says_how_it_wants_to_run_and_the_call_may_say_otherwise(stack):
    name = stack.publish("pid", isolation="reuse")

    by_object = stack.http.post("/runs?wait=20", json={"object": name}).json()
    by_call = stack.http.post("/runs?wait=20", json={"object": name, "isolation": "fresh"}).json()

    assert (by_object["isolation"], by_call["isolation"]) == ("reuse", "fresh")


def test_a_bundle_that_is_not_safe_to_fork_runs_in_a_spare(own_stack, tmp_path):
    stack = own_stack()
    from spl.client import SPLClient

    (tmp_path / "threaded.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True, name='ticker').start()\n\n"
        "def one() -> int:\n    return 1\n"
    )
    import sys

    sys.path.insert(0, str(tmp_path))
    try:
        from threaded import one

        client = SPLClient(daemon_home=stack.home.root)
        client.publish(one, name="one")
        client.close()
    finally:
        sys.path.remove(str(tmp_path))

    run = stack.http.post("/runs?wait=20", json={"object": "one"}).json()

    assert (run["state"], run["result"], run["isolation"]) == ("succeeded", 1, "spare")


def test_idle_workers_are_let_go(own_stack):
    stack = own_stack(worker_idle_seconds=0.3)
    stack.call("add", a=1)
    assert stack.status()["workers"]["idle"] or stack.workers()

    until(lambda: not stack.status()["workers"]["idle"] and not stack.workers())

    assert stack.call("add", a=1)["result"] == 2


def test_idle_workers_are_let_go_when_they_hold_too_much_memory(own_stack):
    stack = own_stack(worker_idle_bytes=1, worker_idle_seconds=1)
    stack.call("add", a=1)

    until(lambda: not stack.workers())
