"""The runtime serves under every Python a bundle may name, as it is and without anything installed."""

from __future__ import annotations

import sys

import pytest

from ..pythons import OTHERS, interpreter

SOURCE = """
    import sys

    def f(n):
        print("under", sys.version_info[:2])
        return [n, "%d.%d" % sys.version_info[:2]]
"""


@pytest.fixture(params=OTHERS)
def python(request):
    return interpreter(request.param) or pytest.skip(f"there is no Python {request.param} here")


def test_a_run_in_a_served_worker(bench, python):
    line, process = bench.serve(bench.bundle(SOURCE, "f"), "--once", python=python)

    result = bench.run(line, {"n": 1})

    assert result.document[0] == 1
    assert result.text("stdout").startswith("under (3, ")
    assert process.wait(20) == 0


def test_a_worker_that_is_reused(bench, python):
    line, _ = bench.serve(bench.bundle(SOURCE, "f"), python=python)

    assert [bench.run(line, {"n": n}).document[0] for n in range(3)] == [0, 1, 2]


@pytest.mark.skipif(sys.platform == "win32", reason="this system can't fork")
def test_a_forked_run(bench, python):
    zygote, _ = bench.zygote(bench.bundle(SOURCE, "f"), python=python)

    assert zygote.wait_for("ready")[0]["fork_safe"]
    assert bench.run(bench.fork(zygote), {"n": 1}).document[0] == 1
