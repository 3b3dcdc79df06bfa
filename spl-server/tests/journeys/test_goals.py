"""What the console promises in numbers, where they are counts or have room for a busy machine."""

from __future__ import annotations

import json
import re
import time

from playwright.sync_api import expect

from .conftest import ROOT, World, live

FRONTEND = ROOT / "spl-frontend"
# Half a second is the goal; three times that where the machine has other work.
ON_SCREEN_SECONDS = 1.5
MOST_SHIFT = 0.05
LONGEST_OVERVIEW = 100_000

SHIFTS = """() => { window.shift_ = 0; new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift_ += one.value;
}).observe({ type: 'layout-shift', buffered: true }); }"""
SHOWN = """(id) => new Promise((done) => { const look = () =>
  document.querySelector(`a[href$="/runs/${id}"]`) ? done(Date.now()) : requestAnimationFrame(look); look(); })"""


def test_the_first_page_asks_for_one_thing(world: World, open_as):
    page = open_as("alice")
    asked: list[str] = []
    page.on("request", lambda request: "/api/" in request.url and asked.append(request.url.split("/api")[1]))
    sizes: list[int] = []
    page.on("response", lambda answer: "/console/overview" in answer.url and sizes.append(len(answer.body())))
    page.goto("/")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(live(page)).to_have_attribute("data-live", "live")

    assert [path.split("?")[0] for path in asked] == ["/console/overview"]
    assert sizes and max(sizes) <= LONGEST_OVERVIEW


def test_a_change_is_on_the_screen_soon_and_moves_nothing(world: World, open_as):
    page = open_as("alice")
    expect(live(page)).to_have_attribute("data-live", "live")
    page.evaluate(SHIFTS)
    late = []
    for number in range(10):
        body = {"object": "demo_add", "owner": "alice", "library": "risk", "kwargs": {"a": number}}
        run = world.request("POST", "/remote-runs", body)["id"]
        created = time.time()
        late.append(page.evaluate(SHOWN, run) / 1000 - created)
    expect(page.get_by_role("table", name="Recent runs")).to_contain_text("Succeeded")

    assert sorted(late)[-2] <= ON_SCREEN_SECONDS
    assert page.evaluate("window.shift_") <= MOST_SHIFT


def test_types_are_never_given_up():
    loose = re.compile(r":\s*any\b|\bas any\b|<any>|@ts-(ignore|expect-error|nocheck)")
    found = [
        f"{path.relative_to(FRONTEND)}: {line.strip()}"
        for path in (FRONTEND / "src").rglob("*.ts*")
        if path.name != "schema.d.ts"
        for line in path.read_text().splitlines()
        if loose.search(line) and not line.lstrip().startswith(("//", "*", "/*"))
    ]
    assert found == []


def test_the_lock_names_no_place_to_download_from():
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    assert [name for name, one in lock["packages"].items() if "resolved" in one] == []
