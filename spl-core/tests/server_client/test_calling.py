from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spl.core.errors import (
    DaemonUnreachable,
    InvalidArguments,
    InvalidRequest,
    MachineOffline,
    ObjectNotFound,
    RunCancelled,
    RunFailed,
    ServerUnreachable,
    WaitTimedOut,
)
from spl.server_client import SPLServerClient

from .server import FakeServer


def test_a_call_gives_its_value_and_where_it_ran(server: SPLServerClient):
    result = server.call("add", owner="alice", library="risk", target_machine="alice-gpu-01", kwargs={"a": 1, "b": 3})

    assert (result.value, result.mode, result.machine) == (4, "server", "alice-gpu-01")
    assert result.run.owner == "alice"
    assert result.server_side


def test_what_was_said_is_sent(server: SPLServerClient, fake: FakeServer):
    server.queue("add", library="alice/risk", kwargs={"a": 1}, version="prod", labels=["gpu"], context={"ticket": 7})

    body = json.loads(fake.heard[-1].body)
    assert {key: body[key] for key in ("owner", "library", "version", "labels", "context", "queue")} == {
        "owner": "alice",
        "library": "risk",
        "version": "prod",
        "labels": ["gpu"],
        "context": {"ticket": 7},
        "queue": True,
    }
    assert fake.heard[-1].keyed


def test_every_creating_request_has_a_key_of_its_own(server: SPLServerClient, fake: FakeServer):
    first, second = server.start("add", kwargs={"a": 1}), server.start("add", kwargs={"a": 1})

    keys = {json.loads(request.body)["idempotency_key"] for request in fake.heard}
    assert len(keys) == 2
    assert first.id != second.id


def test_a_large_argument_travels_as_a_blob(server: SPLServerClient, fake: FakeServer):
    fake.add(lambda values: float(values.sum()), "total")

    result = server.call("total", args=[np.ones(100_000)])

    assert result.value == 100_000.0
    assert len(fake.paths("PUT")) == 1
    assert fake.paths("PUT")[0].startswith("/blobs/")


def test_a_large_result_is_fetched_from_its_run(server: SPLServerClient, fake: FakeServer):
    fake.add(lambda: np.arange(100_000), "many")

    result = server.call("many")

    assert result.value[-1] == 99_999
    assert any(path.startswith(f"/remote-runs/{result.id}/blobs/") for path in fake.paths("GET"))


def test_a_failure_names_the_machine(server: SPLServerClient, fake: FakeServer):
    def fails() -> None:
        raise KeyError("gone")

    fake.add(fails)

    with pytest.raises(RunFailed) as caught:
        server.call("fails", target_machine="alice-gpu-01")

    assert caught.value.type == "KeyError"
    assert any("machine 'alice-gpu-01'" in note for note in caught.value.__notes__)


def test_what_is_not_shown_is_not_there(server: SPLServerClient):
    with pytest.raises(ObjectNotFound):
        server.call("add", owner="mallory", kwargs={"a": 1})


def test_arguments_that_do_not_fit_start_nothing(server: SPLServerClient, fake: FakeServer):
    with pytest.raises(InvalidArguments):
        server.call("add", kwargs={"z": 1})

    assert not fake.runs


def test_waiting_no_longer_than_asked_leaves_the_run(server: SPLServerClient, fake: FakeServer):
    fake.held = True

    with pytest.raises(WaitTimedOut, match="it goes on"):
        server.call("add", kwargs={"a": 1}, wait_timeout_seconds=0.05)

    assert [run["state"] for run in fake.runs.values()] == ["queued"]


def test_a_machine_that_is_away_may_be_refused_at_once(server: SPLServerClient, fake: FakeServer):
    fake.held = True

    with pytest.raises(MachineOffline):
        server.call("add", kwargs={"a": 1}, offline_policy="fail")


def test_an_unknown_policy_is_refused_here(server: SPLServerClient, fake: FakeServer):
    with pytest.raises(InvalidRequest, match="offline_policy='later'"):
        server.start("add", kwargs={"a": 1}, offline_policy="later")  # type: ignore[arg-type]

    assert not fake.heard


def test_a_queued_run_says_why_it_waits(server: SPLServerClient, fake: FakeServer):
    fake.held = True

    run = server.queue("add", target_machine="gpu-01", kwargs={"a": 1})

    assert (run.status, run.waiting) == ("queued", {"code": "machine_offline", "text": "gpu-01 is away"})
    assert "queued" in repr(run) or "waiting" in repr(run)


def test_a_run_is_cancelled_and_tried_again(server: SPLServerClient, fake: FakeServer):
    fake.held = True
    run = server.start("add", kwargs={"a": 1})

    assert run.cancel()
    with pytest.raises(RunCancelled):
        run.result()
    fake.held = False
    again = run.retry()

    assert (again.result(), again.retry_of) == (3, run.id)
    assert server.detail(again)["events"][0]["kind"] == "state"


