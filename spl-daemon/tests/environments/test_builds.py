"""Builds with the real installer: made once, found again, told apart when they fail, replaced and removed with care."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spl.core.errors import BuildInUse, BuildNotFound, Draining, EnvironmentBuildFailed
from spl.daemon.db import Database
from spl.daemon.environments import DependencySpec, Environments, Interpreter, store
from spl.daemon.environments import builds as builds_module
from spl.daemon.environments.build import BUILDING, RETIRED, read_ready
from spl.daemon.environments.installer import plan
from spl.daemon.home import Home
from spl.daemon.settings import Settings

pytestmark = pytest.mark.anyio


def partial(home: Home) -> list[str]:
    """Folders of builds that are neither ready nor a record of a failure."""
    return [entry.name for entry in home.builds.iterdir() if entry.name.startswith((BUILDING, RETIRED))]


async def test_a_build_has_what_was_asked_for(
    environments: Environments, spec: DependencySpec, says: Callable[..., str], home: Home
) -> None:
    build = await environments.ensure(spec)

    assert build.folder == home.builds / spec.hash
    assert says(build.python, "import six; print(six.__version__)") == "1.17.0"
    assert says(build.python, "import sys; print(sys.prefix)") == str(build.folder / "venv")


async def test_nothing_of_ours_is_in_it(
    environments: Environments, spec: DependencySpec, says: Callable[..., str]
) -> None:
    build = await environments.ensure(spec)

    found = says(build.python, "import importlib.metadata as m; print(sorted(d.name for d in m.distributions()))")

    assert found == "['six']"


async def test_its_record_tells_what_it_is(environments: Environments, spec: DependencySpec) -> None:
    build = await environments.ensure(spec)

    record = json.loads((build.folder / "READY.json").read_text())

    assert record["spec_hash"] == spec.hash
    assert record["spec"]["requirements"] == ["six==1.17.0"]
    assert record["distributions"] == ["six==1.17.0"]
    row = await environments.builds.find(spec.hash)
    assert (row.status, row.error, row.spec) == ("ready", None, spec)
    assert row.duration_ms is not None


async def test_what_is_there_is_not_built_again(environments: Environments, spec: DependencySpec) -> None:
    first = await environments.ensure(spec)
    lines: list[str] = []

    again = await environments.ensure(spec, lines.append)

    assert again == first
    assert lines == []


async def test_a_build_outlives_the_daemon(
    environments: Environments, spec: DependencySpec, settings: Settings, home: Home, database: Database
) -> None:
    first = await environments.ensure(spec)
    successor = Environments(settings=settings, home=home, db=database)

    assert await successor.ensure(spec) == first


async def test_no_dependencies_need_no_installer(
    environments: Environments, interpreter: Interpreter, says: Callable[..., str]
) -> None:
    lines: list[str] = []

    build = await environments.ensure(environments.spec_for(interpreter), lines.append)

    assert says(build.python, "print('works')") == "works"
    assert not [line for line in lines if "Installing" in line]


async def test_all_who_ask_meanwhile_wait_for_one_build(
    environments: Environments, spec: DependencySpec, home: Home
) -> None:
    heard: list[list[str]] = [[], [], []]

    builds = await asyncio.gather(*(environments.ensure(spec, lines.append) for lines in heard))

    assert len(set(builds)) == 1
    assert heard[0] == heard[1] == heard[2]
    assert heard[0], "they should have seen how it went"
    log = (home.builds / spec.hash / "build.log").read_text()
    assert log.count("Creating") >= 1


async def test_who_comes_late_is_told_what_was_said_before(
    environments: Environments, spec: DependencySpec, wait_for: Any
) -> None:
    early: list[str] = []
    late: list[str] = []
    first = asyncio.create_task(environments.ensure(spec, early.append))
    await wait_for(lambda: early, description="the first line")
    second = asyncio.create_task(environments.ensure(spec, late.append))

    await asyncio.gather(first, second)

    assert late == early


async def test_who_stops_waiting_does_not_stop_the_build(
    environments: Environments, spec: DependencySpec, wait_for: Any
) -> None:
    lines: list[str] = []
    impatient = asyncio.create_task(environments.ensure(spec, lines.append))
    await wait_for(lambda: lines)
    impatient.cancel()

    build = await environments.ensure(spec)

    assert build.python.exists()


async def test_different_specs_are_built_side_by_side_but_not_too_many(
    environments: Environments, interpreter: Interpreter, settings: Settings, home: Home, database: Database
) -> None:
    one_at_a_time = Environments(settings=replace(settings, max_builds=1), home=home, db=database)
    specs = [environments.spec_for(interpreter, [name]) for name in ("six==1.17.0", "iniconfig")]
    heard: list[str] = []

    await asyncio.gather(one_at_a_time.ensure(specs[0]), one_at_a_time.ensure(specs[1], heard.append))

    assert "Waiting for other builds to finish" in heard
    await one_at_a_time.close()


async def test_a_package_that_does_not_exist_fails_in_the_installers_words(
    environments: Environments, interpreter: Interpreter, home: Home, local_index: Any
) -> None:
    missing = environments.spec_for(interpreter, ["no-such-package-here==1.0"])

    with pytest.raises(EnvironmentBuildFailed) as failed:
        await environments.ensure(missing)

    assert "no-such-package-here" in failed.value.message
    assert failed.value.reason == "env_build_failed"
    assert "env-build-show" in str(failed.value.hint)
    row = await environments.builds.find(missing.hash)
    assert row.status == "failed"
    assert "no-such-package-here" in str(row.error)
    assert "no-such-package-here" in await environments.builds.log(missing.hash, size=10_000)
    assert partial(home) == []


async def test_a_failure_is_not_sticky(
    environments: Environments, interpreter: Interpreter, local_index: Any, says: Callable[..., str]
) -> None:
    spec = environments.spec_for(interpreter, ["latecomer==1.0"])
    with pytest.raises(EnvironmentBuildFailed):
        await environments.ensure(spec)

    local_index("latecomer", "1.0", {"latecomer.py": "VALUE = 42"})
    build = await environments.ensure(spec)

    assert says(build.python, "import latecomer; print(latecomer.VALUE)") == "42"
    assert (await environments.builds.find(spec.hash)).status == "ready"


async def test_constraints_hold_what_they_name(
    environments: Environments, interpreter: Interpreter, local_index: Any, says: Callable[..., str]
) -> None:
    local_index("upper", "1.0", {"upper.py": ""}, requires=["lower"])
    for version in ("1.0", "2.0"):
        local_index("lower", version, {"lower.py": f"VERSION = {version!r}"})

    build = await environments.ensure(environments.spec_for(interpreter, ["upper==1.0"], ["lower==1.0", "unused==9"]))

    assert says(build.python, "import lower; print(lower.VERSION)") == "1.0"


async def test_scripts_run_after_the_build_was_moved_into_its_place(
    environments: Environments, interpreter: Interpreter, local_index: Any
) -> None:
    entry = {"tool.py": "import sys\ndef main(): print('at', sys.prefix)", "tool-1.0.dist-info/entry_points.txt": ENTRY}
    local_index("tool", "1.0", entry)

    build = await environments.ensure(environments.spec_for(interpreter, ["tool==1.0"]))

    script = build.python.parent / ("tool.exe" if sys.platform == "win32" else "tool")
    done = subprocess.run([str(script)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"at {build.folder / 'venv'}"


ENTRY = "[console_scripts]\ntool = tool:main\n"


async def test_a_source_distribution_is_refused_where_that_was_decided(
    interpreter: Interpreter, settings: Settings, home: Home, database: Database, local_index: Any, tmp_path: Path
) -> None:
    import tarfile

    (tmp_path / "setup.py").write_text("raise SystemExit('code of a package ran')")
    with tarfile.open(tmp_path / "wheels" / "source-1.0.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "setup.py", "source-1.0/setup.py")
    strict = Environments(settings=replace(settings, allow_source_builds=False), home=home, db=database)

    with pytest.raises(EnvironmentBuildFailed) as failed:
        await strict.ensure(strict.spec_for(interpreter, ["source==1.0"]))

    assert "code of a package ran" not in failed.value.message
    await strict.close()


async def test_a_build_that_takes_too_long_is_ended_with_all_it_started(
    interpreter: Interpreter, settings: Settings, home: Home, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spl.daemon.environments import builder
    from spl.daemon.environments.installer import Plan, Step

    sleeper = Plan("a sleeper", (Step("Sleeping", ("sleep", "600")),), {}, movable=True)
    monkeypatch.setattr(builder, "plan", lambda *args, **options: sleeper)
    hasty = Environments(settings=replace(settings, build_seconds=0.2), home=home, db=database)

    with pytest.raises(EnvironmentBuildFailed, match=r"not built within 0\.2 seconds"):
        await hasty.ensure(hasty.spec_for(interpreter))

    assert partial(home) == []
    await hasty.close()


async def test_closing_ends_a_build_under_way(
    interpreter: Interpreter,
    settings: Settings,
    home: Home,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    wait_for: Any,
) -> None:
    from spl.daemon.environments import builder
    from spl.daemon.environments.installer import Plan, Step

    sleeper = Plan("a sleeper", (Step("Sleeping", ("sleep", "600")),), {}, movable=True)
    monkeypatch.setattr(builder, "plan", lambda *args, **options: sleeper)
    closing = Environments(settings=settings, home=home, db=database)
    spec = closing.spec_for(interpreter)
    lines: list[str] = []
    waiting = asyncio.create_task(closing.ensure(spec, lines.append))
    await wait_for(lambda: lines)

    await closing.close()

    with pytest.raises(Draining):
        await waiting
    assert partial(home) == []
    assert (await closing.builds.find(spec.hash)).status == "failed"


@pytest.mark.parametrize("damage", ["gone", "empty", "not json", "another spec", "no python"])
async def test_a_record_that_can_not_be_relied_on_means_rebuild(
    environments: Environments,
    spec: DependencySpec,
    settings: Settings,
    home: Home,
    database: Database,
    damage: str,
    says: Callable[..., str],
) -> None:
    build = await environments.ensure(spec)
    record = build.folder / "READY.json"
    match damage:
        case "gone":
            record.unlink()
        case "empty":
            record.write_text("")
        case "not json":
            record.write_bytes(b"\xff\x00{")
        case "another spec":
            record.write_text(record.read_text().replace(spec.hash, "0" * 32))
        case "no python":
            build.python.unlink()
    successor = Environments(settings=settings, home=home, db=database)

    again = await successor.ensure(spec)

    assert says(again.python, "import six; print(six.__version__)") == "1.17.0"
    await successor.close()
    assert partial(home) == []


async def test_a_build_that_vanishes_while_the_daemon_runs_is_made_again(
    environments: Environments, spec: DependencySpec
) -> None:
    build = await environments.ensure(spec)
    shutil.rmtree(build.folder)

    again = await environments.ensure(spec)

    assert again.python.exists()


async def test_what_a_killed_daemon_left_half_built_is_swept(
    environments: Environments, spec: DependencySpec, home: Home, database: Database
) -> None:
    half = home.builds / f"{BUILDING}123"
    (half / "venv").mkdir(parents=True)
    (home.builds / f"{RETIRED}456").mkdir()
    await database.write(lambda connection: store.begin_build(connection, spec, 1))

    await environments.recover()

    assert partial(home) == []
    row = await environments.builds.find(spec.hash)
    assert row.status == "failed"
    assert "ended while" in str(row.error)


async def test_a_build_that_was_ready_but_not_noted_is_ready(
    environments: Environments, spec: DependencySpec, database: Database
) -> None:
    await environments.ensure(spec)
    await database.write(lambda connection: store.begin_build(connection, spec, 1))

    await environments.recover()

    assert (await environments.builds.find(spec.hash)).status == "ready"


async def test_a_rebuild_replaces_the_build(environments: Environments, spec: DependencySpec) -> None:
    first = await environments.ensure(spec)
    (first.folder / "venv" / "mark").touch()

    again = await environments.builds.rebuild(spec.hash)

    assert again.built_at > first.built_at
    assert not (again.folder / "venv" / "mark").exists()
    assert await environments.ensure(spec) == again


async def test_a_rebuild_of_something_unknown_is_refused(environments: Environments) -> None:
    with pytest.raises(BuildNotFound):
        await environments.builds.rebuild("0" * 32)


async def test_a_failed_rebuild_leaves_the_present_build(
    environments: Environments, interpreter: Interpreter, local_index: Any, tmp_path: Path
) -> None:
    wheel = local_index("fading", "1.0", {"fading.py": ""}, requires=["companion"])
    companion = local_index("companion", "1.0", {"companion.py": ""})
    spec = environments.spec_for(interpreter, requirements=["fading"])
    first = await environments.ensure(spec)
    wheel.unlink()
    companion.unlink()

    with pytest.raises(EnvironmentBuildFailed):
        await environments.builds.rebuild(spec.hash)

    assert await environments.ensure(spec) == first
    row = await environments.builds.find(spec.hash)
    assert row.status == "ready"
    assert "fading" in str(row.error)


async def test_a_rebuild_waits_for_those_who_use_the_present_one(
    environments: Environments, spec: DependencySpec, wait_for: Any
) -> None:
    first = await environments.ensure(spec)
    environments.hold(spec.hash)
    lines: list[str] = []
    rebuilding = asyncio.create_task(environments.builds.rebuild(spec.hash, lines.append))
    await wait_for(lambda: [line for line in lines if "Waiting for 1 runs" in line], description="the wait for the run")

    assert read_ready(first.folder) == first, "it was pulled away from under a run"
    environments.release(spec.hash)

    assert (await rebuilding).built_at > first.built_at


async def test_a_rebuild_gives_up_where_runs_never_leave(
    environments: Environments, spec: DependencySpec, monkeypatch: pytest.MonkeyPatch, home: Home
) -> None:
    monkeypatch.setattr(builds_module, "SWAP_PATIENCE_SECONDS", 0.1)
    first = await environments.ensure(spec)

    with environments.builds.using(spec.hash), pytest.raises(BuildInUse):
        await environments.builds.rebuild(spec.hash)

    assert await environments.ensure(spec) == first
    assert (await environments.builds.find(spec.hash)).status == "ready"
    assert partial(home) == []


async def test_idle_workers_are_asked_to_leave_before_a_build_goes(
    environments: Environments, spec: DependencySpec
) -> None:
    left: list[str] = []

    async def leave(spec_hash: str) -> None:
        left.append(spec_hash)

    environments.on_leaving(leave)
    await environments.ensure(spec)
    left.clear()

    await environments.builds.rebuild(spec.hash)
    await environments.builds.remove(spec.hash)

    assert left == [spec.hash, spec.hash]


async def test_a_removed_build_is_gone_and_can_be_made_again(
    environments: Environments, spec: DependencySpec, home: Home
) -> None:
    build = await environments.ensure(spec)

    await environments.builds.remove(spec.hash)

    assert not build.folder.exists()
    with pytest.raises(BuildNotFound):
        await environments.builds.find(spec.hash)
    assert (await environments.ensure(spec)).python.exists()


async def test_a_build_in_use_is_not_removed(environments: Environments, spec: DependencySpec) -> None:
    build = await environments.ensure(spec)

    with environments.builds.using(spec.hash), pytest.raises(BuildInUse, match="1 runs are using"):
        await environments.builds.remove(spec.hash)

    assert build.python.exists()


async def test_its_size_is_known_after_a_while(environments: Environments, spec: DependencySpec, wait_for: Any) -> None:
    await environments.ensure(spec)
    for _ in range(500):
        size = (await environments.builds.find(spec.hash)).size_bytes
        if size is not None:
            break
        await asyncio.sleep(0.01)

    assert size is not None
    assert 0 < size < 10_000_000


async def test_the_daemons_secrets_stay_out_of_the_build(
    environments: Environments, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPL_DAEMON_TOKEN", "spld_secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws_secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("UV_PYTHON", "/elsewhere")
    spec = environments.spec_for(interpreter, ["six==1.17.0"])

    environment = plan(spec, Path("/b"), home=Path("/"), allow_source=True).environment

    assert not {"SPL_DAEMON_TOKEN", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "UV_PYTHON"} & set(environment)
    assert environment["UV_PYTHON_DOWNLOADS"] == "never"
