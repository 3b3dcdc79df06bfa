"""People at the real console in a real browser, before a server and machines that are processes."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from spl.client import SPLClient
from spl.server_client import SPLServerClient

ROOT = Path(__file__).resolve().parents[3]
DIST = ROOT / "spl-server" / "src" / "daemon_server" / "console" / "dist"
SHOTS = ROOT / "reports" / "console"

sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(Path(__file__).parent))  # what is published comes from a module with a name of its own
import journey_functions as functions  # noqa: E402

from processes import Daemon, Server, Stack, stop  # noqa: E402

# A page answers within milliseconds; a machine of two cores that builds an environment meanwhile takes longer.
expect.set_options(timeout=20_000)
BUILD_SECONDS = 120

# What a browser writes down by itself where a request is refused or a server is away; who expects neither sees it in
# what the page shows.
EXPECTED = re.compile(r"status of (401|404|403|409|422|503)|ERR_CONNECTION|ERR_INTERNET|ERR_INCOMPLETE|ERR_EMPTY")
UNLIMITED = ("REQUESTS", "RUNS", "PUBLISHES", "LOGINS", "FAILURES")


@dataclass
class World:
    """A server with people, a machine of alice's and one of bob's, and a library of alice's."""

    stack: Stack
    server: Server
    tokens: dict[str, str] = field(default_factory=dict)
    daemons: dict[str, Daemon] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    def desk(self, name: str = "alice") -> SPLServerClient:
        return SPLServerClient(self.tokens[name], base_url=self.url)

    def client(self, machine: str = "alice-gpu-01") -> SPLClient:
        return SPLClient(daemon_home=self.daemons[machine].home)

    def person(self, name: str) -> None:
        """A user, if there is none of this name yet."""
        if name not in self.tokens:
            self.tokens[name] = self.server.person(name)

    def machine(self, name: str, owner: str) -> Daemon:
        """A machine that is connected."""
        daemon = self.daemons[name] = self.stack.daemon(name)
        with SPLClient(daemon_home=daemon.home) as client:
            client.connect_server(server_url=self.url, code=self.desk(owner).machines.enroll(name)["code"])
            client.register_env("default")
        return daemon

    def request(self, method: str, path: str, body: object = None, *, user: str = "alice") -> Any:
        return self.server.request(method, path, body, token=self.tokens[user])

    def restart(self) -> None:
        """The server goes, and comes back at its address."""
        stop(self.server.process)
        self.server = self.stack.server(port=int(urlsplit(self.url).port or 0))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if not (DIST / "index.html").exists():
        pytest.fail("the console is not built: python3 tools/dev.py console")
    with Stack(tmp_path_factory.mktemp("journeys")) as stack:
        stack.env |= {f"SPL_SERVER_{name}_PER_MINUTE": "1000000" for name in UNLIMITED}
        server = stack.server()
        world = World(stack, server, {"admin": server.token})
        for name in ("alice", "bob"):
            world.person(name)
        world.machine("alice-gpu-01", "alice")
        world.machine("bob-laptop", "bob")
        world.desk().libraries.create("risk", default_machine="alice-gpu-01")
        with world.client() as client:
            for name in ("demo_add", "divide", "write_file", "wait_for", "risk_report"):
                client.publish(getattr(functions, name), name=name, library="risk").ready(timeout=BUILD_SECONDS)
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
    """`open_as(who, path, width=, dark=, reduced=, zoom=)`: sign somebody in and show them a page.

    What a page complains of fails the test.
    """
    complaints: list[str] = []
    with ExitStack() as ends:

        def opened(
            who: str,
            path: str = "/",
            *,
            width: int = 1280,
            dark: bool = False,
            reduced: bool = False,
            zoom: int = 1,
        ) -> Page:
            context = browser.new_context(
                viewport={"width": width // zoom, "height": 800 // zoom},
                device_scale_factor=zoom,
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
            name = re.sub(r"\W+", "-", request.node.name)[:60]
            for number, page in enumerate(page for context in browser.contexts for page in context.pages):
                page.screenshot(path=SHOTS / f"{name}-{number}.png")
    assert [line for line in complaints if not EXPECTED.search(line)] == []


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.alone)
            item.add_marker(pytest.mark.timeout(300))


# --- what several journeys do -----------------------------------------------------------------------------------------


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Token or one-time code").fill(token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def settled(page: Page, path: str) -> None:
    """Go to a page and wait until it shows what it has."""
    page.goto(path)
    page.get_by_role("heading", level=1).first.wait_for()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)


def field_of(page: Page, name: str) -> Locator:
    """An input of a call's form."""
    return page.get_by_role("form").get_by_label(re.compile(rf"^{name}( \*)?$"))


def outcome(page: Page) -> Locator:
    return page.get_by_role("status", name="Outcome")


def live(page: Page) -> Locator:
    return page.get_by_role("status", name="Live updates")


def rows(page: Page, table: str) -> Locator:
    """The rows of a table without its head."""
    return page.get_by_role("table", name=table).locator(".table-body-row")
