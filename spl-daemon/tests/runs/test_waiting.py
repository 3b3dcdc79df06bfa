"""Waiting for many runs in one request."""

from __future__ import annotations

import threading


def ids_of(items):
    return sorted(run["id"] for run in items)


def wait_for(stack, ids, wait=0.0):
    response = stack.http.post("/runs/wait", json={"ids": ids, "wait": wait})
    assert response.status_code == 200, response.text
    return response.json()


def test_those_that_have_ended_are_given_whole(stack):
    ended = [stack.call("add", a=number)["id"] for number in range(2)]
    going = stack.start_run("nap", seconds=600)["id"]

    found = wait_for(stack, [*ended, going])

    assert ids_of(found["items"]) == sorted(ended) and found["unknown"] == []
    assert sorted(run["result"] for run in found["items"]) == [1, 2]
    assert wait_for(stack, [going])["items"] == []
    stack.cancel(going)


def test_the_first_end_answers(stack):
    going = [stack.start_run("nap", seconds=600)["id"] for _ in range(2)]
    stack.said(going[0], "napping")
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(wait_for(stack, going, wait=60.0)))
    waiting.start()

    stack.cancel(going[0])
    waiting.join(30)

    assert [run["id"] for run in answers[0]["items"]] == [going[0]]
    assert answers[0]["items"][0]["state"] == "cancelled"
    stack.cancel(going[1])


def test_what_is_no_run_is_said_at_once(stack):
    going = stack.start_run("nap", seconds=600)["id"]

    assert wait_for(stack, [going, "nobody"], wait=60.0)["unknown"] == ["nobody"]
    stack.cancel(going)


def test_many_are_answered_in_parts(stack):
    ended = [stack.call("add", a=number, _isolation="reuse")["id"] for number in range(70)]
    left = set(ended)

    while left:
        found = wait_for(stack, sorted(left))["items"]
        assert found and {run["id"] for run in found} <= left
        left -= {run["id"] for run in found}


def test_too_many_and_none_are_refused(stack):
    for ids in ([], ["x"] * 1_001):
        assert stack.http.post("/runs/wait", json={"ids": ids}).status_code == 422
