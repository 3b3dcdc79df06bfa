from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from spl.client import SPLClient
from spl.client.discovery import Wanted, discover
from spl.core.errors import DaemonUnreachable, InvalidRequest
from spl.core.wire.endpoint import Endpoint, registry_file, write_endpoint


@pytest.fixture
def listeners() -> Iterator[list[int]]:
    """Ports that somebody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    yield [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def register(port: int, token: str = "spld_registered", pid: int | None = None, home: str = "") -> Endpoint:
    endpoint = Endpoint(f"http://127.0.0.1:{port}", token, pid=os.getpid() if pid is None else pid, home=home)
    write_endpoint(registry_file(port), endpoint)
    return endpoint


def gone_pid() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_the_only_running_daemon_is_found(listeners: list[int]):
    register(listeners[0])

    found = discover(Wanted()).endpoint

    assert (found.port, found.token) == (listeners[0], "spld_registered")


def test_the_usual_port_wins_over_others(listeners: list[int], monkeypatch: pytest.MonkeyPatch):
    register(listeners[0])
    register(listeners[1])
    monkeypatch.setattr("spl.client.discovery.DEFAULT_PORT", listeners[1])

    assert discover(Wanted()).endpoint.port == listeners[1]


def test_several_daemons_are_not_guessed_between(listeners: list[int]):
    register(listeners[0], home="/a")
    register(listeners[1], home="/b")

    with pytest.raises(DaemonUnreachable, match="2 daemons are running") as caught:
        discover(Wanted())

    assert "daemon_port=" in str(caught.value)
    assert "/a" in str(caught.value)


def test_an_asked_port_is_authenticated_from_the_registry(listeners: list[int]):
    register(listeners[0], "one")
    register(listeners[1], "two")

    assert discover(Wanted(port=listeners[1])).endpoint.token == "two"
    assert discover(Wanted(base_url=f"http://localhost:{listeners[0]}/")).endpoint.token == "one"


def test_a_url_elsewhere_gets_no_token_of_this_machine(listeners: list[int]):
    register(listeners[0])

    assert discover(Wanted(base_url=f"http://example.com:{listeners[0]}")).endpoint.token == ""


def test_what_was_passed_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch, listeners: list[int]):
    monkeypatch.setenv("SPL_DAEMON_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("SPL_DAEMON_TOKEN", "from environment")
    register(listeners[0])

    assert discover(Wanted()).endpoint == Endpoint("http://127.0.0.1:1", "from environment")
    assert discover(Wanted(port=listeners[0])).endpoint.token == "spld_registered"
    assert discover(Wanted(port=listeners[0], token="passed")).endpoint.token == "passed"


def test_a_home_is_asked_for_its_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_endpoint(
        tmp_path / "h" / "daemon-endpoint.json", Endpoint("http://127.0.0.1:9", "t", home=str(tmp_path / "h"))
    )

    assert discover(Wanted(home=tmp_path / "h")).endpoint.port == 9
    monkeypatch.setenv("SPL_DAEMON_HOME", str(tmp_path / "h"))
    assert discover(Wanted()).endpoint.port == 9


def test_a_home_without_a_daemon_says_how_to_start_one(tmp_path: Path):
    with pytest.raises(DaemonUnreachable, match=r"spl-daemon serve --home") as caught:
        discover(Wanted(home=tmp_path))

    assert caught.value.details["tried"] == [str(tmp_path / "daemon-endpoint.json")]


def test_the_default_home_is_looked_at_last(listeners: list[int], tmp_path: Path):
    home = tmp_path / "nobody" / ".spl-daemon"
    write_endpoint(home / "daemon-endpoint.json", Endpoint(f"http://127.0.0.1:{listeners[0]}", "at home"))

    assert discover(Wanted()).endpoint.token == "at home"


def test_the_file_of_a_killed_daemon_is_passed_over(listeners: list[int]):
    register(listeners[0], pid=gone_pid())  # somebody else may listen there now: it must not get the token
    register(listeners[1], "alive")

    assert discover(Wanted()).endpoint.token == "alive"


def test_nothing_running_says_what_was_tried(free_port: int, listeners: list[int]):
    register(free_port)
    register(listeners[0], pid=gone_pid())

    with pytest.raises(DaemonUnreachable) as caught:
        discover(Wanted())

    said = str(caught.value)
    assert f"http://127.0.0.1:{free_port}, where nothing listens" in said
    assert "is gone" in said
    assert "daemon-endpoint.json, which is not there" in said
    assert "spl-daemon serve" in said


def test_two_ways_to_say_where_are_one_too_many():
    with pytest.raises(InvalidRequest, match=r"base_url= and daemon_port="):
        SPLClient("http://127.0.0.1:1", daemon_port=1)


def test_a_client_is_made_without_looking_for_the_daemon():
    client = SPLClient()

    assert repr(client) == "SPLClient()"


def test_a_wrong_port_says_where_it_was_told(free_port: int):
    with pytest.raises(
        DaemonUnreachable, match=rf"not reachable at http://127\.0\.0\.1:{free_port}\. It was given by daemon_port"
    ):
        SPLClient(daemon_port=free_port).health()


def test_a_stale_endpoint_file_says_so(free_port: int, tmp_path: Path):
    file = tmp_path / "daemon-endpoint.json"
    write_endpoint(file, Endpoint(f"http://127.0.0.1:{free_port}", "t", pid=gone_pid()))

    with pytest.raises(DaemonUnreachable) as caught:
        SPLClient(daemon_home=tmp_path).health()

    assert f"It was read from {file}, and its process" in str(caught.value)
