"""Plans, compiled and run one step after the other."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest

from spl.runtime.execute import StepFailed
from spl.runtime.plan import InputsMismatch, InvalidPlan, UnknownOutput, compile_plan

from .plans import add, const, double, entry, fail, given, of, plan, program, step

TWO = plan(step("double", "double", x=given("x")), step("add", "add", a=of("double"), b=const(1)))


def test_values_flow_from_inputs_and_constants_through_the_steps():
    outcome = program(TWO, double, add).run({"x": 4})

    assert outcome.result == {"default": 9}
    assert outcome.values == {"double": 8, "add": 9}


def test_a_program_runs_many_times():
    compiled = program(TWO, double, add)

    assert [compiled.run({"x": x}).result["default"] for x in range(3)] == [1, 3, 5]


def test_aliases_name_what_is_in_the_result():
    compiled = program({**TWO, "aliases": {"twice": "double", "end": "add"}}, double, add)

    assert compiled.run({"x": 4}).result == {"twice": {"default": 8}, "end": {"default": 9}}


def test_several_last_steps_without_aliases_are_named_by_their_ids():
    both = plan(step("one", "double", x=given("x")), step("two", "double", x=given("x")))

    assert program(both, double).run({"x": 1}).result == {"one": {"default": 2}, "two": {"default": 2}}


@pytest.mark.parametrize("output", ["twice", "double"])
def test_an_output_is_an_alias_or_a_step(output: str):
    compiled = program({**TWO, "aliases": {"twice": "double"}}, double, add)

    assert compiled.run({"x": 4}, output).result == {"default": 8}


def test_only_what_the_output_needs_is_run():
    wide = plan(
        step("double", "double", x=given("x")),
        step("broken", "fail", x=given("y")),
        step("add", "add", a=of("double")),
        aliases={"end": "add"},
    )
    compiled = program(wide, double, add, fail)

    assert compiled.run({"x": 1}, "end").values == {"double": 2, "add": 12}
    assert compiled.run({"x": 1}).values == {"double": 2, "add": 12}
    with pytest.raises(StepFailed):
        compiled.run({"x": 1, "y": 2}, everything=True)


def test_an_optional_input_that_is_not_given_has_pythons_default():
    one = plan(step("add", "add", a=given("a"), b=given("b")), optional=("b",))
    compiled = program(one, add)

    assert compiled.run({"a": 1}).result == {"default": 11}
    assert compiled.run({"a": 1, "b": 2}).result == {"default": 3}


def test_missing_and_unknown_inputs_are_told_before_anything_runs():
    with pytest.raises(InputsMismatch) as caught:
        program(TWO, double, add).run({"y": 1})

    assert (caught.value.missing, caught.value.unknown) == (("x",), ("y",))


def test_an_unknown_output_is_told():
    with pytest.raises(UnknownOutput):
        program(TWO, double, add).run({"x": 1}, "nowhere")


def test_a_failing_step_names_itself_and_keeps_what_came_before():
    broken = plan(
        step("double", "double", x=given("x")),
        step("broken", "fail", x=of("double")),
        step("add", "add", a=of("broken")),
    )

    with pytest.raises(StepFailed) as caught:
        program(broken, double, fail, add).run({"x": 2})

    assert caught.value.step_id == "broken"
    assert caught.value.outcome.values == {"double": 4}
    assert isinstance(caught.value.__cause__, KeyError)
    assert str(caught.value) == "step 'broken' failed: KeyError: 'the reason'"


def test_leaving_the_program_is_not_a_failing_step():
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        program(plan(step("leave", "leave")), leave).run({})


def test_each_step_has_its_time():
    outcome = program(TWO, double, add).run({"x": 4})

    assert list(outcome.seconds) == ["double", "add"]
    assert all(0 <= seconds < 1 for seconds in outcome.seconds.values())


def test_constants_are_decoded_once():
    decoded: list[Any] = []

    def decode(doc: Any) -> Any:
        decoded.append(doc)
        return doc + 1

    compiled = compile_plan(TWO, {"double": entry(double), "add": entry(add)}, decode)

    assert [compiled.run({"x": 0}).result, compiled.run({"x": 0}).result] == [{"default": 2}, {"default": 2}]
    assert decoded == [1]


def test_a_value_may_be_anything_none_too():
    def nothing() -> None:
        return None

    def told(x: Any) -> str:
        return repr(x)

    steps = plan(step("nothing", "nothing"), step("told", "told", x=of("nothing")))

    assert program(steps, nothing, told).run({}).values == {"nothing": None, "told": "None"}


def test_an_argument_may_have_a_name_of_its_own_for_an_open_function():
    def options(**named: int) -> dict[str, int]:
        return named

    steps = plan(step("options", "options", x=const(1), y=given("y")))

    assert program(steps, entry(options, named="var_keyword")).run({"y": 2}).result == {"default": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({**TWO, "format": 2}, "format 2"),
        (plan(step("a", "double", x=of("b")), step("b", "double", x=const(1))), "not there, or not before"),
        (plan(step("a", "double", x=of("a"))), "not there, or not before"),
        (plan(step("a", "lost", x=const(1))), "'lost', which is not there"),
        (plan(step("a", "double", x=const(1)), step("a", "double", x=const(1))), "one id"),
        (plan(step("a", "double", x=["magic", 1])), "'magic'"),
        (plan(step("a", "double", x=const(1)), step("b", "double", x=of("a", "side"))), "'side'"),
        (plan(step("a", "double", x=const(1)), aliases={"end": "nowhere"}), "no step 'nowhere'"),
    ],
)
def test_a_plan_that_can_not_run_is_refused(document: dict[str, Any], told: str):
    with pytest.raises(InvalidPlan, match=told):
        program(document, double)


def test_ten_thousand_steps_in_a_row_are_run_in_microseconds_each():
    size = 10_000
    chain = [step("s0", "double", x=given("x"))]
    chain += [step(f"s{at}", "half", x=of(f"s{at - 1}")) for at in range(1, size)]

    def half(x: int) -> int:
        return x

    compiled = program(plan(*chain), double, half)
    rounds = []
    for _ in range(5):
        begin = perf_counter()
        assert compiled.run({"x": 1}).result == {"default": 2}
        rounds.append((perf_counter() - begin) / size)

    assert min(rounds) < 9e-6  # the bar is 3 us; three times that, for busy machines
