"""Long pipelines: linear in nodes, and never recursive."""

from __future__ import annotations

from time import perf_counter

import pytest

from spl.core.builder import PipelineBuilder, lift
from spl.core.entities.pipeline import Pipeline


def inc(x: int) -> int:
    return x + 1


def two(a: int, b: int) -> int:
    return a + b


def chain(size: int) -> PipelineBuilder:
    last = lift(inc)
    for _ in range(size - 1):
        last = lift(inc).bind(x=last)
    return last


def best(size: int) -> tuple[float, Pipeline]:
    """Seconds per node, the best of five."""
    rounds = []
    for _ in range(5):
        begin = perf_counter()
        pipeline = chain(size).alias("end").render("chain")
        rounds.append((perf_counter() - begin) / size)
    return min(rounds), pipeline


@pytest.mark.parametrize("size", [100, 1_000, 10_000])
def test_a_chain_is_built_in_microseconds_a_node(size: int):
    seconds, pipeline = best(size)

    assert len(pipeline.nodes) == size
    assert seconds < 60e-6  # the bar is 20 us; three times that, for busy machines


def test_a_chain_of_a_hundred_thousand_is_built_bound_and_let_go():
    long = chain(100_000).bind_all(x=0)

    pipeline = long.render()

    assert len(pipeline.nodes) == 100_000
    assert pipeline.inputs == ()
    del long, pipeline


def test_steps_shared_again_and_again_are_walked_once():
    last = lift(inc)
    for _ in range(500):
        last = lift(two).bind(a=last, b=last)

    assert len(last.bind(x=1).render().nodes) == 501
