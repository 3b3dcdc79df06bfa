"""Every page for everybody: both themes, wide and narrow, by screen reader, and whatever people call their things."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import AXE, World

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]

PAGES = (
    "/",
    "/runs",
    "/libraries",
    "/libraries/alice/risk",
    "/libraries/alice/risk/demo_add",
    "/libraries/alice/risk/demo_add?tab=call",
    "/libraries/alice/risk/demo_add?tab=source",
    "/libraries/alice/risk/demo_add?tab=versions",
    "/machines",
    "/machines/alice-gpu-01",
    "/machines/new",
    "/tokens",
    "/tokens/new",
    "/access",
    "/access?tab=teams",
    "/access?tab=why",
    "/audit",
    "/settings",
    "/help",
    "/libraries/alice/nothing",
    "/runs/run_nothing",
    "/no/such/page",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK = """async (rules) => {
  const found = await axe.run(document, { runOnly: { type: 'tag', values: rules } });
  const told = (one) => one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ');
  return found.violations.map((one) => `${one.id}: ${told(one)}`);
}"""


def settled(page, path: str) -> None:
    page.goto(path)
    page.get_by_role("heading", level=1).first.wait_for()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("who", ["alice", "admin"])  # one has things, the other sees them empty
def test_no_page_shuts_anybody_out(world: World, open_as, dark, who):
    page = open_as(who, dark=dark, reduced=True)
    wrong: list[str] = []
    for path in PAGES:
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            settled(page, path)
            page.evaluate(AXE.read_text())
            wrong += [f"{path} at {width}: {one}" for one in page.evaluate(LOOK, RULES)]
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                wrong.append(f"{path} at {width}: {wide} wide")
    assert wrong == [], "\n".join(wrong)


def test_names_are_text_wherever_they_are_shown(world: World, open_as):
    names = ["<img src=x onerror=alert(1)>", "مرحبا بالعالم", "🎉 party 🎉", "x" * 200]
    desk = world.desk()
    for number, name in enumerate(names):
        desk.libraries.create(f"named-{number}", description=name, display_name=name)
    page = open_as("alice", width=360)
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    for path in ("/libraries", *(f"/libraries/alice/named-{number}" for number in range(len(names)))):
        settled(page, path)
        assert page.locator("#content img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    settled(page, "/libraries/alice/named-0")
    assert names[0] in page.get_by_role("main").inner_text()
    assert alerts == []
