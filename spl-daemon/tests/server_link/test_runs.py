"""A server's run on this machine: asked for, started with permission, told of, and ended once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .stand_in import StandIn

Source = Callable[..., dict[str, Any]]
Wait = Callable[..., Any]


def test_a_job_is_run_and_its_end_arrives_once(linked: Any, server: StandIn, source: Source, wait_until: Wait) -> None:
    row = server.offer(source("add"), kwargs={"a": 2, "b": 3})

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)

    assert row.finished is not None
    assert (row.finished["state"], row.finished["reason"], row.finished["result"]) == ("succeeded", "ok", 5)
    assert (row.finishes, row.starts) == (1, 1)
    found = linked.request("GET", "/runs").json()["items"]
    assert [(run["object"], run["mode"], run["state"]) for run in found] == [
        ("alice/default/add", "server", "succeeded")
    ]


def test_the_users_exception_travels_with_its_lines(
    linked: Any, server: StandIn, source: Source, wait_until: Wait
) -> None:
    row = server.offer(source("fail"), kwargs={"text": "no such customer"})

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)

    assert row.finished is not None
    assert (row.finished["state"], row.finished["reason"]) == ("failed", "user_exception")
    assert row.finished["error"]["message"] == "no such customer"
    assert any("raise ValueError" in frame["source"] for frame in row.finished["error"]["frames"])


def test_what_a_run_prints_arrives_whole_and_in_order_before_its_end(
    linked: Any, server: StandIn, source: Source, wait_until: Wait
) -> None:
    row = server.offer(source("talk"), kwargs={"lines": 500})

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)

    pieces = [event for event in row.telemetry if event["kind"] == "log" and event["stream"] == "stdout"]
    assert "".join(piece["text"] for piece in pieces) == "".join(f"line {number}\n" for number in range(500))
    assert [event["seq"] for event in row.telemetry] == sorted(event["seq"] for event in row.telemetry)


def test_a_job_that_comes_twice_is_run_once(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    server.repeat_jobs = True
    trace = tmp_path / "trace"
    row = server.offer(source("note"), kwargs={"path": str(trace)})

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)

    assert trace.read_text() == "started\n"
    assert row.finishes == 1


def test_user_code_does_not_start_where_permission_is_refused(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    bundle = source("note")
    server.fault("/start", "409")
    refused = server.offer(bundle, kwargs={"path": str(trace)})
    wait_until(lambda: server.count("POST", f"{refused.id}/start"), description="the question", seconds=60)

    second = server.offer(bundle, kwargs={"path": str(tmp_path / "other")})
    wait_until(lambda: second.finished, description="the end of the next run", seconds=60)

    assert not trace.exists()
    assert refused.finished is None
    assert server.count("POST", f"{refused.id}/start") == 1


def test_a_lost_permission_is_asked_for_again_and_user_code_starts_once(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    server.fault("/start", "lost")
    row = server.offer(source("note"), kwargs={"path": str(trace)})

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)

    assert trace.read_text() == "started\n"
    assert (row.starts, row.finishes) == (1, 1)


def test_what_the_owner_did_not_allow_is_handed_back_unseen(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    bundle = source("note", owner="mallory")
    row = server.offer(bundle, kwargs={"path": str(tmp_path / "trace")})

    wait_until(lambda: row.nacks, description="the refusal", seconds=60)

    assert row.nacks == ["machine_refuses"]
    assert not (tmp_path / "trace").exists()
    assert not [path for _, path in server.asked if "mallory" in path]


def test_text_that_is_not_what_the_job_names_is_never_run(
    linked: Any, server: StandIn, source: Source, wait_until: Wait
) -> None:
    bundle = source("add")
    bundle["yaml"] = bundle["yaml"].replace("a + b", "a - b")
    row = server.offer(bundle, kwargs={"a": 2, "b": 3})

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)

    assert row.finished is not None
    assert (row.finished["state"], row.finished["reason"]) == ("failed", "contract_error")
    assert "is not what the job names" in row.finished["error"]["message"]
    assert row.starts == 0


def test_a_cancelled_run_ends_as_cancelled(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    row = server.offer(source("note"), kwargs={"path": str(trace), "seconds": 60.0})
    wait_until(trace.exists, description="the start of the function", seconds=60)

    server.cancel[row.id] = row.fence
    server.wake()

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)
    assert row.finished is not None
    assert row.finished["state"] == "cancelled"


def test_a_large_result_and_artifacts_are_there_before_the_end(
    linked: Any, server: StandIn, source: Source, wait_until: Wait
) -> None:
    big = server.offer(source("large"), kwargs={"size": 2_000_000})
    filed = server.offer(source("artifact"), kwargs={"size": 20_000_000})

    wait_until(lambda: big.finished and filed.finished, description="the ends", seconds=60)

    assert big.finished is not None
    assert filed.finished is not None
    assert big.finished["result_blobs"]
    assert all(sha in server.files for sha in big.finished["result_blobs"])
    (artifact,) = filed.finished["artifacts"]
    assert len(server.files[artifact["sha256"]]) == 20_000_000


@pytest.mark.parametrize("kind", ["lost", "garbage"])
@pytest.mark.parametrize("where", ["/artifacts", "/uploads"])
def test_files_whose_acknowledgement_is_spoiled_are_offered_again(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, where: str, kind: str
) -> None:
    server.fault(where, kind)
    row = server.offer(source("artifact"), kwargs={"size": 9_000_000})

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)

    assert row.finished is not None
    (artifact,) = row.finished["artifacts"]
    assert len(server.files[artifact["sha256"]]) == 9_000_000
    assert server.harmed == 1
    assert (row.starts, row.finishes, len(server.connects)) == (1, 1, 2)


@pytest.mark.parametrize("kind", ["lost", "garbage"])
def test_jobs_whose_delivery_is_spoiled_are_asked_for_again_by_the_same_number(
    linked: Any, server: StandIn, source: Source, wait_until: Wait, kind: str
) -> None:
    server.fault("/sync", kind)
    row = server.offer(source("add"), kwargs={"a": 2, "b": 3})

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)

    assert server.harmed == 1
    assert (row.attempt, row.starts, row.finishes) == (1, 1, 1)


def test_large_arguments_are_fetched(linked: Any, server: StandIn, source: Source, wait_until: Wait) -> None:
    import json

    from spl.runtime.blobs import Blobs
    from spl.runtime.values import encode

    store = Blobs(linked.home.root.parent / "elsewhere")
    document = encode(b"y" * 1_000_000, store)
    sha = json.loads(json.dumps(document))["blob"]["sha256"]
    server.blobs[sha] = store.path(sha).read_bytes()
    row = server.offer(source("lengths"), kwargs={"values": document})

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)

    assert row.finished is not None
    assert row.finished["result"] == 1_000_000


def test_a_machine_without_a_fitting_python_says_how_to_register_one(
    daemon_factory: Callable[..., Any], server: StandIn, source: Source, wait_until: Wait
) -> None:
    from .conftest import connect

    connect(daemon_factory(), server)
    row = server.offer(source("add"), kwargs={"a": 1, "b": 1})

    wait_until(lambda: row.finished, description="the end of the run", seconds=60)

    assert row.finished is not None
    assert row.finished["reason"] == "env_build_failed"
    assert row.finished["error"]["type"] == "EnvironmentNotFound"
    assert "env-add default" in row.finished["error"]["hint"]
