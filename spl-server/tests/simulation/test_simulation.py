"""Thousands of small worlds, each from its seed: nothing is lost, nothing runs twice, everything ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import pytest
from sqlalchemy import bindparam, update
from sqlalchemy.exc import IntegrityError

from daemon_server.runs import attempting, inbox, reaper, store
from daemon_server.runs.tables import runs

from .stage import Memory
from .world import Machine, Violation, World

SEEDS = int(os.environ.get("SPL_SIMULATION_SEEDS", "3000"))
PROCESSES = 2
# A fault in the protocol shows within this many worlds.
SEEDS_OF_A_DEFECT = 600


def worlds(first: int, count: int) -> tuple[int, float]:
    """Play the worlds of some seeds: how many there were, and how many hours went by in them."""
    memory = Memory()
    hours = 0.0
    for seed in range(first, first + count):
        world = World(seed, memory)
        try:
            world.play()
        except Exception as error:
            raise Violation(f"seed {seed} at {world.now} ms: {type(error).__name__}: {error}") from error
        hours += world.now / 3_600_000
    return count, hours


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_world_ends_well() -> None:
    """Safety at every moment, and once the faults stop every run has ended."""
    began = time.monotonic()
    each = SEEDS // (PROCESSES * 10)
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        played = list(pool.map(worlds, range(0, each * PROCESSES * 10, each), [each] * (PROCESSES * 10)))
    seeds, hours = (sum(column) for column in zip(*played, strict=True))

    print(f"\n{seeds} seeds, {hours:.0f} simulated hours in {time.monotonic() - began:.0f} s")
    assert seeds == each * PROCESSES * 10
    assert hours > seeds * 150_000 / 3_600_000


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
