"""What a run's capability, an execution token and a subtoken may do with runs, and what not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from daemon_server.objects.service import RemoteNode
from daemon_server.runs import nodes
from daemon_server.runs.schemas import CallOptions

from .test_remote_runs import BUNDLE, Caller, Machine

if TYPE_CHECKING:
    from conftest import People

pytestmark = pytest.mark.anyio

PIPELINE = """\
spl: 1
entrypoint: whole
python:
  requires: '>=3.13'
functions: []
pipelines:
- name: whole
  nodes:
    add:
      remote: {name: add, version: '1'}
      inputs: [{name: a, type: int}]
  aliases:
    sum: add
"""


@pytest.fixture
async def alice(any_client: httpx.AsyncClient, people: People) -> Caller:
    """Alice, who has published `add`, `other` and a pipeline with the remote node `add`."""
    person = people.user("alice")
    caller = Caller(any_client, people.token(person), person)
    for name, text in (("add", BUNDLE), ("other", BUNDLE.replace("a + b", "a - b")), ("whole", PIPELINE)):
        body = {"yaml": text, "name": name, "env": "default"}
        answer = await caller.ask("POST", "/owners/alice/libraries/default/objects", body)
        assert answer.status_code == 201, answer.text
    return caller


@pytest.fixture
async def box(any_client: httpx.AsyncClient, people: People, alice: Caller) -> Machine:
    machine_id, token = people.machine(alice.person)
    machine = Machine(any_client, token, id=machine_id)
    await machine.connect()
    return machine


async def started(alice: Caller, box: Machine, name: str = "whole") -> tuple[dict[str, Any], Caller]:
    """A run of the object that has begun: its job, and its capability."""
    answer = await alice.ask("POST", "/remote-runs", {"object": name, "kwargs": {"a": 1}})
    assert answer.status_code == 202, answer.text
    (job,) = (await box.poll())["jobs"]
    return job, Caller(alice.client, (await box.start(job)).json()["capability"])


async def test_a_capability_calls_the_nodes_of_its_run_and_nothing_else(alice: Caller, box: Machine) -> None:
    job, code = await started(alice, box)
    node = {"object": "add", "owner": "alice", "version": 1, "kwargs": {"a": 1}}

    allowed = await code.ask("POST", "/remote-runs", node)
    refused = [
        await code.ask("POST", "/remote-runs", {**node, **other})
        for other in (
            {"object": "other"}, {"object": "whole"}, {"version": None}, {"target_machine": box.id},
            {"function": "add"}, {"library": "elsewhere"}, {"owner": "root"}, {"machine_subtoken": "spls_x"},
        )
    ]  # fmt: skip
    batch = await code.ask("POST", "/remote-batches", {"object": "other", "calls": [{"kwargs": {"a": 1}}]})

    assert allowed.status_code == 202, allowed.text
    assert allowed.json()["parent_run_id"] == job["run_id"]
    for answer in (*refused, batch):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_a_node_of_this_run")
    assert (await alice.ask("GET", "/remote-runs/counts")).json()["total"] == 2


async def test_a_function_has_no_nodes_and_may_call_nothing(alice: Caller, box: Machine) -> None:
    _, code = await started(alice, box, "add")

    answer = await code.ask("POST", "/remote-runs", {"object": "add", "kwargs": {"a": 1}})

    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_node_of_this_run")


async def test_a_capability_sees_its_run_and_what_it_started_until_the_run_ends(alice: Caller, box: Machine) -> None:
    job, code = await started(alice, box)
    child = (await code.ask("POST", "/remote-runs", {"object": "add", "version": 1, "kwargs": {"a": 1}})).json()
    foreign = (await alice.ask("POST", "/remote-runs", {"object": "add", "kwargs": {"a": 1}})).json()

    assert (await code.ask("GET", f"/remote-runs/{job['run_id']}")).status_code == 200
    assert (await code.ask("POST", f"/remote-runs/{child['id']}/cancel")).json()["state"] == "cancelled"
    for method, path in (("GET", ""), ("POST", "/cancel")):
        assert (await code.ask(method, f"/remote-runs/{foreign['id']}{path}")).status_code == 404
    await box.tell(job, "finished", state="succeeded", result=1)
    assert (await code.ask("GET", f"/remote-runs/{job['run_id']}")).status_code == 401


async def test_an_execution_token_has_its_own_runs_alone(alice: Caller, box: Machine) -> None:
    body = {"kind": "execution", "name": "billing", "library": "alice/default", "object": "add"}
    issued = await alice.ask("POST", "/tokens", body)
    assert issued.status_code == 201, issued.text
    billing = Caller(alice.client, issued.json()["token"])
    call = {"object": "add", "library": "default", "kwargs": {"a": 1}, "idempotency_key": "same"}
    foreign = (await alice.ask("POST", "/remote-runs", call)).json()

    own = await billing.ask("POST", "/remote-runs", call)
    aimed = await billing.ask("POST", "/remote-runs", {**call, "target_machine": box.id, "idempotency_key": None})
    other = await billing.ask("POST", "/remote-runs", {**call, "object": "other", "idempotency_key": None})

    assert own.status_code == 202, own.text
    assert own.json()["id"] != foreign["id"]  # a key is each credential's own
    assert own.json()["timeout_seconds"] > 0
    assert own.json()["can"] == []
    assert (aimed.status_code, aimed.json()["code"]) == (403, "target_not_allowed")
    assert other.status_code == 404
    assert (await billing.ask("GET", f"/remote-runs/{own.json()['id']}")).status_code == 200
    assert (await billing.ask("GET", f"/remote-runs/{foreign['id']}")).status_code == 404
    for path in (f"/remote-runs/{own.json()['id']}/cancel", f"/remote-runs/{own.json()['id']}/retry"):
        answer = await billing.ask("POST", path)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_credential_kind")


async def test_a_subtoken_opens_its_machine_to_whom_it_names(alice: Caller, box: Machine, people: People) -> None:
    bob = Caller(alice.client, people.token(people.user("bob")))
    eve = Caller(alice.client, people.token(people.user("eve")))
    for user in ("bob", "eve"):
        grant = {"library": "alice/default", "user": user, "permissions": ["read", "execute"]}
        assert (await alice.ask("PUT", "/grants", grant)).status_code < 300
    body = {"kind": "subtoken", "name": "for bob", "machine": box.id, "allowed_users": ["bob"]}
    issued = (await alice.ask("POST", "/tokens", body)).json()
    call = {"object": "add", "owner": "alice", "library": "default", "kwargs": {"a": 1}, "target_machine": box.id}

    without = await bob.ask("POST", "/remote-runs", call)
    opened = await bob.ask("POST", "/remote-runs", {**call, "machine_subtoken": issued["token"]})
    foreign = await eve.ask("POST", "/remote-runs", {**call, "machine_subtoken": issued["token"]})
    alone = await Caller(alice.client, issued["token"]).ask("POST", "/remote-runs", call)

    assert without.status_code == 404
    assert (opened.status_code, opened.json()["target_machine"]) == (202, box.id)
    assert foreign.status_code in (401, 403, 404)
    assert (alone.status_code, alone.json()["code"]) == (403, "wrong_credential_kind")


@pytest.mark.parametrize(
    ("node", "call", "same"),
    [
        ({"name": "add"}, {"object": "add"}, True),
        ({"name": "add"}, {"object": "add", "owner": "alice", "library": "default"}, True),
        ({"name": "add"}, {"object": "add", "owner": "bob"}, False),
        ({"name": "add"}, {"object": "add", "library": "risk"}, False),
        ({"name": "add", "owner": "bob"}, {"object": "add"}, False),
        (
            {"name": "add", "owner": "bob", "library": "risk"},
            {"object": "add", "owner": "bob", "library": "risk"},
            True,
        ),
        ({"name": "add::inner"}, {"object": "add", "function": "inner"}, True),
        ({"name": "add", "function": "inner"}, {"object": "add::inner"}, True),
        ({"name": "add", "function": "inner"}, {"object": "add"}, False),
        ({"name": "add", "version": "3"}, {"object": "add", "version": 3}, True),
        ({"name": "add", "version": "3"}, {"object": "add@3"}, True),
        ({"name": "add", "version": "3"}, {"object": "add"}, False),
        ({"name": "add"}, {"object": "add", "version": 3}, False),
        ({"name": "add"}, {"object": "add", "version": "latest"}, True),
        ({"name": "add", "target_machine": "gpu"}, {"object": "add"}, False),
        ({"name": "add", "target_machine": "gpu"}, {"object": "add", "target_machine": "gpu"}, True),
    ],
)
async def test_a_call_is_a_node_where_it_says_the_same(node: Any, call: Any, same: bool) -> None:
    assert nodes.means(RemoteNode("whole", "n", **node), CallOptions(**call), "alice") is same
