"""A machine replaces its own token in time, and is never without one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spl.daemon.server_link.rotation import left_ms

from .conftest import connect
from .stand_in import MACHINE_TOKEN, StandIn

DAY = 24 * 3_600_000
Wait = Callable[..., Any]


def kept(daemon: Any) -> str:
    (path,) = Path(daemon.home.connections).glob("*.token")
    return path.read_text().strip()


@pytest.mark.parametrize(
    ("age", "left", "due"),
    [
        (0, 365 * DAY, True),
        (240 * DAY, 125 * DAY, True),
        (250 * DAY, 115 * DAY, False),
        (365 * DAY, 0, False),
        # replaced at the server, but the answer never came here: the old one lives a day more
        (250 * DAY, DAY, False),
    ],
)
def test_a_token_is_replaced_when_a_third_of_its_life_is_left(age: int, left: int, due: bool) -> None:
    ahead = 5_000_000  # the two clocks need not agree

    found, wait = left_ms(written_at=1_000, now=1_000 + age, server_time=ahead, expires_at=ahead + left)

    assert found == left
    assert (wait > 0) is due


@pytest.mark.parametrize("fault", [None, "lost", "garbage", "500"])
def test_a_machine_replaces_its_token_and_goes_on_with_the_new_one(
    daemon_factory: Callable[..., Any], server: StandIn, wait_until: Wait, fault: str | None
) -> None:
    server.token_life_ms = 9_000
    if fault is not None:
        server.fault("/machine-token/rotate", fault)
    daemon = daemon_factory()
    connect(daemon, server)

    wait_until(lambda: kept(daemon) != MACHINE_TOKEN, description="the new token", seconds=60)
    new = kept(daemon)
    server.token_life_ms = 365 * DAY
    server.machine_tokens = [one for one in server.machine_tokens if one != MACHINE_TOKEN]  # a day has gone by
    wait_until(lambda: server.bearers[-1] == new, description="a request with it", seconds=60)

    assert daemon.request("GET", "/server").json()["status"] == "connected"
    assert kept(daemon) in server.machine_tokens
