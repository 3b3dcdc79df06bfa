"""A path is a Python once it has proved to be one."""

from __future__ import annotations

import os
import platform
import stat
import sys
import time
import venv
from pathlib import Path

import psutil
import pytest

from spl.core.errors import NotAPython
from spl.daemon.environments import interpreter
from spl.daemon.environments.interpreter import changed_since, probe

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the impostors are shell scripts"),
]


def impostor(folder: Path, script: str) -> Path:
    """An executable that is no Python."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


async def test_this_python_describes_itself() -> None:
    found = await probe(sys.executable, env="default")

    assert found.env == "default"
    assert found.python == Path(sys.executable)
    assert found.identity.version == platform.python_version()
    assert found.identity.implementation.startswith(sys.implementation.name)


async def test_the_python_of_a_virtual_environment_is_what_its_base_is(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)

    inside = await probe(str(tmp_path / "venv" / "bin" / "python"), env="v")

    base = Path(getattr(sys, "_base_executable", sys.executable))
    assert inside.prefix == tmp_path / "venv"
    assert inside.base_python.resolve() == base.resolve()
    assert inside.identity == (await probe(str(base), env="b")).identity


async def test_a_name_is_looked_up_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"])

    assert (await probe(Path(sys.executable).name, env="x")).python == Path(sys.executable)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/nowhere/python", "There is no file"),
        ("no-such-python-anywhere", "There is no file"),
        ("/", "is a folder"),
        ("/bin/ls", "is not a Python interpreter"),
        ("/etc/hostname", "can't be run"),
        ("", "is empty"),
        ("  ", "is empty"),
        ("/bin/py\0thon", "is empty"),
        ("/" + "x" * 5000, "can't be read"),
    ],
)
async def test_what_is_no_python_is_refused_with_the_reason(path: str, said: str) -> None:
    with pytest.raises(NotAPython, match=said) as refused:
        await probe(path, env="x")

    assert refused.value.hint


async def test_the_impostors_own_words_are_passed_on() -> None:
    with pytest.raises(NotAPython, match=r"It said: .*ls"):
        await probe("/bin/ls", env="x")


@pytest.mark.parametrize(
    "script",
    [
        "exit 3",
        "echo hello",
        "echo spl-interpreter:",
        "echo 'spl-interpreter:[1]'",
        "kill -9 $$",
        "yes | head -c 1000000",
    ],
)
async def test_a_program_that_pretends_is_found_out(tmp_path: Path, script: str) -> None:
    with pytest.raises(NotAPython, match="is not a Python interpreter"):
        await probe(str(impostor(tmp_path, script)), env="x")


async def test_one_that_never_answers_is_given_up_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_until
) -> None:
    monkeypatch.setattr(interpreter, "PROBE_SECONDS", 0.3)
    begun = time.monotonic()

    with pytest.raises(NotAPython, match="did not answer"):
        await probe(str(impostor(tmp_path, f"sleep 600 & echo $! > {tmp_path}/child; sleep 600")), env="x")

    assert time.monotonic() - begun < 5
    child = int((tmp_path / "child").read_text())
    wait_until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)


async def test_an_old_python_is_told_so(tmp_path: Path) -> None:
    answer = (
        '{"release": [3, 8], "version": "3.8.18", "implementation": "cpython", "platform": "x", '
        '"base_python": "/x", "prefix": "/x"}'
    )

    with pytest.raises(NotAPython, match=r"is Python 3\.8\.18; workers need 3\.9 or newer"):
        await probe(str(impostor(tmp_path, f"echo 'spl-interpreter:{answer}'")), env="x")


async def test_the_daemons_secrets_are_not_shown_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPL_SECRET_TOKEN", "s3cret")

    with pytest.raises(NotAPython) as refused:
        await probe(str(impostor(tmp_path, "env")), env="x")

    assert "s3cret" not in str(refused.value)


async def test_an_interpreter_that_was_replaced_is_noticed(tmp_path: Path) -> None:
    found = await probe(sys.executable, env="x")
    now = int(time.time() * 1000)

    assert not changed_since(found, now)
    assert changed_since(found, 0)


async def test_an_interpreter_that_is_gone_is_noticed(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    found = await probe(str(tmp_path / "venv" / "bin" / "python"), env="x")
    import dataclasses

    gone = dataclasses.replace(found, base_python=tmp_path / "gone")

    assert changed_since(gone, int(time.time() * 1000))
