"""People at the real console in a real browser, before a server and two machines that are processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spl.client import SPLClient
from spl.server_client import SPLServerClient

ROOT = Path(__file__).resolve().parents[3]
FRONTEND = ROOT / "spl-frontend"
DIST = ROOT / "spl-server/src/daemon_server/console/dist"
CHROMIUM = "/usr/bin/chromium"
AXE = FRONTEND / "node_modules/axe-core/axe.min.js"

sys.path.insert(0, str(ROOT / "tools"))
from processes import Daemon, Server, Stack  # noqa: E402

# A page asks within milliseconds; a machine of two cores that builds an environment meanwhile takes longer.
PATIENCE_MS = 20_000


def risk_report(customer_id: int, factor: float = 1.5) -> dict[str, object]:
    """What is known about a customer, where the data is."""
    from spl.runtime import current_run

    print("looking at customer", customer_id)
    current_run().artifact("notes.txt").write_text(f"customer {customer_id}: fine\n")
    return {"customer": customer_id, "score": customer_id * factor}


def divide(a: int, b: int) -> float:
    """One number by another."""
    return a / b


@dataclass
class World:
    """A server with Alice and Bob, each with a machine; Alice has published two functions."""

    stack: Stack
    server: Server
    tokens: dict[str, str] = field(default_factory=dict)
    daemons: dict[str, Daemon] = field(default_factory=dict)

    def desk(self, user: str = "alice") -> SPLServerClient:
        return SPLServerClient(self.tokens[user], base_url=self.server.url)

    def client(self, machine: str) -> SPLClient:
        return SPLClient(daemon_home=self.daemons[machine].home)

    def request(self, method: str, path: str, body: object = None, *, user: str = "alice") -> Any:
        return self.server.request(method, path, body, token=self.tokens[user])


def _built() -> None:
    """The console as its sources have it now."""
    sources = [path.stat().st_mtime for path in (FRONTEND / "src").rglob("*") if path.is_file()]
    index = DIST / "index.html"
    if index.exists() and index.stat().st_mtime > max(sources):
        return
    npm = shutil.which("npm")
    assert npm, "the console is built by npm, which is not here"
    if not AXE.exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=FRONTEND, check=True, capture_output=True)
    subprocess.run([npm, "run", "build"], cwd=FRONTEND, check=True, capture_output=True)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    _built()
    with Stack(tmp_path_factory.mktemp("journeys")) as stack:
        made = World(stack, stack.server())
        for name in ("alice", "bob"):
            made.tokens[name] = made.server.person(name)
        for name, machine in (("alice", "alice-gpu-01"), ("bob", "bob-laptop")):
            made.daemons[machine] = stack.daemon(machine)
            with made.client(machine) as client:
                client.connect_server(server_url=made.server.url, code=made.desk(name).machines.enroll(machine)["code"])
                client.register_env("default")
        made.desk().libraries.create("risk", default_machine="alice-gpu-01")
        with made.client("alice-gpu-01") as client:
            for function in (risk_report, divide):
                client.publish(function, name=function.__name__, library="risk").ready(timeout=120)
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip("there is no Chromium here")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@dataclass
class Watched:
    """What a page said and asked that a good page doesn't."""

    wrong: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def on(self, page: Any) -> None:
        page.on("console", lambda said: said.type == "error" and self.wrong.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on(
            "response",
            lambda answer: (
                answer.status >= 400 and self.wrong.append(f"{answer.status}: {answer.request.method} {answer.url}")
            ),
        )

    def unexpected(self) -> list[str]:
        return [one for one in self.wrong if not any(part in one for part in self.expected)]


@pytest.fixture
def page_of(world: World, browser: Any, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """`page_of(user, expected=[...], **context)`: a page of that user's, signed in by hand.

    Every page has to end without an error in its console and without a refused request that isn't `expected`.
    """
    watches: list[tuple[Any, Watched]] = []
    with ExitStack() as ends:

        def opened(user: str, *, expected: tuple[str, ...] = (), **context: Any) -> Any:
            options = {"viewport": {"width": 1280, "height": 800}} | context
            own = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
            ends.callback(own.close)
            page = own.new_page()
            page.set_default_timeout(PATIENCE_MS)
            watch = Watched(expected=["/api/session", "favicon", *expected])
            watch.on(page)
            watches.append((page, watch))
            page.goto(world.server.url + "/login")
            page.get_by_label("Token or one-time code").fill(world.tokens[user])
            page.keyboard.press("Enter")
            page.get_by_role("heading", level=1, name="Overview").wait_for()
            return page

        opened.url = lambda path: world.server.url + path  # type: ignore[attr-defined]
        yield opened
        failed = getattr(request.node, "failed", True)
        for number, (page, watch) in enumerate(watches):
            if failed or watch.unexpected():
                page.screenshot(path=str(tmp_path / f"page-{number}.png"))
                (tmp_path / f"page-{number}.log").write_text("\n".join([page.url, *watch.wrong]))
                print(f"kept {tmp_path}/page-{number}.png and its log")
    if not failed:
        assert [watch.unexpected() for _, watch in watches] == [[] for _ in watches]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.alone)
            item.add_marker(pytest.mark.timeout(180))
