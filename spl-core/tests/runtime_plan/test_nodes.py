"""What is told of the steps of a pipeline while it runs."""

from __future__ import annotations

import threading
from typing import Any

from spl.runtime.nodes import TOLD_AT_ONCE, Nodes

from .plans import add, const, of, plan, program, remote_step, step


def told(document: dict[str, Any], *functions: Any, **options: Any) -> list[dict[str, Any]]:
    """The frames of one run."""
    frames: list[dict[str, Any]] = []
    compiled = program(document, *functions)
    compiled.run({}, nodes=Nodes("r1", compiled.ids, frames.append), **options)
    return frames


def test_a_short_pipeline_is_told_step_by_step():
    frames = told(plan(step("one", "add", a=const(1)), step("two", "add", a=of("one"))), add)

    assert [frame["started"] for frame in frames] == [["one"], ["two"]]
    assert [[name for name, _ in frame["ended"]] for frame in frames] == [[], ["one"]]
    assert frames[1]["ended"][0][1] >= 0


def test_a_long_pipeline_is_told_in_batches():
    steps = [step("s0", "add", a=const(1))]
    steps += [step(f"s{at}", "add", a=of(f"s{at - 1}")) for at in range(1, 10_000)]

    frames = told(plan(*steps), add)

    assert len(frames) < TOLD_AT_ONCE + 1_000  # ten thousand, were each told by itself
    assert sum(len(frame["ended"]) for frame in frames) >= TOLD_AT_ONCE - 1


def test_remote_steps_are_told_while_they_are_waited_for():
    frames: list[dict[str, Any]] = []
    both = threading.Event()

    def send(frame: dict[str, Any]) -> None:
        frames.append(frame)
        if {"a", "b"} <= {name for one in frames for name in one["started"]}:
            both.set()

    def call(document: Any, arguments: Any) -> int:
        assert both.wait(20), "the steps were not told while they ran"
        return 1

    compiled = program(plan(remote_step("a"), remote_step("b"), step("sum", "add", a=of("a"), b=of("b"))), add)
    compiled.run({}, remote=call, nodes=Nodes("r1", compiled.ids, send))

    assert {name for frame in frames for name, _ in frame["ended"]} == {"a", "b"}
    assert frames[-1]["started"] == ["sum"]
