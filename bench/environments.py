"""First calls: a spec that must be built, and one that is built already."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from uv import find_uv_bin

from bench.figures import Figure
from bench.stack import clean_environment, daemon
from spl.client import SPLClient

ROUNDS = 3
SPECS = {"numpy": ("numpy",), "pandas + scikit-learn": ("pandas", "scikit-learn")}
IMPORTS = {"numpy": "import numpy", "pandas + scikit-learn": "import pandas, sklearn"}


def uv_alone(*packages: str) -> tuple[float, float]:
    """Seconds of `uv venv` + `uv pip install`, and of the first import in what they made."""
    folder = Path(tempfile.mkdtemp(prefix="spl-bench-venv-"))
    python = folder / "venv" / "bin" / "python"
    begin = perf_counter()
    run = {"check": True, "env": clean_environment(), "capture_output": True}
    subprocess.run([find_uv_bin(), "venv", "--python", sys.executable, str(folder / "venv")], **run)  # type: ignore[call-overload]
    subprocess.run([find_uv_bin(), "pip", "install", "--python", str(python), *packages], **run)  # type: ignore[call-overload]
    built = perf_counter() - begin
    begin = perf_counter()
    names = "import numpy" if packages == ("numpy",) else "import pandas, sklearn"
    subprocess.run([str(python), "-c", names], **run)  # type: ignore[call-overload]
    imported = perf_counter() - begin
    shutil.rmtree(folder)
    return built, imported


def figures() -> Iterator[Figure]:
    mark = 0
    for spec, packages in SPECS.items():
        imports = "import math"  # the client need not have the packages; the worker imports them below
        uv_alone(*packages)
        ours, alone, importing = [], [], []
        for _ in range(ROUNDS):
            mark += 1
            with daemon() as stack:
                client = stack.client()
                client.publish(warm_up, name="warm_up").ready()
                body = f"{imports}\n\ndef first_{mark}(a: int) -> int:\n    {IMPORTS[spec]}\n    return a + {mark}\n"
                ours.append(first_of(client, packages, body, mark))
            built, imported = uv_alone(*packages)
            alone.append(built)
            importing.append(imported)
        floor = median(alone)
        ratio = (median(ours) - median(importing)) / floor
        beside = (
            f"uv venv + uv pip install {floor:.2f} s, first import {median(importing):.2f} s, ours {median(ours):.2f} s"
        )
        yield Figure(f"first call with a new spec ({spec}), imports taken off", ratio, "x", 1.3, beside)
    yield from known_spec()


def warm_up(a: int) -> int:
    return a


def first_of(client: SPLClient, packages: tuple[str, ...], body: str, mark: int) -> float:
    folder = Path(tempfile.mkdtemp(prefix="spl-bench-src-"))
    (folder / f"bench_spec_{mark}.py").write_text(body)
    sys.path.insert(0, str(folder))
    try:
        function = getattr(__import__(f"bench_spec_{mark}"), f"first_{mark}")
        begin = perf_counter()
        client.publish(function, name=function.__name__, requirements=list(packages))
        assert client.call(function.__name__, kwargs={"a": 1}, progress=False).value == 1 + mark
        return perf_counter() - begin
    finally:
        sys.path.remove(str(folder))
        shutil.rmtree(folder)


def known_spec() -> Iterator[Figure]:
    """The first call of a version that is ready (built and imported), beyond a warm one."""
    with daemon() as stack:
        client = stack.client()
        client.publish(warm_up, name="known").ready()
        for _ in range(10):
            client.call("known", kwargs={"a": 1})
        warm, first = [], []
        for n in range(15):
            begin = perf_counter()
            client.call("known", kwargs={"a": 1})
            warm.append(perf_counter() - begin)
            client.publish(warm_up, name=f"known_{n}").ready()
            begin = perf_counter()
            client.call(f"known_{n}", kwargs={"a": 1})
            first.append(perf_counter() - begin)
        extra = (median(first) - median(warm)) * 1000
        yield Figure("first call with a spec already built, beyond a warm call", extra, "ms", 5)
