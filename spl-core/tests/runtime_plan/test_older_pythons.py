"""The executor runs beside user code of any Python from 3.9 on, with the standard library alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import spl.runtime.plan

from ..pythons import OTHERS, interpreter

SOURCE = Path(spl.runtime.plan.__file__).parents[2]

CODE = """
import sys
sys.path.insert(0, sys.argv[1])
known = set(sys.modules)
from spl.runtime.execute import Entry, StepFailed
from spl.runtime.plan import compile_plan
heavy = {"asyncio", "concurrent", "dataclasses", "inspect", "queue", "threading", "typing"} & (set(sys.modules) - known)
assert not heavy, heavy

def inc(x):
    return x + 1

async def later(x):
    return x * 2

def boom(x):
    raise KeyError("x")

port = [{"name": "x", "kind": "standard", "required": True}]
functions = {"inc": Entry("inc", inc, "plain", port), "later": Entry("later", later, "async", port)}
functions["boom"] = Entry("boom", boom, "plain", port)
steps = [{"id": "s0", "function": "later", "args": {"x": ["input", "x"]}}]
for at in range(1, 5000):
    steps.append({"id": "s%d" % at, "function": "inc", "args": {"x": ["step", "s%d" % (at - 1), "default"]}})
plan = {"format": 1, "inputs": [{"name": "x", "required": True}], "steps": steps, "aliases": {}, "sinks": ["s4999"]}
program = compile_plan(plan, functions)
assert program.run({"x": 1}).result == {"default": 5001}
assert program.run({"x": 1}, parallel=3).result == {"default": 5001}
steps[7]["function"] = "boom"
try:
    compile_plan(plan, functions).run({"x": 1})
except StepFailed as error:
    assert error.step_id == "s7" and type(error.__cause__) is KeyError and len(error.outcome.values) == 7
    print("ok")
"""


@pytest.mark.parametrize("version", OTHERS)
def test_a_plan_runs_under(version: str):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")

    done = subprocess.run([python, "-I", "-S", "-c", CODE, str(SOURCE)], capture_output=True, text=True, timeout=60)

    assert (done.stdout.strip(), done.stderr) == ("ok", "")
