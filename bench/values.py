"""A large array out of a function and into one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

import numpy as np
import psutil

from bench.figures import Figure
from bench.functions import make, take
from bench.stack import daemon

SIDE = 100_000_000 // 8
ROUNDS = 5


def saved_and_loaded(array: np.ndarray, folder: Path) -> float:
    """Into a file of its own that stays, as a blob does: overwriting pages that are warm already is another matter."""
    path = folder / f"{uuid4().hex}.npy"
    begin = perf_counter()
    np.save(path, array)
    np.load(path)
    return perf_counter() - begin


def figures() -> Iterator[Figure]:
    array = np.ones(SIDE)
    with tempfile.TemporaryDirectory(prefix="spl-bench-") as folder:
        floor = median(saved_and_loaded(array, Path(folder)) for _ in range(ROUNDS))
    me = psutil.Process()
    with daemon() as stack:
        client = stack.client()
        client.publish(make, name="make").ready()
        client.publish(take, name="take").ready()
        client.call("make", kwargs={"n": 10})
        before, daemon_before = me.memory_info().rss, stack.rss_mb()
        out, into = [], []
        for n in range(ROUNDS):
            begin = perf_counter()
            got = client.call("make", kwargs={"n": SIDE - n}).value
            out.append(perf_counter() - begin)
            assert got.shape == (SIDE - n,)
            del got
        for n in range(ROUNDS):
            array[0] = n + 2
            begin = perf_counter()
            assert client.call("take", kwargs={"array": array}).value == 1.0
            into.append(perf_counter() - begin)
        beside = f"np.save into a new file + np.load {floor * 1000:.0f} ms"
        yield Figure("100 MB array as a result, out and read", median(out) / floor, "x", 1.5, beside)
        yield Figure("100 MB array as an argument, sent and used", median(into) / floor, "x", 1.5, beside)
        yield Figure("client's memory beyond the array", (me.memory_info().rss - before) / 1e6, "MB", 20)
        yield Figure("daemon's memory growth", stack.rss_mb() - daemon_before, "MB", 20)
