#!/usr/bin/env python3
"""The one door to every task of this workspace. Needs nothing but a Python 3.9 or newer and the package registry.

    python3 tools/dev.py demo     set everything up, then publish and call functions: on one machine, then across two
    python3 tools/dev.py test     set everything up, then run all tests (arguments go to pytest)
    python3 tools/dev.py check    format, lint, strict types, import contracts, then the tests
    python3 tools/dev.py fix      put format and lint right
    python3 tools/dev.py build    wheels of every package into dist-packages/
    python3 tools/dev.py console  build the console that the server gives to browsers (needs Node.js 20.19 or newer)
    python3 tools/dev.py bench    measure beside floors and peers, and print a table
    python3 tools/dev.py stack    a server and two daemons that stay until Ctrl-C
    python3 tools/dev.py docs     write the generated reference pages anew (--pictures: those of the console)
    python3 tools/dev.py lock     compile requirements/dev.txt anew

What it makes stays inside the checkout: `.tools/` (uv) and `.venv/` (Python 3.13 and the locked packages).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
STAMP = VENV / "spl-stamp.txt"
LOCK = ROOT / "requirements" / "dev.txt"
FRONTEND = ROOT / "spl-frontend"
CONSOLE = ROOT / "spl-server" / "src" / "daemon_server" / "console" / "dist"
CONSOLE_STAMP = CONSOLE / "stamp.txt"
NODE_STAMP = FRONTEND / "node_modules" / "spl-stamp.txt"
PACKAGES = ("spl-core", "spl-daemon", "spl-server")
PYTHON_VERSION = "3.13"
WINDOWS = os.name == "nt"
TYPED = ("spl.runtime", "spl.core", "spl.client", "spl.server_client", "spl.daemon", "daemon_server")


class TaskFailed(Exception):
    """A step of a task failed; its own words are on the screen already."""


def run(*command: object, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command and stop the task if it fails."""
    words = [str(word) for word in command]
    print("$ " + " ".join(words), file=sys.stderr, flush=True)
    code = subprocess.call(words, cwd=str(cwd), env=env or environment())
    if code:
        raise TaskFailed(f"{Path(words[0]).name} ended with exit code {code}")


