"""Remote nodes of a pipeline that this daemon runs: here, on objects of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from spl.client import SPLClient
from spl.core.common import lift
from spl.core.entities.node_remote import NodeRemote
from spl.core.entities.pipeline import Pipeline

from .conftest import ENDED, Stack, until

MODES = ("fork", "spare", "reuse", "fresh")


def double(x: int) -> int:
    return 2 * x


def meet(folder: str, name: str) -> str:
    """Comes back once its companion has come, too."""
    import os
    import time

    open(os.path.join(folder, name), "w").close()
    while len(os.listdir(folder)) < 2:
        time.sleep(0.01)
    return name


def both(a: str, b: str) -> list:
    return [a, b]


def breaks(x: int) -> int:
    print("about to break")
    raise ValueError(f"no luck with {x}")


def naps(seconds: float) -> str:
    import time

    print("napping", flush=True)
    time.sleep(seconds)
    return "rested"


def plus_one(x: int) -> int:
    return x + 1


def size(text: str) -> int:
    return len(text)


def grow(n: int) -> str:
    return "x" * n


def anything(x: object) -> object:
    return x


def a_thing() -> object:
    import re

    return re.compile("thing")


def remote(name: str, *inputs: str, outputs: tuple[str, ...] = ("default",), **about: Any) -> Any:
    return lift(NodeRemote(name=name, inputs=inputs, outputs=outputs, **about))


class Publisher:
    """A stack, and what was published on it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.client = SPLClient(daemon_home=stack.home.root)
        self.client.register_env("default")

    def publish(self, thing: Any, name: str | None = None) -> str:
        return self.client.publish(thing, name=name).name

    def call(self, name: str, **options: Any) -> dict[str, Any]:
        run = self.start(name, 20.0, **options)
        return run if run["state"] in ENDED else self.stack.ended(run["id"])

    def start(self, name: str, wait: float = 0.0, **options: Any) -> dict[str, Any]:
        response = self.stack.http.post(f"/runs?wait={wait}", json={"object": name, **options})
        assert response.status_code in (200, 202), response.text
        return response.json()

    def children(self, run: str) -> list[dict[str, Any]]:
        return self.stack.http.get(f"/runs/{run}/detail").json()["children"]


def publisher_of(stack: Stack) -> Publisher:
    publisher = Publisher(stack)
    for function in (double, breaks, naps, size, meet, anything, a_thing):
        publisher.publish(function)
    return publisher


@pytest.fixture(scope="module")
def here(stacks) -> Iterator[Publisher]:
    publisher = publisher_of(stacks())
    yield publisher
    publisher.client.close()


@pytest.fixture(scope="module")
def narrow(stacks) -> Iterator[Publisher]:
    """With a place for one run."""
    publisher = publisher_of(stacks(max_workers=1))
    yield publisher
    publisher.client.close()


def doubled_plus_one() -> Pipeline:
    return lift(plus_one).bind(x=remote("double", "x")).alias("result").render("doubled_plus_one")


@pytest.mark.parametrize("mode", MODES)
def test_a_remote_node_runs_as_a_run_of_its_own(here, mode):
    here.publish(doubled_plus_one())

    run = here.call("doubled_plus_one", kwargs={"x": 20}, output="result", isolation=mode)

    assert (run["state"], run.get("result"), run["isolation"]) == ("succeeded", {"default": 41}, mode), run
    (child,) = here.children(run["id"])
    assert (child["object"], child["state"], child["parent_run_id"]) == ("double", "succeeded", run["id"])


def test_independent_remote_nodes_run_at_the_same_time(here, tmp_path):
    folder = str(tmp_path)
    left, right = remote("meet", "folder", "name"), remote("meet", "folder", "name")
    pipeline = lift(both).bind(a=left.bind(folder=folder, name="l"), b=right.bind(folder=folder, name="r"))
    here.publish(pipeline.alias("met").render("meeting"))

    run = here.call("meeting", kwargs={})

    assert run["result"] == {"met": {"default": ["l", "r"]}}


def test_a_failure_is_the_remote_runs_own(here):
    here.publish(lift(plus_one).bind(x=remote("breaks", "x")).render("broken"))

    run = here.call("broken", kwargs={"x": 7})

    (child,) = here.children(run["id"])
    error = run["error"]
    assert (run["state"], run["reason"], error["node"]) == ("failed", "user_exception", "breaks")
    assert (error["type"], error["message"]) == ("ValueError", "no luck with 7")
    assert error["frames"][-1]["source"] == 'raise ValueError(f"no luck with {x}")'
    assert (error["remote"]["run_id"], error["remote"]["state"]) == (child["id"], "failed")


def test_a_node_that_names_nothing_published_says_so(here):
    here.publish(lift(plus_one).bind(x=remote("nowhere", "x")).render("lost"))

    error = here.call("lost", kwargs={"x": 7})["error"]

    assert (error["type"], error["node"]) == ("ObjectNotFound", "nowhere")
    assert "nowhere" in error["message"]


@pytest.mark.parametrize("place", [{"owner": "alice"}, {"library": "risk"}, {"target_machine": "gpu"}])
def test_a_node_that_names_a_place_needs_a_server(here, place):
    name = f"placed_{next(iter(place))}"
    here.publish(lift(plus_one).bind(x=remote("double", "x", **place)).render(name))

    error = here.call(name, kwargs={"x": 7})["error"]

    assert (error["type"], error["node"]) == ("ServerNotConnected", "double")


