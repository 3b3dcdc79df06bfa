from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spl.client import CallResult, Run, SPLClient
from spl.core.entities.node_remote import NodeRemote
from spl.core.errors import (
    DaemonUnreachable,
    InvalidArguments,
    InvalidRequest,
    ObjectNotFound,
    ServerNotConnected,
    ValueNotDecodable,
    ValueNotEncodable,
)
from spl.core.wire.base import Request, Response

from .daemon import FakeDaemon


def add(a: int, b: int = 1) -> int:
    return a + b


@dataclass
class Point:
    x: int
    y: int


def test_a_call_gives_the_value_and_where_it_ran(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)

    result = client.call("add", kwargs={"a": 2, "b": 3})

    assert isinstance(result, CallResult)
    assert (result.value, result.output, result.mode) == (5, 5, "local")
    assert (result.id, result.run.status, result.duration) == ("run-1", "succeeded", 0.00125)


def test_arguments_may_be_given_in_order(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)

    assert client.call("add", args=[2, 3]).value == 5


def test_a_warm_call_is_one_request(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)

    client.call("add", kwargs={"a": 1})

    assert daemon.paths() == ["/runs"]


def test_only_what_was_said_is_sent(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)

    client.call(
        "add::inner", kwargs={"a": 1}, version="3", output="o", timeout_seconds=5, isolation="reuse", priority=2
    )

    body = json.loads(daemon.heard[0].body)
    assert len(body.pop("idempotency_key")) == 32
    assert body == {
        "object": "add",
        "function": "inner",
        "version": 3,
        "output": "o",
        "args": [],
        "kwargs": {"a": 1},
        "timeout_seconds": 5,
        "isolation": "reuse",
        "priority": 2,
    }


def test_each_call_has_a_key_of_its_own(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)

    assert client.call("add", kwargs={"a": 1}).id != client.call("add", kwargs={"a": 1}).id


def test_a_call_that_outlasts_its_request_is_asked_about_again(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)
    daemon.held = True
    real = daemon.send

    def impatient(request: Request) -> Response:
        if request.method == "GET":
            daemon.release()
        else:
            object.__setattr__(request, "path", "/runs")
        return real(request)

    daemon.send = impatient  # type: ignore[method-assign]

    assert client.call("add", kwargs={"a": 1}).value == 2
    assert daemon.paths() == ["/runs", "/runs/run-1"]


def test_a_connection_that_breaks_during_a_call_starts_no_second_run(
    client: SPLClient, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("spl.core.wire.waiting.retry_delay", lambda attempt: 0.0)
    daemon.add(add)
    real = daemon.send

    def lossy(request: Request) -> Response:
        answer = real(request)
        if len(daemon.heard) == 1:
            raise DaemonUnreachable("It broke.", sent=True)
        return answer

    daemon.send = lossy  # type: ignore[method-assign]

    assert client.call("add", kwargs={"a": 1}).id == "run-1"
    assert len(daemon.runs) == 1


def test_no_daemon_is_told_at_once(client: SPLClient, daemon: FakeDaemon):
    daemon.away = [DaemonUnreachable(sent=False)]

    with pytest.raises(DaemonUnreachable, match=r"spl-daemon serve.*base_url"):
        client.call("add")

    assert len(daemon.heard) == 1


def test_an_unknown_object_is_said_by_name(client: SPLClient):
    with pytest.raises(ObjectNotFound, match="'nope'"):
        client.call("nope")


def test_arguments_that_do_not_fit_start_nothing(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)

    with pytest.raises(InvalidArguments):
        client.call("add", kwargs={"z": 1})

    assert daemon.runs == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kwargs": [1]}, "kwargs= is a dict"),
        ({"args": "ab"}, "args= is a list"),
        ({"args": {"a": 1}}, "args= is a list"),
        ({"version": "newest"}, "neither a number nor 'latest'"),
        ({"version": True}, "neither a number nor 'latest'"),
        ({"name": "a::b", "function": "c"}, "says function 'b'"),
        ({"name": add}, "named by text"),
    ],
)
def test_a_malformed_call_is_refused_before_anything_is_sent(
    client: SPLClient, daemon: FakeDaemon, options: dict[str, Any], said: str
):
    with pytest.raises(InvalidRequest, match=said):
        client.call(**{"name": "add", **options})

    assert daemon.heard == []


def test_a_value_that_cannot_travel_is_named(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)

    with pytest.raises(ValueNotEncodable, match=r"^a is of type") as caught:
        client.call("add", kwargs={"a": open})

    assert "allow_pickle=True" in str(caught.value)
    assert daemon.heard == []


@pytest.mark.parametrize("where", [{"owner": "alice"}, {"library": "risk"}, {"target_machine": "gpu-01"}])
@pytest.mark.parametrize("verb", ["call", "start", "queue"])
def test_another_machine_needs_a_server(client: SPLClient, where: dict[str, str], verb: str):
    with pytest.raises(ServerNotConnected, match="not connected"):
        getattr(client, verb)("add", **where)


