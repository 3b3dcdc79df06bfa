"""How far the nodes of a pipeline are is among the events of its run on the server, while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from spl.client import SPLClient
from spl.core.common import lift
from spl.core.entities.node_remote import NodeRemote
from spl.daemon.server_link.carrier import node_changes
from spl.daemon.server_link.telemetry import MOST_NODES, Telemetry

from .real import Server


def begin(path: str) -> str:
    return path


def waits(path: str) -> str:
    import os
    import time

    while not os.path.exists(path):
        time.sleep(0.02)
    return "gone on"


def told(server: Server, run_id: str) -> dict[str, dict[str, Any]]:
    """What the events say of each node; later ones add to earlier ones."""
    found: dict[str, dict[str, Any]] = {}
    for event in server.ask("GET", f"/remote-runs/{run_id}/events?limit=500")["items"]:
        for node in event["data"].get("nodes", ()) if event["kind"] == "node" else ():
            found[node["node"]] = {**found.get(node["node"], {}), **node}
    return found


def test_the_nodes_of_a_run_elsewhere_can_be_watched(
    joined: Any, real_server: Server, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    with SPLClient(base_url=joined.url) as client:
        client.publish(lift(waits).bind(path=lift(begin)).render("chain"))
    run = real_server.submit("chain", path=str(gate))

    def waiting() -> Any:
        found = told(real_server, run["id"])
        return found if found.get("waits", {}).get("state") == "running" else None

    found = wait_until(waiting, description="the second node to be told", seconds=90)
    assert (found["begin"]["state"], found["begin"]["seconds"] >= 0) == ("ended", True)

    gate.touch()
    ended = real_server.ended(run["id"], wait_until)

    assert ended["state"] == "succeeded", ended
    events = real_server.ask("GET", f"/remote-runs/{run['id']}/events?limit=500")["items"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["kind"] == "ended"


def test_a_remote_node_is_told_with_the_run_that_it_is_elsewhere(
    joined: Any, real_server: Server, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    with SPLClient(base_url=joined.url) as client:
        client.publish(waits, name="waits").ready(timeout=60)
        node = NodeRemote(name="waits", owner="alice", library="default", inputs=("path",), outputs=("default",))
        client.publish(lift(begin).bind(path=lift(node)).render("around"))
    run = real_server.submit("around", path=str(gate))

    def elsewhere() -> Any:
        return next((one["elsewhere"] for one in told(real_server, run["id"]).values() if "elsewhere" in one), None)

    about = wait_until(elsewhere, description="the run of the remote node", seconds=90)
    gate.touch()
    child = real_server.ended(about["run_id"], wait_until)

    assert (child["parent_run_id"], child["object"]) == (run["id"], "waits")
    assert about["object"] == "alice/default/waits"
    assert real_server.ended(run["id"], wait_until)["result"] == {"default": "gone on"}
    assert elsewhere()["state"] == "succeeded"


def test_what_a_run_says_of_its_nodes_is_told_as_changes_of_each() -> None:
    event = {
        "event": "node",
        "started": ["b"],
        "ended": [{"node": "a", "seconds": 0.5}],
        "elsewhere": {"node": "b", "run_id": "run_1", "machine": "box", "state": "queued", "waiting": {"code": "x"}},
    }

    assert node_changes(event) == [
        {"node": "a", "state": "ended", "seconds": 0.5},
        {"node": "b", "state": "running"},
        {
            "node": "b",
            "elsewhere": {"run_id": "run_1", "machine": "box", "object": None, "version": None, "state": "queued"},
        },
    ]


def test_what_nobody_has_seen_yet_is_told_in_one_event() -> None:
    telemetry = Telemetry("run_1", "7")
    telemetry.nodes([{"node": "a", "state": "running"}])
    telemetry.nodes([{"node": "a", "state": "ended", "seconds": 1.0}, {"node": "b", "state": "running"}])

    (event,) = telemetry.waiting
    assert '"node":"a","state":"ended","seconds":1.0' in event.data
    telemetry.acknowledged([event.id])
    telemetry.nodes([{"node": "b", "state": "ended", "seconds": 2.0}])
    (event,) = telemetry.waiting
    assert '"a"' not in event.data


def test_a_pipeline_of_very_many_nodes_does_not_make_an_event_of_any_size() -> None:
    telemetry = Telemetry("run_1", "7")

    telemetry.nodes({"node": f"n{number}", "state": "running"} for number in range(10 * MOST_NODES))

    (event,) = telemetry.waiting
    assert event.data.count('"node"') == MOST_NODES
