"""Web pages in a real browser on the daemon's machine get nowhere: cross-site, DNS rebinding, another port, 0.0.0.0."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from spl.client import SPLClient

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
REFUSALS = {400, 401, 403, 405, 421}
IN_CI = os.environ.get("CI") == "true"

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

if CHROMIUM is None and not IN_CI:
    pytest.skip("there is no Chromium on this machine", allow_module_level=True)

HOSTILE = {
    "a page of another site": "http://attacker.test/",
    "a page whose name was rebound to the daemon": "http://attacker.test:{port}/",
    "a page on another port of this machine": "http://127.0.0.1:1234/",
    "a page at 0.0.0.0": "http://0.0.0.0:{port}/",
}

ATTACKS = {
    "a simple read": "fetch(target + '/runs', {mode: 'no-cors'})",
    "a read with credentials": "fetch(target + '/objects', {mode: 'no-cors', credentials: 'include'})",
    "a simple post": """fetch(target + '/envs', {method: 'POST', mode: 'no-cors',
        headers: {'Content-Type': 'text/plain'}, body: JSON.stringify({name: 'owned', python: '/bin/sh'})})""",
    "a JSON post with a preflight": """fetch(target + '/runs', {method: 'POST',
        headers: {'Content-Type': 'application/json'}, body: JSON.stringify({object: 'victim'})})""",
    "a stop": "fetch(target + '/stop', {method: 'POST', mode: 'no-cors'})",
    "a delete": "fetch(target + '/objects/victim', {method: 'DELETE'})",
    "an image": "new Promise(done => {const i = new Image(); i.onload = i.onerror = done; i.src = target + '/runs?x'})",
    "an event stream": """new Promise(done => {const s = new EventSource(target + '/runs/r/events');
        s.onmessage = s.onerror = () => {s.close(); done()}})""",
}


def victim(n: int) -> int:
    return n


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    assert CHROMIUM, "CI must have Chromium"
    with playwright_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-features=BlockInsecurePrivateNetworkRequests,LocalNetworkAccessChecks",
                "--host-resolver-rules=MAP attacker.test 127.0.0.1",
            ],
        )
        yield launched
        launched.close()


def attack(browser: Any, origin: str, target: str, script: str) -> list[int]:
    """Load a page at `origin` that runs `script` against the daemon; the statuses of what the daemon answered."""
    page = browser.new_page()
    statuses: list[int] = []
    page.route(origin, lambda route: route.fulfill(content_type="text/html", body="<h1>hello</h1>"))
    page.on("response", lambda r: statuses.append(r.status) if r.url != origin else None)
    page.goto(origin)
    page.evaluate(
        f"target => Promise.race([{script}, new Promise(r => setTimeout(r, 3000))]).catch(() => null)", target
    )
    page.close()
    return statuses


@pytest.mark.parametrize("where", HOSTILE)
def test_nothing_a_page_can_send_reaches_a_handler(where: str, browser: Any, daemon: Any):
    """Each kind of request from each kind of page is refused before it is read, and nothing has changed afterwards."""
    client = SPLClient(base_url=daemon.url)
    client.register_env("default")
    client.publish(victim, name="victim")
    before = (sorted(client.envs()), list(client.objects(compact=True)), len(client.runs()))
    port = urlsplit(daemon.url).port
    origin = HOSTILE[where].format(port=port)
    target = origin.rstrip("/") if "{port}" in HOSTILE[where] else daemon.url

    answered = {name: attack(browser, origin, target, script) for name, script in ATTACKS.items()}

    let_in = {name: statuses for name, statuses in answered.items() if set(statuses) - REFUSALS}
    assert not let_in
    assert (sorted(client.envs()), list(client.objects(compact=True)), len(client.runs())) == before
