"""From an empty console to a value: a machine, a function, a call."""

from __future__ import annotations

import shlex
import subprocess
import sys

from spl.client import SPLClient


def demo_add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


def test_the_first_hour_needs_the_console_and_the_command_that_it_shows(world, page_of):
    world.tokens["carol"] = world.server.person("carol")
    page = page_of("carol")
    page.get_by_role("heading", name="Getting started").wait_for()

    page.get_by_role("link", name="Add a machine").first.click()
    page.get_by_label("Name").fill("carol-box")
    page.get_by_role("button", name="Get the command").click()
    page.get_by_text("Waiting for carol-box").wait_for()
    shown = page.get_by_role("region", name="the join command").inner_text().strip()

    daemon = world.stack.daemon("carol-box")
    words = shlex.split(shown)
    assert words[:2] == ["spl-daemon", "join"]
    subprocess.run(
        [sys.executable, "-m", "spl.daemon", *words[1:], "--home", str(daemon.home)],
        check=True,
        env=world.stack.env,
        capture_output=True,
    )
    page.get_by_text("carol-box is connected").wait_for()  # by itself

    with SPLClient(daemon_home=daemon.home) as client:
        client.register_env("default")
        client.publish(demo_add, name="demo_add").ready(timeout=120)

    page.get_by_role("navigation").get_by_role("link", name="Libraries").click()
    page.get_by_role("link", name="default").first.click()
    page.get_by_role("link", name="demo_add").first.click()
    page.get_by_role("tab", name="Call").click()
    page.get_by_label("a", exact=False).and_(page.get_by_role("textbox", name="a *")).or_(
        page.get_by_role("textbox", name="a", exact=True)
    ).first.fill("40")
    page.get_by_role("button", name="Run", exact=True).click()
    outcome = page.get_by_role("status", name="Outcome")
    outcome.get_by_text("Succeeded").wait_for()

    assert "42" in outcome.get_by_role("region", name="Result").inner_text()
