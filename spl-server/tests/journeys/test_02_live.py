"""A run that waits for a machine that is away, is followed when that comes, and leaves a file."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .conftest import World, field_of, outcome


def test_a_run_waits_for_a_machine_that_is_offline_and_is_followed_to_its_file(world: World, open_as):
    away = world.machine("alice-nas", "alice")
    away.process.terminate()
    away.process.wait(30)
    page = open_as("alice", "/libraries/alice/risk/write_file?tab=call")
    field_of(page, "text").fill("kept for you")
    expect(page.get_by_label("Machine").locator("option", has_text="alice-nas")).to_have_count(1)
    page.get_by_label("Machine").select_option(label="alice-nas (offline: it would wait)")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("Queued")
    expect(outcome(page)).to_contain_text("alice-nas")
    page.get_by_role("link", name="Open the run").click()
    expect(page.get_by_text("Why it waits")).to_be_visible()
    page.get_by_role("tab", name="Logs").click()
    expect(page.get_by_text("Nothing printed yet.")).to_be_visible()

    world.daemons["alice-nas"] = world.stack.daemon("alice-nas")

    log = page.get_by_role("log", name="Output")
    expect(log).to_contain_text("step 0", timeout=60_000)
    expect(log).to_contain_text("step 4")
    expect(page.get_by_text("Succeeded")).to_be_visible()
    page.get_by_role("tab", name=re.compile("Artifacts")).click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="note.txt").click()
    assert downloading.value.path().read_bytes() == b"kept for you"
    page.get_by_role("tab", name="Timeline").click()
    for phase in ("Waited for a machine", "Ran"):
        expect(page.get_by_text(phase, exact=True).first).to_be_visible()
