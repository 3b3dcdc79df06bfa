"""Every way to name a remote node, and who is asked for its ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from spl.core.entities.node_remote import NodeRemote, set_resolver
from spl.core.entities.port import InputPort, OutputPort
from spl.core.entities.signature import Signature
from spl.core.errors import InvalidRequest, ServerNotConnected

PORTS: dict[str, Any] = {"inputs": [InputPort("a", "int")], "outputs": [OutputPort()]}


class Catalog:
    """Knows the ports of everything, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def resolve_remote_signature(self, name: str, **about: Any) -> Signature:
        self.asked.append((name, about))
        return Signature(name, "function", (InputPort("customer"),), (OutputPort(),))


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    catalog = Catalog()
    before = set_resolver(catalog)
    yield catalog
    set_resolver(before)


@pytest.fixture
def nobody() -> Iterator[None]:
    before = set_resolver(None)
    yield
    set_resolver(before)


def test_a_name_may_have_the_function_in_it():
    node = NodeRemote(name="demo_traktorist_pipeline::happiness", **PORTS)

    assert (node.name, node.function) == ("demo_traktorist_pipeline", "happiness")
    assert node.reference == "demo_traktorist_pipeline::happiness"
    assert node.version == "latest"


def test_pipeline_and_function_are_the_same_as_the_compact_name():
    assert NodeRemote(pipeline="p", function="f", **PORTS) == NodeRemote(name="p::f", **PORTS)


def test_a_library_url_is_taken_apart():
    node = NodeRemote(url="https://splime.io/api/owners/alice/libraries/risk", name="score", **PORTS)

    assert (node.url, node.owner, node.library) == ("https://splime.io/api", "alice", "risk")


def test_a_servers_url_stays_as_it_is():
    node = NodeRemote("https://splime.io/api/", "score", owner="alice", **PORTS)

    assert (node.url, node.owner, node.library) == ("https://splime.io/api", "alice", None)


def test_quoted_letters_of_a_url_are_read():
    node = NodeRemote(url="https://host/owners/al%20ice/libraries/r%C3%A9sum%C3%A9", name="score", **PORTS)

    assert (node.owner, node.library) == ("al ice", "résumé")


def test_ports_may_be_given_by_name_alone():
    node = NodeRemote(name="score", inputs=["customer"], outputs=["default"])

    assert node.inputs == (InputPort("customer"),)
    assert node.outputs == (OutputPort(),)


def test_a_target_machine_can_be_pinned_on_the_live_object():
    node = NodeRemote(name="score", **PORTS)

    object.__setattr__(node, "target_machine", "machine-y")

    assert node.target_machine == "machine-y"
    assert node.with_id("score").target_machine == "machine-y"


def test_it_is_frozen_otherwise():
    with pytest.raises(AttributeError):
        NodeRemote(name="score", **PORTS).name = "other"  # type: ignore[misc]


def test_a_node_takes_its_id_in_a_copy():
    node = NodeRemote(name="score", **PORTS)

    assert node.with_id("score_2").id == "score_2"
    assert node.id == ""


def test_omitted_ports_are_asked_for(catalog: Catalog):
    node = NodeRemote(url="https://host/owners/alice/libraries/risk", name="score", version=3)

    assert node.inputs == (InputPort("customer"),)
    assert catalog.asked == [
        ("score", {"function": None, "version": "3", "owner": "alice", "library": "risk", "url": "https://host"})
    ]


def test_the_client_that_is_given_is_asked_first(catalog: Catalog):
    mine = Catalog()

    NodeRemote(name="score", client=mine)

    assert len(mine.asked) == 1
    assert catalog.asked == []


def test_nobody_is_asked_when_the_ports_are_given(catalog: Catalog):
    NodeRemote(name="score", **PORTS)

    assert catalog.asked == []


@pytest.mark.usefixtures("nobody")
def test_with_nobody_to_ask_it_says_what_to_do():
    with pytest.raises(ServerNotConnected) as caught:
        NodeRemote(name="score::part")

    assert "'score::part'" in str(caught.value)
    assert "Connect the daemon" in str(caught.value)
    assert "url, inputs and outputs" in str(caught.value)


@pytest.mark.usefixtures("nobody")
def test_with_inputs_alone_the_output_is_the_usual_one():
    assert NodeRemote(name="score", inputs=["a"]).outputs == (OutputPort(),)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "needs the name"),
        ({"name": ""}, "needs the name"),
        ({"name": "p::"}, "needs the name"),
        ({"name": "p", "pipeline": "q"}, "not both"),
        ({"name": "p::f", "function": "g"}, "'f'"),
        ({"name": "p", "url": "ftp://host"}, "not the URL of a server"),
        ({"name": "p", "url": "https://me:secret@host"}, "not the URL of a server"),
        ({"name": "p", "url": "https://h/owners/a/libraries/l", "owner": "b"}, "owner 'a'"),
    ],
)
def test_contradictions_are_refused(arguments: dict[str, Any], told: str):
    with pytest.raises(InvalidRequest, match=told):
        NodeRemote(**arguments, **PORTS)
