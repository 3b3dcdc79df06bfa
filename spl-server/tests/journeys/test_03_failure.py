"""A run that raises says what and where, and is made again with other input."""

from __future__ import annotations

import traceback

import pytest
from journey_functions import divide
from playwright.sync_api import expect

from spl.client import RunFailed

from .conftest import World, field_of, outcome

# Its `def`, its sentence, and then what it does.
LINE = divide.__code__.co_firstlineno + 2


def test_a_failure_shows_its_line_first_and_runs_again_with_other_input(world: World, open_as):
    page = open_as("alice", "/libraries/alice/risk/divide?tab=call")
    field_of(page, "x").fill("0")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("ZeroDivisionError")
    page.get_by_role("link", name="Open the run").click()
    error = page.get_by_role("alert")
    expect(error).to_contain_text("ZeroDivisionError: ")
    expect(error).to_contain_text(f"In divide, line {LINE}: return 1 / x")

    page.get_by_role("button", name="Edit and run").click()
    expect(field_of(page, "x")).to_have_value("0")  # what it was called with
    field_of(page, "x").fill("4")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("0.25")


def test_the_same_error_names_the_same_line_in_python(world: World):
    with pytest.raises(RunFailed) as failed:
        world.desk().call("divide", owner="alice", library="risk", kwargs={"x": 0})

    told = "".join(traceback.format_exception(failed.value))
    assert f"line {LINE}, in divide" in told
    assert "return 1 / x" in told
