from __future__ import annotations

import pytest

from spl.client import SPLClient
from spl.core.entities.node_remote import NodeRemote
from spl.core.errors import InvalidRequest, ObjectNotFound, ServerNotConnected

from .daemon import FakeDaemon


def add(a: int, b: int, scale: int = 1) -> dict:
    """Add two numbers."""
    return {"value": (a + b) * scale}


@pytest.fixture(autouse=True)
def objects(daemon: FakeDaemon) -> None:
    for name in ("demo_add", "other", "third"):
        daemon.add(add, name)
    daemon.add(lambda a: a, "pipe", kind="pipeline")


def test_objects_are_listed_over_all_pages(client: SPLClient):
    assert [item["name"] for item in client.objects()] == ["demo_add", "other", "pipe", "third"]


def test_the_compact_form_is_a_dict_by_name(client: SPLClient):
    table = client.objects(compact=True)

    assert list(table) == ["demo_add", "other", "pipe", "third"]
    assert table["demo_add"]["kind"] == "function"
    assert [port["name"] for port in table["demo_add"]["inputs"]] == ["a", "b", "scale"]


def test_the_server_shows_nothing_while_it_is_not_connected(client: SPLClient):
    assert client.objects(scope="server", compact=True) == []
    both = client.objects(scope="all", compact=True)
    assert (list(both["local"]), both["server"]) == (["demo_add", "other", "pipe", "third"], [])


def test_a_library_needs_a_server(client: SPLClient):
    with pytest.raises(ServerNotConnected, match="owner='alice', library='risk'"):
        client.objects(scope="server", owner="alice", library="risk")


def test_an_unknown_scope_is_refused(client: SPLClient):
    with pytest.raises(InvalidRequest, match="scope='everywhere'"):
        client.objects(scope="everywhere")  # type: ignore[arg-type]


def test_describe_is_a_text_to_print(client: SPLClient):
    assert client.describe("demo_add") == (
        "demo_add v1 (function)\n"
        "  Add two numbers.\n"
        "Inputs:\n"
        "  - a: int (required)\n"
        "  - b: int (required)\n"
        "  - scale: int (optional, default=1)\n"
        "Outputs:\n"
        "  - default: no output selector; read result.value\n"
        "Example: result = client.call(\"demo_add\", kwargs={'a': '<int>', 'b': '<int>'})\n"
        "Read: result.value"
    )


def test_a_function_inside_is_asked_for_in_either_way(client: SPLClient, daemon: FakeDaemon):
    assert client.signature("pipe::inner")["function"] == "inner"
    assert client.signature("pipe", function="inner", version=2)["function"] == "inner"
    assert [request.path for request in daemon.heard] == [
        "/objects/pipe/signature?function=inner",
        "/objects/pipe/signature?version=2&function=inner",
    ]


def test_inputs_and_outputs_are_rows(client: SPLClient):
    assert [(row["name"], row["required"]) for row in client.inputs("demo_add")] == [
        ("a", True),
        ("b", True),
        ("scale", False),
    ]
    assert [row["read"] for row in client.outputs("demo_add")] == ["result.value"]


def test_views_have_their_plain_data(client: SPLClient):
    signature = client.signature("demo_add")

    assert type(signature.raw) is dict
    assert signature.raw == signature
    assert type(client.inputs("demo_add").raw) is list
    assert repr(signature) == "<Signature demo_add@1: demo_add(a: int, b: int, scale: int = 1)>"


def test_an_unknown_object_is_said(client: SPLClient):
    with pytest.raises(ObjectNotFound, match="'nope'"):
        client.describe("nope")


def test_an_object_can_be_forgotten(client: SPLClient):
    assert client.forget("other")["versions"] == [1]
    assert "other" not in client.objects(compact=True)


def test_forgetting_a_version_takes_its_number(client: SPLClient):
    with pytest.raises(InvalidRequest, match="Which version"):
        client.forget_version("other", "latest")


def test_versions_are_rows(client: SPLClient):
    assert [row["version"] for row in client.versions("demo_add")] == [1]


def test_a_remote_node_without_ports_asks_the_daemon(client: SPLClient):
    node = NodeRemote(name="demo_add", client=client)

    assert [port.name for port in node.inputs] == ["a", "b", "scale"]
    assert [port.name for port in NodeRemote(name="demo_add").inputs] == ["a", "b", "scale"]


def test_a_remote_node_that_nobody_knows_needs_a_server(client: SPLClient):
    with pytest.raises(ServerNotConnected, match="not published on the local daemon"):
        NodeRemote(name="nope", client=client)


def test_a_user_token_alone_connects_nothing():
    with pytest.raises(InvalidRequest, match="takes machine_token="):
        SPLClient(user_token="u")


@pytest.mark.parametrize("given", [{}, {"code": "c", "machine_token": "m"}])
def test_a_connection_takes_a_code_or_a_token(client: SPLClient, given: dict[str, str]):
    with pytest.raises(InvalidRequest, match="takes code=, or machine_token="):
        client.connect_server(**given)  # type: ignore[arg-type]


def test_without_a_connection_that_is_what_is_said(client: SPLClient):
    assert client.current_server_connection()["connected"] is False
    with pytest.raises(ServerNotConnected, match=r"Running 'f' \(owner='alice'\) needs a server"):
        client.call("f", owner="alice")
