"""Ten thousand runs and a log of a hundred thousand lines, put into the server's own tables."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, insert, text

from daemon_server.runs.tables import run_events, run_logs, run_payloads, runs

from .conftest import World, rows

RUNS = 10_000
LINES = 100_000
DAY = 86_400_000
# What is in view and a few beyond, not what there is.
ROW_NODES = 60
LOG_NODES = 200
CANCELLED = 50
PIECE = 60_000


@pytest.fixture(scope="module")
def dora(world: World) -> list[dict[str, object]]:
    """A user with many runs: every fifth waits, every tenth has failed, half of them are of `forecast`."""
    world.person("dora")
    world.desk("dora").libraries.create("many")
    engine = create_engine(f"sqlite:///{next(world.server.home.glob('*.sqlite3'))}", connect_args={"timeout": 30})
    now = int(time.time() * 1000)
    with engine.begin() as connection:
        user = connection.execute(text("SELECT id FROM users WHERE name = 'dora'")).scalar_one()
        library = connection.execute(text("SELECT id FROM libraries WHERE name = 'many'")).scalar_one()
        made = [run_row(number, user, library, now) for number in range(RUNS)]
        connection.execute(insert(runs), made)
        connection.execute(insert(run_payloads), [{"run_id": one["id"], "args": "[]", "kwargs": "{}"} for one in made])
        connection.execute(
            insert(run_events), [{"run_id": one["id"], "seq": 1, "kind": "queued", "at": now} for one in made]
        )
        log = "".join(f"line {number}\n" for number in range(1, LINES + 1))
        pieces = [log[start : start + PIECE] for start in range(0, len(log), PIECE)]
        place = {"run_id": made[0]["id"], "attempt": 1, "stream": "stdout", "dropped": 0}
        connection.execute(
            insert(run_logs),
            [place | {"start": n * PIECE, "size": len(piece), "text": piece} for n, piece in enumerate(pieces)],
        )
    engine.dispose()
    return made


def run_row(number: int, user: str, library: str, now: int) -> dict[str, object]:
    state = "queued" if number % 5 == 1 else "failed" if number % 10 == 2 else "succeeded"
    ended = None if state == "queued" else now - number * 1000
    return {
        "id": f"run_{number:022d}",
        "owner_id": user, "owner": "dora", "library_id": library, "library": "many",
        "object": "forecast" if number % 2 else "clean", "version": 1, "version_id": "ver_1",
        "content_hash": "0" * 64, "kind": "function", "entrypoint": "demo", "env": "default",
        "caller_id": user, "caller": "dora", "token_kind": "user", "token_id": "t", "lane": "nowhere", "labels": "[]",
        "priority": 0, "allow_pickle": 0, "max_attempts": 1, "lost_after_ms": 1000, "queue_expires_at": now + DAY,
        "state": state, "attempt": 0 if state == "queued" else 1, "starts": 0, "not_before": 0, "nacks": 0,
        "event_seq": 1, "artifacts": 0, "created_at": now - number * 1000 - 500 - number % 7,
        "started_at": ended and ended - 200 - number, "finished_at": ended,
    }  # fmt: skip


def number_of(page: Page, label: str) -> int:
    button = page.get_by_role("group", name="State").get_by_role("button", name=re.compile(f"^{label}"))
    return int(re.sub(r"\D", "", button.inner_text()) or 0)


def first_ids(page: Page, count: int = 5) -> list[str]:
    expect(rows(page, "Runs").nth(count)).to_be_visible()
    links = rows(page, "Runs").locator("a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return links[:count]


def test_a_filtered_list_is_the_same_for_whoever_gets_its_address(world, dora, open_as, wait_until):
    page = open_as("dora", "/runs")
    page.get_by_role("button", name=re.compile("^Queued")).click()
    page.get_by_label("Object").fill("forecast")
    page.get_by_label("Object").press("Enter")
    expect(page).to_have_url(re.compile("object=forecast"))
    wait_until(lambda: number_of(page, "Queued") == RUNS // 10, description="the count is of what is filtered")
    seen = first_ids(page)

    other = open_as("dora", page.url)
    assert first_ids(other) == seen
    assert number_of(other, "Queued") == RUNS // 10
    expect(other.get_by_role("button", name=re.compile("^Queued"))).to_have_attribute("aria-pressed", "true")

    box = rows(page, "Runs").get_by_role("checkbox")
    chosen: set[str] = set()
    while len(chosen) < CANCELLED:
        for at in range(box.count()):
            name = box.nth(at).get_attribute("aria-label") or ""
            if name not in chosen and len(chosen) < CANCELLED:
                box.nth(at).check()
                chosen.add(name)
        rows(page, "Runs").last.scroll_into_view_if_needed()
    page.get_by_role("button", name=f"Cancel {CANCELLED} runs").click()
    wait_until(lambda: number_of(page, "Queued") == RUNS // 10 - CANCELLED, description="so many fewer wait")
    wait_until(lambda: number_of(page, "Cancelled") == CANCELLED, description="so many are cancelled")


def test_a_list_of_ten_thousand_has_few_rows_in_the_document(world, dora, open_as):
    page = open_as("dora", "/runs")
    expect(rows(page, "Runs").nth(3)).to_be_visible()
    most = 0
    rows(page, "Runs").nth(3).hover()
    for _ in range(40):
        page.mouse.wheel(0, 1200)
        most = max(most, rows(page, "Runs").count())
    assert 10 < most <= ROW_NODES


def test_a_list_is_sorted_by_the_server_and_its_order_is_in_the_address(world, dora, open_as):
    page = open_as("dora", "/runs")
    page.get_by_role("columnheader", name="Took").get_by_role("button").click()
    expect(page).to_have_url(re.compile("sort=-?duration"))
    if "sort=duration" in page.url:
        page.get_by_role("columnheader", name="Took").get_by_role("button").click()
        expect(page).to_have_url(re.compile("sort=-duration"))
    longest = max(run["finished_at"] - run["started_at"] for run in dora if run["finished_at"])
    expected = next(
        run["id"] for run in dora if run["finished_at"] and run["finished_at"] - run["started_at"] == longest
    )
    expect(rows(page, "Runs").first.locator("a")).to_have_attribute("href", re.compile(expected))


def test_a_log_of_a_hundred_thousand_lines_opens_at_its_end_and_is_found_whole(world, dora, open_as):
    page = open_as("dora", f"/runs/{dora[0]['id']}?tab=logs")
    log = page.get_by_role("log")
    expect(log.get_by_text(f"line {LINES}", exact=True)).to_be_visible()
    expect(log.get_by_role("button", name=f"Link to line {LINES}", exact=True)).to_be_visible()
    assert log.locator("[data-index]").count() <= LOG_NODES

    page.get_by_label("Find in the whole log").fill("line 4242")
    expect(page.get_by_text("11 lines have it")).to_be_visible()  # 4242 and 42420 to 42429
    log.get_by_role("button", name="Link to line 4242", exact=True).click()
    expect(page).to_have_url(re.compile("line=4242"))
    expect(log.get_by_text("line 4242", exact=True)).to_be_visible()

    other = open_as("dora", page.url)
    expect(other.get_by_role("log").locator("[data-selected]")).to_contain_text("line 4242")
    other.get_by_role("log").locator("[data-selected]").hover()
    for _ in range(30):
        other.mouse.wheel(0, -600)
    shown = other.get_by_role("log").locator(".log-line")
    expect(shown.first).not_to_contain_text("line 42")
    numbers = [int(line.split()[0]) for line in shown.all_inner_texts()]
    assert sorted(numbers) == list(range(min(numbers), min(numbers) + len(numbers)))
    assert 3_000 < min(numbers) < 4_142  # older than what came with the link, and where the wheel led
    assert len(numbers) <= LOG_NODES
