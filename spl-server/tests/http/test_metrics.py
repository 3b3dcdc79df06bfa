"""`/metrics`: what happens in the process, and what is counted in the tables."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio


async def scraped(client: httpx.AsyncClient, token: str) -> dict[str, float]:
    answer = await client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


@pytest.fixture
def operator(people: Any) -> str:
    token: str = people.token(people.user("olga", admin=True), ["ops:read"])
    return token


async def test_requests_and_refusals_are_counted(any_client: httpx.AsyncClient, operator: str) -> None:
    await any_client.get("/health")
    await any_client.get("/machines")

    found = await scraped(any_client, operator)

    assert found['spl_requests_total{method="GET",route="/health",status="200"}'] == 1
    assert found['spl_requests_total{method="GET",route="/machines",status="401"}'] == 1
    assert found['spl_refused_total{code="unauthorized"}'] == 1
    assert found['spl_request_seconds_count{method="GET",route="/health"}'] == 1
    assert found["spl_open_requests"] == 1  # the scrape itself
    assert found["spl_writes_waiting"] == 0


async def test_machines_that_hold_a_lease_are_counted(
    any_client: httpx.AsyncClient, any_server: Any, operator: str, people: Any
) -> None:
    from sqlalchemy import text

    machine, _ = people.machine(people.user("mia"))
    people.machine(people.user("noa"))
    lease = text("UPDATE machines SET lease_expires_at = :at WHERE id = :id")
    at = any_server.clock.wall_ms() + 1000
    await any_server.db.write(lambda session: session.execute(lease, {"at": at, "id": machine}) and None)

    assert (await scraped(any_client, operator))["spl_machines_connected"] == 1
    any_server.clock.advance(2000)
    assert (await scraped(any_client, operator))["spl_machines_connected"] == 0


async def test_they_are_for_those_who_run_the_server(any_client: httpx.AsyncClient, people: Any) -> None:
    token = people.token(people.user("paul"), ["catalog:read"])

    answer = await any_client.get("/metrics", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 403
