"""Captures a shape in one interpreter and calls it in another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import spl.runtime
from spl.core.capture import CaptureReport
from spl.runtime.values import decode, encode

from .shape import How, Shape, text_of

HERE = Path(__file__).parent
SOURCES = Path(spl.runtime.__file__).parents[2]
SECONDS = 60
"""A capture takes well under a second; a busy machine may take its time."""


@dataclass(frozen=True)
class Outcome:
    """What capturing a shape left behind.

    Attributes:
        bundle: the folder that the runtime loads, and `yaml` the document; only where it was not refused.
        problem: the refusal as a problem document.
    """

    folder: Path
    entrypoint: str = ""
    requires_python: str = ""
    report: CaptureReport | None = None
    problem: dict[str, Any] | None = None

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    @property
    def yaml(self) -> str:
        return (self.folder / "bundle.yaml").read_text(encoding="utf-8")

    @property
    def source(self) -> str:
        """The text of all modules."""
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted((self.bundle / "src").rglob("*.py")))


def capture_shape(shape: Shape, folder: Path) -> Outcome:
    """Bring a shape to life in an interpreter of its own, and capture it there."""
    files = folder / "files"
    files.mkdir(parents=True)
    for name, content in shape.files.items():
        path = files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else text_of(content).encode("utf-8"))
    command, given = _command(shape, folder, files)
    environment = {**os.environ, "PYTHONPATH": str(HERE), "PYTHON_BASIC_REPL": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=files,
        env=environment,
        timeout=SECONDS,
    )
    outcome = folder / "outcome.json"
    assert outcome.exists(), f"{shape.name}: {done.stdout}\n{done.stderr}"
    left = json.loads(outcome.read_text(encoding="utf-8"))
    if "problem" in left:
        return Outcome(folder, problem=left["problem"])
    return Outcome(folder, left["entrypoint"], left["requires_python"], CaptureReport.from_json(left["report"]))


def _command(shape: Shape, folder: Path, files: Path) -> tuple[list[str], str]:
    """The command line that captures a shape, and its standard input."""
    publish = f"from captor import publish; publish({shape.target}, {str(folder)!r}, {dict(shape.options)!r})"
    source = "\n\n".join(shape.cells)
    match shape.how:
        case How.SCRIPT:
            (files / "script.py").write_text(
                f"{source}\n\nif __name__ == '__main__':\n    {publish}\n", encoding="utf-8"
            )
            return [sys.executable, "script.py"], ""
        case How.PROMPT:
            return [sys.executable, "-i", "-q"], f"{source}\n\n{publish}\n"
        case How.COMMAND:
            return [sys.executable, "-c", f"{source}\n{publish}\n"], ""
        case How.PYTEST:
            test = f"{source}\n\n\ndef test_publishing():\n{indent(dedent(publish), '    ')}\n"
            (files / "test_published.py").write_text(test, encoding="utf-8")
            return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_published.py"], ""
    order = {
        "how": shape.how,
        "cells": shape.cells,
        "target": shape.target,
        "folder": str(folder),
        "files": str(files),
        "options": dict(shape.options),
    }
    return [sys.executable, str(HERE / "captor.py")], json.dumps(order)


def call(outcome: Outcome, shape: Shape, python: str = sys.executable) -> Any:
    """Load the bundle in another interpreter, beside which only the runtime is, and call it."""
    order = {
        "args": [encode(value) for value in shape.args],
        "kwargs": {name: encode(value) for name, value in shape.kwargs.items()},
    }
    done = subprocess.run(
        [python, "-I", str(HERE / "caller.py"), str(SOURCES), str(outcome.bundle)],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"{shape.name}:\n{outcome.source}\n{done.stderr}"
    return decode(json.loads(done.stdout))


# --- other interpreters -----------------------------------------------------------------------------------------------

OTHERS = ("3.9", "3.10", "3.11", "3.12")


@cache
def interpreter(version: str) -> str | None:
    """A working interpreter of another version, if this machine has one."""
    return next((python for python in _candidates(version) if _works(python, version)), None)


def oldest(requires_python: str) -> str | None:
    """The oldest interpreter of this machine that a specifier lets in."""
    fitting = (interpreter(version) for version in OTHERS if allows(requires_python, version))
    return next((python for python in fitting if python), None)


def _candidates(version: str) -> Iterator[str]:
    found = shutil.which(f"python{version}")
    if found:
        yield found
    pyenv = shutil.which("pyenv")
    if pyenv:
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, timeout=SECONDS).stdout.strip()
        yield from (str(path) for path in sorted(Path(root).glob(f"versions/{version}.*/bin/python")))


def _works(python: str, version: str) -> bool:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, timeout=SECONDS)
    return done.returncode == 0 and done.stdout.strip() == version


def allows(requires_python: str, version: str) -> bool:
    """Whether a specifier such as `>=3.10,<3.13` lets a version in."""
    have = tuple(map(int, version.split(".")))
    for part in requires_python.split(","):
        bound = tuple(map(int, part.strip("<>= ").split(".")[:2]))
        if (part.startswith(">=") and have < bound) or (part.startswith("<") and have >= bound):
            return False
    return True
