"""The served world tells when a machine breaks a promise: the defect is put into real daemons."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import pytest

from . import served_world
from .served_caller import Caller
from .served_history import broken_promises
from .served_world import ServedWorld

FOLDER = Path(__file__).with_name("defects")
RUNS = 10
# A world that keeps its promises needs about two seconds; one that doesn't never comes to rest.
SETTLE_SECONDS = 20.0

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(240)]


def told_by(folder: Path, defect: str) -> str:
    """Everything that is wrong after some runs in a world with that defect; nothing is killed."""
    world = ServedWorld(folder, 1, child_env={"PYTHONPATH": str(FOLDER), "SPL_TEST_DEFECT": defect} if defect else {})
    try:
        world.start()
        with closing(Caller(world.server.url, world.token)) as caller:
            for n in range(RUNS):
                world.submit(caller, n, random.Random(n))
        try:
            world.settle()
            settled: list[str] = []
        except AssertionError as restless:
            settled = [str(restless)]
        world.end()
        return "\n".join([*settled, *broken_promises(world.history()), *world.leftovers()])
    finally:
        world.close()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(served_world, "SETTLE_SECONDS", SETTLE_SECONDS)


def test_a_world_without_a_defect_has_nothing_to_tell(tmp_path: Path):
    assert told_by(tmp_path, "") == ""


def test_a_machine_that_starts_unasked_is_seen(tmp_path: Path):
    assert "with 0 permissions" in told_by(tmp_path, "starts_unasked")
