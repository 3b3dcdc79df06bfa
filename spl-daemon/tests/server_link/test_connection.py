"""The connection: made once, kept by itself, never where it should not go, and never in the way of local work."""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from spl.client import SPLClient

from .conftest import connect, with_env
from .functions import add
from .stand_in import CODE, MACHINE, MACHINE_TOKEN, OWNER, USER_TOKEN, StandIn

Factory = Callable[..., Any]
Source = Callable[..., dict[str, Any]]
Wait = Callable[..., Any]


def status(daemon: Any) -> str:
    return str(daemon.request("GET", "/server").json()["status"])


def rows(daemon: Any, question: str) -> list[Any]:
    with closing(sqlite3.connect(daemon.home.database)) as connection:
        return connection.execute(question).fetchall()


def test_a_daemon_that_knows_no_server_says_so(daemon: Any) -> None:
    found = daemon.request("GET", "/server").json()

    assert (found["connected"], found["status"]) == (False, "not_connected")
    refused = daemon.request("GET", "/server/api/objects")
    assert (refused.status_code, refused.json()["code"]) == (503, "server_not_connected")


def test_a_code_is_all_that_is_needed(daemon: Any, server: StandIn) -> None:
    answer = daemon.request("POST", "/server/join", json={"server_url": server.url, "code": CODE})

    found = answer.json()
    assert (found["status"], found["owner"], found["machine_id"]) == ("connected", OWNER, MACHINE)
    assert server.policy == [f"{OWNER}/*/*"]


def test_a_wrong_code_says_what_to_do(daemon: Any, server: StandIn) -> None:
    answer = daemon.request("POST", "/server/join", json={"server_url": server.url, "code": "sple_wrong"})

    assert answer.status_code == 422
    assert "ten minutes" in answer.json()["hint"]
    assert status(daemon) == "not_connected"


def test_tokens_are_files_of_this_user_alone_and_nowhere_else(daemon: Any, server: StandIn) -> None:
    connect(daemon, server, user_token=USER_TOKEN)

    (file,) = daemon.home.connections.iterdir()
    assert file.read_text().strip() == MACHINE_TOKEN
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for path in daemon.home.root.rglob("*"):
        if path.is_file() and path != file:
            content = path.read_bytes()
            assert MACHINE_TOKEN.encode() not in content, path
            assert USER_TOKEN.encode() not in content, path
    assert MACHINE_TOKEN not in daemon.said()
    assert USER_TOKEN not in daemon.said()


def test_somebody_elses_machine_is_refused(daemon: Any, server: StandIn) -> None:
    body = {"server_url": server.url, "machine_token": MACHINE_TOKEN, "user_token": USER_TOKEN}
    server.whoami_name = "mallory"

    answer = daemon.request("POST", "/server/connect", json=body)

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_owner")
    assert status(daemon) == "not_connected"
    assert not list(daemon.home.connections.glob("*"))


def test_a_url_that_looks_like_another_is_refused_before_anybody_is_asked(daemon: Any, server: StandIn) -> None:
    url = f"http://127.0.0.1:{server.port}@evil.example"
    answer = daemon.request("POST", "/server/connect", json={"server_url": url, "machine_token": MACHINE_TOKEN})

    assert answer.status_code == 422
    assert server.asked == []


def test_after_a_restart_the_daemon_connects_by_itself(
    daemon_factory: Factory, server: StandIn, wait_until: Wait
) -> None:
    first = daemon_factory()
    connect(first, server, display_name="the laptop")
    assert first.stop() == 0

    second = daemon_factory()

    wait_until(lambda: status(second) == "connected", description="the connection")
    assert server.connects[-1]["display_name"] == "the laptop"


