"""The cookbook's pipelines with remote nodes: a server and three daemons, on loopback, as written there."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from spl.client import SPLClient
from spl.core.common import Deployment, lift
from spl.core.entities.node_remote import NodeRemote
from spl.core.errors import InvalidRequest, NodeFailed, RunFailed
from spl.server_client import SPLServerClient

from .stage import Stack

MACHINES = {"alice": "alice-gpu-01", "bob": "bob-report-runner", "carol": "carol-laptop"}
ENDED = ("succeeded", "failed", "cancelled", "timed_out", "lost", "expired")


# --- what people publish ----------------------------------------------------------------------------------------------


def happiness(a: int) -> str:
    return "Happy" if a == 300 else "Saaad :c"


def traktorist(a: int, b: int, scale: int = 1, happiness_val: str | None = None) -> dict:
    return {"value": (a + b) * scale, "feeling": happiness_val}


def where() -> str:
    import os

    return os.environ["SPL_DAEMON_HOME"].rpartition("/")[2]


def score_customer(customer: dict) -> dict:
    import os

    machine = os.environ["SPL_DAEMON_HOME"].rpartition("/")[2]
    return {"score": customer["customer_id"] % 7, "machine": machine}


def headline(score: dict, customer: dict) -> dict:
    import os

    machine = os.environ["SPL_DAEMON_HOME"].rpartition("/")[2]
    return {"text": f"{customer['customer_id']}: {score['score']}", "machine": machine}


def fails(x: int) -> int:
    raise ValueError(f"no luck with {x}")


def naps(seconds: float) -> str:
    import time

    print("napping", flush=True)
    time.sleep(seconds)
    return "rested"


def prepare_score(a: int) -> int:
    return a


def format_feeling(feeling: str) -> dict:
    return {"feeling": feeling, "source": "local formatter"}


def normalize_customer(customer_id: int) -> dict:
    return {"customer_id": customer_id}


def merge_outputs(score: dict, report: dict) -> dict:
    return {"score": score, "report": report, "summary_machine": "local pipeline machine"}


def plus_one(x: int) -> int:
    return x + 1


def first(values: list) -> int:
    return values[0] + len(values)


def many(n: int) -> list:
    return [0] * n


@dataclass
class Person:
    name: str
    token: str
    desk: SPLServerClient
    client: SPLClient


@dataclass
class World:
    """A server, three people with a machine each, and what is published there."""

    stack: Stack
    url: str
    people: dict[str, Person] = field(default_factory=dict)
    daemons: dict[str, Any] = field(default_factory=dict)

    def start_daemon(self, name: str) -> None:
        self.stack.env["SPL_DAEMON_MAX_WORKERS"] = "1"  # whoever waits for another machine must not be in its way
        self.daemons[name] = self.stack.daemon(name)

    def stop_daemon(self, name: str) -> None:
        process = self.daemons[name].process
        process.terminate()
        process.wait(60)

    def library_url(self, owner: str, library: str) -> str:
        return f"{self.url}/owners/{owner}/libraries/{library}"


def until(look: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with Stack(folder) as stack:
        server = stack.server()
        world = World(stack, f"{server.url}/api")
        for name, machine in MACHINES.items():
            token = server.person(name)
            world.start_daemon(name)
            desk = SPLServerClient(token=token, base_url=world.url)
            client = SPLClient(daemon_home=folder / name)
            client.connect_server(server_url=world.url, code=desk.machines.enroll(machine)["code"])
            client.register_env("default", sys.executable)
            world.people[name] = Person(name, token, desk, client)
        furnish(world)
        yield world
        for person in world.people.values():
            person.client.close()
            person.desk.close()


def furnish(world: World) -> None:
    alice, bob, carol = (world.people[name] for name in MACHINES)
    pipeline = lift(traktorist).bind(happiness_val=lift(happiness)).alias("result").render("demo_traktorist_pipeline")
    carol.client.publish(pipeline, name="demo_traktorist_pipeline").ready()
    alice.desk.libraries.create("risk", default_machine=MACHINES["alice"])
    bob.desk.libraries.create("reports", default_machine=MACHINES["bob"])
    for function in (score_customer, where, fails, naps, plus_one, first):
        alice.client.publish(function, library="risk").ready()
    report = lift(headline).alias("report").render("build_customer_report")
    bob.client.publish(report, name="build_customer_report", library="reports").ready()
    for person in ("bob", "carol"):
        alice.desk.grants.set(library="alice/risk", user=person, permissions=["read", "execute"])
    alice.desk.grants.set(machine=MACHINES["alice"], user="carol", permissions=["use"])
    for person in ("alice", "carol"):
        bob.desk.grants.set(library="bob/reports", user=person, permissions=["read", "execute"])


@pytest.fixture
def client(world: World) -> SPLClient:
    """Carol's; the client made last answers for the ports of nodes."""
    from spl.client.server import become_resolver

    become_resolver(world.people["carol"].client)
    return world.people["carol"].client


