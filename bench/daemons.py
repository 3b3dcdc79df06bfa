"""The daemon itself: starting, resting, listing; and the start-up of what users type."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.figures import Figure, p95_ms, timed
from bench.stack import Stack, clean_environment, start_daemon, stop
from spl.client import SPLClient

ROUNDS = 7
HISTORY = 10_000


def process_ms(*words: str, times: int = ROUNDS) -> float:
    seconds = []
    for _ in range(times + 1):
        begin = perf_counter()
        subprocess.run(words, check=True, env=clean_environment(), stdout=subprocess.DEVNULL)
        seconds.append(perf_counter() - begin)
    return median(seconds[1:]) * 1000


def nothing(n: int) -> int:
    return n


def fill_history(client: SPLClient, runs: int) -> None:
    client.publish(nothing, name="nothing").ready()
    list(client.map("nothing", range(runs), isolation="reuse", progress=False))


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="spl-bench-") as folder:
        os.environ["SPL_STATE_DIR"] = str(Path(folder) / "state")
        home = Path(folder) / "home"
        starts = []
        for _ in range(ROUNDS):
            stack = start_daemon(home)
            starts.append(stack.started_seconds)
            stop(stack.process)
        interpreter = process_ms(sys.executable, "-c", "pass")
        floor = process_ms(sys.executable, "-c", "import fastapi, uvicorn, sqlalchemy")
        beside = f"importing fastapi, uvicorn and sqlalchemy {floor:.0f} ms"
        yield Figure("daemon, start to healthy", median(starts), "s", 0.6, beside)
        stack = start_daemon(home)
        try:
            yield from resting(stack)
            status = process_ms(*status_command(stack))
        finally:
            stop(stack.process)
        imported = process_ms(sys.executable, "-c", "import spl.client")
        yield Figure("import spl.client", imported - interpreter, "ms", 150, f"bare interpreter {interpreter:.0f} ms")
        yield Figure("spl-daemon status, whole process", status, "ms", 250, f"bare interpreter {interpreter:.0f} ms")


def status_command(stack: Stack) -> tuple[str, ...]:
    return (sys.executable, "-m", "spl.daemon", "--url", stack.url, "status")


def resting(stack: Stack) -> Iterator[Figure]:
    time.sleep(1)
    yield Figure("daemon, idle memory", stack.rss_mb(), "MB", 80)
    client = stack.client()
    client.register_env("default")
    fill_history(client, HISTORY)
    listed = timed(lambda: client.runs(), times=100)
    yield Figure(f"list of runs with {HISTORY:,} in history, p95", p95_ms(listed), "ms", 20)
