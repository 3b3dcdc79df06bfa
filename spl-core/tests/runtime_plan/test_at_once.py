"""Steps beside each other: local ones in threads, remote ones always."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from spl.runtime.execute import StepFailed
from spl.runtime.plan import Program

from .plans import add, const, double, entry, fail, given, of, plan, program, remote_step, step

PATIENCE = 20
"""Seconds until a step that waits for another gives up; never reached unless they don't run beside each other."""


def meeting(parties: int) -> Callable[[Any], Any]:
    """A function that returns only when `parties` calls of it run at the same time."""
    barrier = threading.Barrier(parties)

    def meet(x: Any = None) -> Any:
        barrier.wait(PATIENCE)
        return x

    return meet


def test_independent_steps_run_beside_each_other():
    both = plan(step("a", "meet", x=const(1)), step("b", "meet", x=const(2)), step("end", "add", a=of("a"), b=of("b")))

    assert program(both, meeting(2), add).run({}, parallel=2).result == {"default": 3}


def test_independent_remote_steps_run_beside_each_other():
    meet = meeting(3)
    steps = plan(*(remote_step(f"r{at}") for at in range(3)), step("end", "add", a=of("r0"), b=of("r2")))

    outcome = program(steps, add).run({}, remote=lambda document, arguments: meet(int(document["id"][1])))

    assert outcome.values == {"r0": 0, "r1": 1, "r2": 2, "end": 2}


def test_local_steps_go_on_while_a_remote_one_is_waited_for():
    done = threading.Event()

    def local() -> str:
        done.set()
        return "local"

    def remote(document: Mapping[str, Any], arguments: dict[str, Any]) -> str:
        assert done.wait(PATIENCE)
        return "remote"

    outcome = program(plan(remote_step("far"), step("near", "local")), local).run({}, remote=remote)

    assert outcome.values == {"far": "remote", "near": "local"}


def test_local_steps_stay_in_the_calling_thread_unless_threads_are_asked_for():
    def where() -> int:
        return threading.get_ident()

    steps = plan(remote_step("far"), step("a", "where"), step("b", "where"))
    outcome = program(steps, where).run({}, remote=lambda document, arguments: None)

    assert {outcome.values["a"], outcome.values["b"]} == {threading.get_ident()}


def test_a_remote_step_gets_its_document_and_its_arguments():
    asked: list[tuple[str, dict[str, Any]]] = []

    def remote(document: Mapping[str, Any], arguments: dict[str, Any]) -> int:
        asked.append((document["remote"]["name"], arguments))
        return 5

    steps = plan(
        step("double", "double", x=given("x")),
        remote_step("far", x=of("double"), y=const([1]), z=given("z")),
        optional=("z",),
    )
    assert program(steps, double).run({"x": 1}, remote=remote).result == {"default": 5}
    assert asked == [("far", {"x": 2, "y": [1]})]


def test_a_remote_step_may_have_several_outputs():
    steps = plan(
        remote_step("far", ("score", "text")),
        step("double", "double", x=of("far", "score")),
        remote_step("again", x=of("far", "text")),
    )
    compiled = program(steps, double)

    def remote(document: Mapping[str, Any], arguments: dict[str, Any]) -> Any:
        return {"score": 4, "text": "four"} if document["id"] == "far" else arguments["x"]

    assert compiled.run({}, remote=remote).result == {"double": {"default": 8}, "again": {"default": "four"}}
    assert compiled.run({}, "far", remote=remote).result == {"score": 4, "text": "four"}


def test_a_remote_step_with_nobody_to_call_it_fails_by_name():
    with pytest.raises(StepFailed) as caught:
        program(plan(remote_step("far"))).run({})

    assert caught.value.step_id == "far"
    assert "nothing here can call it" in str(caught.value)


def test_after_a_failure_nothing_new_begins_and_what_runs_is_kept():
    began: list[str] = []
    failed = threading.Event()

    def slow() -> int:
        assert failed.wait(PATIENCE)
        return 1

    def after(x: int) -> int:
        began.append("after")
        return x

    def broken() -> None:
        failed.set()
        raise KeyError("the reason")

    steps = plan(step("slow", "slow"), step("broken", "broken"), step("after", "after", x=of("slow")))
    with pytest.raises(StepFailed) as caught:
        program(steps, slow, broken, after).run({}, parallel=2, everything=True)

    assert caught.value.step_id == "broken"
    assert caught.value.outcome.values == {"slow": 1}
    assert began == []