# --- the cookbook -----------------------------------------------------------------------------------------------------


def mixed(**about: Any) -> Any:
    remote_happiness = NodeRemote(pipeline="demo_traktorist_pipeline", function="happiness", **about)
    return (
        lift(format_feeling)
        .bind(feeling=lift(remote_happiness).bind(a=lift(prepare_score)))
        .alias("result")
        .render("mixed_local_remote_pipeline")
    )


def test_the_mixed_pipeline(client):
    mixed_pipeline = mixed()

    deployment = Deployment(client, mixed_pipeline)
    result_node = mixed_pipeline.get_node_by_alias("result")
    run = deployment.run(a=300)

    assert run[result_node]["default"] == {"feeling": "Happy", "source": "local formatter"}


def test_a_node_pinned_to_a_machine(world, client):
    node = NodeRemote(url=world.library_url("alice", "risk"), name="where")
    object.__setattr__(node, "target_machine", MACHINES["alice"])
    pipeline = lift(node).alias("machine").render("pinned")

    run = Deployment(client, pipeline).run()

    assert run["machine"]["default"] == "alice"
    client.publish(pipeline, name="pinned").ready()
    assert f"target_machine: {MACHINES['alice']}" in client.object("pinned", include_yaml=True)["yaml"]
    assert client.call("pinned", kwargs={}, output="machine").value["default"] == "alice"


def cross_library(world: World) -> Any:
    risk_score = NodeRemote(url=world.library_url("alice", "risk"), name="score_customer")
    report_pipeline = NodeRemote(url=world.library_url("bob", "reports"), name="build_customer_report")
    customer = lift(normalize_customer)
    score = lift(risk_score).bind(customer=customer)
    report = lift(report_pipeline).bind(score=score, customer=customer)
    return lift(merge_outputs).bind(score=score, report=report).alias("summary").render("cross_library_mixed_pipeline")


SUMMARY = {
    "score": {"score": 0, "machine": "alice"},
    "report": {"text": "42: 0", "machine": "bob"},
    "summary_machine": "local pipeline machine",
}


def test_objects_of_two_libraries_on_two_machines(world, client):
    pipeline = cross_library(world)

    run = Deployment(client, pipeline).run(customer_id=42)

    assert run[pipeline.get_node_by_alias("summary")]["default"] == SUMMARY


def test_the_same_published_runs_in_a_daemon(world, client):
    published = client.publish(cross_library(world), name="cross").ready()

    nodes = {one["node"]: one for one in published.capture["remote_nodes"]}
    assert nodes["score_customer"]["reference"] == "alice/risk/score_customer"
    assert nodes["score_customer"]["was"] == "latest" and nodes["score_customer"]["version"] == 1
    assert client.call("cross", kwargs={"customer_id": 42}, output="summary").value["default"] == SUMMARY


def test_a_pipeline_run_by_somebody_elses_machine_runs_its_remote_nodes_from_there(world, client):
    alice = world.people["alice"]
    client.publish(cross_library(world), name="cross", library="shared").ready()
    world.people["carol"].desk.grants.set(library="carol/shared", user="alice", permissions=["read", "execute"])

    result = alice.client.call(
        "cross", owner="carol", library="shared", kwargs={"customer_id": 42}, output="summary", timeout_seconds=60
    )

    assert (result.mode, result.value["default"]) == ("server", SUMMARY)
    children = [run for run in alice.desk.runs() if run["parent_run_id"] == result.id]
    assert {run["object"] for run in children} == {"score_customer", "build_customer_report"}


def test_a_failure_names_node_machine_and_the_authors_line(world, client):
    pipeline = lift(NodeRemote(url=world.library_url("alice", "risk"), name="fails")).render("failing")

    with pytest.raises(NodeFailed) as live:
        Deployment(client, pipeline).run(x=7)
    client.publish(pipeline, name="failing").ready()
    with pytest.raises(RunFailed) as published:
        client.call("failing", kwargs={"x": 7})

    assert live.value.node == "fails" and MACHINES["alice"] in str(live.value)
    assert "no luck with 7" in str(live.value)
    assert published.value.node == "fails" and published.value.type == "ValueError"
    assert published.value.frames[-1]["source"] == 'raise ValueError(f"no luck with {x}")'
    assert any(MACHINES["alice"] in note for note in published.value.__notes__)


