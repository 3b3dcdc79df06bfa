"""Every page for everybody: both themes, wide and narrow, by keys, by screen reader, whatever people call things."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .conftest import ROOT, World, settled
from .hands import Keys, Pointer
from .test_01_first_hour import first_hour
from .test_04_one_time_secret import one_time_secret

AXE = ROOT / "spl-frontend" / "node_modules" / "axe-core" / "axe.min.js"
OBJECT = "/libraries/alice/risk/demo_add"
PAGES = (
    "/", "/runs", "/runs?state=lost", "/runs/{run}", "/runs/{run}?tab=timeline", "/runs/{run}?tab=logs",
    "/runs/{run}?tab=values", "/runs/{run}?tab=artifacts", "/runs/{run}?tab=events", "/runs/{failed}",
    "/libraries", "/libraries/alice/risk", OBJECT, f"{OBJECT}?tab=call", f"{OBJECT}?tab=source",
    f"{OBJECT}?tab=versions", f"{OBJECT}?tab=runs", f"{OBJECT}?tab=used-by", f"{OBJECT}/compare?a=1&b=1",
    "/machines", "/machines/alice-gpu-01", "/machines/new", "/tokens", "/tokens/new", "/access", "/access?view=matrix",
    "/access?tab=teams", "/access?tab=why&user=bob&library=alice/risk", "/audit", "/settings", "/help",
    "/libraries/alice/nothing", "/runs/run_nothing", "/no/such/page",
)  # fmt: skip
EMPTY = ("/", "/runs", "/libraries", "/machines", "/tokens", "/access", "/access?tab=teams", "/audit")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK = """async (rules) => {
  await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)));
  const found = await axe.run(document, { runOnly: { type: 'tag', values: rules } });
  const told = (one) => one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ');
  return found.violations.map((one) => `${one.id}: ${told(one)}`);
}"""


@pytest.fixture(scope="module")
def places(world: World) -> dict[str, str]:
    """The parts of addresses that are only known now."""
    found = {}
    for name, call in (("run", ("demo_add", {"a": 6})), ("failed", ("divide", {"x": 0}))):
        body = {"object": call[0], "owner": "alice", "library": "risk", "kwargs": call[1]}
        found[name] = world.request("POST", "/remote-runs?wait=20", body)["id"]
    return found


def faults(page: Page, path: str, widths: tuple[int, ...]) -> list[str]:
    """What is wrong with a page for somebody who can't see, or sees little, or has a small screen."""
    found = []
    settled(page, path)
    page.evaluate(AXE.read_text())
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{path} at {width}: {one}" for one in page.evaluate(LOOK, RULES)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{path} at {width}: {wide} wide")
    headings = page.get_by_role("heading", level=1).count()
    return found if headings == 1 else [*found, f"{path}: {headings} main headings"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_shuts_anybody_out(world: World, places, open_as, dark):
    page = open_as("alice", dark=dark, reduced=True)

    found = [fault for path in PAGES for fault in faults(page, path.format(**places), (1280, 360))]

    assert found == [], "\n".join(found)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_an_empty_console_shuts_nobody_out(world: World, open_as, dark):
    world.person("erin")
    page = open_as("erin", dark=dark, reduced=True)

    found = [fault for path in EMPTY for fault in faults(page, path, (1280, 360))]

    assert found == [], "\n".join(found)


def test_names_are_text_wherever_they_are_shown(world: World, open_as):
    names = ["<img src=x onerror=alert(1)>", "\u202eevil\u202c مرحبا بالعالم", "🎉 party 🎉", "x" * 200]
    desk = world.desk()
    for number, name in enumerate(names):
        desk.libraries.create(f"named-{number}", description=name, display_name=name)
        world.request("POST", "/tokens", {"kind": "execution", "name": name[:100], "library": "alice/risk"})
    page = open_as("alice", width=360)
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    shown = ["/libraries", "/tokens", "/audit", *(f"/libraries/alice/named-{number}" for number in range(len(names)))]
    for path in shown:
        settled(page, path)
        assert page.locator("#content img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    settled(page, "/libraries/alice/named-0")
    assert names[0] in page.get_by_role("main").inner_text()
    assert alerts == []


WAYS = {
    "narrow": {"width": 360},
    "keys in the dark": {"dark": True, "reduced": True},
    "twice as large": {"zoom": 2},
}


@pytest.mark.parametrize("way", WAYS)
def test_the_first_hour_in_other_ways(world: World, open_as, way):
    name = {"narrow": "nora", "keys in the dark": "karl", "twice as large": "tom"}[way]
    world.person(name)
    page = open_as(name, **WAYS[way])

    first_hour(world, page, Keys(page) if "keys" in way else Pointer(), f"{name}-laptop")


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_in_other_ways(world: World, open_as, way, monkeypatch):
    page = open_as("alice", **WAYS[way])

    one_time_secret(page, Keys(page) if "keys" in way else Pointer(), f"for {way}", monkeypatch)
