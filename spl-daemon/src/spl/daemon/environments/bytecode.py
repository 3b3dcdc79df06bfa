"""Compiles what was installed, slowly, so that the first imports of later workers don't have to."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from spl.daemon.environments.build import venv_python
from spl.daemon.environments.process import finished

# The first run of a new environment leaves the bytecode of what it imports behind anyway: we wait until it has.
HEAD_START_SECONDS = 20.0
# A large scientific environment takes some ten seconds of one core at normal priority.
PATIENCE_SECONDS = 600.0


async def compile_all(venv: Path) -> None:
    """Compile the packages of `venv` at the lowest priority; whatever does not compile is left as it is."""
    await asyncio.sleep(HEAD_START_SECONDS)
    command = [str(venv_python(venv)), "-I", "-m", "compileall", "-q", "-j", "1", str(_packages(venv))]
    nice = [] if sys.platform == "win32" else ["nice", "-n", "19"]
    await finished([*nice, *command], seconds=PATIENCE_SECONDS, environment={"PATH": "/usr/bin:/bin"})


def _packages(venv: Path) -> Path:
    return venv / "Lib" if sys.platform == "win32" else venv / "lib"
