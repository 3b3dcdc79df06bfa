"""Other Pythons of this machine, for tests of what must run beside any of them."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

OTHERS = ("3.9", "3.10", "3.11", "3.12", "3.13")


@cache
def interpreter(version: str) -> str | None:
    """A working interpreter of this version: on the path, or one that pyenv keeps."""
    return next((python for python in candidates(version) if works(python, version)), None)


def candidates(version: str) -> list[str]:
    found = [shutil.which(f"python{version}")]
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True).stdout.strip()
        found += [str(path) for path in sorted(Path(root).glob(f"versions/{version}.*/bin/python"))]
    return [python for python in found if python]


def works(python: str, version: str) -> bool:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.strip() == version
