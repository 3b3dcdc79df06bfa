"""Peers, each in a throw-away environment of its own below `bench/.envs`, driven by a script that prints JSON."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from uv import find_uv_bin

from bench.stack import clean_environment, free_port

ENVS = Path(__file__).parent / ".envs"
SCRIPTS = Path(__file__).parent / "peer_scripts"


def python_with(*packages: str) -> Path:
    """The interpreter of an environment that has just these packages."""
    folder = ENVS / "-".join(packages).replace("==", "_")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        uv("venv", "--python", sys.executable, str(folder))
        uv("pip", "install", "--compile-bytecode", "--python", str(python), *packages)
    return python


def uv(*words: str) -> None:
    subprocess.run([find_uv_bin(), *words, "--quiet"], check=True, env=clean_environment())


def measured(python: Path, script: str, *arguments: str, cwd: Path | None = None) -> dict[str, Any]:
    """What the peer's script measured: the JSON of its last line."""
    done = subprocess.run(
        [str(python), str(SCRIPTS / script), *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=clean_environment(),
        timeout=300,
    )
    if done.returncode:
        raise RuntimeError(f"{script} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def redis_installed() -> bool:
    return shutil.which("redis-server") is not None


@contextmanager
def redis() -> Iterator[int]:
    """A Redis without persistence on a free loopback port."""
    port = free_port()
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    time.sleep(0.3)  # it prints nothing machine-readable when it is ready
    try:
        yield port
    finally:
        process.terminate()
        process.wait()
