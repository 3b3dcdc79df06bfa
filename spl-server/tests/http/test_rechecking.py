"""A credential that ends, ends what waits with it; requests of others wait on."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from daemon_server.identity import tokens

pytestmark = pytest.mark.anyio


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def revoke(server: Any, raw: str) -> None:
    await server.db.write(lambda session: tokens.revoke(session, raw[5:15], by=None))


async def subscribed(server: Any, count: int) -> None:
    async with asyncio.timeout(20):
        while server.topics.subscribers < count:
            await asyncio.sleep(0.01)


@pytest.fixture
def connected(any_client: httpx.AsyncClient) -> Any:
    async def connect(token: str) -> str:
        body = {"boot_id": "boot", "capacity": 4}
        answer = await any_client.post("/connections/connect", json=body, headers=bearer(token))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["connection_id"])

    return connect


async def test_a_machine_whose_token_is_revoked_waits_no_longer(
    any_client: httpx.AsyncClient, any_server: Any, people: Any, connected: Any
) -> None:
    _, revoked = people.machine(people.user("alice"), "one")
    _, other = people.machine(people.user("bob"), "two")
    polls = []
    for number, token in enumerate((revoked, other), 1):
        body = {"connection_id": await connected(token), "poll": 1, "wait": 8, "capacity": 1}
        ask = any_client.post("/sync", json=body, headers=bearer(token), timeout=40)
        polls.append(asyncio.create_task(ask))
        await subscribed(any_server, number)

    await revoke(any_server, revoked)
    done, _ = await asyncio.wait(polls, timeout=5, return_when=asyncio.FIRST_COMPLETED)

    assert done == {polls[0]}
    assert polls[0].result().status_code == 401
    assert polls[0].result().json()["code"] == "token_revoked"
    assert (await polls[1]).status_code == 200


async def test_who_revokes_its_own_token_is_answered(any_client: httpx.AsyncClient, people: Any) -> None:
    token = people.token(people.user("alice"))

    answer = await any_client.delete(f"/tokens/{token[5:15]}", headers=bearer(token))

    assert answer.status_code in (200, 204)
    assert (await any_client.get("/whoami", headers=bearer(token))).status_code == 401
