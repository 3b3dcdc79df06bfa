"""The client with a daemon that really runs: its own process, its own home, real workers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spl.client import (
    AsyncSPLClient,
    DaemonUnreachable,
    InvalidArguments,
    ObjectNotFound,
    RunCancelled,
    RunFailed,
    RunTimedOut,
    SPLClient,
    Unauthorized,
    gather,
)
from spl.core.common import Deployment, lift
from spl.core.entities.node_remote import NodeRemote

from .conftest import wait_until
from .running import Running, start, stop

pytestmark = pytest.mark.skipif(find_spec("spl.daemon") is None, reason="the daemon's package is not installed")


@dataclass
class Point:
    x: int
    y: int


class Colour(StrEnum):
    RED = "red"


def add(a: int, b: int, scale: int = 1) -> dict:
    value = (a + b) * scale
    return {"a": a, "b": b, "value": value}


def divide(a: int, b: int) -> float:
    return a / b


def mirrored(point: Point) -> Point:
    return Point(-point.x, -point.y)


def doubled(array: np.ndarray) -> np.ndarray:
    return array * 2


def painted() -> Colour:
    return Colour.RED


def wordy(lines: int) -> int:
    import sys
    import time

    for number in range(lines):
        print("line", number, flush=True)
        time.sleep(0.01)
    print("done", file=sys.stderr)
    return lines


def patient(seconds: float) -> float:
    import time

    time.sleep(seconds)
    return seconds


def leaves_files() -> str:
    from pathlib import Path

    Path("artifacts/sub").mkdir(parents=True, exist_ok=True)
    Path("artifacts/report.txt").write_text("all is well")
    Path("artifacts/sub/data.bin").write_bytes(b"\0" * 1000)
    return "left"


def draws() -> Path:
    from pathlib import Path

    Path("artifacts").mkdir(exist_ok=True)
    path = Path("artifacts/plot.svg")
    path.write_text("<svg/>")
    return path


def happiness(a: int) -> str:
    return "Happy" if a == 300 else "Sad"


def reported(a: int, feeling: str) -> dict:
    return {"a": a, "feeling": feeling}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("daemon")
    running = start(folder / "home", folder / "state")
    with SPLClient(daemon_home=running.home) as client:
        client.register_env("default", sys.executable)
        for function in (add, divide, patient, wordy, leaves_files, draws, mirrored, doubled, painted):
            client.publish(function)
        pipeline = lift(reported).bind(feeling=lift(happiness)).alias("result").render("mood")
        client.publish(pipeline, name="mood")
        client.publish(doubled).ready(timeout=120)
    yield running
    stop(running)


@pytest.fixture
def real(running: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[SPLClient]:
    monkeypatch.setenv("SPL_STATE_DIR", str(running.home.parent / "state"))
    with SPLClient(daemon_home=running.home) as client:
        yield client


# --- finding it -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("real")
def test_a_daemon_with_a_home_of_its_own_is_found_without_being_told(running: Running):
    for client in (
        SPLClient(),
        SPLClient(daemon_port=running.port),
        SPLClient(base_url=f"http://127.0.0.1:{running.port}"),
        SPLClient(f"http://localhost:{running.port}"),
    ):
        with client:
            assert client.health()["status"] == "ok"
            assert client.call("add", kwargs={"a": 2, "b": 3}).value["value"] == 5


def test_a_wrong_token_is_refused_and_says_where_tokens_come_from(running: Running):
    with (
        SPLClient(daemon_home=running.home, api_token="spld_wrong") as client,
        pytest.raises(Unauthorized, match="SPL_DAEMON_TOKEN"),
    ):
        client.envs()


def test_a_restarted_daemon_is_found_again(tmp_path: Path):
    home, state = tmp_path / "home", tmp_path / "state"
    first = start(home, state)
    with SPLClient(daemon_home=home) as client:
        assert client.envs() == {}
        stop(first)
        with pytest.raises(DaemonUnreachable):
            client.envs()
        second = start(home, state)
        try:
            assert client.envs() == {}
        finally:
            stop(second)


# --- calling ----------------------------------------------------------------------------------------------------------


def test_a_value_comes_back_as_it_was(real: SPLClient):
    result = real.call("add", kwargs={"a": 2, "b": 3, "scale": 10})

    assert result.value == {"a": 2, "b": 3, "value": 50}
    assert list(result.value) == ["a", "b", "value"]
    assert result.mode == "local"
    assert result.run.status == "succeeded"
    assert result.duration is not None
    assert real.call("add", args=[2, 3]).value["value"] == 5


def test_values_with_classes_come_back_as_those_classes(real: SPLClient):
    assert real.call("mirrored", args=[Point(1, 2)]).value == Point(-1, -2)
    assert real.call("painted").value is Colour.RED


def test_a_large_array_goes_through_the_daemons_folder(real: SPLClient):
    array = np.arange(2_000_000, dtype="f8")

    assert np.array_equal(real.call("doubled", kwargs={"array": array}).value, array * 2)


def test_a_large_array_goes_through_http_where_the_folder_is_elsewhere(
    running: Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("spl.client.connection._blobs_of", lambda endpoint: None)
    array = np.arange(300_000, dtype="f8")

    with SPLClient(daemon_home=running.home) as client:
        assert np.array_equal(client.call("doubled", kwargs={"array": array}).value, array * 2)


def test_many_middling_arguments_are_more_than_a_body_takes(real: SPLClient):
    def total(*texts: str) -> int:
        return sum(map(len, texts))

    real.publish(total, name="total")

    assert real.call("total", args=["x" * 200_000] * 40).value == 8_000_000


def test_a_pipeline_is_called_whole_by_output_and_by_function(real: SPLClient):
    whole = real.call("mood", kwargs={"a": 300})
    assert whole.value == {"result": {"default": {"a": 300, "feeling": "Happy"}}}
    assert whole.output == {"result": {"a": 300, "feeling": "Happy"}}

    chosen = real.call("mood", kwargs={"a": 300}, output="result")
    assert chosen.value["default"]["feeling"] == "Happy"
    assert chosen.output == {"a": 300, "feeling": "Happy"}

    assert real.call("mood", function="happiness", kwargs={"a": 1}).value == "Sad"
    assert real.call("mood::happiness", kwargs={"a": 300}).value == "Happy"


def test_a_remote_node_that_is_published_here_runs_here(real: SPLClient):
    node = NodeRemote(name="mood::happiness", client=real)

    assert [port.name for port in node.inputs] == ["a"]
    assert real.run_node(node, {"a": 300}) == "Happy"


def test_a_deployment_calls_remote_nodes_through_the_client(real: SPLClient):
    node = NodeRemote(pipeline="mood", function="happiness", client=real)
    pipeline = lift(node).bind(a=300).alias("feeling").render("remote_feeling")

    run = Deployment(real, pipeline).run()

    assert run[pipeline.get_node_by_alias("feeling")]["default"] == "Happy"


def test_an_exception_shows_the_authors_own_line(real: SPLClient):
    with pytest.raises(RunFailed) as caught:
        real.call("divide", kwargs={"a": 1, "b": 0})

    text = "".join(traceback.format_exception(caught.value))
    assert "return a / b" in text
    assert "in divide" in text
    assert "ZeroDivisionError: division by zero" in text
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.run_id in text


def test_wrong_arguments_start_nothing(real: SPLClient):
    before = real.runs(limit=1)[0]["id"] if real.runs(limit=1) else None

    with pytest.raises(InvalidArguments, match="'z'"):
        real.call("add", kwargs={"a": 1, "z": 2})
    with pytest.raises(ObjectNotFound, match="'nope'"):
        real.call("nope")

    assert (real.runs(limit=1)[0]["id"] if real.runs(limit=1) else None) == before


def test_a_timeout_stops_the_run(real: SPLClient):
    began = time.monotonic()

    with pytest.raises(RunTimedOut):
        real.call("patient", args=[60], timeout_seconds=0.2)

    assert time.monotonic() - began < 20


def test_what_was_printed_and_left_comes_back(real: SPLClient, tmp_path: Path):
    run = real.start("wordy", args=[5])
    pieces = list(run.logs(follow=True))

    assert run.result() == 5
    printed = "".join(pieces)
    assert [line for line in printed.splitlines() if line.startswith("line")] == [f"line {n}" for n in range(5)]
    assert run.logs() == "".join(f"line {n}\n" for n in range(5)) + "done\n"

    result = real.call("leaves_files", artifacts_dir=tmp_path / "there")
    assert set(result.downloaded_artifacts) == {"report.txt", "sub/data.bin"}
    assert (tmp_path / "there" / "report.txt").read_text() == "all is well"
    assert result.artifacts["sub/data.bin"].read() == b"\0" * 1000
    drawn = real.call("draws")
    assert drawn.artifacts[drawn.value].read() == b"<svg/>"


def test_events_tell_a_run_from_beginning_to_end(real: SPLClient):
    run = real.start("wordy", args=[3])

    events = list(run.events())

    text = "".join(event.data["text"] for event in events if event.kind == "log" and event.data["stream"] == "stdout")
    assert text == "line 0\nline 1\nline 2\n"
    assert events[-1].kind == "state"
    assert events[-1].data["state"] == "succeeded"


# --- handles, maps, futures -------------------------------------------------------------------------------------------


def test_a_handle_is_awaited_waited_for_and_stopped(real: SPLClient):
    async def main() -> Any:
        return await real.start("add", args=[1, 2])

    assert asyncio.run(main())["value"] == 3
    runs = [real.start("add", args=[number, 0]) for number in range(5)]
    assert [value["value"] for value in gather(*runs)] == list(range(5))

    long = real.start("patient", args=[60])
    wait_until(lambda: long.status == "running", "it runs", seconds=30)
    assert long.cancel()
    with pytest.raises(RunCancelled):
        long.result(timeout=30)


def test_a_map_keeps_order_gives_failures_and_stops(real: SPLClient):
    values = real.map(
        "divide", [(n % 5) for n in range(40)], [(n % 4) for n in range(40)], return_exceptions=True, chunk=7
    )

    for number, value in enumerate(values):
        if number % 4:
            assert value == (number % 5) / (number % 4)
        else:
            assert isinstance(value, RunFailed)
    assert sorted(real.map("divide", [{"a": 1, "b": 1}, {"a": 4, "b": 2}], ordered=False)) == [1.0, 2.0]
    with pytest.raises(InvalidArguments, match="Call 5"):
        list(real.map("add", [1] * 5 + [{"zz": 1}], chunk=2, kwargs={"b": 1}))


def test_an_executor_runs_functions_by_publishing_them(real: SPLClient):
    def cube(x: int) -> int:
        return x**3

    with real.executor() as pool:
        futures = [pool.submit(cube, number) for number in range(10)]
        assert sorted(future.result() for future in as_completed(futures, timeout=60)) == [n**3 for n in range(10)]
        assert list(pool.map(cube, range(5))) == [0, 1, 8, 27, 64]

    assert real.versions("executor.cube")[0]["version"] == 1


def test_the_asyncio_client_does_the_same(running: Running):
    async def main() -> Any:
        async with AsyncSPLClient(daemon_home=running.home) as client:
            results = await asyncio.gather(*(client.call("add", args=[number, 1]) for number in range(10)))
            mapped = [value async for value in client.map("add", [{"a": 1, "b": 1}] * 3)]
            run = await client.start("wordy", args=[2])
            printed = "".join([piece async for piece in run.follow()])
            with pytest.raises(RunFailed):
                await client.call("divide", args=[1, 0])
            return [one.value["value"] for one in results], [one["value"] for one in mapped], await run, printed

    values, mapped, value, printed = asyncio.run(main())
    assert values == list(range(1, 11))
    assert mapped == [2, 2, 2]
    assert value == 2
    assert "line 1" in printed


def test_ctrl_c_leaves_the_run_in_the_daemon(running: Running, real: SPLClient):
    code = (
        f"from spl.client import SPLClient; SPLClient(daemon_home={str(running.home)!r}).call('patient', args=[8.25])"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)

    def found() -> list[dict[str, Any]]:
        return [row for row in real.runs(object="patient", limit=5) if row["state"] == "running"]

    wait_until(lambda: bool(found()), "it runs", seconds=30)
    process.send_signal(2)
    _, said = process.communicate(timeout=30)

    run_id = found()[0]["id"]
    assert f'client.cancel("{run_id}")' in said
    assert "KeyboardInterrupt" in said
    assert real.run(run_id).cancel()


# --- the catalog ------------------------------------------------------------------------------------------------------


def test_what_is_published_is_described(real: SPLClient):
    table = real.objects(compact=True)

    assert table["mood"]["kind"] == "pipeline"
    assert 'output="result"; read result.value["default"]' in real.describe("mood")
    assert "happiness" in real.describe("mood")
    assert real.signature("mood", function="happiness")["kind"] == "function"
    assert [row["name"] for row in real.inputs("add")] == ["a", "b", "scale"]
    assert real.object("add", include_yaml=True)["yaml"].startswith("spl:")
    for shown in (real, table, real.objects(), real.signature("mood"), real.runs(), real.environment_builds()):
        assert shown._repr_mimebundle_()["text/html"]


def test_the_same_content_is_the_same_version(real: SPLClient):
    again = real.publish(add)

    assert not again.created
    assert again.version == 1
    assert repr(again) == "Already published: add v1 (env=default)"


def test_versions_are_called_by_number_and_forgotten(real: SPLClient):
    def answer() -> int:
        return 1

    real.publish(answer, name="versioned")

    def answer() -> int:
        return 2

    assert real.publish(answer, name="versioned").version == 2
    assert (real.call("versioned", version=1).value, real.call("versioned").value) == (1, 2)
    assert [row["version"] for row in real.versions("versioned")] == [2, 1]
    real.forget_version("versioned", 1)
    assert [row["version"] for row in real.versions("versioned")] == [2]
    real.forget("versioned")
    with pytest.raises(ObjectNotFound):
        real.call("versioned")


def test_threads_share_a_client(real: SPLClient):
    values: list[int] = []
    threads = [
        threading.Thread(target=lambda n=number: values.append(real.call("add", args=[n, 0]).value["value"]))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(values) == list(range(8))
