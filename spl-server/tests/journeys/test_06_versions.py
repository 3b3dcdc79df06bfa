"""Two versions are compared, and the old one still runs."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import World, field_of, outcome


def test_a_new_input_is_marked_as_breaking_and_the_version_before_is_still_there(world: World, open_as):
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
    field_of(page, "a").fill("5")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("Succeeded")
    page.goto("/libraries/alice/risk/total?version=1")
    expect(page.get_by_text("The total.", exact=True)).to_be_visible()
