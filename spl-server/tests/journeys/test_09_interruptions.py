"""What comes between: a server that goes, a network that is cut, a session that ends. Nothing typed is lost."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import World, field_of, live, outcome

# Five seconds are the goal; three times that where the machine has other work.
BACK_MS = 15_000


def test_a_server_that_is_restarted_in_the_middle_of_a_run_loses_nothing(world: World, open_as, tmp_path):
    page = open_as("alice", "/libraries/alice/risk/demo_add?tab=call")
    field_of(page, "a").fill("40")
    gate = tmp_path / "gate"
    call = {"object": "wait_for", "owner": "alice", "library": "risk", "kwargs": {"path": str(gate)}}
    run = world.request("POST", "/remote-runs", call)["id"]
    watching = page.context.new_page()
    watching.goto(f"/runs/{run}?tab=logs")
    expect(watching.get_by_role("log")).to_contain_text("waiting")
    for one in (page, watching):
        expect(live(one)).to_have_attribute("data-live", "live")

    world.restart()

    for one in (page, watching):
        expect(live(one)).to_have_attribute("data-live", "live", timeout=BACK_MS)
    gate.touch()
    expect(watching.get_by_text("Succeeded")).to_be_visible(timeout=60_000)
    printed = watching.get_by_role("log").locator(".log-line").all_inner_texts()
    numbers = [int(line.split()[0]) for line in printed]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    kinds = [event["kind"] for event in world.request("GET", f"/remote-runs/{run}/events")["items"]]
    assert kinds.count("started") == kinds.count("ended") == 1
    assert field_of(page, "a").input_value() == "40"
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("42")


def test_a_page_says_that_the_server_is_away(world: World, open_as):
    page = open_as("alice", "/runs")
    expect(live(page)).to_have_attribute("data-live", "live")

    page.context.set_offline(True)
    world.server.process.send_signal(19)  # it stops where it is: nothing is said, and nothing is closed
    try:
        expect(live(page)).not_to_have_attribute("data-live", "live", timeout=90_000)
    finally:
        world.server.process.send_signal(18)
    page.context.set_offline(False)
    expect(live(page)).to_have_attribute("data-live", "live", timeout=60_000)
    result = world.desk().call("demo_add", owner="alice", library="risk", kwargs={"a": 1})
    assert result.value == 3


def test_a_session_that_ended_costs_nothing_that_was_typed(world: World, open_as):
    page = open_as("alice", "/libraries/alice/risk/demo_add?tab=call")
    expect(live(page)).to_have_attribute("data-live", "live")
    field_of(page, "a").fill("7")
    page.context.clear_cookies()
    page.get_by_role("button", name="Run", exact=True).click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Token or one-time code").fill(world.tokens["alice"])
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog).to_have_count(0)
    assert field_of(page, "a").input_value() == "7"
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("9")


def test_what_was_typed_is_there_after_the_page_was_left(world: World, open_as):
    page = open_as("alice", "/libraries/alice/risk/demo_add?tab=call")
    field_of(page, "a").fill("123")
    page.goto("/runs")
    page.goto("/libraries/alice/risk/demo_add?tab=call")
    expect(field_of(page, "a")).to_have_value("123")


def test_eight_tabs_share_one_stream(world: World, open_as):
    first = open_as("alice")
    pages = [first, *(first.context.new_page() for _ in range(7))]
    for page in pages[1:]:
        page.goto("/")
    for page in pages:
        expect(live(page)).to_have_attribute("data-live", "live")
    result = world.desk().call("demo_add", owner="alice", library="risk", kwargs={"a": 1})
    assert result.value == 3
    expect(pages[-1].get_by_role("table", name="Recent runs")).to_contain_text("demo_add")
    streams = first.evaluate(
        "performance.getEntriesByType('resource').filter((one) => one.name.includes('/console/events')).length"
    )
    assert streams == 0  # the worker has it, not the page