def test_handles_are_found_again_and_listed(server: SPLServerClient):
    run = server.start("add", kwargs={"a": 1})

    assert server.run(run.id).result() == 3
    assert [row["id"] for row in server.runs(state="succeeded")] == [run.id]
    assert server.logs(run) == "printed"
    assert list(run.logs(follow=True)) == ["printed"]
    assert server.gather(run) == [3]


def test_a_handle_is_a_future(server: SPLServerClient):
    assert server.start("add", kwargs={"a": 1}).future().result(timeout=20) == 3


def test_a_map_runs_every_call(server: SPLServerClient, fake: FakeServer):
    results = list(server.map("add", [{"a": n} for n in range(5)], library="alice/risk", progress=False))

    assert results == [2, 3, 4, 5, 6]
    assert json.loads(fake.heard[0].body)["library"] == "risk"


def test_artifacts_are_downloaded_and_taken_up_where_they_broke_off(
    server: SPLServerClient, fake: FakeServer, tmp_path: Path
):
    fake.files = {"charts/all.png": b"0123456789" * 10}
    fake.breaks = [37]

    result = server.call("add", kwargs={"a": 1}, artifacts_dir=tmp_path / "out")

    place = result.downloaded_artifacts["charts/all.png"]
    assert place.read_bytes() == b"0123456789" * 10
    offsets = [request.offset for request in fake.heard if "/artifacts/" in request.path]
    assert offsets == [0, 37]
    assert server.download_artifact(result.id, "charts/all.png", tmp_path / "one").read_bytes()[:3] == b"012"


@pytest.mark.parametrize("name", ["../out.txt", "/etc/x", "a/../../b", "..", "C:evil", "a\\..\\b"])
def test_an_artifact_never_leaves_its_folder(server: SPLServerClient, fake: FakeServer, tmp_path: Path, name: str):
    fake.files = {name: b"x"}

    with pytest.raises(ValueError, match="artifact's name"):
        server.call("add", kwargs={"a": 1}, artifacts_dir=tmp_path / "out")

    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file() and "server" not in path.parts) == []


def test_events_are_taken_up_behind_the_last_one(server: SPLServerClient, fake: FakeServer, monkeypatch: Any):
    monkeypatch.setattr("spl.client.events.retry_delay", lambda attempt: 0.0)
    fake.stream_pieces = [
        [b"id: 1\n", b"event: state\n", b'data: {"state": "running"}\n', b"\n"],
        [b"id: 2\n", b"event: state\n", b'data: {"state": "succeeded"}\n', b"\n"],
    ]
    run = server.start("add", kwargs={"a": 1})

    assert [event.data["state"] for event in run.events()] == ["running", "succeeded"]
    asked = [request.headers for request in fake.heard if request.path.endswith("/events")]
    assert [headers.get("Last-Event-ID") for headers in asked] == [None, "1"]
    assert {headers["Accept"] for headers in asked} == {"text/event-stream"}


def test_ctrl_c_stops_the_waiting_and_not_the_run(
    server: SPLServerClient, fake: FakeServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    fake.held = True
    real = FakeServer.wait

    def pressed(self: FakeServer, query: dict[str, str], until: Any) -> None:
        if query.get("wait"):
            raise KeyboardInterrupt
        real(self, query, until)

    monkeypatch.setattr(FakeServer, "wait", pressed)
    with pytest.raises(KeyboardInterrupt):
        server.call("add", kwargs={"a": 1})

    assert list(fake.runs) == ["run_1"]
    assert fake.runs["run_1"]["state"] == "queued"
    assert "run run_1 of 'add' goes on" in capsys.readouterr().err


def test_a_server_that_restarts_under_a_call_is_waited_for(
    server: SPLServerClient, fake: FakeServer, monkeypatch: pytest.MonkeyPatch
):
    for place in ("spl.core.wire.waiting", "spl.core.wire.server.steady"):
        monkeypatch.setattr(f"{place}.retry_delay", lambda attempt: 0.0)
    gone = DaemonUnreachable("It broke.", sent=True)
    refused = [DaemonUnreachable("Nobody listens.", sent=False) for _ in range(8)]
    fake.away = [gone, *refused]

    assert server.call("add", kwargs={"a": 1}).value == 3
    keys = {json.loads(request.body)["idempotency_key"] for request in fake.heard if request.method == "POST"}
    assert len(keys) == 1


def test_a_server_that_is_not_there_is_told_at_once(server: SPLServerClient, fake: FakeServer):
    fake.away = [DaemonUnreachable("Nobody listens.", sent=False)]

    with pytest.raises(ServerUnreachable, match="not reachable"):
        server.call("add", kwargs={"a": 1})

    assert len(fake.heard) == 1