def test_another_server_is_refused_before_anything_is_sent(here):
    url = "https://elsewhere.invalid/api"
    here.publish(lift(plus_one).bind(x=remote("double", "x", url=url)).render("strange"))

    error = here.call("strange", kwargs={"x": 7})["error"]

    assert (error["type"], error["node"]) == ("InvalidRequest", "double")
    assert url in error["message"] and "not connected" in error["message"]


def test_large_values_travel_as_files(here):
    text = lift(grow).bind(n=3_000_000)
    here.publish(remote("size", "text").bind(text=remote("anything", "x").bind(x=text)).render("large"))

    assert here.call("large", kwargs={})["result"] == {"default": 3_000_000}


@pytest.mark.parametrize("allowed", [True, False])
def test_pickled_values_pass_only_where_the_caller_allows_them(here, allowed):
    here.publish(remote("anything", "x").bind(x=lift(a_thing)).render("pickled"))

    run = here.call("pickled", kwargs={}, allow_pickle=allowed)

    assert (run["state"] == "succeeded") is allowed
    if not allowed:
        assert "Pattern" in run["error"]["message"]


def test_cancelling_a_run_cancels_what_it_waits_for(here):
    here.publish(lift(both).bind(a=remote("naps", "seconds"), b="x").render("sleepy"))
    run = here.start("sleepy", kwargs={"seconds": 600})
    (child,) = until(lambda: here.children(run["id"]), "the remote node's run")
    here.stack.said(child["id"], "napping")

    here.stack.cancel(run["id"])

    assert here.stack.ended(run["id"])["state"] == "cancelled"
    assert here.stack.ended(child["id"])["state"] == "cancelled"


def test_a_timeout_ends_what_the_run_waits_for(here):
    here.publish(lift(both).bind(a=remote("naps", "seconds"), b="x").render("sleepy"))

    run = here.call("sleepy", kwargs={"seconds": 600}, timeout_seconds=1.0)

    assert run["state"] == "timed_out"
    (child,) = here.children(run["id"])
    assert here.stack.ended(child["id"])["state"] == "cancelled"


def test_one_place_is_enough_for_a_run_and_what_it_waits_for(narrow):
    narrow.publish(doubled_plus_one())
    for depth in range(3):
        below = remote("doubled_plus_one", "x", outputs=("result",)) if depth == 0 else remote(f"tower_{depth}", "x")
        narrow.publish(lift(plus_one).bind(x=below).render(f"tower_{depth + 1}"))

    runs = [narrow.start("tower_3", kwargs={"x": at}, isolation=mode) for at, mode in enumerate(MODES * 3)]

    results = [narrow.stack.ended(run["id"]).get("result") for run in runs]
    assert results == [{"default": 2 * at + 4} for at in range(len(runs))]


def test_a_pipeline_that_calls_itself_comes_to_an_end(narrow):
    narrow.publish(remote("endless", "x").render("endless"))

    error = narrow.call("endless", kwargs={"x": 1})["error"]

    assert "Does the pipeline call itself?" in error["hint"]


def test_a_pipelines_outputs_are_ports(here):
    inner = lift(both).bind(a=lift(plus_one).alias("more"), b="end").alias("pair").render("inner")
    here.publish(inner)
    node = remote("inner", "x", outputs=("more", "pair"))
    here.publish(lift(plus_one).bind(x=node.output("more")).render("outer"))

    assert here.call("outer", kwargs={"x": 1})["result"] == {"default": 3}


def test_the_nodes_of_a_running_pipeline_can_be_watched(here):
    here.publish(lift(both).bind(a=remote("naps", "seconds"), b=lift(plus_one).bind(x=1)).render("watched"))
    run = here.start("watched", kwargs={"seconds": 600})

    def nodes() -> dict[str, Any]:
        detail = here.stack.http.get(f"/runs/{run['id']}/detail").json()
        return {node["node"]: node for node in detail["nodes"]}

    def both_told() -> Any:
        found = nodes()
        return {"naps", "plus_one"} <= found.keys() and found["plus_one"]["state"] == "ended" and found

    found = until(both_told, "both nodes to be told")
    assert found["naps"]["state"] == "running" and found["plus_one"]["seconds"] >= 0
    elsewhere = until(lambda: nodes()["naps"]["elsewhere"], "the remote node's run to be told")
    assert elsewhere["run_id"] == here.children(run["id"])[0]["id"]
    here.stack.cancel(run["id"])
    here.stack.ended(run["id"])


def test_a_child_that_waited_when_the_daemon_died_is_not_run_by_the_next(own_stack):
    stack = own_stack(max_workers=1)
    publisher = publisher_of(stack)
    publisher.publish(lift(both).bind(a=remote("naps", "seconds"), b=remote("naps", "seconds")).render("two"))
    run = publisher.start("two", kwargs={"seconds": 600})
    children = until(lambda: len(found := publisher.children(run["id"])) == 2 and found, "both children")
    publisher.client.close()

    stack.kill()
    stack.start()

    ends = {child["id"]: stack.ended(child["id"])["state"] for child in children}
    assert sorted(ends.values()) == ["cancelled", "failed"]
    assert stack.ended(run["id"])["state"] == "failed"
