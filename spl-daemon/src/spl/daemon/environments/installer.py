"""Which programs make a venv and fill it: uv where it is installed, else virtualenv and pip."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spl.daemon.environments.build import CONSTRAINTS, REQUIREMENTS, VENV, venv_python
from spl.daemon.environments.index_settings import index_settings
from spl.daemon.environments.spec import DependencySpec

# What an installer and the compilers it may call need to know. All else, the daemon's secrets first, stays here.
PASSED = {
    "PATH", "HOME", "USER", "LOGNAME", "USERPROFILE", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "NETRC",
    "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)",
    "APPDATA", "LOCALAPPDATA",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSL_CLIENT_CERT",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBRARY_PATH", "CPATH",
    "PKG_CONFIG_PATH",
    "CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "MAKEFLAGS", "ARCHFLAGS", "MACOSX_DEPLOYMENT_TARGET",
    "CARGO_HOME", "RUSTUP_HOME", "CUDA_HOME", "JAVA_HOME", "PYENV_ROOT",
}  # fmt: skip
PASSED_PREFIXES = ("LC_", "XDG_", "PIP_", "UV_")

# Settings of uv and pip that would send the packages to some other place than the build.
WITHHELD = {
    "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_PROJECT", "UV_PROJECT_ENVIRONMENT", "UV_WORKING_DIR", "UV_VENV_SEED",
    "UV_NO_INSTALLER_METADATA", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "UV_REQUIRE_HASHES",
    "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_REQUIRE_VIRTUALENV", "PIP_CONSTRAINT",
    "PIP_REQUIREMENT",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One program to run, and what to call it while it runs.

    Attributes:
        tried_first: a quick variant that may fail without a word.
        without_network: the variant to fall back to where no index can be reached.
    """

    title: str
    command: tuple[str, ...]
    tried_first: tuple[str, ...] | None = None
    without_network: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one build. A venv that is not `movable` has its own path written into it."""

    installer: str
    steps: tuple[Step, ...]
    environment: Mapping[str, str]
    movable: bool


def plan(
    spec: DependencySpec, folder: Path, *, home: Path, allow_source: bool, environ: Mapping[str, str] | None = None
) -> Plan:
    """How to build `spec` in `folder`."""
    environ = os.environ if environ is None else environ
    uv = find_uv()
    return (
        _with_pip(spec, folder, allow_source, environ)
        if uv is None
        else _with_uv(uv, spec, folder, home, allow_source, environ)
    )


def find_uv() -> str | None:
    """The uv beside us, or the one on the PATH."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("uv")


def _with_uv(
    uv: str, spec: DependencySpec, folder: Path, home: Path, allow_source: bool, environ: Mapping[str, str]
) -> Plan:
    index = index_settings(environ, prefix=spec.prefix)
    make = Step(
        "Creating the environment",
        (uv, "venv", "--relocatable", "--no-project", "--python", str(spec.python), str(folder / VENV)),
    )
    install = (
        uv, "pip", "install", "--python", str(venv_python(folder / VENV)),
        "--requirements", str(folder / REQUIREMENTS),
        *(("--constraints", str(folder / CONSTRAINTS)) if spec.constraints else ()),
        *index.arguments,
        *(() if allow_source else ("--no-build",)),
    )  # fmt: skip
    # What is pinned and in uv's cache needs no index: asking one takes longer than everything else together.
    offline = (*install, "--offline")
    filling = Step(
        "Installing packages",
        install,
        tried_first=offline if spec.pinned else None,
        without_network=None if spec.pinned else offline,
    )
    steps = (make,) if spec.empty else (make, filling)
    environment = {
        **passed(environ),
        **index.environment,
        **_cache(environ, home),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "NO_COLOR": "1",
    }
    return Plan("uv", steps, environment, movable=True)


def _with_pip(spec: DependencySpec, folder: Path, allow_source: bool, environ: Mapping[str, str]) -> Plan:
    make = Step(
        "Creating the environment",
        (sys.executable, "-m", "virtualenv", "--python", str(spec.python), "--no-download", str(folder / VENV)),
    )
    install = (
        str(venv_python(folder / VENV)), "-m", "pip", "install",
        "--disable-pip-version-check", "--no-input", "--progress-bar", "off",
        "--requirement", str(folder / REQUIREMENTS), "--constraint", str(folder / CONSTRAINTS),
        *(() if allow_source else ("--only-binary", ":all:")),
    )  # fmt: skip
    steps = (make,) if spec.empty else (make, Step("Installing packages", install))
    return Plan("pip", steps, {**passed(environ), "NO_COLOR": "1", "VIRTUALENV_CLEAR": "1"}, movable=False)


def passed(environ: Mapping[str, str]) -> dict[str, str]:
    """What of our environment an installer gets to see."""
    return {name: value for name, value in environ.items() if _is_passed(name.upper())}


def _is_passed(name: str) -> bool:
    return name not in WITHHELD and (name in PASSED or name.startswith(PASSED_PREFIXES))


def _cache(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Hard links need the cache on the home's file system: the user's own where it is there, else one in the home."""
    if environ.get("UV_CACHE_DIR") or environ.get("UV_NO_CACHE"):
        return {}
    return {} if _device(users_cache(environ)) == _device(home) else {"UV_CACHE_DIR": str(home / "installer-cache")}


def users_cache(environ: Mapping[str, str]) -> Path:
    """Where uv keeps its cache when nobody says otherwise."""
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "uv" / "cache"
    return Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home()) / ".cache") / "uv"


def _device(path: Path) -> int | None:
    """The file system of `path`, or of the nearest folder above it that exists."""
    for place in (path, *path.parents):
        try:
            return place.stat().st_dev
        except OSError:
            continue
    return None


def relocate(venv: Path, *, built_at: Path) -> None:
    """Write the venv's present path into the scripts that were made for the path it was built at."""
    scripts = venv_python(venv).parent
    old, new = os.fsencode(built_at), os.fsencode(venv)
    for script in [venv / "pyvenv.cfg", *scripts.iterdir()]:
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if old in content and b"\0" not in content:
            script.write_bytes(content.replace(old, new))
