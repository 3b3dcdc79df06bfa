"""The link with a real server, as processes: what the stand-in says is what the server says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .real import Server, publish


def test_a_published_function_runs_on_its_owners_machine(
    joined: Any, real_server: Server, wait_until: Callable[..., Any]
) -> None:
    publish(joined, "add", "fail", "talk")

    assert real_server.submit("add", 30, a=2, b=3)["result"] == 5
    failed = real_server.submit("fail", 30, text="no such customer")
    assert (failed["state"], failed["reason"], failed["error"]["message"]) == (
        "failed", "user_exception", "no such customer",
    )  # fmt: skip
    spoken = real_server.submit("talk", 30, lines=50)
    logs = real_server.ask("GET", f"/remote-runs/{spoken['id']}/logs?stream=stdout")
    assert logs["text"] == "".join(f"line {number}\n" for number in range(50))


def test_large_values_and_files_come_back_whole(
    joined: Any, real_server: Server, wait_until: Callable[..., Any]
) -> None:
    publish(joined, "artifact", "large")

    filed = real_server.ended(real_server.submit("artifact", size=20_000_000)["id"], wait_until)
    big = real_server.ended(real_server.submit("large", size=2_000_000)["id"], wait_until)

    assert filed["state"] == "succeeded", filed
    (item,) = real_server.ask("GET", f"/remote-runs/{filed['id']}/artifacts")["items"]
    content = real_server.http.get(f"/remote-runs/{filed['id']}/artifacts/{item['name']}").content
    assert content == b"z" * 20_000_000
    assert big["state"] == "succeeded", big
    sha = big["result"]["blob"]["sha256"]
    assert len(real_server.http.get(f"/remote-runs/{big['id']}/blobs/{sha}").content) == big["result"]["blob"]["size"]


def test_a_result_survives_a_server_that_is_killed_while_the_run_goes_on(
    joined: Any, real_server: Server, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    publish(joined, "note")
    trace = tmp_path / "trace"
    run = real_server.submit("note", path=str(trace), seconds=1.0)
    wait_until(trace.exists, description="the start of the function", seconds=60)

    real_server.kill()
    real_server.start()

    assert real_server.ended(run["id"], wait_until)["state"] == "succeeded"
    assert trace.read_text() == "started\n"


def test_a_daemon_that_is_killed_says_so_when_it_is_back(
    joined: Any, daemon_factory: Callable[..., Any], real_server: Server, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    publish(joined, "note")
    trace = tmp_path / "trace"
    run = real_server.submit("note", path=str(trace), seconds=60.0)
    wait_until(trace.exists, description="the start of the function", seconds=60)

    joined.kill()
    daemon_factory(kill_grace_seconds=1)

    found = real_server.ended(run["id"], wait_until)
    assert (found["state"], found["reason"]) == ("failed", "worker_crashed")
    assert trace.read_text() == "started\n"


def test_a_cancelled_run_ends_on_the_machine(
    joined: Any, real_server: Server, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    publish(joined, "note")
    trace = tmp_path / "trace"
    run = real_server.submit("note", path=str(trace), seconds=60.0)
    wait_until(trace.exists, description="the start of the function", seconds=60)

    real_server.ask("POST", f"/remote-runs/{run['id']}/cancel")

    assert real_server.ended(run["id"], wait_until)["state"] == "cancelled"
    local = joined.request("GET", "/runs").json()["items"][0]
    assert local["state"] == "cancelled"
