"""A secret is shown once, by keyboard as well, and nowhere afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest

from spl.core.server_errors import TokenRevoked

SECRET = re.compile(r"spl[a-z]_[0-9A-Za-z]{50}")


def tabbed(page, name: str, limit: int = 60) -> None:
    """Move the focus by the keyboard to the control of that name."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate(
            """name => {
            const one = document.activeElement
            const label = one?.labels?.[0]?.innerText ?? one?.getAttribute('aria-label') ?? one?.innerText ?? ''
            return label.trim().replace(/ \\*$/, '') === name
        }""",
            name,
        ):
            return
    raise AssertionError(f"no Tab leads to {name}")


def test_a_secret_is_shown_once_and_is_nowhere_afterwards(world, page_of, monkeypatch):
    page = page_of("alice")
    heard: list[str] = []
    page.goto(page_of.url("/tokens/new"))
    page.get_by_role("heading", level=1, name="New token").wait_for()
    page.get_by_role("option", name="alice/risk").wait_for(state="attached")
    tabbed(page, "Name")
    page.keyboard.type("billing")
    tabbed(page, "Library")
    page.keyboard.type("alice/risk")
    tabbed(page, "Make the token")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Copy the token now")
    dialog.wait_for()
    secret = SECRET.search(dialog.inner_text())
    assert secret is not None
    token = secret.group()
    lines = dialog.get_by_role("region", name="the Python lines").inner_text()

    page.keyboard.press("Escape")
    assert dialog.is_visible()

    page.on(
        "response", lambda answer: "/api/" in answer.url and "events" not in answer.url and heard.append(answer.text())
    )
    tabbed(page, "I have it")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Tokens").wait_for()
    page.get_by_text("billing").first.wait_for()
    page.reload()
    page.get_by_text("billing").first.wait_for()

    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href, history.state])")
    assert token not in page.content() + stored + "".join(heard)

    # The lines as they were shown, with a name and inputs filled in.
    monkeypatch.setenv("SPL_TOKEN", token)
    outside: dict[str, Any] = {}
    lines = lines.replace("<object>", "divide").replace("kwargs={}", 'kwargs={"a": 6, "b": 3}')
    exec(lines, outside)
    assert outside["result"].value == 2

    page.get_by_role("button", name="Revoke billing").click()
    page.get_by_label("Type billing to go on").fill("billing")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="hidden")
    with pytest.raises(TokenRevoked):
        exec(lines, outside)

    page.get_by_role("navigation").get_by_role("link", name="Audit").click()
    page.get_by_text("token.revoke", exact=False).first.wait_for()
