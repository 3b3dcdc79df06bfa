"""The examples about the server, as they are documented, against a real server and the daemons of two people.

Only what a reader fills in is filled in: tokens, and the server's address.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spl.client import SPLClient
from spl.core.common import lift
from spl.core.errors import Forbidden
from spl.server_client import SPLServerClient

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from processes import Stack

ANYWHERE = "https://splime.io/api"


def facts(customer_id: int) -> dict[str, int]:
    return {"customer": customer_id}


def build_report(facts: dict[str, int]) -> dict[str, int]:
    from spl.runtime import current_run

    current_run().artifact("report.txt").write_text("fine\n")
    return {**facts, "score": facts["customer"] % 7}


@dataclass
class Place:
    """A server, Alice's machine `alice-gpu-01` with `risk_report` in her library `risk`, and Bob's laptop."""

    url: str
    tokens: dict[str, str]
    alice: SPLClient
    bob: SPLClient
    stack: Stack
    names: dict[str, Any] = field(default_factory=dict)

    def run(self, source: str, **names: Any) -> dict[str, Any]:
        """Execute an example."""
        for written, real in self.tokens.items():
            source = source.replace(written, real)
        source = source.replace(ANYWHERE, self.url).replace(
            f'SPLServerClient("{self.tokens["<user-token>"]}")',
            f'SPLServerClient("{self.tokens["<user-token>"]}", base_url="{self.url}")',
        )
        space: dict[str, Any] = {"display": lambda shown: shown._repr_mimebundle_(), **names}
        exec(compile(source, "<example>", "exec"), space)
        return space


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("surface")
    with ExitStack() as ends, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPL_STATE_DIR", str(folder / "state"))
        stack = ends.enter_context(Stack(folder))
        server = stack.server()
        of_alice, of_bob = server.person("alice"), server.person("bob")
        desk = SPLServerClient(of_alice, base_url=server.url)
        desks = {"alice": desk, "bob": SPLServerClient(of_bob, base_url=server.url)}
        clients = {}
        for name, machine in (("alice", "alice-gpu-01"), ("bob", "bob-laptop")):
            clients[name] = ends.enter_context(SPLClient(daemon_home=stack.daemon(name).home))
            clients[name].connect_server(server_url=server.url, code=desks[name].machines.enroll(machine)["code"])
        alice = clients["alice"]
        alice.register_env("default")
        desk.libraries.create("risk", default_machine="alice-gpu-01")
        pipeline = lift(build_report).bind(facts=lift(facts)).alias("report").render("risk_report")
        alice.publish(pipeline, name="risk_report", library="risk").ready()
        desk.grants.set(library="risk", user="bob", permissions=["read", "execute"])
        desk.grants.set(machine="alice-gpu-01", user="bob", permissions=["use"])
        execution = desk.tokens.issue(kind="execution", name="billing", library="risk", object="risk_report")["token"]
        tokens = {
            "<user-or-service-token>": of_bob,
            "<user-token>": of_alice,
            "<library-execution-token>": execution,
        }
        yield Place(server.url, tokens, alice, clients["bob"], stack)


def test_a_server_side_call_through_the_local_daemon(place: Place, capsys: pytest.CaptureFixture[str]):
    space = place.run(
        """
result = client.call(
    "risk_report",
    owner="alice",
    library="risk",
    target_machine="alice-gpu-01",
    kwargs={"customer_id": 42},
    output="report",
    timeout_seconds=60,
)

assert result.mode == "server"
print(result.value)
""",
        client=place.bob,
    )

    assert space["result"].machine == "alice-gpu-01"
    assert space["result"].output == {"customer": 42, "score": 0}
    assert capsys.readouterr().out == "{'default': {'customer': 42, 'score': 0}}\n"


def test_the_servers_catalog_and_the_local_one(place: Place):
    space = place.run(
        """
local = client.objects(compact=True)                         # local daemon registry
server = client.objects(scope="server", compact=True)         # global/server-visible catalog
both = client.objects(scope="all", compact=True)            # both surfaces
library = client.objects(scope="server", owner="alice", library="risk")
print(client.describe("risk_report", owner="alice", library="risk"))
display(client.inputs("risk_report", owner="alice", library="risk"))
""",
        client=place.bob,
    )

    assert dict(space["local"]) == {}
    assert [row["name"] for row in space["server"]] == ["risk_report"]
    assert [row["name"] for row in space["both"]["server"]] == ["risk_report"]
    assert [(row["owner"], row["library"]) for row in space["library"]] == [("alice", "risk")]


def test_the_direct_client(place: Place):
    space = place.run(
        """
