"""From an empty console to a value: a machine that comes in by the command shown, a function, a call from its form."""

from __future__ import annotations

import shlex
import subprocess
import sys

from journey_functions import demo_add
from playwright.sync_api import Page, expect

from spl.client import SPLClient

from .conftest import World, field_of, outcome
from .hands import Hands, Pointer


def first_hour(world: World, page: Page, hands: Hands, machine: str) -> None:
    owner = machine.removesuffix("-laptop")
    expect(page.get_by_text("Getting started")).to_be_visible()
    hands.press(page.get_by_role("link", name="Add a machine").first)
    hands.write(page.get_by_label("Name"), machine)
    hands.press(page.get_by_role("button", name="Get the command"))
    expect(page.get_by_text(f"Waiting for {machine}")).to_be_visible()

    command = shlex.split(page.get_by_role("region", name="the join command").inner_text())
    assert command[:2] == ["spl-daemon", "join"]
    daemon = world.stack.daemon(machine)
    joined = subprocess.run(
        [sys.executable, "-m", "spl.daemon", *command[1:], "--home", str(daemon.home)],
        env=world.stack.env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert joined.returncode == 0, joined.stderr
    expect(page.get_by_text(f"{machine} is connected")).to_be_visible()  # by itself

    with SPLClient(daemon_home=daemon.home) as client:
        client.register_env("default")
        client.publish(demo_add, name="demo_add").ready()
    if page.viewport_size and page.viewport_size["width"] < 768:
        hands.press(page.get_by_role("button", name="Menu"))
    hands.press(page.get_by_role("navigation").get_by_role("link", name="Libraries"))
    hands.press(page.get_by_role("link", name=f"{owner}/default"))
    hands.press(page.get_by_role("link", name="demo_add"))
    hands.turn_to(page.get_by_role("tab", name="Call"))
    hands.press(page.get_by_role("button", name="Run", exact=True))
    expect(page.get_by_text("This one is needed.")).to_be_visible()
    hands.write(field_of(page, "a"), "40")
    hands.press(page.get_by_role("button", name="Run", exact=True))
    expect(outcome(page)).to_contain_text("Succeeded")
    expect(outcome(page)).to_contain_text("42")


def test_the_first_hour_needs_the_console_and_the_command_that_it_shows(world: World, open_as):
    world.person("carol")

    first_hour(world, open_as("carol"), Pointer(), "carol-laptop")
