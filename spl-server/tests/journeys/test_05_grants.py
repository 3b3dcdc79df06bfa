"""A grant opens a library to somebody, as far as it goes, and closes it again under their eyes."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .conftest import World, field_of, live, outcome

# Five seconds are the goal; three times that where the machine has other work.
GONE_MS = 15_000


def test_a_grant_opens_a_library_and_closes_it_again(world: World, open_as):
    world.person("dave")
    alice = open_as("alice", "/access")
    dave = open_as("dave", "/libraries/alice/risk")
    expect(dave.get_by_role("alert")).to_contain_text(re.compile("not_found"))

    alice.get_by_role("button", name="Grant something").click()
    dialog = alice.get_by_role("dialog")
    dialog.get_by_label("Name").fill("dave")
    expect(dialog.get_by_label("Library").locator("option", has_text="alice/risk")).to_have_count(1)
    dialog.get_by_label("Library").select_option("alice/risk")
    dialog.get_by_label("read: see it and how it is called").check()
    expect(dialog.get_by_text("dave could see it and how it is called (alice/risk).")).to_be_visible()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)

    expect(dave.get_by_role("link", name="demo_add")).to_be_visible()  # by itself
    dave.get_by_role("link", name="demo_add").click()
    expect(dave.get_by_text("Add two numbers.")).to_be_visible()
    dave.get_by_role("tab", name="Source").click()
    expect(dave.get_by_text("The permission that is missing is “source”")).to_be_visible()
    dave.get_by_role("tab", name="Call").click()
    expect(dave.get_by_text("You may read this, and not run it.")).to_be_visible()

    alice.goto("/access?view=matrix")
    matrix = alice.get_by_role("table", name="Matrix of grants")
    place = matrix.get_by_role("button", name="change what dave may do with alice/risk")
    expect(place).to_have_text("read")

    world.desk().grants.set(library="alice/risk", user="dave", permissions=["read", "execute"])
    expect(place).to_have_text("read, execute", timeout=GONE_MS)
    field_of(dave, "a").fill("1")  # the form appears
    dave.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(dave)).to_contain_text("Succeeded")

    alice.goto("/access?tab=why&user=dave&library=alice/risk")
    expect(alice.get_by_text("execute: yes")).to_be_visible()
    expect(live(dave)).to_have_attribute("data-live", "live")
    world.desk().grants.remove(library="alice/risk", user="dave")
    expect(dave.get_by_role("alert").first).to_contain_text("not_found", timeout=GONE_MS)