def test_after_a_failure_what_still_waits_for_a_thread_does_not_begin():
    began: list[int] = []

    def note(x: int) -> None:
        began.append(x)
        raise KeyError(x)

    steps = plan(*(step(f"n{at}", "note", x=const(at)) for at in range(100)))
    with pytest.raises(StepFailed):
        program(steps, note).run({}, parallel=2)

    assert len(began) < 100


def test_of_two_failures_the_first_in_plan_order_counts():
    second = threading.Event()

    def first() -> None:
        assert second.wait(PATIENCE)
        raise ValueError("first")

    def then() -> None:
        second.set()
        raise ValueError("second")

    steps = plan(step("first", "first"), step("then", "then"))
    with pytest.raises(StepFailed) as caught:
        program(steps, first, then).run({}, parallel=2)

    assert caught.value.step_id == "first"


def test_leaving_the_program_leaves_it_from_a_thread_too():
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        program(plan(step("leave", "leave")), leave).run({}, parallel=2)


def test_steps_in_threads_see_the_context_of_the_caller():
    setting = contextvars.ContextVar("setting", default="unset")

    def told() -> str:
        return setting.get()

    setting.set("mine")

    assert program(plan(step("told", "told")), told).run({}, parallel=2).result == {"default": "mine"}


def test_no_thread_is_left_behind():
    steps = plan(*(step(f"d{at}", "double", x=const(at)) for at in range(20)))

    program(steps, double).run({}, parallel=4)

    mine = [thread for thread in threading.enumerate() if thread.name.startswith("spl-")]
    for thread in mine:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in mine)


def test_each_step_has_its_own_time():
    steps = plan(step("a", "double", x=const(1)), step("b", "double", x=of("a")))

    assert list(program(steps, double).run({}, parallel=2).seconds) == ["a", "b"]


def mix(*values: int, salt: int = 0) -> int:
    total = 7 * salt + 1
    for value in values:
        total = (total * 31 + value) % 1_000_003
    return total


def mix_three(a: int = 0, b: int = 0, c: int = 0) -> int:
    if (a + b + c) % 97 == 13:
        raise ArithmeticError("unlucky")
    return mix(a, b, c)


@st.composite
def random_plans(draw: st.DrawFn) -> dict[str, Any]:
    """Steps with up to three arguments each: earlier steps, constants, inputs."""
    steps = []
    for at in range(draw(st.integers(1, 20))):
        args = {}
        for name in draw(st.lists(st.sampled_from("abc"), unique=True)):
            kind = draw(st.sampled_from(["step", "step", "const", "input"]))
            if kind == "step" and at:
                args[name] = of(f"s{draw(st.integers(0, at - 1))}")
            elif kind == "input":
                args[name] = given(draw(st.sampled_from(["x", "y"])))
            else:
                args[name] = const(draw(st.integers(0, 9)))
        remote = draw(st.booleans()) and draw(st.booleans())
        steps.append(remote_step(f"s{at}", **args) if remote else step(f"s{at}", "mix_three", **args))
    return plan(*steps)


def naive(document: Mapping[str, Any], step_id: str, inputs: Mapping[str, int]) -> int:
    """What a step is, by definition."""
    one = next(one for one in document["steps"] if one["id"] == step_id)
    value = {
        "step": lambda source: naive(document, source[1], inputs),
        "const": lambda source: source[1],
        "input": lambda source: inputs[source[1]],
    }
    return mix_three(**{name: value[source[0]](source) for name, source in one["args"].items()})


def run(compiled: Program, inputs: dict[str, int], output: str, parallel: int) -> Any:
    def remote(document: Mapping[str, Any], arguments: dict[str, int]) -> int:
        return mix_three(**arguments)

    try:
        return compiled.run(inputs, output, remote=remote, parallel=parallel).result["default"]
    except StepFailed as error:
        return type(error.__cause__)


@settings(max_examples=150, deadline=None)
@given_by(random_plans(), st.data())
def test_any_graph_comes_to_the_same_in_order_at_once_and_by_definition(document: dict[str, Any], data: st.DataObject):
    output = data.draw(st.sampled_from([one["id"] for one in document["steps"]]))
    inputs = {port["name"]: at for at, port in enumerate(document["inputs"], 3)}
    compiled = program(document, entry(mix_three))
    try:
        expected: Any = naive(document, output, inputs)
    except ArithmeticError:
        expected = ArithmeticError

    assert run(compiled, inputs, output, parallel=0) == expected
    assert run(compiled, inputs, output, parallel=3) == expected
