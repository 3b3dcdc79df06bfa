"""The gate: who is let in, in which order they are asked, and what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import Field
from starlette.middleware import Middleware
from starlette.requests import Request

from daemon_server.http.answers import HANDLERS, Unexpected
from daemon_server.http.context import Server
from daemon_server.http.dependencies import PrincipalDep
from daemon_server.http.gate import Gate
from daemon_server.http.routing import Router, StrictModel
from daemon_server.http.rulebook import Rulebook
from daemon_server.http.rules import PUBLIC, Rule
from daemon_server.settings import Settings

pytestmark = pytest.mark.anyio

router = Router()


class Body(StrictModel):
    number: int = Field(ge=0)


@router.get("/health", rule=PUBLIC)
async def health() -> dict[str, str]:
    return {"status": "ok"}


@router.post("/session", rule=PUBLIC)
async def login() -> dict[str, str]:
    return {}


@router.get("/things/{name}", rule=Rule(user="catalog:read"))
async def thing(name: str, principal: PrincipalDep) -> dict[str, str]:
    return {"name": name, "for": principal.user}


@router.post("/things", rule=Rule(user="object:write", machine="machine:publish"))
async def add_thing(body: Body) -> dict[str, int]:
    return {"number": body.number}


@router.post("/broken", rule=Rule(user=True))
async def broken() -> None:
    raise RuntimeError("splu_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP is a secret")


@router.put("/blobs/{name}", rule=Rule(user=True, body="chunk_bytes"))
async def pour(request: Request) -> dict[str, int]:
    return {"size": sum([len(chunk) async for chunk in request.stream()])}


@pytest.fixture
def settings(home: Any) -> Settings:
    return Settings(
        home=home.root, ballast_bytes=0, body_bytes=100, chunk_bytes=1_000, body_seconds=0.2,
        failures_per_minute=5, requests_per_minute=8, logins_per_minute=3, trusted_proxies="192.0.2.0/24",
    )  # fmt: skip


@pytest.fixture
async def client(server: Server, people: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to a few routes behind a real gate."""
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        exception_handlers=HANDLERS,
        middleware=[Middleware(Gate, server=server, rulebook=Rulebook(router.routes)), Middleware(Unexpected)],
    )
    app.router.routes[:] = router.routes
    app.state.server = server
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 1), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def alice(people: Any) -> dict[str, str]:
    """The headers of a user who may read and write."""
    token = people.token(people.user("alice"), ["catalog:read", "object:write"])
    return {"Authorization": f"Bearer {token}"}


