"""A loop begins, can be woken, survives its mistakes, and ends."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from spl.daemon.loops import Loop, running

pytestmark = pytest.mark.anyio

NEVER = 3600.0


class Counter:
    def __init__(self, *, fails: int = 0) -> None:
        self.count = 0
        self.fails = fails

    async def __call__(self) -> None:
        self.count += 1
        if self.count <= self.fails:
            raise RuntimeError("this time it went wrong")


async def test_a_loop_waits_for_its_time(wait_for: Any) -> None:
    tick = Counter()
    async with running(Loop("often", tick, every=0.01)):
        await wait_for(lambda: tick.count >= 3)


async def test_a_loop_may_begin_at_once(wait_for: Any) -> None:
    tick = Counter()
    async with running(Loop("at once", tick, every=NEVER, first=0.0)):
        await wait_for(lambda: tick.count == 1)


async def test_a_loop_can_be_woken(wait_for: Any) -> None:
    tick = Counter()
    loop = Loop("sleeper", tick, every=NEVER)
    async with running(loop):
        assert tick.count == 0
        loop.wake()
        await wait_for(lambda: tick.count == 1)


async def test_a_tick_that_fails_is_logged_and_the_loop_goes_on(
    wait_for: Any, caplog: pytest.LogCaptureFixture
) -> None:
    tick = Counter(fails=1)
    with caplog.at_level(logging.ERROR):
        async with running(Loop("clumsy", tick, every=0.01)):
            await wait_for(lambda: tick.count >= 2)

    assert "clumsy" in caplog.text


async def test_loops_end_with_the_block() -> None:
    before = asyncio.all_tasks()

    async with running(Loop("a", Counter(), every=NEVER), Loop("b", Counter(), every=NEVER)):
        names = {task.get_name() for task in asyncio.all_tasks() - before}

    assert {"a", "b"} <= names
    assert asyncio.all_tasks() == before


async def test_a_mistake_in_the_block_is_what_the_caller_sees() -> None:
    with pytest.raises(KeyError, match="mine"):
        async with running(Loop("a", Counter(), every=NEVER)):
            raise KeyError("mine")
