"""Which builds go: the old ones, then the longest unused; never one that runs use."""

from __future__ import annotations

from pathlib import Path

import pytest

from spl.daemon.db import Database
from spl.daemon.environments import DependencySpec, Environments, Identity, Interpreter, store
from spl.daemon.environments.pruning import DAY_MS, superfluous
from spl.daemon.environments.store import BuildRow

NOW = 100 * DAY_MS


def row(name: str, *, unused_days: float, size: int | None = 100) -> BuildRow:
    spec = DependencySpec(Identity("3.13.0", "cpython", "x"), (name,))
    used_at = NOW - round(unused_days * DAY_MS)
    return BuildRow(spec, "ready", None, 1, 1, used_at, size, 1)


def names(rows: list[BuildRow]) -> list[str]:
    return [entry.spec.wanted[0] for entry in rows]


BUILDS = [row("new", unused_days=1), row("old", unused_days=50), row("older", unused_days=60)]


def test_without_a_bound_nothing_goes() -> None:
    assert superfluous(BUILDS, now=NOW) == []


def test_what_was_not_used_for_long_goes() -> None:
    assert names(superfluous(BUILDS, now=NOW, older_than_days=30)) == ["older", "old"]


def test_the_longest_unused_go_until_the_rest_fits() -> None:
    assert names(superfluous(BUILDS, now=NOW, max_bytes=200)) == ["older"]
    assert names(superfluous(BUILDS, now=NOW, max_bytes=199)) == ["older", "old"]
    assert names(superfluous(BUILDS, now=NOW, max_bytes=300)) == []


def test_builds_in_use_take_room_but_stay() -> None:
    assert names(superfluous(BUILDS, now=NOW, kept_bytes=150, max_bytes=300)) == ["older", "old"]


def test_age_and_size_together() -> None:
    assert names(superfluous(BUILDS, now=NOW, older_than_days=55, max_bytes=100)) == ["older", "old"]


def test_a_build_of_unknown_size_goes_by_age_alone() -> None:
    unmeasured = [row("unmeasured", unused_days=2, size=None), row("new", unused_days=1)]

    assert names(superfluous(unmeasured, now=NOW, older_than_days=1.5)) == ["unmeasured"]
    assert names(superfluous(unmeasured, now=NOW, max_bytes=100)) == []


def test_everything_goes_when_everything_is_asked_for() -> None:
    assert len(superfluous(BUILDS, now=NOW, older_than_days=0)) == 3


@pytest.mark.anyio
class TestWithRealBuilds:
    """The service around the decision."""

    async def test_a_dry_run_removes_nothing(self, environments: Environments, interpreter: Interpreter) -> None:
        build = await environments.ensure(environments.spec_for(interpreter))

        going = await environments.builds.prune(older_than_days=0, dry_run=True)

        assert [entry.spec.hash for entry in going] == [build.spec_hash]
        assert build.python.exists()

    async def test_a_prune_removes_files_and_rows(self, environments: Environments, interpreter: Interpreter) -> None:
        build = await environments.ensure(environments.spec_for(interpreter))

        await environments.builds.prune(older_than_days=0)

        assert not build.folder.exists()
        assert await environments.builds.page(limit=10) == []

    async def test_a_build_in_use_is_passed_over(self, environments: Environments, interpreter: Interpreter) -> None:
        build = await environments.ensure(environments.spec_for(interpreter))

        with environments.builds.using(build.spec_hash):
            assert await environments.builds.prune(older_than_days=0, max_bytes=0) == []

        assert build.python.exists()

    async def test_uses_are_remembered_without_a_write_for_each(
        self, environments: Environments, interpreter: Interpreter, database: Database
    ) -> None:
        build = await environments.ensure(environments.spec_for(interpreter))
        await database.write(lambda connection: store.note_uses(connection, {build.spec_hash: 1}))
        await environments.ensure(environments.spec_for(interpreter))
        assert (await environments.builds.find(build.spec_hash)).last_used_at == 1

        await environments.builds.note_uses()

        assert (await environments.builds.find(build.spec_hash)).last_used_at > 1

    async def test_a_record_of_a_failure_can_be_pruned(
        self, environments: Environments, interpreter: Interpreter
    ) -> None:
        from spl.core.errors import EnvironmentBuildFailed

        spec = environments.spec_for(interpreter, ["no-such-package-here==1.0"])
        with pytest.raises(EnvironmentBuildFailed):
            await environments.ensure(spec)

        await environments.builds.prune(older_than_days=0)

        assert await environments.builds.page(limit=10) == []
        assert not list(Path(environments.builds._home.builds).iterdir())
