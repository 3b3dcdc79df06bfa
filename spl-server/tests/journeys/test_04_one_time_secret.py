"""A secret is shown once, and is nowhere afterwards."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from spl.core.server_errors import TokenRevoked

from .conftest import World
from .hands import Hands, Keys

STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}, location.href, history.state, document.cookie])"


def one_time_secret(page: Page, hands: Hands, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page.goto("/tokens/new")
    expect(page.get_by_label("Library").locator("option", has_text="alice/risk")).to_have_count(1)
    hands.write(page.get_by_label("Name"), name)
    hands.choose(page.get_by_label("Library"), "alice/risk")
    expect(page.get_by_label("Object").locator("option", has_text="demo_add")).to_have_count(1)
    hands.choose(page.get_by_label("Object"), "demo_add")
    expect(page.get_by_text("can run “demo_add” of alice/risk, see those runs, and do nothing else")).to_be_visible()
    hands.press(page.get_by_role("button", name="Make the token"))

    dialog = page.get_by_role("dialog", name="Copy the token now")
    secret = dialog.get_by_role("region", name="the token").inner_text().strip()
    assert secret.startswith("splx_")
    lines = dialog.get_by_role("region", name="the Python lines").inner_text()
    page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    expect(dialog).to_be_visible()
    heard: list[str] = []
    page.on(
        "response", lambda answer: "/api/" in answer.url and "events" not in answer.url and heard.append(answer.text())
    )
    hands.press(dialog.get_by_role("button", name="I have it"))
    expect(page.get_by_role("heading", level=1, name="Tokens")).to_be_visible()
    expect(page.get_by_text(name, exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_text(name, exact=True)).to_be_visible()
    assert secret not in page.content() + page.evaluate(STORED) + "".join(heard)

    # The lines as they were shown, with the inputs filled in.
    monkeypatch.setenv("SPL_TOKEN", secret)
    outside: dict[str, object] = {}
    lines = lines.replace("kwargs={}", 'kwargs={"a": 1}')
    exec(lines, outside)
    assert outside["result"].value == 3

    hands.press(page.get_by_role("button", name=f"Revoke {name}"))
    hands.write(page.get_by_label(f"Type {name} to go on"), name)
    hands.press(page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True))
    expect(page.get_by_role("dialog")).to_have_count(0)
    with pytest.raises(TokenRevoked):
        exec(lines, outside)
    page.goto("/audit?action=token.revoke")
    expect(page.get_by_role("table", name="Audit")).to_contain_text("token.revoke")


def test_a_secret_is_shown_once_by_keys_alone_and_works_until_it_is_revoked(world: World, open_as, monkeypatch):
    page = open_as("alice")

    one_time_secret(page, Keys(page), "billing", monkeypatch)
