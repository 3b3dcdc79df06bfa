"""Server, daemons and workers are ended and frozen at random moments; no promise breaks."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest

from .served_world import ServedWorld, broken_promises
from .world import wait_until

FAULTS = int(os.environ.get("SPL_TEST_SERVED_FAULTS", "300"))
"""A release is tested with thousands."""

CALLERS = 3

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServedWorld:
    monkeypatch.setenv("SPL_STATE_DIR", str(tmp_path / "state"))
    return ServedWorld(tmp_path, int(os.environ.get("SPL_TEST_SEED", random.SystemRandom().randrange(10**6))))


def test_no_accepted_remote_run_is_lost_or_starts_or_ends_twice(world: ServedWorld):
    """Callers create runs, processes die, each accepted run has one outcome and began at most once."""
    world.start()
    callers = [threading.Thread(target=world.submit_for_ever, args=(number,)) for number in range(CALLERS)]
    try:
        for caller in callers:
            caller.start()
        try:
            for _ in range(FAULTS):
                world.fault()
        finally:
            world.stopping.set()
            for caller in callers:
                caller.join()
        world.settle()
        broken = broken_promises(world)
        states = sorted(row["state"] for row in world.recorded().values())
        told = {state: states.count(state) for state in dict.fromkeys(states)}
        print(f"\nseed {world.seed}: {len(world.faults)} faults, {len(world.accepted)} runs accepted, {told}")
        assert broken == []
        assert told.get("succeeded", 0) > FAULTS  # it was not all refused
    finally:
        world.close()
    wait_until(lambda: not world.marked_processes(), "no process is left over")
