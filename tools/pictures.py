"""The pictures of the console that the pages show, taken in a browser from a server with something in it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from processes import Stack
from spl.client import RunFailed, SPLClient
from spl.core.errors import SPLError
from spl.server_client import SPLServerClient

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = {"width": 1280, "height": 800}


def risk_report(customer_id: int, quarter: str = "2026-Q3", include_history: bool = True) -> dict[str, object]:
    """Score a customer from what is known about them.

    The data stays on the machine that has it; only the score and a report leave.
    """
    from spl.runtime import current_run

    run = current_run()
    for step, name in enumerate(("orders", "payments", "returns"), 1):
        run.progress(step, 3, name)
        print(f"reading {name} of customer {customer_id}")
    run.artifact("report.md").write_text(f"# Customer {customer_id}, {quarter}\n")
    return {"customer": customer_id, "quarter": quarter, "score": 0.5 + customer_id % 7 / 10}


def forecast(months: int, growth: float = 0.02) -> list[float]:
    """Sales of the coming months."""
    return [round(1000 * (1 + growth) ** month, 1) for month in range(months)]


def settle_invoices(amounts: list[float], rate: float) -> float:
    """What is left to pay, at today's rate."""
    print("invoices:", len(amounts))
    return sum(amounts) / rate


def seeded(stack: Stack) -> tuple[str, str]:
    """A server with two machines, three functions and runs of them. Its address, and Alice's token."""
    server = stack.server()
    tokens = {name: server.person(name) for name in ("alice", "bob")}
    for name, machine in (("alice", "alice-gpu-01"), ("bob", "bob-laptop")):
        daemon = stack.daemon(machine)
        desk = SPLServerClient(tokens[name], base_url=server.url)
        with SPLClient(daemon_home=daemon.home) as client:
            client.connect_server(server_url=server.url, code=desk.machines.enroll(machine)["code"])
            client.register_env("default")
            if name == "alice":
                desk.libraries.create("risk", default_machine=machine)
                desk.grants.set(library="alice/risk", user="bob", permissions=["read", "execute"])
                for function in (risk_report, forecast, settle_invoices):
                    client.publish(function, name=function.__name__, library="risk").ready()
    for name in ("alice", "bob"):
        desk = SPLServerClient(tokens[name], base_url=server.url)
        for number in range(4):
            desk.call("risk_report", owner="alice", library="risk", kwargs={"customer_id": 40 + number})
            desk.call("forecast", owner="alice", library="risk", kwargs={"months": 6})
    with suppress(RunFailed, SPLError):
        arguments = {"amounts": [120.0, 80.5], "rate": 0}
        SPLServerClient(tokens["alice"], base_url=server.url).call(
            "settle_invoices", owner="alice", library="risk", kwargs=arguments
        )
    return server.url, tokens["alice"]


def taken(page: Page, path: str, name: str) -> None:
    page.goto(path)
    page.get_by_role("status", name="Loading").first.wait_for(state="detached")
    page.get_by_role("status", name="Live updates").get_by_text("Live").wait_for()
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    print(f"docs/images/{name}.png")


def main() -> int:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("pictures are taken in Chromium, which is not here", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder)) as stack, sync_playwright() as playwright:
        os.environ["SPL_STATE_DIR"] = str(Path(folder) / "state")
        url, token = seeded(stack)
        failed = SPLServerClient(token, base_url=url).runs(state="failed")[0]["id"]
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_context(viewport=SIZE, base_url=url, reduced_motion="reduce").new_page()
        page.goto("/login")
        page.get_by_label("Token or one-time code").fill(token)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Overview").wait_for()
        taken(page, "/", "overview")
        taken(page, f"/runs/{failed}", "run")
        taken(page, "/libraries/alice/risk/risk_report?tab=call", "object")
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
