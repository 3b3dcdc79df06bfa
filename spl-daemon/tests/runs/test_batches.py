"""Many calls in one request, and their results as they come."""

from __future__ import annotations

import pytest

from .conftest import until


def start(stack, function, calls, **options):
    response = stack.http.post("/batches", json={"object": stack.publish(function), "calls": calls, **options})
    assert response.status_code == 201, response.text
    return response.json()["id"]


def drained(stack, batch, order="index", limit=500):
    items, after, done = [], 0, False
    while not done:
        answer = stack.http.get(
            f"/batches/{batch}/results", params={"after": after, "wait": 20, "order": order, "limit": limit}
        ).json()
        assert answer["next"] == after + len(answer["items"])
        items, after, done = items + answer["items"], answer["next"], answer["done"]
    return items


@pytest.mark.parametrize("mode", ["fork", "reuse"])
@pytest.mark.parametrize("order", ["index", "done"])
def test_every_call_has_one_result(stack, mode, order):
    batch = start(stack, "add", [{"args": [n], "kwargs": {"b": 2}} for n in range(60)], isolation=mode)

    items = drained(stack, batch, order, limit=13)

    assert sorted(item["index"] for item in items) == list(range(60))
    assert all(item["result"] == item["index"] + 2 for item in items)
    if order == "index":
        assert [item["index"] for item in items] == list(range(60))


def test_results_come_before_the_last_run_has_ended(own_stack):
    stack = own_stack(max_workers=2)
    batch = start(stack, "nap", [{"args": [300]}, {"args": [0]}, {"args": [0]}])

    answer = stack.http.get(f"/batches/{batch}/results", params={"wait": 20, "order": "done"}).json()
    ordered = stack.http.get(f"/batches/{batch}/results", params={"order": "index"}).json()

    assert answer["items"] and not answer["done"]
    assert ordered == {"items": [], "next": 0, "done": False}
    stack.http.post(f"/batches/{batch}/cancel")


def test_a_failed_call_does_not_fail_the_others(stack):
    batch = start(stack, "hard_exit", [{"args": [3]}, {"args": [4]}], isolation="reuse")
    other = start(stack, "fail", [{"args": ["x"]}])

    assert {item["reason"] for item in drained(stack, batch)} == {"worker_crashed"}
    assert drained(stack, other)[0]["error"]["message"] == "x"


def test_one_call_that_does_not_fit_refuses_the_batch_and_names_it(stack):
    stack.publish("add")
    before = stack.http.get("/runs", params={"limit": 1}).json()["items"]

    response = stack.http.post("/batches", json={"object": "add", "calls": [{"args": [1]}, {"args": []}]})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_arguments")
    assert "Call 1" in response.json()["detail"]
    assert stack.http.get("/runs", params={"limit": 1}).json()["items"] == before


def test_a_batch_tells_how_far_it_is(own_stack):
    stack = own_stack(max_workers=1)
    batch = start(stack, "nap", [{"args": [300]}, {"args": [0]}])
    until(lambda: stack.http.get(f"/batches/{batch}").json()["counts"].get("running"))

    found = stack.http.get(f"/batches/{batch}").json()

    assert (found["total"], found["counts"], found["done"]) == (2, {"queued": 1, "running": 1}, False)
    stack.http.post(f"/batches/{batch}/cancel")


def test_cancelling_a_batch_ends_all_of_it(own_stack):
    stack = own_stack(max_workers=2)
    batch = start(stack, "nap", [{"args": [300]}] * 10)
    until(lambda: stack.http.get(f"/batches/{batch}").json()["counts"].get("running") == 2)

    cancelled = stack.http.post(f"/batches/{batch}/cancel").json()

    assert cancelled == {"cancelled": 10}
    assert {item["state"] for item in drained(stack, batch)} == {"cancelled"}


def test_an_empty_batch_is_done(stack):
    batch = start(stack, "add", [])

    assert stack.http.get(f"/batches/{batch}/results").json() == {"items": [], "next": 0, "done": True}


def test_too_many_calls_are_refused(own_stack):
    stack = own_stack(max_batch_calls=3)
    stack.publish("add")

    response = stack.http.post("/batches", json={"object": "add", "calls": [{"args": [1]}] * 4})

    assert response.status_code == 422 and "3" in response.json()["detail"]


def test_the_same_key_gives_the_same_batch(stack):
    first = start(stack, "add", [{"args": [1]}, {"args": [2]}], idempotency_key="batch-once")
    again = start(stack, "add", [{"args": [1]}, {"args": [2]}], idempotency_key="batch-once")

    assert first == again
    assert len(drained(stack, first)) == 2


def test_a_batch_that_is_not_there(stack):
    assert stack.http.get("/batches/no").json()["code"] == "batch_not_found"
    assert stack.http.get("/batches/no/results").json()["code"] == "batch_not_found"


def test_the_order_of_ends_survives_a_restart(own_stack):
    stack = own_stack(max_workers=2)
    batch = start(stack, "add", [{"args": [n]} for n in range(40)], isolation="fork")
    before = [item["index"] for item in drained(stack, batch, "done", limit=11)]
    stack.stop()
    stack.start()

    assert [item["index"] for item in drained(stack, batch, "done", limit=7)] == before
