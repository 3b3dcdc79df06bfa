"""Thousands of small worlds, each from its seed: nothing is lost, nothing runs twice, everything ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, update
from sqlalchemy.exc import IntegrityError

from daemon_server.runs import attempting, inbox, reaper, store
from daemon_server.runs.tables import runs

from .stage import Memory
from .world import FAULTS_MS, Machine, Violation, World

SEEDS = int(os.environ.get("SPL_SIMULATION_SEEDS", "3000"))
PROCESSES = 2
TESTS = Path(__file__).parents[1]
# A fault in the protocol shows within this many worlds.
SEEDS_OF_A_DEFECT = 600


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_world_ends_well() -> None:
    """Safety at every moment, and once the faults stop every run has ended."""
    began = time.monotonic()
    each = SEEDS // PROCESSES
    words = [sys.executable, "-m", "simulation.play"]
    players = [
        subprocess.Popen(
            [*words, str(index * each), str(each)], cwd=TESTS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for index in range(PROCESSES)
    ]
    told = [player.communicate() for player in players]

    for player, (_, errors) in zip(players, told, strict=True):
        assert player.returncode == 0, errors[-2000:]
    hours = sum(float(out) for out, _ in told)
    print(f"\n{each * PROCESSES} seeds, {hours:.0f} simulated hours in {time.monotonic() - began:.0f} s")
    assert hours > each * PROCESSES * FAULTS_MS / 3_600_000 / 2  # a world without faults left to come may end early


def test_a_seed_tells_the_same_story_again() -> None:
    memory = Memory()
    stories = []
    for _ in range(2):
        world = World(11, memory)
        world.play()
        stories.append((world.now, world.server.states(), sorted(world.executed)))

    assert stories[0] == stories[1]


# --- the checker itself: each of these defects has to be seen ---------------------------------------------------------


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _unfenced(step: store.Move) -> store.Move:
    """The same move, for whoever names the run."""
    edge = step.edge
    values = dict(step.statement._values)  # type: ignore[arg-type]
    wide = update(runs).where(runs.c.id == bindparam("run_id"), runs.c.state.in_(["claimed", *edge.before]))
    return store.Move(edge, wide.values(values).returning(*(runs.c[name] for name in store.MOVED)))


def no_fence_guard() -> Any:
    return replaced(attempting, "_ENDS", {name: _unfenced(step) for name, step in attempting._ENDS.items()})


def forgetful_inbox() -> Any:
    def arrive(session: Any, machine_id: str, events: Any) -> set[str]:
        return {event.id for event in events}

    return replaced(inbox, "_arrive", arrive)


def reaper_over_the_end() -> Any:
    late = runs.c.finished_at < bindparam("now")
    values = dict(reaper._LOSE.statement._values)  # type: ignore[arg-type]
    wide = update(runs).where(late).values(values).returning(*(runs.c[name] for name in store.MOVED))
    return replaced(reaper, "_LOSE", store.Move(reaper._LOSE.edge, wide))


def blind_to_jumps() -> Any:
    return replaced(reaper, "LARGEST_DRIFT_MS", 10**15)


def start_for_anybody() -> Any:
    return replaced(attempting, "_START", _unfenced(attempting._START))


class SpawnsUnasked(Machine):
    asks_before_start = False


class ForgetsFences(Machine):
    remembers_fences = False


class WritesAfterwards(Machine):
    writes_spawned_first = False


class NeverGivesUp(Machine):
    fences_itself = False


DEFECTS: dict[str, tuple[Callable[[], Any] | None, type[Machine]]] = {
    "an end is taken without its fence": (no_fence_guard, Machine),
    "the inbox forgets": (forgetful_inbox, Machine),
    "the reaper writes over ends": (reaper_over_the_end, Machine),
    "jumps of the clock are not seen": (blind_to_jumps, Machine),
    "a machine starts without permission": (None, SpawnsUnasked),
    "a machine forgets fences": (None, ForgetsFences),
    "a machine writes down that it started only afterwards": (None, WritesAfterwards),
    "a machine goes on when it is not heard": (None, NeverGivesUp),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_seen(name: str) -> None:
    break_it, kind = DEFECTS[name]
    memory = Memory()
    with break_it() if break_it is not None else replaced(attempting, "__name__", attempting.__name__):
        for seed in range(SEEDS_OF_A_DEFECT):
            try:
                World(seed, memory, machine_kind=kind).play()
            except (Violation, IntegrityError, AssertionError) as seen:
                print(f"\n{name}: seed {seed}: {str(seen)[:120]}")
                return
    pytest.fail(f"{SEEDS_OF_A_DEFECT} worlds did not show it")