def environment() -> dict[str, str]:
    """This process's environment without what would make Python compile every import again."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env.pop("VIRTUAL_ENV", None)
    return env


def in_bin(folder: Path, name: str) -> Path:
    return folder / ("Scripts" if WINDOWS else "bin") / (name + (".exe" if WINDOWS else ""))


# --- setting up -------------------------------------------------------------------------------------------------------


def uv() -> Path:
    """Our own uv, fetched once into `.tools`."""
    own = in_bin(TOOLS, "uv")
    if own.exists():
        return own
    print("Fetching uv into .tools ...", file=sys.stderr, flush=True)
    shutil.rmtree(TOOLS, ignore_errors=True)
    try:
        run(sys.executable, "-m", "venv", TOOLS)
        run(in_bin(TOOLS, "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
    except TaskFailed:  # a Python without ensurepip, as Debian ships it
        shutil.rmtree(TOOLS, ignore_errors=True)
        run(sys.executable, "-m", "pip", "install", "--quiet", "--target", TOOLS, "uv")
        if WINDOWS and not own.exists():
            shutil.copytree(str(TOOLS / "bin"), str(own.parent))
    return own


def find_python() -> str:
    """A Python of the wanted version: the machine's own, or one that uv fetches."""
    found = subprocess.run(
        [str(uv()), "python", "find", PYTHON_VERSION],
        cwd=str(ROOT),
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    if found.returncode:
        run(uv(), "python", "install", PYTHON_VERSION)
    return PYTHON_VERSION


def fingerprint() -> str:
    """Changes when what must be installed changes."""
    digest = hashlib.sha256()
    for path in [LOCK, *(ROOT / package / "pyproject.toml" for package in PACKAGES)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def venv_python() -> Path:
    """The interpreter of `.venv`, made and filled from the lock when it is not up to date."""
    python = in_bin(VENV, "python")
    wanted = fingerprint()
    if python.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return python
    run(uv(), "venv", "--quiet", "--allow-existing", "--python", find_python(), VENV)
    install = (uv(), "pip", "install", "--quiet", "--python", python)
    run(*install, "--compile-bytecode", "--require-hashes", "-r", LOCK)
    editable = [word for package in PACKAGES for word in ("-e", str(ROOT / package))]
    run(*install, "--no-deps", *editable)
    STAMP.write_text(wanted)
    return python


# --- the console ------------------------------------------------------------------------------------------------------


def npm() -> str:
    """The npm of this machine."""
    found = shutil.which("npm")
    if found is None:
        raise TaskFailed("the console is built with Node.js 20.19 or newer, and there is no npm here")
    return found


def node_modules() -> None:
    """What the console is built from, as its lock says."""
    wanted = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    if not NODE_STAMP.exists() or NODE_STAMP.read_text() != wanted:
        run(npm(), "ci", "--no-audit", "--no-fund", cwd=FRONTEND)
        NODE_STAMP.write_text(wanted)


def console_sources() -> str:
    """Changes when the built console is not that of the sources any more."""
    digest = hashlib.sha256()
    files = [path for path in FRONTEND.glob("*") if path.is_file()]
    files += [
        path for folder in ("src", "public", "scripts") for path in (FRONTEND / folder).rglob("*") if path.is_file()
    ]
    for path in sorted(files):
        digest.update(str(path.relative_to(FRONTEND)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def built_console(*, needed: bool) -> None:
    """Build the console where it is not that of the sources. Where it can't be and is not `needed`, go on without."""
    wanted = console_sources()
    if CONSOLE_STAMP.exists() and CONSOLE_STAMP.read_text() == wanted:
        return
    if not needed and shutil.which("npm") is None:
        print("There is no npm here, so the console is not built; everything else works.", file=sys.stderr)
        return
    node_modules()
    run(npm(), "run", "build", cwd=FRONTEND)
    CONSOLE_STAMP.write_text(wanted)


# --- tasks ------------------------------------------------------------------------------------------------------------


def console(arguments: list[str]) -> None:
    built_console(needed=True)


def demo(arguments: list[str]) -> None:
    built_console(needed=False)
    run(venv_python(), ROOT / "tools" / "demo.py", *arguments)


def test(arguments: list[str]) -> None:
    """All tests: first side by side, then alone those that kill processes or measure."""
    python = venv_python()
    if arguments:
        run(python, "-m", "pytest", *arguments)
        return
    built_console(needed=True)
    run(python, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-m", "not faults and not alone")
    run(python, "-m", "pytest", "-m", "(faults or alone) and not slow")


def static_checks() -> None:
    python = venv_python()
    run(python, "-m", "ruff", "format", "--check", ".")
    run(python, "-m", "ruff", "check", ".")
    run(python, "-m", "mypy", *(word for name in TYPED for word in ("-p", name)))
    run(in_bin(VENV, "lint-imports"), "--no-cache")


def check(arguments: list[str]) -> None:
    static_checks()
    node_modules()
    run(npm(), "run", "check", cwd=FRONTEND)
    CONSOLE_STAMP.write_text(console_sources())
    if "--static" not in arguments:
        test([])


def fix(arguments: list[str]) -> None:
    python = venv_python()
    run(python, "-m", "ruff", "check", "--fix", ".")
    run(python, "-m", "ruff", "format", ".")
    node_modules()
    run(npm(), "run", "format", cwd=FRONTEND)


def build(arguments: list[str]) -> None:
    """One wheel a package, installable with `pip install --find-links`."""
    parser = argparse.ArgumentParser(prog="dev.py build")
    parser.add_argument("--out", type=Path, default=ROOT / "dist-packages")
    out = parser.parse_args(arguments).out.resolve()
    python = venv_python()
    built_console(needed=True)
    for package in PACKAGES:
        run(
            uv(),
            "build",
            "--quiet",
            "--wheel",
            "--no-build-isolation",
            "--python",
            python,
            "--out-dir",
            out,
            ROOT / package,
        )
    for wheel in sorted(out.glob("*.whl")):
        print(wheel.name)


def bench(arguments: list[str]) -> None:
    run(venv_python(), "-m", "bench", *arguments)


def stack(arguments: list[str]) -> None:
    built_console(needed=False)
    run(venv_python(), ROOT / "tools" / "stack.py", *arguments)


def docs(arguments: list[str]) -> None:
    if "--pictures" in arguments:
        built_console(needed=True)
        run(venv_python(), ROOT / "tools" / "pictures.py")
        return
    run(venv_python(), ROOT / "tools" / "reference.py", *arguments)


def lock(arguments: list[str]) -> None:
    """Pin everything with hashes and without addresses."""
    ours = ("spl-framework", "spl-daemon", "spl-server")
    skip = [word for name in ours for word in ("--no-emit-package", name)]
    sources = [ROOT / package / "pyproject.toml" for package in PACKAGES]
    run(
        *(uv(), "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", PYTHON_VERSION),
        *("--no-annotate", "--no-header", "--all-extras", *skip, *sources, ROOT / "requirements" / "tools.in"),
        *("-o", LOCK, *arguments),
    )


TASKS = {task.__name__: task for task in (demo, test, check, fix, build, console, bench, stack, docs, lock)}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in TASKS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        TASKS[sys.argv[1]](sys.argv[2:])
    except TaskFailed as failed:
        print(f"dev.py {sys.argv[1]}: {failed}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
