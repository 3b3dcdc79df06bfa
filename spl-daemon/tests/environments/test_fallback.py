"""Without uv: virtualenv makes the venv, pip fills it, and the result is the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spl.core.errors import EnvironmentBuildFailed
from spl.daemon.environments import Environments, Interpreter, installer

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installer, "find_uv", lambda: None)


async def test_pip_builds_what_uv_would_have_built(
    environments: Environments, interpreter: Interpreter, local_index: Any, says: Callable[..., str]
) -> None:
    entry = "[console_scripts]\ntool = tool:main\n"
    local_index(
        "tool",
        "1.0",
        {"tool.py": "import sys\ndef main(): print(sys.prefix)", "tool-1.0.dist-info/entry_points.txt": entry},
    )

    build = await environments.ensure(environments.spec_for(interpreter, ["tool==1.0"]))

    assert says(build.python, "import tool, sys; print(sys.prefix)") == str(build.folder / "venv")
    script = build.python.parent / ("tool.exe" if sys.platform == "win32" else "tool")
    done = subprocess.run([str(script)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(build.folder / "venv")


async def test_no_trace_of_the_place_it_was_built_at_is_left_in_its_scripts(
    environments: Environments, interpreter: Interpreter
) -> None:
    build = await environments.ensure(environments.spec_for(interpreter))

    texts = [path.read_bytes() for path in build.python.parent.iterdir() if path.is_file() and not path.is_symlink()]
    assert not [text for text in texts if b".building-" in text]


async def test_pips_own_words_tell_what_went_wrong(
    environments: Environments, interpreter: Interpreter, local_index: Any
) -> None:
    with pytest.raises(EnvironmentBuildFailed, match="No matching distribution found for no-such-package"):
        await environments.ensure(environments.spec_for(interpreter, ["no-such-package==1.0"]))


def test_uv_beside_us_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    found = installer.find_uv()

    assert found is not None
    assert Path(found).is_file()
