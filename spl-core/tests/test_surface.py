"""The documented surface is there: import paths, names, signatures."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import spl.runtime

from .pythons import OTHERS, interpreter

IMPORTS = {
    "spl.client": ["SPLClient", "AsyncSPLClient", "RunFailed", "RunCancelled", "RunTimedOut", "as_completed", "gather"],
    "spl.core": ["NodeRemote", "spl_export_to_file", "spl_export_to_dir", "spl_import_from_file"],
    "spl.core.common": ["Deployment", "lift"],
    "spl.core.entities.node_remote": ["NodeRemote"],
    "spl.core.errors": ["SPLError"],
    "spl.runtime": ["current_run"],
}

METHODS = {
    "health": [],
    "register_env": ["name", "python"],
    "publish": ["obj", "name", "env"],
    "publish_yaml": ["yaml", "name", "entrypoint", "env"],
    "objects": ["scope", "compact", "owner", "library"],
    "signature": ["name", "version", "owner", "library", "function"],
    "inputs": ["name", "version", "owner", "library", "function"],
    "outputs": ["name", "version", "owner", "library", "function"],
    "describe": ["name", "version", "owner", "library", "function"],
    "start": ["name", "args", "kwargs", "output", "timeout_seconds", "target_machine", "owner", "library", "function"],
    "queue": ["name", "args", "kwargs", "output", "timeout_seconds", "target_machine", "owner", "library", "function"],
    "call": [
        "name",
        "args",
        "kwargs",
        "output",
        "timeout_seconds",
        "version",
        "artifacts_dir",
        "target_machine",
        "function",
    ],
    "run_node": ["node", "kwargs"],
    "runs": [],
    "run": ["run_id"],
    "versions": ["name"],
    "forget": ["name"],
    "envs": [],
    "environment_builds": [],
    "cancel": [],
    "logs": ["follow"],
    "map": ["name", "ordered", "return_exceptions", "progress"],
    "executor": [],
}

CONSTRUCTOR = [
    "base_url",
    "daemon_port",
    "server_url",
    "machine_token",
    "user_token",
    "machine_id",
    "display_name",
]


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in IMPORTS.items() for name in names])
def test_a_documented_name_can_be_imported(module: str, name: str):
    assert getattr(import_module(module), name) is not None


@pytest.mark.parametrize("name", METHODS)
def test_a_documented_method_takes_the_documented_arguments(name: str):
    client = import_module("spl.client").SPLClient

    parameters = inspect.signature(getattr(client, name)).parameters

    missing = [argument for argument in METHODS[name] if argument not in parameters]
    assert not missing


def test_the_client_takes_the_documented_arguments():
    parameters = inspect.signature(import_module("spl.client").SPLClient).parameters

    assert not [argument for argument in CONSTRUCTOR if argument not in parameters]


def test_spl_itself_is_a_namespace():
    import spl

    assert getattr(spl, "__file__", None) is None


def test_the_language_imports_without_anything_installed():
    """Entities, graph and builder need the standard library alone."""
    src = Path(spl.runtime.__file__).parents[2]
    code = f"import sys; sys.path.insert(0, {str(src)!r}); import spl.core.builder, spl.core.graph, spl.core.common"

    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("version", OTHERS)
def test_the_runtime_imports_on_every_python_it_stands_beside(version: str):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    src = Path(spl.runtime.__file__).parents[2]
    names = [
        f"spl.runtime.{path.stem}" for path in Path(spl.runtime.__file__).parent.glob("*.py") if path.stem[0] != "_"
    ]
    code = f"import sys; sys.path.insert(0, {str(src)!r}); import " + ", ".join(sorted(names))
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # another Python's bytecode does not belong in the source tree

    done = subprocess.run([python, "-I", "-S", "-c", code], capture_output=True, text=True, env=env)

    assert done.returncode == 0, done.stderr
