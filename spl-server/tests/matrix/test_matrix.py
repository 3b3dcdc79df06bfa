"""Every operation of the API asked with every credential: who is let in, who is refused, and in which words.

The operations come from the composed app; what is expected of each stands in `expectations.py`, apart from the code.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from daemon_server.composition import api
from daemon_server.http.routing import RuledRoute
from daemon_server.http.rules import MACHINE_SCOPES, USER_SCOPES, Rule
from daemon_server.identity.scopes import ADMIN_SCOPES, PERSON_SCOPES
from daemon_server.identity.token_format import parse

from .conftest import KINDS, World, invalid
from .expectations import BODIES, ENDLESS, EXPECTED, GRANTED_READS, GRANTED_REFUSALS, MISSING, QUERIES, Group

pytestmark = pytest.mark.anyio

OPERATIONS = sorted(
    {
        f"{method} {route.path}"
        for route in api().routes
        if isinstance(route, RuledRoute)
        for method in route.methods or ()
    }
)
GUARDED = [operation for operation in OPERATIONS if not EXPECTED.get(operation, EXPECTED["GET /health"]).public]
DOOR_CODES = {"wrong_credential_kind", "scope_missing", "cross_site_request"}
SAFE = ("GET", "HEAD")


class Asked:
    """One operation, asked again and again."""

    def __init__(self, world: World, operation: str) -> None:
        self.world = world
        self.operation = operation
        self.method, _, template = operation.partition(" ")
        query = QUERIES.get(operation)
        self.path = world.path(template) + (f"?{query}" if query else "")

    async def by(self, raw: str | None = None, **headers: str) -> httpx.Response:
        if raw is not None:
            headers["Authorization"] = f"Bearer {raw}"
        body: dict[str, Any] = {}
        if self.operation in BODIES:
            body = {"json": BODIES[self.operation]}
        self.world.client.cookies.clear()
        try:
            async with asyncio.timeout(1 if self.operation in ENDLESS else 30):
                answer = await self.world.client.request(self.method, self.path, headers=headers, **body)
        except TimeoutError:
            assert self.operation in ENDLESS, f"{self.operation} does not answer"
            return httpx.Response(200, request=httpx.Request(self.method, f"http://localhost{self.path}"))
        assert answer.status_code < 500, f"{self.operation}: {answer.status_code} {answer.text}"
        return answer


def refused(answer: httpx.Response, status: int, code: str | None = None) -> None:
    assert answer.status_code == status, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    if code is not None and answer.request.method != "HEAD":
        assert answer.json()["code"] == code, answer.text


def let_in(answer: httpx.Response) -> None:
    """The door is open to this kind of credential, whatever became of the request behind it."""
    assert answer.status_code != 401, answer.text
    if answer.status_code == 403 and answer.request.method != "HEAD":
        assert answer.json()["code"] not in DOOR_CODES, f"{answer.request.method} {answer.url}: {answer.text}"


def asked_kind(group: Group, kind: str) -> str | None:
    """The scope a kind takes, `*` for none; None where it is refused."""
    return {"user": group.user, "machine": group.machine}.get(kind, "*" if kind in group.also else None)


def owner_of(group: Group) -> str:
    return "root" if group.user in ADMIN_SCOPES else "alice"


def test_every_operation_is_expected() -> None:
    """A route that nobody thought about is a route that nobody guards."""
    assert [operation for operation in OPERATIONS if operation not in EXPECTED] == []


def test_no_operation_is_expected_twice() -> None:
    from .expectations import GROUPS

    assert len(EXPECTED) == sum(len(group.operations.split(",")) for group in GROUPS)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_who_is_let_in_and_who_is_not(operation: str, world: World) -> None:
    group, asked, raw = EXPECTED[operation], Asked(world, operation), world.raw
    if group.public:
        assert (await asked.by()).status_code not in (401, 403)
        assert (await asked.by("garbage")).status_code not in (401, 403)
        return

    refused(await asked.by(), 401, "unauthorized")
    for name, bad in invalid(parse(raw["alice"])).items():
        answer = await asked.by(bad)
        refused(answer, 401, "invalid_token")
        assert bad not in answer.text, name
    for name, code in (("expired", "token_expired"), ("revoked", "token_revoked"), ("disabled", "user_disabled")):
        refused(await asked.by(raw[name]), 401, code)
    refused(await asked.by(raw["sign-in code"]), 401, "invalid_token")

    everything = USER_SCOPES if owner_of(group) == "root" else PERSON_SCOPES
    if group.user is None:
        refused(await asked.by(raw["alice"]), 403, "wrong_credential_kind")
        refused(await asked.by(raw["root"]), 403, "wrong_credential_kind")
    elif group.user != "*":
        others = world.token(owner_of(group), everything - {group.user})
        refused(await asked.by(others), 403, "scope_missing")
        if group.user in ADMIN_SCOPES:
            refused(await asked.by(raw["alice"]), 403, "scope_missing")
    else:
        let_in(await Asked(world, operation).by(world.token("bob", ())))
    if group.machine not in (None, "*"):
        assert group.machine in MACHINE_SCOPES
        refused(await asked.by(raw["machine without scopes"]), 403, "scope_missing")
    for kind in KINDS:
        if asked_kind(group, kind) is None:
            refused(await asked.by(raw[kind]), 403, "wrong_credential_kind")


@pytest.mark.parametrize("operation", GUARDED)
async def test_whose_things_are_whose(operation: str, world: World) -> None:
    group, asked, raw = EXPECTED[operation], Asked(world, operation), world.raw
    if group.user is not None and owner_of(group) == "alice":
        answer = await asked.by(raw["bob"])
        let_in(answer)
        if group.foreign is not None:
            refused(answer, group.foreign)
        else:
            assert "secret-" not in answer.text.replace(asked.path, "")
        answer = await asked.by(raw["carol"])
        if group.name in GRANTED_REFUSALS:
            refused(answer, 403)
        elif group.name in GRANTED_READS:
            assert answer.status_code == 200, f"{operation}: {answer.text}"
    if group.foreign is not None:
        if group.machine is not None:
            refused(await asked.by(raw["bob's machine"]), group.foreign)
        if "execution" in group.also:
            refused(await asked.by(raw["execution elsewhere"]), group.foreign)
    for kind in KINDS:
        if asked_kind(group, kind) is not None and asked.method in SAFE:
            let_in(await asked.by(raw[kind]))
    if group.user is not None:
        own(group, operation, await asked.by(raw[owner_of(group)]))
    elif group.also:
        let_in(await asked.by(raw[next(iter(group.also))]))
    else:
        let_in(await asked.by(raw["machine"]))


@pytest.mark.parametrize("operation", GUARDED)
async def test_what_a_cookie_needs(operation: str, world: World) -> None:
    group, asked = EXPECTED[operation], Asked(world, operation)
    good = world.session(owner_of(group))
    if group.user is None:
        refused(await asked.by(**good), 403, "wrong_credential_kind")
        return
    incomplete = [
        {"Cookie": good["Cookie"]},
        {name: value for name, value in good.items() if name != "X-SPL-CSRF"},
        {name: value for name, value in good.items() if name != "Origin"},
        {**good, "Origin": "http://evil.example"},
        {**good, "Origin": "null"},
        {**good, "Sec-Fetch-Site": "same-site"},
        {**good, "Sec-Fetch-Site": "cross-site"},
        {**good, "X-SPL-CSRF": "0" * 64},
    ]
    if asked.method not in SAFE:
        for headers in incomplete:
            refused(await asked.by(**headers), 403, "cross_site_request")
        refused(await asked.by(**{**good, "Content-Type": "text/plain", "Content-Length": "0"}), 403)
    refused(await asked.by(**{**good, "Cookie": good["Cookie"][:-1] + "!"}), 401)
    refused(await asked.by("splu_garbage", **good), 401, "invalid_token")
    own(group, operation, await asked.by(**good))


def own(group: Group, operation: str, answer: httpx.Response) -> None:
    """Whose thing it is, and who has the scope, gets it; or hears that there is no such thing."""
    if operation in NOTHING_THERE or group.name in MISSING:
        assert answer.status_code in (200, 201, 404, 409, 422), f"{operation}: {answer.status_code} {answer.text}"
    else:
        assert answer.status_code < 400, f"{operation}: {answer.status_code} {answer.text}"


# What the matrix asks for isn't there, or isn't enough for the operation to do anything.
NOTHING_THERE = {
    "GET /session": "a token has none",
    "HEAD /blobs/{sha256}": "nobody sent it",
    "PUT /blobs/{sha256}": "no content of this hash",
    "DELETE /owners/{owner}/libraries/{library}": "it is not empty",
    "POST /remote-batches": "no arguments",
    "POST /teams": "bob made it before, and its name is taken",
}


@pytest.mark.parametrize("part", ["admits", "missing_scope"])
async def test_the_matrix_notices_a_door_that_stands_open(
    part: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is proved by a check that can't fail is nothing: with one half of the gate gone, the matrix is red."""
    monkeypatch.setattr(Rule, part, lambda _self, _who: True if part == "admits" else None)

    with pytest.raises(AssertionError):
        await test_who_is_let_in_and_who_is_not("DELETE /machines/{machine}", world)
