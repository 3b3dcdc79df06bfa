"""Plays the worlds of some seeds: `python -m simulation.play FIRST COUNT`, from the folder of the tests."""

from __future__ import annotations

import sys

from .stage import Memory
from .world import Violation, World


def worlds(first: int, count: int) -> float:
    """Play them; how many hours went by in them."""
    memory = Memory()
    hours = 0.0
    for seed in range(first, first + count):
        world = World(seed, memory)
        try:
            world.play()
        except Exception as error:
            raise Violation(f"seed {seed} at {world.now} ms: {type(error).__name__}: {error}") from error
        hours += world.now / 3_600_000
    return hours


if __name__ == "__main__":
    print(worlds(int(sys.argv[1]), int(sys.argv[2])))