def test_while_the_server_is_away_the_answer_comes_at_once_and_local_work_goes_on(
    linked: Any, server: StandIn, wait_until: Wait
) -> None:
    client = SPLClient(base_url=linked.url)
    client.publish(add, name="add")
    assert client.call("add", kwargs={"a": 1, "b": 2}).value == 3
    server.stop()
    wait_until(lambda: status(linked) == "offline", description="the daemon to notice")

    with linked.http() as http:
        began = time.perf_counter()
        refused = http.get("/server/api/objects")
        took = time.perf_counter() - began
    assert (refused.status_code, refused.json()["code"]) == (503, "central_server_unreachable")
    assert took < 0.15  # three times what is promised
    assert client.call("add", kwargs={"a": 1, "b": 2}).value == 3
    client.close()

    server.start()
    wait_until(lambda: status(linked) == "connected", description="the connection", seconds=60)


def test_a_token_that_is_not_accepted_any_more_is_told_as_such(linked: Any, server: StandIn, wait_until: Wait) -> None:
    server.fault("/sync", "401")
    server.fault("/connect", "401")
    server.wake()

    wait_until(lambda: status(linked) == "refused", description="the refusal", seconds=60)

    answer = linked.request("GET", "/server/api/objects")
    assert (answer.status_code, answer.json()["code"]) == (503, "server_refused")


def test_disconnecting_forgets_the_token(linked: Any, server: StandIn) -> None:
    found = linked.request("DELETE", "/server").json()

    assert found["status"] == "not_connected"
    assert list(linked.home.connections.iterdir()) == []
    assert server.count("POST", "/connections/disconnect") == 1


