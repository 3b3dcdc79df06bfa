"""Server, daemons and workers are ended and frozen at random moments; no promise breaks."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from .served_history import broken_promises
from .served_world import ServedWorld, server_command
from .world import wait_until

import postgresql  # isort: skip  # in tools/, which served_world puts on the path

FAULTS = int(os.environ.get("SPL_TEST_SERVED_FAULTS", "300"))
"""A release is tested with thousands."""

POSTGRESQL_FAULTS = int(os.environ.get("SPL_TEST_SERVED_POSTGRESQL_FAULTS", "30"))
"""The same promises on the other database; what is different there are the locks and the wake-ups."""

DATABASE_URL = os.environ.get("SPL_TEST_SERVED_DATABASE_URL", "")
"""An empty PostgreSQL database for the server; SQLite without it."""

# More than the two machines have places, so that runs also wait.
CALLERS = 20

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[postgresql.Cluster]:
    """Started before a world is, so that it is not taken for something that the world left behind."""
    with ExitStack() as ends:
        try:
            cluster = ends.enter_context(postgresql.cluster())
        except postgresql.NoPostgresql as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))
        yield cluster


@pytest.fixture
def made_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ServedWorld]:
    """`made_world(database_url)`; SQLite where that is empty."""
    monkeypatch.setenv("SPL_STATE_DIR", str(tmp_path / "state"))
    seed = int(os.environ.get("SPL_TEST_SEED", random.SystemRandom().randrange(10**6)))
    return lambda url: ServedWorld(tmp_path, seed, url)


def test_no_accepted_remote_run_is_lost_or_starts_or_ends_twice(made_world: Callable[[str], ServedWorld]):
    """Callers create and cancel runs, processes die, each accepted run has one outcome and no start too many."""
    survives(made_world(DATABASE_URL), FAULTS)


def test_on_postgresql_no_accepted_remote_run_is_lost_or_starts_or_ends_twice(
    cluster: postgresql.Cluster, made_world: Callable[[str], ServedWorld]
):
    survives(made_world(cluster.create("killed")), POSTGRESQL_FAULTS)


def survives(world: ServedWorld, faults: int) -> None:
    url = world.database_url
    began = time.monotonic()
    callers = [threading.Thread(target=world.submit_for_ever, args=(number,)) for number in range(1, CALLERS + 1)]
    try:
        world.start()
        for caller in callers:
            caller.start()
        try:
            for _ in range(faults):
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
        options = ("--database-url", url) if url else ()
        server_command(world.server.home, "doctor", options=options)
        server_command(world.server.home, "audit", "verify", options=options)
        assert states["succeeded"] > 2 * faults  # it was not all refused
    finally:
        world.close()
    wait_until(lambda: not world.marked_processes(), "no process is left over")
