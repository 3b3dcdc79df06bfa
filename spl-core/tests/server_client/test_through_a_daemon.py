"""The same flows through a daemon: every request below its prefix, every verb of `SPLClient` with an owner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from spl.client import SPLClient
from spl.core.common import lift
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.port import InputPort, OutputPort
from spl.core.errors import InvalidRequest, LibraryNotFound, RunNotFound, ServerUnreachable
from spl.core.wire.base import Request, Response
from spl.core.wire.paths import THROUGH_DAEMON

from ..client.conftest import state as _state
from .conftest import add
from .server import FakeServer

no_daemon_of_this_machine = _state


class Proxying:
    """A daemon that has nothing but a connection."""

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.own: list[Request] = []

    def send(self, request: Request) -> Response:
        if urlsplit(request.path).path.startswith(THROUGH_DAEMON):
            return self.server.send(request)
        self.own.append(request)
        if request.path == "/server":
            return Response(
                200, {}, b'{"connected": true, "status": "connected", "server_url": "https://h.example/api"}'
            )
        if request.path.startswith("/server/"):
            return Response(200, {}, b'{"connected": true}')
        if request.path.startswith("/runs/"):
            return Response(404, {}, b'{"code": "run_not_found", "status": 404, "detail": "none"}')
        if request.path.startswith("/objects?"):
            return Response(200, {}, b'{"items": [], "next": null}')
        return Response(404, {}, b'{"code": "object_not_found", "status": 404, "detail": "not here"}')

    def close(self) -> None:
        pass


@pytest.fixture
def fake(tmp_path: Path) -> FakeServer:
    server = FakeServer(tmp_path / "server", THROUGH_DAEMON)
    server.add(add)
    return server


@pytest.fixture
def daemon(fake: FakeServer) -> Proxying:
    return Proxying(fake)


@pytest.fixture
def client(daemon: Proxying) -> Iterator[SPLClient]:
    with SPLClient("http://127.0.0.1:8765", transport=lambda endpoint: daemon) as client:  # type: ignore[arg-type,return-value]
        yield client


@pytest.mark.parametrize(
    "where", [{"owner": "alice"}, {"library": "risk"}, {"library": "alice/risk"}, {"target_machine": "gpu-01"}]
)
def test_each_of_three_words_makes_it_a_run_elsewhere(client: SPLClient, daemon: Proxying, where: dict[str, str]):
    result = client.call("add", kwargs={"a": 1}, **where)  # type: ignore[arg-type]

    assert (result.value, result.mode) == (3, "server")
    assert not daemon.own


def test_handles_logs_and_cancel_know_where_their_runs_are(client: SPLClient, fake: FakeServer, daemon: Proxying):
    run = client.queue("add", owner="alice", library="risk", kwargs={"a": 1})

    assert run.result() == 3
    assert client.run(run.id).status == "succeeded"
    assert client.logs(run.id) == "printed"
    assert client.cancel(run).ended
    assert client.gather(run) == [3]
    assert [row["id"] for row in client.runs(scope="server")] == [run.id]
    assert list(client.map("add", [1, 2], owner="alice", progress=False)) == [3, 4]
    assert not daemon.own
    with pytest.raises(RunNotFound):
        client.run("0190a-local")
    assert len(daemon.own) == 1


def test_the_catalog_has_both_sides(client: SPLClient):
    assert [row["name"] for row in client.objects(scope="server", owner="alice", library="risk", compact=True)] == [
        "add"
    ]
    both = client.objects(scope="all", compact=True)
    assert (list(both["local"]), [row["name"] for row in both["server"]]) == ([], ["add"])
    assert "On the server" in both.text()
    assert [port["name"] for port in client.inputs("add", owner="alice", library="risk")] == ["a", "b"]
    assert client.library("alice/risk")["name"] == "risk"
    with pytest.raises(LibraryNotFound):
        client.library("alice/nowhere")


def test_a_remote_node_asks_the_server_for_its_ports(client: SPLClient):
    by_name = NodeRemote(name="add", client=client)
    by_url = NodeRemote(url="https://h.example/api/owners/alice/libraries/risk", name="add", client=client)

    assert [port.name for port in by_name.inputs] == ["a", "b"]
    assert [port.name for port in by_url.inputs] == ["a", "b"]


def test_a_remote_node_of_another_server_is_refused_before_anybody_is_asked(client: SPLClient, fake: FakeServer):
    node = NodeRemote(
        url="https://evil.example/api", name="add", inputs=[InputPort("a")], outputs=[OutputPort()], client=client
    )

    with pytest.raises(InvalidRequest, match=r"connected to https://h\.example/api"):
        client.run_node(node, {"a": 1})

    assert not fake.heard


def test_a_remote_node_runs_elsewhere(client: SPLClient):
    node = NodeRemote(owner="alice", library="risk", name="add", client=client)

    assert client.run_node(node, {"a": 1}) == 3
    assert client.run_node(NodeRemote(name="add", client=client), {"a": 2}) == 4


def test_an_unreachable_server_is_told_apart_from_an_unreachable_daemon(client: SPLClient, daemon: Proxying):
    daemon.server.away = [ServerUnreachable("The server can't be reached at present.")]

    with pytest.raises(ServerUnreachable) as caught:
        client.call("add", owner="alice", kwargs={"a": 1})

    assert caught.value.code == "central_server_unreachable"


def test_a_code_joins_and_tokens_connect(client: SPLClient, daemon: Proxying):
    client.connect_server(server_url="https://h.example/api", code="sple_x", policy=["alice/*/*"])
    client.connect_server(machine_token="splm_x", user_token="splu_y", machine_id="m")

    assert [(one.method, one.path) for one in daemon.own] == [
        ("POST", "/server/join"),
        ("PUT", "/server/policy"),
        ("POST", "/server/connect"),
    ]
    assert b'"server_url":"https://splime.io/api"' in (daemon.own[-1].body or b"")


def test_the_constructor_connects(daemon: Proxying):
    SPLClient(
        "http://127.0.0.1:8765", server_url="https://h.example/api", machine_token="splm_x", user_token="splu_y",
        machine_id="machine-123", display_name="Laptop", transport=lambda endpoint: daemon,  # type: ignore[arg-type,return-value]
    )  # fmt: skip

    assert [one.path for one in daemon.own] == ["/server/connect"]


def test_a_server_that_restarts_under_a_call_is_waited_for(
    client: SPLClient, daemon: Proxying, monkeypatch: pytest.MonkeyPatch
):
    """The daemon doesn't say whether the request had arrived: it had, for it was under way for long."""
    monkeypatch.setattr("spl.core.wire.waiting.retry_delay", lambda attempt: 0.0)
    monkeypatch.setattr("spl.client.calling.AT_ONCE", -1.0)
    daemon.server.away = [ServerUnreachable("The server can't be reached at present.") for _ in range(3)]

    assert client.call("add", owner="alice", kwargs={"a": 1}).value == 3
