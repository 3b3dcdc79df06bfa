"""The way out: no step of it can keep the daemon from leaving."""

from __future__ import annotations

import asyncio
import logging

import pytest

from spl.daemon.composition import _ended

pytestmark = pytest.mark.anyio


async def test_a_step_that_never_comes_back_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        await _ended("closing runs", asyncio.sleep(3600), seconds=0.01)

    assert "closing runs took more than 0.01 seconds" in caplog.text


async def test_a_step_that_fails_is_told_and_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> None:
        raise RuntimeError("the pool is stuck")

    with caplog.at_level(logging.ERROR):
        await _ended("closing runs", broken(), seconds=1)

    assert "closing runs failed" in caplog.text
    assert "the pool is stuck" in caplog.text


async def test_whoever_cancels_the_way_out_is_heard() -> None:
    leaving = asyncio.create_task(_ended("closing runs", asyncio.sleep(3600), seconds=3600))
    await asyncio.sleep(0)
    leaving.cancel()

    with pytest.raises(asyncio.CancelledError):
        await leaving