from spl.server_client import SPLServerClient

server = SPLServerClient(
    token="<user-or-service-token>",
    base_url="https://splime.io/api",
)

print(server.signature("risk_report", owner="alice", library="risk"))

result = server.call(
    "risk_report",
    owner="alice",
    library="risk",
    target_machine="alice-gpu-01",
    kwargs={"customer_id": 42},
    output="report",
    wait_timeout_seconds=60,
)
print(result.value)
"""
    )

    assert space["result"].value["default"]["score"] == 0
    assert space["result"].mode == "server"


def test_the_client_for_an_execution_token(place: Place, tmp_path: Path):
    space = place.run(
        """
from spl.server_client import SPLServerClient

external = SPLServerClient.external_token(
    token="<library-execution-token>",
    base_url="https://splime.io/api",
)

print(external.signature("risk_report", library="risk"))
result = external.call(
    "risk_report",
    library="risk",
    kwargs={"customer_id": 42},
    output="report",
    wait_timeout_seconds=60,
)
print(result.value)
"""
    )
    external, result = space["external"], space["result"]

    assert result.value["default"]["customer"] == 42
    assert external.download_artifact(result.id, "report.txt", tmp_path).read_text() == "fine\n"
    assert "state" in {event.kind for event in external.events(result.id)}


def test_an_execution_token_can_do_nothing_else_whatever_client_holds_it(place: Place):
    held = SPLServerClient(place.tokens["<library-execution-token>"], base_url=place.url)
    refused = [
        lambda: held.objects(),
        lambda: held.libraries.list(),
        lambda: held.machines.list(),
        lambda: held.tokens.list(),
        lambda: held.grants.list(),
        lambda: held.get_object("risk_report", library="risk", include_yaml=True),
        lambda: held.call("risk_report", library="risk", target_machine="alice-gpu-01", kwargs={"customer_id": 1}),
    ]

    for attempt in refused:
        with pytest.raises(Forbidden):
            attempt()


def test_the_source_of_a_version(place: Place):
    space = place.run(
        """
from spl.server_client import SPLServerClient

server = SPLServerClient("<user-token>")
obj = server.get_object(
    "risk_report",
    library="risk",
    include_yaml=True,
)
print(obj["yaml"])
"""
    )

    assert "def build_report" in space["obj"]["yaml"]


def test_a_run_is_queued(place: Place):
    space = place.run(
        """
run = client.queue(
    "risk_report",
    target_machine="alice-gpu-01",
    owner="alice",
    library="risk",
    kwargs={"customer_id": 42},
    output="report",
)
print(run.id, run.status)
""",
        client=place.bob,
    )

    run = space["run"]
    assert run.result(timeout=60)["default"]["score"] == 0
    assert run.status == "succeeded"
    assert run.retry().result(timeout=60) == run.result()


def test_artifacts_are_downloaded(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    example = """
result = client.call(
    "risk_report",
    kwargs={"customer_id": 42},
    output="report",
    artifacts_dir="artifacts/risk_report",
)
print(result.downloaded_artifacts)
"""
    local = place.run(example, client=place.alice)["result"]
    elsewhere = place.run(example.replace("kwargs=", 'owner="alice", library="risk", kwargs='), client=place.bob)[
        "result"
    ]

    for result, mode in ((local, "local"), (elsewhere, "server")):
        assert result.mode == mode
        assert result.downloaded_artifacts["report.txt"].read_text() == "fine\n"


def test_a_daemon_is_connected_by_making_a_client(place: Place):
    desk = SPLServerClient(place.tokens["<user-token>"], base_url=place.url)
    machine_token = desk.machines.enroll("machine-123", issue="token")["machine_token"]
    home = place.stack.daemon("kirill").home
    place.tokens["<machine-token>"] = machine_token
    space = place.run(
        """
client = SPLClient(
    server_url="https://splime.io/api",
    machine_token="<machine-token>",
    user_token="<user-token>",
    machine_id="machine-123",
    display_name="Kirill laptop",
)
""",
        SPLClient=lambda **given: SPLClient(daemon_home=home, **given),
    )

    with space["client"] as client:
        connection = client.current_server_connection()
        assert (connection["connected"], connection["machine_id"], connection["owner"]) == (
            True,
            "machine-123",
            "alice",
        )
        assert "machine-123" in [row["id"] for row in client.machines()]
        assert machine_token not in repr(connection) + str(connection._repr_mimebundle_())
        assert not client.disconnect_server()["connected"]