def test_two_machines_with_one_place_each_that_wait_for_each_other(world, client):
    """Alice's pipeline asks Carol's, which asks Alice's again, while each machine has one place."""
    alice, carol = world.people["alice"], world.people["carol"]
    low = lift(NodeRemote(owner="alice", library="risk", name="plus_one", client=client)).render("low")
    carol.desk.libraries.create("tower", default_machine=MACHINES["carol"])
    client.publish(low, name="low", library="tower").ready()
    carol.desk.grants.set(library="carol/tower", user="alice", permissions=["read", "execute"])
    high = lift(NodeRemote(owner="carol", library="tower", name="low", client=alice.client)).render("high")
    alice.client.publish(high, name="high", library="risk").ready()

    runs = [client.start("high", owner="alice", library="risk", kwargs={"x": at}) for at in range(4)]

    assert [run.result(timeout=90) for run in runs] == [{"default": at + 1} for at in range(4)]


def test_cancelling_a_pipeline_cancels_its_node_on_the_other_machine(world, client):
    pipeline = lift(NodeRemote(owner="alice", library="risk", name="naps", client=client)).render("sleepy")
    client.publish(pipeline, name="sleepy").ready()
    run = client.start("sleepy", kwargs={"seconds": 600})
    desk = world.people["carol"].desk
    found = until(lambda: [one for one in desk.runs() if one["parent_run_id"] == run.id], "the node's run")
    child = client.run(found[0]["id"])
    until(lambda: child.status == "running", "the node's run to begin")

    run.cancel()

    until(lambda: run.status == "cancelled", "the pipeline to be cancelled")
    until(lambda: child.status == "cancelled", "its node to be cancelled")


def test_cancelling_a_servers_run_cancels_its_node_too(world, client):
    alice = world.people["alice"]
    pipeline = lift(NodeRemote(owner="alice", library="risk", name="naps", client=client)).render("sleepy_shared")
    client.publish(pipeline, name="sleepy_shared", library="shared").ready()
    world.people["carol"].desk.grants.set(library="carol/shared", user="alice", permissions=["read", "execute"])
    run = alice.client.start("sleepy_shared", owner="carol", library="shared", kwargs={"seconds": 600})
    found = until(lambda: [one for one in alice.desk.runs() if one["parent_run_id"] == run.id], "the node's run")
    child = alice.client.run(found[0]["id"])
    until(lambda: child.status == "running", "the node's run to begin")

    run.cancel()

    until(lambda: run.status == "cancelled", "the pipeline to be cancelled")
    until(lambda: child.status == "cancelled", "its node to be cancelled")


def test_a_large_value_goes_from_machine_to_machine(world, client):
    pipeline = lift(NodeRemote(owner="alice", library="risk", name="first", client=client)).bind(values=lift(many))
    client.publish(pipeline.render("large"), name="large").ready()

    assert client.call("large", kwargs={"n": 400_000}).output == 400_000


def test_a_node_of_a_machine_that_is_away_says_why_it_waits_and_runs_when_it_comes(world, client):
    pipeline = lift(NodeRemote(owner="alice", library="risk", name="plus_one", client=client)).render("patient")
    client.publish(pipeline, name="patient").ready()
    world.stop_daemon("alice")
    run = client.start("patient", kwargs={"x": 1})

    def elsewhere() -> Any:
        detail = client._json(request_detail(run.id))
        return next((node["elsewhere"] for node in detail["nodes"] if node["elsewhere"]), None)

    told = until(elsewhere, "the node's run to be known")
    assert told["state"] == "queued" and told["waiting"]["code"]
    world.start_daemon("alice")

    assert run.result(timeout=90) == {"default": 2}


def request_detail(run_id: str) -> Any:
    from spl.core.wire.base import get

    return get(f"/runs/{run_id}/detail")


def test_tomorrows_publish_changes_nothing_until_it_is_asked_for(world, client):
    alice = world.people["alice"]

    def growing(x: int) -> int:
        return x + 1

    alice.client.publish(growing, library="risk").ready()
    pipeline = lift(NodeRemote(owner="alice", library="risk", name="growing", client=client)).render("steady")
    client.publish(pipeline, name="steady").ready()

    def growing(x: int) -> int:
        return x + 100

    alice.client.publish(growing, library="risk").ready()

    assert client.call("steady", kwargs={"x": 1}).output == 2
    (pin,) = client.remote_updates("steady")
    assert (pin.version, pin.newest) == (1, 2)
    assert client.update_remotes("steady").version == 2
    assert client.call("steady", kwargs={"x": 1}).output == 101


def test_another_server_is_refused_before_it_is_looked_up(client):
    node = NodeRemote(url="https://splime.invalid/api", name="x", inputs=["a"], outputs=["default"])

    with pytest.raises(NodeFailed) as live:
        Deployment(client, lift(node).render("strange")).run(a=1)
    assert isinstance(live.value.__cause__, InvalidRequest)
    with pytest.raises(InvalidRequest):
        client.publish(lift(node).render("strange"), name="strange")
