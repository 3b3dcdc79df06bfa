"""Is this path a Python, and which one? Found out by running it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from spl.core.errors import NotAPython
from spl.daemon.environments.process import finished
from spl.daemon.environments.spec import Identity, Interpreter

OLDEST = (3, 9)
# An interpreter answers within some ten milliseconds; a network drive that has to wake up may take seconds.
PROBE_SECONDS = 10.0
# What a path that is no Python says about itself helps only so far.
WORDS_CHARACTERS = 300

MARK = "spl-interpreter:"

# Runs in every Python there is, old ones too, so that they can be told apart from what is no Python at all.
SCRIPT = """
import json, os, sys
try:
    import sysconfig
    platform = sysconfig.get_platform()
except Exception:
    platform = sys.platform
implementation = getattr(sys, "implementation", None)
if "musl" in getattr(implementation, "_multiarch", ""):
    platform += "-musl"
base = getattr(sys, "_base_executable", None) or sys.executable
base_prefix = getattr(sys, "base_prefix", sys.prefix)
if sys.prefix != base_prefix and base.startswith(sys.prefix + os.sep):
    folder = base_prefix if os.name == "nt" else os.path.join(base_prefix, "bin")
    names = ["python.exe"] if os.name == "nt" else ["python%d.%d" % sys.version_info[:2], "python3", "python"]
    for name in names:
        if os.path.exists(os.path.join(folder, name)):
            base = os.path.join(folder, name)
            break
print("spl-interpreter:" + json.dumps({
    "release": list(sys.version_info[:2]),
    "version": sys.version.split()[0].rstrip("+"),
    "implementation": getattr(implementation, "name", "python") + getattr(sys, "abiflags", ""),
    "platform": platform,
    "base_python": base,
    "prefix": sys.prefix,
}))
"""


async def probe(python: str, *, env: str) -> Interpreter:
    """What the Python at this path (or of this name on the PATH) says of itself.

    Raises:
        NotAPython: it is missing, not a Python, or too old; the message says which.
    """
    path = _located(python)
    try:
        # -I: neither the user's settings nor the current folder speak for the interpreter
        ended = await finished([str(path), "-I", "-c", SCRIPT], seconds=PROBE_SECONDS, environment=_environment())
    except OSError as error:
        raise NotAPython(f"{path} can't be run: {error.strerror or error}.", hint=_HINT) from None
    if ended.timed_out:
        raise NotAPython(f"{path} did not answer within {PROBE_SECONDS:g} seconds.", hint=_HINT)
    facts = _facts(ended.text)
    if facts is None:
        words = " ".join(ended.text.split())[:WORDS_CHARACTERS]
        raise NotAPython(f"{path} is not a Python interpreter." + (f" It said: {words}" if words else ""), hint=_HINT)
    if tuple(facts["release"]) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise NotAPython(
            f"{path} is Python {facts['version']}; workers need {wanted} or newer.", hint="Register a newer one."
        )
    return Interpreter(
        env=env,
        python=path,
        base_python=Path(facts["base_python"]),
        prefix=Path(facts["prefix"]),
        identity=Identity(facts["version"], facts["implementation"], facts["platform"]),
    )


_HINT = "Pass the path of a python executable, such as the one `python -c 'import sys; print(sys.executable)'` prints."


def _located(python: str) -> Path:
    if not python.strip() or "\0" in python:
        raise NotAPython("The path of the interpreter is empty.", hint=_HINT)
    named = Path(python).name == python
    path = Path((shutil.which(python) or python) if named else python).expanduser().absolute()
    try:
        if path.is_dir():
            raise NotAPython(f"{path} is a folder.", hint=_HINT)
        if not path.exists():
            raise NotAPython(f"There is no file {path}.", hint=_HINT)
    except OSError as error:
        raise NotAPython(f"{str(path)[:WORDS_CHARACTERS]} can't be read: {error.strerror}.", hint=_HINT) from None
    return path


def _facts(text: str) -> dict[str, Any] | None:
    for line in text.splitlines():
        if line.startswith(MARK):
            try:
                found = json.loads(line[len(MARK) :])
            except ValueError:
                return None
            return found if isinstance(found, dict) else None
    return None


def _environment() -> dict[str, str]:
    kept = (
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "SYSTEMROOT",
        "TMPDIR",
        "TEMP",
        "TMP",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
    )
    return {name: os.environ[name] for name in kept if name in os.environ}


def changed_since(interpreter: Interpreter, milliseconds: int) -> bool:
    """Whether the executable was replaced (an upgrade in place) after it was asked, or is gone."""
    try:
        return interpreter.base_python.stat().st_mtime * 1000 > milliseconds
    except OSError:
        return True
