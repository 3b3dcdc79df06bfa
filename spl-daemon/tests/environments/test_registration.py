"""Environments by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from spl.core.errors import EnvironmentNotFound, NotAPython
from spl.daemon.db import Database
from spl.daemon.environments import Environments, store
from spl.daemon.home import Home
from spl.daemon.settings import Settings

pytestmark = pytest.mark.anyio


async def test_a_registered_python_is_found_by_its_name(environments: Environments) -> None:
    known = await environments.register("default", sys.executable)

    assert (await environments.resolve("default")) == known.interpreter
    assert [entry.interpreter.env for entry in await environments.all()] == ["default"]


async def test_what_is_no_python_is_not_registered(environments: Environments) -> None:
    with pytest.raises(NotAPython):
        await environments.register("default", "/bin/ls" if sys.platform != "win32" else "C:\\Windows")

    assert await environments.all() == []


async def test_registering_again_replaces_and_keeps_the_day_of_birth(environments: Environments) -> None:
    first = await environments.register("default", sys.executable)
    again = await environments.register("default", sys.executable)

    assert again.created_at == first.created_at
    assert again.updated_at >= first.updated_at


async def test_an_unknown_name_is_answered_with_the_known_ones(environments: Environments) -> None:
    await environments.register("default", sys.executable)

    with pytest.raises(EnvironmentNotFound, match="There are: default") as refused:
        await environments.resolve("prod")

    assert "register_env('prod')" in str(refused.value.hint)


async def test_a_forgotten_name_is_unknown(environments: Environments) -> None:
    await environments.register("default", sys.executable)

    await environments.forget("default")

    with pytest.raises(EnvironmentNotFound):
        await environments.resolve("default")
    with pytest.raises(EnvironmentNotFound):
        await environments.forget("default")


async def test_names_outlive_the_daemon(
    environments: Environments, settings: Settings, home: Home, database: Database
) -> None:
    known = await environments.register("default", sys.executable)
    successor = Environments(settings=settings, home=home, db=database)

    assert await successor.resolve("default") == known.interpreter


async def test_who_wants_to_know_is_told_of_changes(environments: Environments) -> None:
    told: list[bool] = []
    environments.on_changed(lambda: told.append(True))

    await environments.register("default", sys.executable)
    await environments.forget("default")

    assert len(told) == 2


async def test_an_interpreter_that_was_upgraded_in_place_is_asked_again(
    environments: Environments, database: Database
) -> None:
    known = await environments.register("default", sys.executable)
    old = known.interpreter.identity.__class__("3.9.0", "cpython", "somewhere-else")
    from dataclasses import replace

    before = replace(known.interpreter, identity=old)
    await database.write(lambda connection: store.put_environment(connection, before, 0))
    environments._known.clear()

    assert await environments.resolve("default") == known.interpreter


async def test_an_interpreter_that_is_gone_is_named(environments: Environments, database: Database) -> None:
    from dataclasses import replace

    known = await environments.register("default", sys.executable)
    gone = replace(known.interpreter, python=Path("/gone/python"), base_python=Path("/gone/python"))
    await database.write(lambda connection: store.put_environment(connection, gone, 0))
    environments._known.clear()

    with pytest.raises(NotAPython, match="/gone/python"):
        await environments.resolve("default")