def test_typed_values_survive_both_ways(client: SPLClient, daemon: FakeDaemon):
    daemon.add(lambda value: value, "same")
    value = {"t": (1, 2), "s": {1}, "b": b"x", "nan": float("inf"), 3: None}

    assert client.call("same", kwargs={"value": value}).value == value


def test_a_dataclass_result_is_rebuilt_with_the_callers_class(client: SPLClient, daemon: FakeDaemon):
    daemon.add(lambda: Point(1, 2), "point")
    real = daemon.send

    def from_elsewhere(request: Request) -> Response:
        answer = real(request)
        name = f"{__name__}:Point".encode()
        return Response(answer.status, answer.headers, answer.body.replace(name, b"main:Point"))

    daemon.send = from_elsewhere  # type: ignore[method-assign]

    assert client.call("point").value == Point(1, 2)


def test_a_dataclass_of_main_is_found_in_main(client: SPLClient, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch):
    @dataclass
    class Shape:
        sides: int

    Shape.__module__, Shape.__qualname__ = "__main__", "Shape"
    monkeypatch.setattr(sys.modules["__main__"], "Shape", Shape, raising=False)
    daemon.add(lambda: Shape(3), "shape")

    assert client.call("shape").value == Shape(3)


def test_a_damaged_result_says_so(client: SPLClient, daemon: FakeDaemon):
    daemon.add(lambda: (1, 2), "pair")
    real = daemon.send

    def damaging(request: Request) -> Response:
        answer = real(request)
        return Response(answer.status, answer.headers, answer.body.replace(b'"v":[1,2]', b'"v":7'))

    daemon.send = damaging  # type: ignore[method-assign]

    with pytest.raises(ValueNotDecodable):
        client.call("pair")


def test_the_output_of_a_pipeline_is_its_value(client: SPLClient, daemon: FakeDaemon):
    daemon.add(lambda: {"default": 3}, "pipe", kind="pipeline")
    daemon.add(lambda: {"x": {"default": 1}, "y": {"default": 2}}, "both", kind="pipeline")

    assert client.call("pipe").output == 3
    assert client.call("both").output == {"x": 1, "y": 2}


def test_a_functions_own_dict_is_not_taken_apart(client: SPLClient, daemon: FakeDaemon):
    daemon.add(lambda: {"default": 1}, "told")
    daemon.add(lambda: {"only": 5}, "only")

    assert client.call("told").output == {"default": 1}
    assert client.call("only").output == {"only": 5}


def test_a_node_that_names_a_local_object_runs_here(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)

    assert client.run_node(NodeRemote(name="add"), {"a": 4}) == 5


def test_a_node_of_a_library_needs_a_server(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)
    node = NodeRemote(name="add", owner="alice", inputs=["a"], outputs=["default"])

    with pytest.raises(ServerNotConnected, match="owner='alice'"):
        client.run_node(node, {"a": 4})


def test_ctrl_c_leaves_the_run_and_says_how_to_stop_it(
    client: SPLClient, daemon: FakeDaemon, capsys: pytest.CaptureFixture[str]
):
    daemon.add(add)
    daemon.held = True
    real = daemon.send

    def interrupted(request: Request) -> Response:
        answer = real(Request(request.method, "/runs", request.body))
        if len(daemon.heard) == 1:
            raise KeyboardInterrupt
        return answer

    daemon.send = interrupted  # type: ignore[method-assign]

    with pytest.raises(KeyboardInterrupt):
        client.call("add", kwargs={"a": 1})

    said = capsys.readouterr().err
    assert 'client.cancel("run-1")' in said
    assert list(daemon.runs) == ["run-1"]
    assert daemon.runs["run-1"]["state"] == "queued"


def test_ctrl_c_works_without_a_daemon(client: SPLClient, daemon: FakeDaemon, capsys: pytest.CaptureFixture[str]):
    def gone(request: Request) -> Response:
        if request.timeout < 5:
            raise DaemonUnreachable(sent=False)
        raise KeyboardInterrupt

    daemon.send = gone  # type: ignore[method-assign]

    with pytest.raises(KeyboardInterrupt):
        client.call("add")

    assert "client.runs()" in capsys.readouterr().err


def test_starting_does_not_wait(client: SPLClient, daemon: FakeDaemon):
    daemon.add(add)
    daemon.held = True

    run = client.start("add", kwargs={"a": 1})

    assert isinstance(run, Run)
    assert (run.id, run.status, run.done()) == ("run-1", "queued", False)
    assert client.queue("add", kwargs={"a": 1}).id == "run-2"
    assert client.submit("add", kwargs={"a": 1}).id == "run-3"


def test_artifacts_are_fetched_on_demand(client: SPLClient, daemon: FakeDaemon, tmp_path: Path):
    daemon.add(add)
    daemon.files = {"plots/one.txt": b"first", "two.txt": b"second"}

    result = client.call("add", kwargs={"a": 1})

    assert list(result.artifacts) == ["plots/one.txt", "two.txt"]
    assert daemon.paths() == ["/runs"]
    assert result.artifacts["two.txt"].read() == b"second"
    assert result.artifacts["plots/one.txt"].save(tmp_path).read_bytes() == b"first"
    with pytest.raises(LookupError, match=r"plots/one\.txt, two\.txt"):
        result.artifacts["three"]
