"""What people do in the console, from one end to the other, as they do it: a browser, a server, machines."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Locator, Page, expect

from spl.client import SPLClient
from spl.server_client import SPLServerClient

from .conftest import World, demo_add

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]


def field(page: Page, name: str) -> Locator:
    """An input of a call's form."""
    return page.get_by_role("form").get_by_label(re.compile(rf"^{name}( \*)?$"))


def outcome(page: Page) -> Locator:
    return page.get_by_role("status", name="Outcome")


def test_the_first_hour(world: World, open_as, tmp_path):
    """An empty console, a machine that comes in by the command shown, a function, a call from its form."""
    page = open_as("carol")
    expect(page.get_by_text("Getting started")).to_be_visible()
    page.get_by_role("link", name="Add a machine").first.click()
    page.get_by_label("Name").fill("carol-laptop")
    page.get_by_role("button", name="Get the command").click()
    expect(page.get_by_text("Waiting for carol-laptop")).to_be_visible()

    command = page.get_by_role("region", name="the join command").inner_text().split()
    assert command[:2] == ["spl-daemon", "join"]
    daemon = world.stack.daemon("carol-laptop")
    joined = subprocess.run(
        [sys.executable, "-m", "spl.daemon", *command[1:], "--home", str(daemon.home)],
        env=world.stack.env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert joined.returncode == 0, joined.stderr
    expect(page.get_by_text("carol-laptop is connected")).to_be_visible()

    with SPLClient(daemon_home=daemon.home) as client:
        client.register_env("default")
        client.publish(demo_add, name="demo_add").ready()
    page.get_by_role("link", name="Libraries").click()
    page.get_by_role("link", name="carol/default").click()
    page.get_by_role("link", name="demo_add").click()
    page.get_by_role("tab", name="Call").click()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("This one is needed.")).to_be_visible()
    field(page, "a").fill("40")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("Succeeded")
    expect(outcome(page)).to_contain_text("42")


def test_a_run_waits_for_a_machine_that_is_offline_and_is_followed_to_its_file(world: World, open_as, tmp_path):
    desk = world.desk()
    place = desk.machines.enroll("alice-nas")
    home = world.stack.daemon("alice-nas")
    with SPLClient(daemon_home=home.home) as client:
        client.connect_server(server_url=world.url, code=place["code"])
        client.register_env("default")
    home.process.terminate()
    home.process.wait(30)

    page = open_as("alice", "/libraries/alice/risk/write_file?tab=call")
    field(page, "text").fill("kept for you")
    expect(page.get_by_label("Machine").locator("option", has_text="alice-nas")).to_have_count(1)
    page.get_by_label("Machine").select_option("alice-nas")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("Queued")
    expect(outcome(page)).to_contain_text("alice-nas")
    page.get_by_role("link", name="Open the run").click()
    expect(page.get_by_text("Why it waits")).to_be_visible()

    world.stack.daemon("alice-nas")

    expect(page.get_by_text("Succeeded")).to_be_visible(timeout=60_000)
    page.get_by_role("tab", name=re.compile("Artifacts")).click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="note.txt").click()
    assert downloading.value.path().read_text() == "kept for you"
    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_text("Waited for a machine")).to_be_visible()


def test_a_failure_shows_its_line_first_and_runs_again_with_other_input(world: World, open_as):
    page = open_as("alice", "/libraries/alice/risk/divide?tab=call")
    field(page, "x").fill("0")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("ZeroDivisionError")
    page.get_by_role("link", name="Open the run").click()
    expect(page.get_by_role("alert")).to_contain_text("ZeroDivisionError: division by zero")
    expect(page.get_by_role("alert")).to_contain_text("return 1 / x")

    page.get_by_role("button", name="Edit and run").click()
    field(page, "x").fill("4")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("0.25")


def test_a_secret_is_shown_once_and_works_until_it_is_revoked(world: World, open_as):
    """By keys alone."""
    page = open_as("alice", "/tokens/new")
    page.get_by_label("Name").focus()
    page.keyboard.type("billing")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Library").locator("option", has_text="alice/risk")).to_have_count(1)
    page.keyboard.type("alice/risk")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Object").locator("option", has_text="demo_add")).to_have_count(1)
    page.keyboard.type("demo_add")
    expect(page.get_by_text("can run “demo_add” of alice/risk, see those runs, and do nothing else")).to_be_visible()
    page.get_by_role("button", name="Make the token").focus()
    page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog", name="Copy the token now")
    secret = dialog.get_by_role("region", name="the token").inner_text().strip()
    assert secret.startswith("splx_")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    seen: list[str] = []
    page.on(
        "response", lambda answer: "/api/" in answer.url and "events" not in answer.url and seen.append(answer.text())
    )
    dialog.get_by_role("button", name="I have it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tokens")).to_be_visible()
    expect(page.get_by_text("billing")).to_be_visible()
    assert secret not in page.content()
    assert secret not in page.url
    assert secret not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert not any(secret in text for text in seen)

    with SPLServerClient.external_token(secret, base_url=world.url) as outside:
        assert outside.call("demo_add", library="risk", kwargs={"a": 1}).value == 3

    page.get_by_role("button", name="Revoke billing").click()
    page.get_by_label("Type billing to go on").fill("billing")
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    with (
        SPLServerClient.external_token(secret, base_url=world.url) as outside,
        pytest.raises(Exception, match="revoked"),
    ):
        outside.call("demo_add", library="risk", kwargs={"a": 1})
    page.goto("/audit?action=token.revoke")
    expect(page.get_by_role("table", name="Audit")).to_contain_text("token.revoke")


