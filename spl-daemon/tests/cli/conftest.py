"""The command line as its users have it: a process of its own, or (where only the words count) a call in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spl.daemon.cli.application import run

# A command takes a fraction of a second; on a machine that is busy with other tests, many times that.
COMMAND_SECONDS = 60.0


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """`here("status", "--json")`: a command in this process."""

    def call(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = run(arguments)
        said = capsys.readouterr()
        return Outcome(int(code), said.out, said.err)

    return call


def environment(**extra: str) -> dict[str, str]:
    return {**os.environ, "PYTHONIOENCODING": "utf-8", **extra}


def process(*arguments: str, stdin: str = "", cwd: Path | None = None, **extra: str) -> Outcome:
    """A command in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "spl.daemon", *arguments],
        input=stdin.encode(),
        capture_output=True,
        env=environment(**extra),
        cwd=cwd,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    return Outcome(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


BUNDLE = """\
spl: 1
entrypoint: total
python:
  requires: '>=3.9'
functions:
- name: add
  in: main
  doc: Adds.
  inputs:
  - {name: a, type: int, schema: {type: integer}}
  - {name: b, type: int, default: '1', schema: {type: integer}}
  outputs:
  - {name: default, type: int}
- name: double
  in: main
  inputs:
  - {name: x, type: int, schema: {type: integer}}
  outputs:
  - {name: default, type: int}
pipelines:
- name: total
  nodes:
    add: {function: add}
    double: {function: double}
  links:
  - {to: double.x, from: add.default}
  aliases:
    result: double
modules:
- name: main
  path: main.py
  source: |
    def add(a: int, b: int = 1) -> int:
        return a + b


    def double(x: int) -> int:
        return 2 * x
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A file with the pipeline `total` of the functions `add` and `double`."""
    file = tmp_path / "total.yaml"
    file.write_text(BUNDLE)
    return file
