"""Pipelines in process: a chain of trivial nodes built, run, exported and imported."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.figures import Figure
from bench.peers import measured, python_with
from spl.core import spl_export_to_file, spl_import_from_file
from spl.core.common import Deployment, lift
from spl.core.entities.pipeline import Pipeline

ROUNDS = 5


def inc(x: int) -> int:
    return x + 1


def chain(nodes: int) -> Pipeline:
    last = lift(inc)
    for _ in range(nodes - 1):
        last = lift(inc).bind(x=last)
    return last.alias("end").render("chain")


def plain_loop(nodes: int) -> float:
    begin = perf_counter()
    value = 0
    for _ in range(nodes):
        value = inc(value)
    return perf_counter() - begin


def figures() -> Iterator[Figure]:
    hamilton = python_with("sf-hamilton")
    for nodes in (100, 1_000, 10_000):
        builds, runs = [], []
        for _ in range(ROUNDS):
            begin = perf_counter()
            pipeline = chain(nodes)
            builds.append((perf_counter() - begin) / nodes * 1e6)
            deployment = Deployment(pipeline)
            deployment.run(x=0)
            begin = perf_counter()
            run = deployment.run(x=0)
            runs.append((perf_counter() - begin) / nodes * 1e6)
            assert run[pipeline.get_node_by_alias("end")]["default"] == nodes
        peer = measured(hamilton, "hamilton_chain.py", str(nodes)) if nodes <= 1_000 else None
        loop = plain_loop(nodes) / nodes * 1e6
        built = f"Hamilton {peer['build_us']:.0f} us" if peer else ""
        ran = (f"Hamilton {peer['run_us']:.1f} us, " if peer else "") + f"plain loop {loop:.2f} us"
        yield Figure(f"chain of {nodes:,} nodes, build, per node", median(builds), "us", 20, built)
        yield Figure(f"chain of {nodes:,} nodes, run, per node", median(runs), "us", 3, ran)
    yield from files()


def files() -> Iterator[Figure]:
    pipeline = chain(1_000)
    seconds = []
    with tempfile.TemporaryDirectory(prefix="spl-bench-") as folder:
        path = Path(folder) / "bundle.yaml"
        for _ in range(ROUNDS):
            begin = perf_counter()
            spl_export_to_file(path, [pipeline])
            namespace: dict[str, object] = {}
            spl_import_from_file(path, namespace)
            seconds.append(perf_counter() - begin)
            assert "chain" in namespace
    yield Figure("export + import of a 1,000-node pipeline", median(seconds), "s", 0.5)