def test_a_grant_opens_a_library_and_closes_it_again(world: World, open_as):
    alice = open_as("alice", "/access")
    bob = open_as("bob", "/libraries/alice/risk")
    expect(bob.get_by_role("alert")).to_contain_text(re.compile("not_found"))

    def grant(*permissions: str) -> None:
        world.desk().grants.set(library="alice/risk", user="bob", permissions=list(permissions))

    alice.get_by_role("button", name="Grant something").click()
    dialog = alice.get_by_role("dialog")
    dialog.get_by_label("Name").fill("bob")
    expect(dialog.get_by_label("Library").locator("option", has_text="alice/risk")).to_have_count(1)
    dialog.get_by_label("Library").select_option("alice/risk")
    dialog.get_by_label("read: see it and how it is called").check()
    expect(dialog.get_by_text("bob could see it and how it is called (alice/risk).")).to_be_visible()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)

    bob.goto("/libraries/alice/risk/demo_add")
    expect(bob.get_by_text("Add two numbers.")).to_be_visible()
    bob.get_by_role("tab", name="Source").click()
    expect(bob.get_by_text("The permission that is missing is “source”")).to_be_visible()
    bob.get_by_role("tab", name="Call").click()
    expect(bob.get_by_text("You may read this, and not run it.")).to_be_visible()

    grant("read", "execute")
    bob.reload()
    field(bob, "a").fill("1")
    bob.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(bob)).to_contain_text("Succeeded")

    alice.goto("/access?tab=why&user=bob&library=alice/risk")
    expect(alice.get_by_text("execute: yes")).to_be_visible()
    world.desk().grants.remove(library="alice/risk", user="bob")
    bob.reload()
    expect(bob.get_by_role("alert").first).to_contain_text("not_found")


def test_two_versions_are_compared_and_the_old_one_still_runs(world: World, open_as):
    def total(a: int) -> int:
        """The total."""
        return a

    with world.client() as client:
        client.publish(total, name="total", library="risk").ready()

        def total(a: int, b: int) -> int:
            """The total of two."""
            return a + b

        client.publish(total, name="total", library="risk").ready()
    page = open_as("alice", "/libraries/alice/risk/total?tab=versions")
    page.get_by_label("Choose version 1 to compare").check()
    page.get_by_label("Choose version 2 to compare").check()
    page.get_by_role("button", name="Compare the two").click()
    expect(page.get_by_text("This breaks callers")).to_be_visible()
    page.goto("/libraries/alice/risk/total?version=1&tab=call")
    field(page, "a").fill("5")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("Succeeded")
    page.goto("/libraries/alice/risk/total?version=1")
    expect(page.get_by_text("The total.", exact=True)).to_be_visible()


def test_filters_travel_in_the_address(world: World, open_as):
    desk = world.desk()
    for number in range(3):
        desk.call("demo_add", owner="alice", library="risk", kwargs={"a": number})
    page = open_as("alice", "/runs")
    page.get_by_role("button", name=re.compile("^Succeeded")).click()
    page.get_by_label("Object").fill("demo_add")
    page.get_by_label("Object").press("Enter")
    expect(page).to_have_url(re.compile("object=demo_add"))
    rows = page.get_by_role("table", name="Runs").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("demo_add")
    shown = page.get_by_role("table", name="Runs").get_attribute("aria-rowcount")
    other = open_as("alice", page.url)
    expect(other.get_by_role("table", name="Runs")).to_have_attribute("aria-rowcount", shown or "")
    expect(other.get_by_role("button", name=re.compile("^Succeeded"))).to_have_attribute("aria-pressed", "true")


def test_a_server_that_comes_back_finds_the_page_and_what_was_typed(world: World, open_as):
    """Cut off from the network for a while: the page says so, and goes on by itself."""
    page = open_as("alice", "/libraries/alice/risk/demo_add?tab=call")
    live = page.get_by_role("status", name="Live updates")
    expect(live).to_have_attribute("data-live", "live")
    field(page, "a").fill("7")
    page.context.clear_cookies()
    page.get_by_role("button", name="Run", exact=True).click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Token or one-time code").fill(world.tokens["alice"])
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog).to_have_count(0)
    assert field(page, "a").input_value() == "7"
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("9")


def test_eight_tabs_share_one_stream(world: World, open_as):
    first = open_as("alice")
    pages = [first, *(first.context.new_page() for _ in range(7))]
    for page in pages[1:]:
        page.goto("/")
    for page in pages:
        expect(page.get_by_role("status", name="Live updates")).to_have_attribute("data-live", "live")
    running = pages[-1].get_by_role("table", name="Recent runs")
    result = world.desk().call("demo_add", owner="alice", library="risk", kwargs={"a": 1})
    assert result.value == 3
    expect(running).to_contain_text("demo_add")
    streams = first.evaluate(
        "performance.getEntriesByType('resource').filter((one) => one.name.includes('/console/events')).length"
    )
    assert streams == 0  # the worker has it, not the page


def test_the_first_page_asks_for_one_thing(open_as):
    page = open_as("alice")
    asked: list[str] = []
    page.on("request", lambda request: "/api/" in request.url and asked.append(request.url.split("/api")[1]))
    page.goto("/")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_role("status", name="Live updates")).to_have_attribute("data-live", "live")
    assert [path.split("?")[0] for path in asked] == ["/console/overview"]
