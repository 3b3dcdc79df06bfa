"""A real server with the built console, a real daemon, and a real browser that looks at them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from spl.client import SPLClient
from spl.server_client import SPLServerClient

from ..pages import ROOT
from ..stage import Stack

# The machine builds an environment meanwhile, and other tests run beside it.
expect.set_options(timeout=20_000)

# A page that asks who is there is told 401 before somebody has signed in: the browser writes that down as an error.
EXPECTED = re.compile(r"status of (401|404|403|409|422|503)|ERR_CONNECTION|ERR_INTERNET|ERR_INCOMPLETE|ERR_EMPTY")
AXE = ROOT / "spl-frontend" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "reports" / "console"


@dataclass
class World:
    """One server, its people and a machine of alice's."""

    stack: Stack
    url: str
    tokens: dict[str, str]
    daemon_home: Path

    def desk(self, name: str = "alice") -> SPLServerClient:
        return SPLServerClient(self.tokens[name], base_url=self.url)

    def client(self) -> SPLClient:
        return SPLClient(daemon_home=self.daemon_home)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if not (ROOT / "spl-server/src/daemon_server/console/dist/index.html").exists():
        pytest.fail("the console is not built: python3 tools/dev.py console")
    with Stack(tmp_path_factory.mktemp("console")) as stack:
        for name in ("REQUESTS", "RUNS", "PUBLISHES", "LOGINS", "FAILURES"):
            stack.env[f"SPL_SERVER_{name}_PER_MINUTE"] = "1000000"
        server = stack.server()
        tokens = {"admin": server.token, **{name: server.person(name) for name in ("alice", "bob", "carol")}}
        daemon = stack.daemon("alice-gpu-01")
        world = World(stack, server.url, tokens, daemon.home)
        desk = world.desk()
        desk.libraries.create("risk", default_machine=None)
        with world.client() as client:
            client.connect_server(server_url=server.url, code=desk.machines.enroll("alice-gpu-01")["code"])
            client.register_env("default")
            client.publish(demo_add, name="demo_add", library="risk").ready()
            client.publish(divide, name="divide", library="risk").ready()
            client.publish(write_file, name="write_file", library="risk").ready()
        yield world


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


type Open = Callable[..., Page]


@pytest.fixture
def open_as(world: World, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Sign somebody in and show them a page; what a page complains of fails the test."""
    complaints: list[str] = []
    with ExitStack() as ends:

        def opened(
            who: str | None, path: str = "/", *, width: int = 1280, dark: bool = False, reduced: bool = False
        ) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": 800},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce" if reduced else "no-preference",
                base_url=world.url,
                accept_downloads=True,
            )
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            ends.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
            page.on("console", lambda line: line.type == "error" and complaints.append(f"{page.url}: {line.text}"))
            page.goto(path)
            sign_in(page, world.tokens[who])
            return page

        yield opened
        if request.node.stash.get(FAILED, False):
            SHOTS.mkdir(parents=True, exist_ok=True)
            for number, context in enumerate(browser.contexts):
                for page in context.pages:
                    page.screenshot(path=SHOTS / f"{request.node.name[:60]}-{number}.png")
    assert [line for line in complaints if not EXPECTED.search(line)] == []


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Token or one-time code").fill(token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def demo_add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    print("adding", a, b)
    return a + b


def divide(x: float) -> float:
    """One divided by x."""
    return 1 / x


def write_file(text: str) -> int:
    """Leave a file behind."""
    from pathlib import Path

    folder = Path("artifacts")
    folder.mkdir(exist_ok=True)
    return (folder / "note.txt").write_text(text)
