"""An `Environments` over a real database, and Pythons to register."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from spl.daemon.db import Database
from spl.daemon.environments import DependencySpec, Environments, Identity, Interpreter
from spl.daemon.home import Home
from spl.daemon.settings import Settings

# Small, without dependencies of their own, and on every index.
SMALL = "six==1.17.0"


@pytest.fixture
def settings(home: Home) -> Settings:
    return Settings.load({}, home=home.root)


@pytest.fixture
async def environments(settings: Settings, home: Home, database: Database) -> AsyncIterator[Environments]:
    environments = Environments(settings=settings, home=home, db=database)
    yield environments
    await environments.close()


@pytest.fixture
async def interpreter(environments: Environments) -> Interpreter:
    """This Python, registered as `default`."""
    await environments.register("default", sys.executable)
    return await environments.resolve("default")


@pytest.fixture
def spec(interpreter: Interpreter, environments: Environments) -> DependencySpec:
    """What one small package needs."""
    return environments.spec_for(interpreter, [SMALL])


@pytest.fixture
def identity() -> Identity:
    return Identity("3.13.0", "cpython", "linux-x86_64")


@pytest.fixture
def local_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """`local_index(name, version, **files)` puts a wheel into a folder that is the only index there is."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if sys.platform != "win32" else "nul")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    def put(name: str, version: str, files: dict[str, str], *, requires: list[str] | None = None) -> Path:
        return write_wheel(folder, name, version, files, requires or [])

    return put


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str], requires: list[str]) -> Path:
    """A wheel of pure Python, as small as they get."""
    import zipfile

    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    content = {
        **files,
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    content[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in content.items():
            archive.writestr(inside, text)
    return path


def run_python(python: Path, code: str) -> str:
    """What a build's Python prints."""
    done = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def says() -> Callable[[Path, str], str]:
    return run_python
