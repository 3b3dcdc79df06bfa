"""Steps that a worker asks its daemon for."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import pytest

from ..pythons import OTHERS, interpreter
from .conftest import Bench, Line

SOURCE = """
    def local(x):
        return x + 1

    def total(a, b):
        return a + b

    def slow(x):
        import time

        time.sleep(x)
"""

ERROR = {"type": "ValueError", "message": "no such luck", "frames": [], "notes": [], "cause": None}


def remote(id: str, outputs: list[str] | None = None, **args: list[Any]) -> dict[str, Any]:
    return {"id": id, "remote": {"name": id}, "outputs": outputs or ["default"], "args": args}


def local(id: str, function: str, **args: list[Any]) -> dict[str, Any]:
    return {"id": id, "function": function, "args": args}


def plan(*steps: dict[str, Any], sink: str) -> dict[str, Any]:
    inputs = [{"name": "x", "required": True}]
    return {"format": 1, "inputs": inputs, "steps": list(steps), "aliases": {}, "sinks": [sink]}


TWO = plan(
    remote("left", x=["input", "x"]),
    remote("right", x=["input", "x"]),
    local("total", "total", a=["step", "left", "default"], b=["step", "right", "default"]),
    sink="total",
)
ONE = plan(remote("far", x=["input", "x"]), sink="far")


def made(bench: Bench, pipeline: dict[str, Any]) -> Any:
    return bench.bundle(SOURCE, "local", "total", "slow", plans={"p": pipeline}, entrypoint="p")


def worker(bench: Bench, bundle: Any, mode: str, python: str = sys.executable) -> Line:
    if mode == "fork":
        zygote, _ = bench.zygote(bundle, python=python)
        assert zygote.wait_for("ready")[0]["fork_safe"]
        return bench.fork(zygote)
    flags = {"spare": ("--once",), "fresh": ("--once", "--cold"), "reuse": ()}[mode]
    line, _ = bench.serve(bundle, *flags, python=python)
    line.wait_for("ready")
    return line


def answer(line: Line, question: dict[str, Any], value: Any, **more: Any) -> None:
    header = {"op": "answer", "run": question["run"], "n": question["n"], "state": "succeeded", "kind": "function"}
    line.send({**header, **more}, json.dumps(value).encode())


def asked_twice(bench: Bench, line: Line, run: str) -> Any:
    """A run of `TWO`, its answers given in the other order; the result."""
    bench.send(line, {"x": 20}, run=run)
    first, second = line.wait_for("remote"), line.wait_for("remote")
    assert {first[0]["step"], second[0]["step"]} == {"left", "right"}
    assert json.loads(first[1]) == json.loads(second[1]) == {"x": 20}
    answer(line, second[0], 1 if second[0]["step"] == "left" else 2)
    answer(line, first[0], 1 if first[0]["step"] == "left" else 2)
    header, body = line.wait_for("result")
    assert header["state"] == "succeeded", body
    return json.loads(body)


@pytest.mark.parametrize("mode", ["fork", "spare", "fresh", "reuse"])
def test_independent_steps_are_asked_for_at_the_same_time(bench, mode):
    line = worker(bench, made(bench, TWO), mode)

    assert asked_twice(bench, line, "r1") == {"default": 3}


def test_a_reused_worker_asks_in_every_run_and_keeps_what_was_sent_ahead(bench):
    line = worker(bench, made(bench, ONE), "reuse")
    bench.send(line, {"x": 1}, run="r1")
    bench.send(line, {"x": 2}, run="r2")

    results = []
    for run in ("r1", "r2"):
        question, _ = line.wait_for("remote")
        assert question["run"] == run
        answer(line, question, run)
        results.append(json.loads(line.wait_for("result")[1]))
    assert results == [{"default": "r1"}, {"default": "r2"}]
    assert bench.run(line, {"x": 1}, run="r3", function="local").document == 2  # it has not retired


@pytest.mark.parametrize("version", OTHERS)
def test_under_every_python(bench, version):
    python = interpreter(version) or pytest.skip(f"there is no Python {version} here")

    assert asked_twice(bench, worker(bench, made(bench, TWO), "spare", python), "r1") == {"default": 3}


def test_an_error_comes_back_as_it_was_there_and_names_the_node(bench):
    line = worker(bench, made(bench, ONE), "spare")
    bench.send(line, {"x": 1}, run="r1")
    question, _ = line.wait_for("remote")

    answer(line, question, ERROR, state="failed", remote={"run_id": "run_1", "machine": "gpu"})

    header, body = line.wait_for("result")
    error = json.loads(body)
    assert (header["state"], header["reason"]) == ("failed", "user_exception")
    assert (error["type"], error["message"], error["node"]) == ("ValueError", "no such luck", "far")
    assert error["remote"] == {"run_id": "run_1", "machine": "gpu"}


def test_a_pipelines_value_is_taken_apart_by_port(bench):
    pipeline = plan(
        remote("report", ["text", "score"], x=["input", "x"]),
        local("total", "total", a=["step", "report", "score"], b=["step", "report", "text"]),
        sink="total",
    )
    line = worker(bench, made(bench, pipeline), "spare")
    bench.send(line, {"x": 1}, run="r1")
    question, _ = line.wait_for("remote")

    answer(line, question, {"text": {"default": 1}, "score": {"default": 10}}, kind="pipeline")

    assert json.loads(line.wait_for("result")[1]) == {"default": 11}


@pytest.mark.parametrize(("kind", "expected"), [("pipeline", 5), ("function", {"default": 5})])
def test_only_a_pipelines_unnamed_output_is_unwrapped(bench, kind, expected):
    line = worker(bench, made(bench, ONE), "spare")
    bench.send(line, {"x": 1}, run="r1")
    question, _ = line.wait_for("remote")

    answer(line, question, {"default": 5}, kind=kind)

    assert json.loads(line.wait_for("result")[1]) == {"default": expected}


def test_a_large_argument_travels_as_a_blob(bench):
    line = worker(bench, made(bench, ONE), "spare")
    bench.send(line, {"x": "y" * 1_000_000}, run="r1")

    question, body = line.wait_for("remote")

    blob = json.loads(body)["x"]["blob"]
    sha256 = blob["sha256"]
    assert len(body) < 1_000
    assert (bench.root / "blobs" / sha256[:2] / sha256[2:4] / sha256).stat().st_size >= 1_000_000
    answer(line, question, {"$spl": "blob", "blob": blob})
    result = json.loads(line.wait_for("result")[1])
    assert result["blob"]["size"] >= 1_000_000


@pytest.mark.parametrize("mode", ["fork", "spare", "reuse"])
def test_a_run_that_is_stopped_forgets_what_it_asked_for(bench, mode):
    bundle = made(bench, TWO)
    if mode == "fork":
        zygote, _ = bench.zygote(bundle)
        zygote.wait_for("ready")
        line = bench.fork(zygote)
        pid = zygote.wait_for("forked")[0]["pid"]
    else:
        line, process = bench.serve(bundle, *(("--once",) if mode == "spare" else ()))
        line.wait_for("ready")
        pid = process.pid
    bench.send(line, {"x": 1}, run="r1")
    questions = [line.wait_for("remote")[0] for _ in range(2)]

    os.kill(pid, signal.SIGTERM)

    assert line.wait_for("forget")[0]["run"] == "r1"
    for question in questions:
        answer(line, question, ERROR, state="cancelled")
    header, body = line.wait_for("result")
    assert (header["state"], json.loads(body)["type"]) == ("failed", "KeyboardInterrupt")


def test_when_the_daemon_goes_the_worker_goes(bench):
    line, process = bench.serve(made(bench, TWO), "--once")
    line.wait_for("ready")
    bench.send(line, {"x": 1}, run="r1")
    line.wait_for("remote")

    line.close()

    assert process.wait(20) is not None


def test_an_argument_that_cannot_travel_is_named(bench):
    pipeline = plan(
        local("slow", "slow", x=["const", 0]),
        remote("far", x=["const", {"$spl": "complex", "v": ["1", "2"]}]),
        sink="far",
    )
    source = "def slow(x):\n    import threading\n    return threading.Lock()\n"
    pipeline["steps"][1]["args"] = {"x": ["step", "slow", "default"]}
    line = worker(bench, bench.bundle(source, "slow", plans={"p": pipeline}, entrypoint="p"), "spare")

    bench.send(line, {"x": 1}, run="r1")

    header, body = line.wait_for("result")
    error = json.loads(body)
    assert header["state"] == "failed" and error["node"] == "far" and "lock" in error["message"]