def test_an_end_whose_answer_was_lost_is_recorded_once(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    row = server.offer(source("note"), kwargs={"path": str(trace), "seconds": 1.0})
    wait_until(trace.exists, description="the start of the function", seconds=60)
    server.fault("/sync", "lost")
    server.fault("/sync", "lost")

    wait_until(lambda: row.finished, description="the end", seconds=60)
    wait_until(lambda: not rows(linked, "SELECT 1 FROM outbox"), description="the outbox to be empty", seconds=60)

    assert row.finishes == 1
    assert rows(linked, "SELECT state FROM remote_attempts") == [("delivered",)]


def test_a_run_that_ends_while_the_server_is_away_is_told_when_it_is_back(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    row = server.offer(source("note"), kwargs={"path": str(trace), "seconds": 0.5})
    wait_until(trace.exists, description="the start of the function", seconds=60)
    server.stop()
    wait_until(lambda: rows(linked, "SELECT 1 FROM outbox"), description="the end in the outbox", seconds=60)

    server.start()

    wait_until(lambda: row.finished, description="the end", seconds=60)
    assert row.finished is not None
    assert (row.finished["state"], row.finishes) == ("succeeded", 1)


def test_what_was_running_when_the_daemon_was_killed_has_an_honest_end(
    daemon_factory: Factory, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    daemon = daemon_factory(kill_grace_seconds=1)
    with_env(daemon)
    connect(daemon, server)
    trace = tmp_path / "trace"
    row = server.offer(source("note"), kwargs={"path": str(trace), "seconds": 60.0})
    wait_until(trace.exists, description="the start of the function", seconds=60)
    daemon.kill()

    daemon_factory(kill_grace_seconds=1)

    wait_until(lambda: row.finished, description="the end", seconds=60)
    assert row.finished is not None
    assert (row.finished["state"], row.finished["reason"], row.finishes) == ("failed", "worker_crashed", 1)
    assert trace.read_text() == "started\n"


def test_what_had_not_begun_when_the_daemon_was_killed_is_handed_back(
    daemon_factory: Factory, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    daemon = daemon_factory(kill_grace_seconds=1)
    with_env(daemon)
    connect(daemon, server)
    bundle = source("add")
    server.sources.clear()
    server.sources_held = True
    row = server.offer(bundle, kwargs={"a": 1, "b": 1})
    wait_until(lambda: rows(daemon, "SELECT 1 FROM remote_attempts"), description="the journal", seconds=60)
    daemon.kill()
    server.sources_held = False

    daemon_factory(kill_grace_seconds=1)

    wait_until(lambda: row.nacks, description="the attempt to come back", seconds=60)
    assert row.nacks == ["daemon_restarted"]


def test_an_end_under_a_stale_fence_is_kept_here_and_not_told_again(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    row = server.offer(source("note"), kwargs={"path": str(trace), "seconds": 0.5})
    wait_until(trace.exists, description="the start of the function", seconds=60)
    row.fence = "999"

    wait_until(
        lambda: rows(linked, "SELECT state FROM remote_attempts") == [("orphaned",)],
        description="the attempt to be given up",
        seconds=60,
    )

    assert rows(linked, "SELECT 1 FROM outbox") == []
    assert row.finished is None
    assert linked.request("GET", "/runs").json()["items"][0]["state"] == "succeeded"


def test_what_is_published_here_is_in_the_servers_catalogue(linked: Any, server: StandIn, wait_until: Wait) -> None:
    client = SPLClient(base_url=linked.url)
    client.publish(add, name="add")
    again = client.publish(add, name="add")
    client.close()

    assert again.version == 1
    (published,) = server.published
    assert (published["owner"], published["library"], published["name"]) == (OWNER, "default", "add")
    wait_until(lambda: not rows(linked, "SELECT 1 FROM outbox"), description="the outbox to be empty")


def test_what_was_published_before_is_delivered_at_the_connect_unless_it_was_not_to_be(
    daemon: Any, server: StandIn, wait_until: Wait
) -> None:
    with_env(daemon)
    client = SPLClient(base_url=daemon.url)
    client.publish(add, name="shared")
    bundle = client.describe("shared")
    assert bundle
    yaml = daemon.request("GET", "/objects/shared?include_yaml=1").json()["yaml"]
    kept = daemon.request("POST", "/objects", json={"yaml": yaml, "name": "kept", "share": False})
    assert kept.status_code == 201
    client.close()

    connect(daemon, server)

    wait_until(lambda: server.published, description="the delivery")
    wait_until(lambda: not rows(daemon, "SELECT 1 FROM outbox"), description="the outbox to be empty")
    assert [one["name"] for one in server.published] == ["shared"]


def test_an_object_of_the_server_can_be_pulled(linked: Any, server: StandIn, source: Source) -> None:
    source("add")

    answer = linked.request(
        "POST", "/server/pull", json={"owner": OWNER, "name": "add", "version": 1, "as_name": "mine"}
    )

    assert answer.status_code == 201, answer.text
    client = SPLClient(base_url=linked.url)
    assert client.call("mine", kwargs={"a": 4, "b": 5}).value == 9
    client.close()
    assert server.published == []


def test_questions_and_runs_are_passed_on_with_the_machines_credential(linked: Any, server: StandIn) -> None:
    found = linked.request("GET", "/server/api/objects?owner=bob&q=a%20b")
    started = linked.request("POST", "/server/api/remote-runs?wait=1", json={"object": "x"})
    blob = linked.request("PUT", "/server/api/blobs/" + "0" * 64, content=b"z" * 3_000_000)

    assert found.json()["query"] == "owner=bob&q=a%20b"
    assert (started.status_code, started.json()["asked"]) == (202, {"object": "x"})
    assert (blob.status_code, blob.json()["size"]) == (201, 3_000_000)
    refused = linked.request("POST", "/server/api/tokens", json={})
    assert refused.status_code == 404
    assert ("POST", "/tokens") not in server.asked


def test_the_policy_is_told_at_once_and_kept(linked: Any, server: StandIn, wait_until: Wait) -> None:
    answer = linked.request("PUT", "/server/policy", json={"allow": ["bob/risk/*"]})

    assert answer.json() == {"allow": ["bob/risk/*"], "only_mine": False}
    wait_until(lambda: server.policy == ["bob/risk/*"], description="the server to hear of it")
    assert linked.home.policy_file.exists()
    assert linked.request("PUT", "/server/policy", json={"allow": ["bob"]}).status_code == 422
    assert linked.request("PUT", "/server/policy", json={"allow": None}).json()["only_mine"] is True
