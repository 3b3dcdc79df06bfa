"""A daemon as a process: how it begins, who it is, and how it ends."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from spl.core.wire.endpoint import read_endpoint, registered

Start = Callable[..., Any]


def test_a_daemon_says_where_it_listens(shared_daemon: Any) -> None:
    assert f"SPLime daemon listening on {shared_daemon.url}" in shared_daemon.said()


def test_it_is_found_by_its_home_and_by_its_user(daemon: Any) -> None:
    assert read_endpoint(daemon.home.endpoint_file) == daemon.endpoint
    assert daemon.endpoint in registered()
    assert daemon.endpoint.pid == daemon.pid


def test_health_needs_no_token(shared_daemon: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shared_daemon.endpoint.port)
    connection.request("GET", "/health")
    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())) == (200, {"status": "ok"})
    connection.close()


def test_everything_else_needs_it(shared_daemon: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shared_daemon.endpoint.port)
    connection.request("GET", "/status")
    answer = connection.getresponse()

    assert answer.status == 401
    assert json.loads(answer.read())["code"] == "unauthorized"
    connection.close()


def test_status_tells_what_it_is_and_does(shared_daemon: Any) -> None:
    status = shared_daemon.request("GET", "/status").json()

    assert status["status"] == "ok"
    assert status["pid"] == shared_daemon.pid
    assert status["home"] == str(shared_daemon.home.root)
    assert status["url"] == shared_daemon.url
    assert status["uptime_ms"] >= 0
    assert status["queue"] == {"waiting": 0, "running": 0}
    assert status["workers"]["max"] == os.cpu_count()
    assert (status["environments"], status["objects"]) == (0, 0)
    assert status["disk"]["free_bytes"] > 0


def test_the_layout_is_the_documented_one(shared_daemon: Any, wait_until: Any) -> None:
    wait_until(shared_daemon.home.ballast.exists, description="the ballast")
    names = {entry.name for entry in shared_daemon.home.root.iterdir()}

    assert {"daemon.sqlite3", "daemon-endpoint.json", "environment-builds", "objects", "runs"} <= names


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_nobody_else_can_read_its_secrets(shared_daemon: Any) -> None:
    private = [shared_daemon.home.endpoint_file, shared_daemon.home.token_file, shared_daemon.home.database]

    assert shared_daemon.home.root.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in private[:2])


def test_the_token_is_in_no_log_and_no_command_line(shared_daemon: Any) -> None:
    shared_daemon.request("GET", "/status")
    shared_daemon.request("GET", "/nowhere")

    assert shared_daemon.token not in shared_daemon.said()
    assert shared_daemon.token not in " ".join(psutil.Process(shared_daemon.pid).cmdline())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(daemon: Any, number: signal.Signals) -> None:
    daemon.process.send_signal(number)

    assert daemon.process.wait(30) == 0
    assert not daemon.home.endpoint_file.exists()
    assert registered() == []
    assert not daemon.home.running_file.exists()


def test_it_can_be_asked_to_stop(daemon: Any) -> None:
    answer = daemon.request("POST", "/stop")

    assert (answer.status_code, answer.json()) == (202, {"status": "draining"})
    assert daemon.process.wait(30) == 0
    assert not daemon.home.endpoint_file.exists()


def test_an_idle_connection_does_not_hold_the_exit(daemon: Any) -> None:
    idle = daemon.http()
    assert idle.get("/health").status_code == 200

    assert daemon.stop() == 0
    idle.close()


def test_a_second_daemon_on_the_home_is_told_of_the_first(daemon: Any) -> None:
    second = subprocess.run(
        daemon.process.args, env=daemon.environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert second.returncode != 0
    assert f"The daemon at {daemon.url} (pid {daemon.pid}) is using {daemon.home.root}." in second.stderr
    assert daemon.request("GET", "/status").status_code == 200
    assert read_endpoint(daemon.home.endpoint_file) == daemon.endpoint


def test_two_homes_are_two_daemons(daemon_factory: Start) -> None:
    first, second = daemon_factory("one"), daemon_factory("two")

    assert first.token != second.token
    assert first.request("GET", "/status").json()["home"] != second.request("GET", "/status").json()["home"]
    with second.http(headers={"Authorization": f"Bearer {first.token}"}) as stranger:
        assert stranger.get("/status").status_code == 401


def test_a_taken_port_is_named(daemon: Any, daemon_factory: Start) -> None:
    with pytest.raises(AssertionError, match="can't be listened on"):
        daemon_factory("other", port=daemon.endpoint.port)


def test_a_killed_daemon_is_replaced_by_the_next(daemon_factory: Start) -> None:
    first = daemon_factory()
    first.kill()
    assert first.home.endpoint_file.exists(), "a killed daemon can't clean up"

    second = daemon_factory()

    assert second.endpoint.pid != first.endpoint.pid
    assert second.token == first.token
    assert second.request("GET", "/status").status_code == 200


def test_what_was_registered_is_there_after_a_kill(daemon_factory: Start) -> None:
    first = daemon_factory()
    first.request("POST", "/envs", json={"name": "default", "python": sys.executable})
    first.kill()

    second = daemon_factory()

    assert [env["name"] for env in second.request("GET", "/envs").json()["items"]] == ["default"]


def test_half_a_build_of_a_killed_daemon_is_swept(daemon_factory: Start) -> None:
    first = daemon_factory()
    first.kill()
    half = first.home.builds / ".building-abc" / "venv"
    half.mkdir(parents=True)

    second = daemon_factory()

    assert second.request("GET", "/status").status_code == 200
    assert not half.exists()


def test_a_newer_database_is_left_alone(daemon_factory: Start, tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    first = daemon_factory()
    first.stop()
    with closing(sqlite3.connect(first.home.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '2099_01_01_later'")

    with pytest.raises(AssertionError, match="newer daemon"):
        daemon_factory()


def test_a_refused_start_leaves_no_endpoint(daemon_factory: Start, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "daemon.sqlite3").write_bytes(b"no database" * 1000)

    with pytest.raises(AssertionError, match="is not a database"):
        daemon_factory()

    assert not (tmp_path / "home" / "daemon-endpoint.json").exists()
    assert registered() == []


def test_the_api_is_described(shared_daemon: Any) -> None:
    document = shared_daemon.request("GET", "/openapi.json").json()

    assert document["info"]["title"] == "SPLime daemon"
    assert document["paths"]["/health"]["get"]["security"] == []
    assert document["paths"]["/status"]["get"]["security"] == [{"token": []}]
    assert "HTTPValidationError" not in json.dumps(document)


def test_there_are_no_pages_for_browsers(shared_daemon: Any) -> None:
    for path in ("/docs", "/redoc", "/", "/favicon.ico"):
        assert shared_daemon.request("GET", path).status_code == 404


def test_many_ask_at_once(shared_daemon: Any) -> None:
    answers: list[int] = []

    def ask() -> None:
        with shared_daemon.http() as client:
            answers.extend(client.get("/status").status_code for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 100
