"""Pipelines with nodes that run elsewhere."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from spl.core.common import Deployment, lift
from spl.core.entities.node_remote import NodeRemote
from spl.core.errors import NodeFailed, ServerNotConnected


class Elsewhere:
    """Another machine: functions by name, and what they were called with."""

    def __init__(self, **functions: Any) -> None:
        self.functions = functions
        self.calls: list[tuple[NodeRemote, dict[str, Any]]] = []

    def run_node(self, node: NodeRemote, kwargs: dict[str, Any]) -> Any:
        self.calls.append((node, kwargs))
        return self.functions[node.name](**kwargs)


def node(name: str, *inputs: str, outputs: tuple[str, ...] = ("default",), **about: Any) -> NodeRemote:
    return NodeRemote(name=name, inputs=inputs, outputs=outputs, **about)


def prepare_score(a: int) -> int:
    return a


def format_feeling(feeling: str) -> dict:
    return {"feeling": feeling, "source": "local formatter"}


def test_local_and_remote_nodes_work_together():
    step = lift(node("happiness", "a", target_machine="machine-y")).bind(a=lift(prepare_score))
    pipeline = lift(format_feeling).bind(feeling=step).alias("result").render("mixed")
    elsewhere = Elsewhere(happiness=lambda a: "Happy" if a == 300 else "Sad")

    run = Deployment(elsewhere, pipeline).run(a=300)

    assert run[pipeline.get_node_by_alias("result")]["default"]["feeling"] == "Happy"
    called, kwargs = elsewhere.calls[0]
    assert (called.id, called.target_machine, kwargs) == ("happiness", "machine-y", {"a": 300})


def test_independent_remote_nodes_run_at_the_same_time():
    meeting = threading.Barrier(2)

    def meet(x: int) -> int:
        meeting.wait(20)
        return x

    def total(a: int, b: int) -> int:
        return a + b

    pipeline = lift(total).bind(a=lift(node("meet", "x")).bind(x=1), b=lift(node("meet", "x")).bind(x=2)).render()

    assert Deployment(Elsewhere(meet=meet), pipeline).run().value() == 3


def test_a_named_output_of_a_remote_pipeline_is_unwrapped():
    step = lift(node("report", outputs=("text", "score")))
    pipeline = lift(format_feeling).bind(feeling=step.output("text")).alias("end").render()
    elsewhere = Elsewhere(report=lambda: {"text": {"default": "fine"}, "score": 3})

    run = Deployment(elsewhere, pipeline).run()

    assert run.value("end")["feeling"] == "fine"
    assert run["report"] == {"text": "fine", "score": 3}
    assert run.value("report", "score") == 3


def test_a_result_without_the_named_output_fails_by_name():
    pipeline = lift(format_feeling).bind(feeling=lift(node("report", outputs=("text",)))).render()

    with pytest.raises(NodeFailed, match="The result of 'report' has no output 'text'"):
        Deployment(Elsewhere(report=lambda: {"other": 1}), pipeline).run()


def test_without_a_client_nothing_begins():
    began: list[int] = []

    def local(a: int) -> int:
        began.append(a)
        return a

    pipeline = lift(node("far::f", "x")).bind(x=lift(local).alias("near")).render()
    deployment = Deployment(pipeline)

    with pytest.raises(ServerNotConnected, match=r"Node 'f' runs 'far::f' elsewhere.*Deployment\(client, pipeline\)"):
        deployment.run(a=1)
    assert began == []


def test_what_needs_no_remote_node_runs_without_a_client():
    pipeline = lift(node("far", "x")).bind(x=lift(prepare_score).alias("near")).render()

    assert Deployment(pipeline).run(output="near", a=1) == 1


def test_a_failure_elsewhere_names_the_node():
    def fail() -> None:
        raise TimeoutError("gone")

    with pytest.raises(NodeFailed) as caught:
        Deployment(Elsewhere(far=fail), lift(node("far")).render()).run()

    assert caught.value.node == "far"
    assert isinstance(caught.value.__cause__, TimeoutError)
