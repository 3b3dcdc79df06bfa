"""Server, daemons and workers are ended and frozen at random moments; no promise breaks."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from .served_history import broken_promises
from .served_world import ServedWorld, server_command
from .world import wait_until

FAULTS = int(os.environ.get("SPL_TEST_SERVED_FAULTS", "300"))
"""A release is tested with thousands."""

DATABASE_URL = os.environ.get("SPL_TEST_SERVED_DATABASE_URL", "")
"""An empty PostgreSQL database for the server; SQLite without it."""

# More than the two machines have places, so that runs also wait.
CALLERS = 20

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServedWorld:
    monkeypatch.setenv("SPL_STATE_DIR", str(tmp_path / "state"))
    seed = int(os.environ.get("SPL_TEST_SEED", random.SystemRandom().randrange(10**6)))
    return ServedWorld(tmp_path, seed, DATABASE_URL)


def test_no_accepted_remote_run_is_lost_or_starts_or_ends_twice(world: ServedWorld):
    """Callers create and cancel runs, processes die, each accepted run has one outcome and no start too many."""
    began = time.monotonic()
    callers = [threading.Thread(target=world.submit_for_ever, args=(number,)) for number in range(1, CALLERS + 1)]
    try:
        world.start()
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
        world.end()
        history = world.history()
        states = Counter(row.state for row in history.rows)
        seconds = time.monotonic() - began
        print(f"\nseed {world.seed}: {len(world.faults)} faults {dict(Counter(world.faults))} in {seconds:.0f} s")
        print(f"{len(world.accepted)} runs accepted, {dict(states)}, {len(history.attempts)} attempts")
        assert broken_promises(history) == []
        assert world.leftovers() == []
        options = ("--database-url", DATABASE_URL) if DATABASE_URL else ()
        server_command(world.server.home, "doctor", options=options)
        server_command(world.server.home, "audit", "verify", options=options)
        assert states["succeeded"] > 2 * FAULTS  # it was not all refused
    finally:
        world.close()
    wait_until(lambda: not world.marked_processes(), "no process is left over")
