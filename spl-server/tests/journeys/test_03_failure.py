"""A run that raises says what, where, and may be made again with another input."""

from __future__ import annotations


def test_a_failure_is_told_first_with_its_line_and_put_right_by_another_input(world, page_of):
    run = world.request(
        "POST", "/remote-runs", {"object": "divide", "owner": "alice", "library": "risk", "kwargs": {"a": 6, "b": 0}}
    )
    world.request("GET", f"/remote-runs/{run['id']}?wait=20")
    page = page_of("alice")
    page.goto(page_of.url(f"/runs/{run['id']}"))
    error = page.get_by_role("alert")
    error.get_by_text("ZeroDivisionError").first.wait_for()
    assert "return a / b" in page.get_by_role("region", name="Traceback").inner_text()

    page.get_by_role("button", name="Edit and run").click()
    page.get_by_role("form", name="Call divide").get_by_role("textbox").nth(1).fill("3")
    page.get_by_role("form", name="Call divide").get_by_role("textbox").nth(0).fill("6")
    page.get_by_role("button", name="Run", exact=True).click()
    outcome = page.get_by_role("status", name="Outcome")
    outcome.get_by_text("Succeeded").wait_for()

    assert outcome.get_by_role("region", name="Result").inner_text().strip().startswith("2")