async def test_health_needs_nothing_and_says_little(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")

    assert answer.json() == {"status": "ok"}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert len(answer.headers["x-request-id"]) == 16
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_the_api_is_the_same_below_api(client: httpx.AsyncClient, alice: dict[str, str]) -> None:
    for path in ("/things/x", "/api/things/x"):
        assert (await client.get(path, headers=alice)).json() == {"name": "x", "for": "alice"}
    assert (await client.get("/apithings/x", headers=alice)).status_code == 404


@pytest.mark.parametrize("host", ["evil host", "", "a/b", "a@b", "localhost:x", "[::1", "a" * 300])
async def test_a_host_that_is_no_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/health", headers={"Host": host})

    assert (answer.status_code, answer.json()["code"]) == (421, "host_not_allowed")


@pytest.mark.parametrize("path", ["/things/x", "/nothing", "/things", "/api", "/", "/broken"])
async def test_without_a_credential_every_path_looks_the_same(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_unknown_paths_are_404_and_wrong_methods_405_with_the_right_ones(
    client: httpx.AsyncClient, alice: dict[str, str]
) -> None:
    unknown = await client.get("/nothing", headers=alice)
    wrong = await client.request("DELETE", "/things/x", headers=alice)
    options = await client.request("OPTIONS", "/things", headers={**alice, "Origin": "https://evil.example"})

    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET")
    assert (options.status_code, options.headers["allow"]) == (405, "POST")


async def test_the_wrong_kind_and_a_missing_scope_are_told_apart(client: httpx.AsyncClient, people: Any) -> None:
    bob = people.user("bob")
    _, machine = people.machine(bob)
    reader = people.token(bob, ["catalog:read"])

    kind = await client.get("/things/x", headers={"Authorization": f"Bearer {machine}"})
    scope = await client.post("/things", headers={"Authorization": f"Bearer {reader}"}, json={"number": 1})

    assert (kind.status_code, kind.json()["code"]) == (403, "wrong_credential_kind")
    assert (scope.status_code, scope.json()["code"]) == (403, "scope_missing")
    assert scope.json()["details"] == {"scope": "object:write"}


async def test_a_refused_request_s_body_is_never_read(client: httpx.AsyncClient, people: Any) -> None:
    reader = people.token(people.user("carol"), ["catalog:read"])
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"{}"

    for headers in ({}, {"Authorization": f"Bearer {reader}"}):
        answer = await client.post("/things", content=body(), headers=headers)
        assert answer.status_code in (401, 403)
        assert answer.headers["connection"] == "close"
    assert read == []


async def test_a_body_at_the_limit_passes_and_one_byte_more_does_not(
    client: httpx.AsyncClient, alice: dict[str, str]
) -> None:
    fits = b'{"number": 1' + b" " * (100 - 13) + b"}"
    alice = {**alice, "Content-Type": "application/json"}

    async def chunks(body: bytes) -> AsyncIterator[bytes]:
        yield body

    assert (await client.post("/things", content=fits, headers=alice)).status_code == 200
    assert (await client.post("/things", content=chunks(fits), headers=alice)).status_code == 200
    announced = await client.post("/things", content=fits + b" ", headers=alice)
    chunked = await client.post("/things", content=chunks(fits + b" "), headers=alice)
    assert [answer.status_code for answer in (announced, chunked)] == [413, 413]
    assert {answer.json()["code"] for answer in (announced, chunked)} == {"body_too_large"}


async def test_a_streamed_route_has_its_own_limit(client: httpx.AsyncClient, alice: dict[str, str]) -> None:
    assert (await client.put("/blobs/x", content=bytes(1_000), headers=alice)).json() == {"size": 1_000}
    assert (await client.put("/blobs/x", content=bytes(1_001), headers=alice)).status_code == 413


async def test_a_body_that_does_not_come_is_given_up(client: httpx.AsyncClient, alice: dict[str, str]) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b'{"number":'
        await asyncio.sleep(20)
        yield b"1}"

    answer = await asyncio.wait_for(client.post("/things", content=slow(), headers=alice), 15)

    assert (answer.status_code, answer.json()["code"]) == (408, "body_too_slow")


async def test_a_packed_body_is_not_unpacked(client: httpx.AsyncClient, alice: dict[str, str]) -> None:
    answer = await client.post("/things", content=b"x", headers={**alice, "Content-Encoding": "gzip"})

    assert (answer.status_code, answer.json()["code"]) == (415, "compressed_body")


@pytest.mark.parametrize(
    "body",
    [b'{"number": NaN}', b'{"number": 1', b"[" * 99, b'{"number": "\\ud800"}', b'{"number": true}', b'{"n": 1}'],
)
async def test_what_is_no_valid_json_of_ours_is_422(
    client: httpx.AsyncClient, alice: dict[str, str], body: bytes
) -> None:
    answer = await client.post("/things", content=body, headers={**alice, "Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_what_nobody_expected_is_told_by_its_number_alone(
    client: httpx.AsyncClient, alice: dict[str, str]
) -> None:
    answer = await client.post("/broken", headers=alice)

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["x-request-id"] in answer.json()["hint"]
    assert "secret" not in answer.text


async def test_a_token_that_is_used_too_often_has_to_wait(
    client: httpx.AsyncClient, alice: dict[str, str], clock: Any
) -> None:
    codes = [(await client.get("/things/x", headers=alice)).status_code for _ in range(9)]
    refused = await client.get("/things/x", headers=alice)

    assert codes == [200] * 8 + [429]
    assert refused.json()["code"] == "rate_limited"
    clock.advance(1000 * int(refused.headers["retry-after"]))
    assert (await client.get("/things/x", headers=alice)).status_code == 200


async def test_an_address_that_guesses_is_shut_out_whatever_it_sends(
    client: httpx.AsyncClient, alice: dict[str, str], clock: Any
) -> None:
    bad = {"Authorization": "Bearer nonsense", "X-Forwarded-For": "203.0.113.7"}
    codes = [(await client.get("/things/x", headers=bad)).status_code for _ in range(6)]
    right = await client.get("/things/x", headers={**alice, "X-Forwarded-For": "203.0.113.7"})
    elsewhere = await client.get("/things/x", headers={**alice, "X-Forwarded-For": "203.0.113.8"})

    assert codes == [401] * 5 + [429]
    assert right.status_code == 429
    assert elsewhere.status_code == 200
    clock.advance(120_000)
    assert (await client.get("/things/x", headers=alice)).status_code == 200


async def test_waiting_grows_for_whoever_goes_on_guessing(client: httpx.AsyncClient) -> None:
    bad = {"Authorization": "Bearer nonsense"}
    for _ in range(5):
        await client.get("/things/x", headers=bad)
    waits = [int((await client.get("/things/x", headers=bad)).headers["retry-after"]) for _ in range(3)]

    assert waits[0] < waits[1] <= waits[2]


async def test_logins_have_a_limit_of_their_own(client: httpx.AsyncClient) -> None:
    assert [(await client.post("/session")).status_code for _ in range(4)] == [200, 200, 200, 429]


async def test_one_ipv6_customer_is_one_caller(client: httpx.AsyncClient) -> None:
    for number in range(5):
        from_there = {"Authorization": "Bearer nonsense", "X-Forwarded-For": f"2001:db8:1:2::{number}"}
        assert (await client.get("/things/x", headers=from_there)).status_code == 401
    for ip, status in (("2001:db8:1:2:ffff::1", 429), ("2001:db8:1:3::1", 401)):
        answer = await client.get("/things/x", headers={"Authorization": "Bearer nonsense", "X-Forwarded-For": ip})
        assert answer.status_code == status


async def test_past_the_most_requests_at_a_time_more_are_sent_away(
    client: httpx.AsyncClient, server: Server, settings: Settings
) -> None:
    object.__setattr__(settings, "max_connections", 0)
    answer = await client.get("/health")

    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert answer.headers["retry-after"] == "1"


async def test_a_refusal_is_written_down(client: httpx.AsyncClient, people: Any, server: Server) -> None:
    from sqlalchemy import text

    _, machine = people.machine(people.user("dave"))
    await client.get("/things/x", headers={"Authorization": f"Bearer {machine}"})

    rows = await server.db.read(lambda session: session.rows(text("SELECT action, target, detail FROM audit")))
    assert any("wrong_credential_kind" in str(row) for row in rows)


def test_a_route_without_a_rule_is_no_route() -> None:
    app = FastAPI()
    app.get("/open")(lambda: None)

    with pytest.raises(TypeError, match="has no rule"):
        Rulebook(app.routes)
