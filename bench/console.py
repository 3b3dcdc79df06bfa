"""The console in a real browser: how soon it is there, how soon a change is on it, how smooth a long list is."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.figures import Figure, median_ms, p95_ms, timed
from bench.lists import copies, first_of_all
from bench.remote import UNLIMITED, Server, Stack

RUNS = 10_000
OBJECTS = 1_000
MACHINES = 200
FIRST_LOADS = 7
CHANGES = 40
# As browsers' own tools call it: a phone on a poor line.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOW_PROCESSOR = 4

# Frames while the list is scrolled: what a person sees as jerks are the long ones.
_FRAMES = """() => { window.frames_ = []; let last = performance.now();
  const next = (now) => { window.frames_.push(now - last); last = now; requestAnimationFrame(next); };
  requestAnimationFrame(next); }"""
_SHOWN = """(id) => new Promise((done) => { const look = () =>
  document.querySelector(`a[href$="/runs/${id}"]`) ? done(Date.now()) : requestAnimationFrame(look); look(); })"""


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise RuntimeError("the console is measured in Chromium, which is not on the path")
    return found


def fill(home: Path) -> None:
    """So many runs, objects and machines as a busy team has, beside the server's back."""
    made = (
        ("runs", {"id": "'run_' || {number}", "state": "'succeeded'", "created_at": "runs.created_at - 1000 * n.i",
                  "finished_at": "runs.created_at"}, RUNS),
        ("objects", {"id": "'obj_' || {number}", "name": "'name_' || n.i"}, OBJECTS),
        ("versions", {"id": "'ver_' || {number}", "object_id": "'obj_' || {number}"}, OBJECTS),
        ("machines", {"id": "'mch_' || {number}", "name": "'box-' || n.i"}, MACHINES),
    )  # fmt: skip
    with closing(sqlite3.connect(next(home.glob("*.sqlite3")), timeout=60)) as connection, connection:
        for table, changed, count in made:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            connection.execute(copies(table, columns, dict(changed), count, dialect="sqlite"))


@contextmanager
def signed_in(browser: Browser, server: Server, token: str) -> Iterator[BrowserContext]:
    """A browser that has a session and nothing in its cache."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("Token or one-time code").fill(token)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Overview").wait_for()
    page.close()
    yield context
    context.close()


def first_load(context: BrowserContext, *, slow: bool) -> float:
    """Seconds until the overview shows its figures, with nothing in the cache."""
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    if slow:
        line.send("Network.emulateNetworkConditions", SLOW_4G)
        line.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_PROCESSOR})
    begin = time.perf_counter()
    page.goto("/", wait_until="commit")
    page.get_by_text("Machines connected").wait_for(timeout=60_000)
    seconds = time.perf_counter() - begin
    page.close()
    return seconds


def change_to_screen(page: Page, server: Server, token: str) -> float:
    """Seconds from the answer to a new run until its row is on the overview."""
    body = {"object": "echo", "kwargs": {"n": 1}, "target_machine": "here"}
    run = server.request("POST", "/remote-runs", body, token=token)["id"]
    created = time.time()
    return max(0.0, float(page.evaluate(_SHOWN, run)) / 1000 - created)


def scrolled(page: Page) -> tuple[list[float], int]:
    """Seconds of each frame while a long list is scrolled, and the most rows that were in the document."""
    page.goto("/runs")
    table = page.get_by_role("table", name="Runs")
    table.get_by_role("row").nth(5).wait_for()
    table.get_by_role("row").nth(3).hover()
    page.evaluate(_FRAMES)
    most = 0
    for _ in range(60):
        page.mouse.wheel(0, 400)
        most = max(most, table.get_by_role("row").count())
    frames: list[float] = page.evaluate("window.frames_.slice(5)")
    return [frame / 1000 for frame in frames], most


def figures() -> Iterator[Figure]:
    size = f"{RUNS:,} runs, {OBJECTS:,} objects, {MACHINES} machines"
    with (
        tempfile.TemporaryDirectory(prefix="spl-bench-") as place,
        Stack(Path(place)) as stack,
        sync_playwright() as playwright,
    ):
        stack.env |= UNLIMITED
        os.environ["SPL_STATE_DIR"] = str(Path(place) / "state")
        server = stack.server()
        token = server.person("alice")
        first_of_all(server, token)
        fill(server.home)
        answers = timed(lambda: server.request("GET", "/console/overview", token=token), times=60)
        yield Figure("overview, the server's answer, p95", p95_ms(answers), "ms", 100, size)
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        with signed_in(browser, server, token) as context:
            loads = [first_load(context, slow=False) for _ in range(FIRST_LOADS)]
            yield Figure("overview in a browser with an empty cache", median_ms(loads) / 1000, "s", 1.5)
            loads = [first_load(context, slow=True) for _ in range(FIRST_LOADS)]
            yield Figure("the same, slow 4G and a processor of a quarter", median_ms(loads) / 1000, "s", 3)
            page = context.new_page()
            page.goto("/")
            page.get_by_role("status", name="Live updates").get_by_text("Live").wait_for()
            seconds = [change_to_screen(page, server, token) for _ in range(CHANGES)]
            yield Figure("from a change to the screen, p95", p95_ms(seconds), "ms", 500)
            frames, rows = scrolled(page)
            beside = f"{rows} rows in the document, the longest {max(frames) * 1000:.0f} ms"
            yield Figure("a list of 10,000 runs scrolled, a frame, p95", p95_ms(frames), "ms", 50, beside)
        browser.close()
