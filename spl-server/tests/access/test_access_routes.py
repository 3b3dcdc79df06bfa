"""Grants, explanations and credentials over HTTP, on both databases."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from daemon_server.db import Session
from daemon_server.http.rules import USER_SCOPES
from daemon_server.identity import bindings, tokens
from daemon_server.identity.scopes import PERSON_SCOPES

pytestmark = pytest.mark.anyio

DAY_MS = 86_400_000
DAY_SECONDS = 86_400


class Stage:
    """Alice with a library and a machine; bob and carol without."""

    def __init__(self, client: httpx.AsyncClient, people: Any) -> None:
        self.client, self.people = client, people
        self.users = {name: people.user(name) for name in ("alice", "bob", "carol")}
        self.raw = {name: people.token(user) for name, user in self.users.items()}
        self.machine_id, self.raw["machine"] = people.machine(self.users["alice"], "gpu")

    async def __call__(self, who: str, method: str, path: str, status: int = 200, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.raw.get(who, who)}"}
        answer = await self.client.request(method, path, headers=headers, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def grant(self, *permissions: str, by: str = "alice", status: int = 200, **target: Any) -> Any:
        body = {"library": "alice/risk", "user": "bob", **target, "permissions": list(permissions)}
        body = {name: value for name, value in body.items() if value is not None}
        return await self(by, "PUT", "/grants", status, json=body)

    async def make(self, who: str = "alice", status: int = 201, **body: Any) -> Any:
        return await self(who, "POST", "/tokens", status, json={"name": "test", **body})


@pytest.fixture
async def stage(any_client: httpx.AsyncClient, people: Any) -> Stage:
    stage = Stage(any_client, people)
    await stage("alice", "POST", "/libraries", 201, json={"name": "risk"})
    return stage


# --- grants -----------------------------------------------------------------------------------------------------------


async def test_a_grant_opens_a_library_and_taking_it_back_closes_it_at_once(stage: Stage) -> None:
    path = "/owners/alice/libraries/risk"
    await stage("bob", "GET", path, 404)

    given = await stage.grant("read")
    assert [(item["library"], item["user"], item["permission"]) for item in given["items"]] == [
        ("alice/risk", "bob", "read")
    ]
    await stage("bob", "GET", path)
    assert len((await stage("bob", "GET", "/libraries?owner=alice"))["items"]) == 1

    await stage("alice", "DELETE", "/grants?library=alice/risk&user=bob", 204)
    await stage("bob", "GET", path, 404)
    assert (await stage("bob", "GET", "/libraries?owner=alice"))["items"] == []


async def test_a_grant_ends_with_its_time(stage: Stage, clock: Any) -> None:
    await stage.grant("read", expires_in_seconds=60)
    clock.advance(59_999)
    await stage("bob", "GET", "/owners/alice/libraries/risk")
    clock.advance(1)
    await stage("bob", "GET", "/owners/alice/libraries/risk", 404)


async def test_putting_grants_replaces_what_was_there(stage: Stage) -> None:
    await stage.grant("read", "execute")
    await stage.grant("source")

    listed = await stage("alice", "GET", "/grants?library=alice/risk")
    assert [item["permission"] for item in listed["items"]] == ["source"]
    assert (await stage.grant())["items"] == []


async def test_a_team_s_grant_reaches_who_is_in_it_and_ends_for_who_leaves(stage: Stage) -> None:
    root = stage.people.token(stage.people.user("admin", admin=True), USER_SCOPES)
    await stage(root, "POST", "/teams", 201, json={"name": "analysts", "members": ["bob"]})
    await stage.grant("read", user=None, team="analysts")
    await stage("bob", "GET", "/owners/alice/libraries/risk")
    await stage("carol", "GET", "/owners/alice/libraries/risk", 404)

    await stage("bob", "DELETE", "/teams/analysts/members/bob", 204)
    await stage("bob", "GET", "/owners/alice/libraries/risk", 404)

    await stage(root, "PUT", "/teams/analysts/members/carol", json={})
    await stage("carol", "GET", "/owners/alice/libraries/risk")
    await stage(root, "DELETE", "/teams/analysts", 204)
    await stage("carol", "GET", "/owners/alice/libraries/risk", 404)


async def test_only_who_leads_a_team_says_who_is_in_it(stage: Stage) -> None:
    root = stage.people.token(stage.people.user("admin", admin=True), USER_SCOPES)
    await stage(root, "POST", "/teams", 201, json={"name": "analysts", "members": ["bob"]})
    refused = await stage("bob", "PUT", "/teams/analysts/members/carol", 403, json={})
    assert refused["code"] == "not_a_lead"
    await stage("alice", "PUT", "/teams/analysts/members/carol", 404, json={})

    await stage(root, "PUT", "/teams/analysts/members/bob", json={"role": "lead"})
    await stage("bob", "PUT", "/teams/analysts/members/carol", json={})


async def test_an_administrator_by_grant_makes_no_administrators(stage: Stage) -> None:
    await stage.grant("admin")
    await stage.grant("read", by="bob", user="carol")
    assert (await stage.grant("admin", by="bob", user="carol", status=403))["code"] == "owners_only"

    refused = await stage("bob", "DELETE", "/grants?library=alice/risk&user=bob", 403)
    assert refused["code"] == "owners_only"
    assert (await stage.grant("read", by="carol", user="bob", status=403))["code"] == "permission_denied"


@pytest.mark.parametrize(
    ("target", "permissions", "status"),
    [
        ({"user": "nobody"}, ["read"], 404),
        ({"user": None, "team": "nobody"}, ["read"], 404),
        ({"team": "both"}, ["read"], 422),
        ({"user": None}, ["read"], 422),
        ({"user": "alice"}, ["read"], 422),
        ({"library": None}, ["read"], 422),
        ({"machine": "gpu"}, ["read"], 422),
        ({"library": "alice/none"}, ["read"], 404),
        ({"object": "none"}, ["read"], 404),
        ({}, ["use"], 422),
        ({}, ["everything"], 422),
        ({"library": None, "machine": "gpu"}, ["read"], 422),
        ({"library": None, "machine": "bob/none"}, ["use"], 404),
    ],
)
async def test_what_can_t_be_granted_is_refused(
    stage: Stage, target: dict[str, Any], permissions: list[str], status: int
) -> None:
    await stage.grant(*permissions, status=status, **target)
    assert (await stage("alice", "GET", "/grants"))["items"] == []


async def test_a_machine_is_granted_by_name_and_takes_the_machine_s_scope(stage: Stage) -> None:
    await stage("bob", "GET", f"/machines/{stage.machine_id}", 404)
    await stage.grant("use", library=None, machine="gpu")
    await stage("bob", "GET", f"/machines/{stage.machine_id}")

    only_libraries = stage.people.token(stage.users["alice"], ["library:admin"])
    refused = await stage.grant("use", by=only_libraries, library=None, machine="gpu", status=403)
    assert refused["code"] == "scope_missing"


async def test_grants_come_in_pages(stage: Stage) -> None:
    await stage.grant("read", "execute", "source", "write")
    first = await stage("alice", "GET", "/grants?limit=3")
    second = await stage("alice", "GET", f"/grants?limit=3&cursor={first['next']}")

    assert (len(first["items"]), len(second["items"]), second["next"]) == (3, 1, None)
    assert len({item["id"] for item in first["items"] + second["items"]}) == 4


# --- why --------------------------------------------------------------------------------------------------------------


async def test_why_somebody_may_and_what_is_missing(stage: Stage) -> None:
    await stage.grant("execute")
    told = await stage("bob", "GET", "/access/explain?library=alice/risk&permission=execute")
    rights = {right["right"]: right for right in told["rights"]}

    assert told["allowed"] is True
    assert (told["user"], told["owner"]) == ("bob", "alice")
    assert rights["execute"]["reasons"] == ["A grant to bob grants 'execute'."]
    assert not rights["source"]["allowed"]
    assert "'source'" in rights["source"]["missing"] and "alice" in rights["source"]["missing"]
    assert (await stage("bob", "GET", "/access/explain?library=alice/risk&permission=write"))["allowed"] is False


async def test_an_owner_asks_about_others_and_others_don_t(stage: Stage) -> None:
    told = await stage("alice", "GET", "/access/explain?library=alice/risk&user=bob")
    assert not any(right["allowed"] for right in told["rights"])
    await stage("bob", "GET", "/access/explain?library=alice/risk", 404)
    await stage.grant("read")
    await stage("bob", "GET", "/access/explain?library=alice/risk&user=carol", 403)
    await stage("alice", "GET", "/access/explain", 422)
    machine = await stage("alice", "GET", f"/access/explain?machine={stage.machine_id}&user=bob&permission=use")
    assert machine["allowed"] is False


# --- credentials ------------------------------------------------------------------------------------------------------


async def test_a_token_is_shown_once_and_works(stage: Stage, any_client: httpx.AsyncClient) -> None:
    answer = await any_client.post(
        "/tokens",
        json={"name": "mine", "scopes": ["catalog:read"]},
        headers={"Authorization": f"Bearer {stage.raw['alice']}"},
    )
    made = answer.json()
    secret = made["token"][15:49]

    assert answer.headers["cache-control"] == "no-store"
    assert made["hint"].startswith(made["token"][:9])
    assert (await stage(made["token"], "GET", "/whoami"))["scopes"] == ["catalog:read"]
    for path in ("/tokens", f"/tokens/{made['id']}", "/audit", "/whoami"):
        assert secret not in str(await stage("alice", "GET", path))


async def test_nobody_hands_out_more_than_they_may_do(stage: Stage) -> None:
    small = (await stage.make(scopes=["token:admin", "catalog:read"]))["token"]
    assert (await stage.make(small, 403, scopes=["catalog:read", "run:create"]))["code"] == "scopes_exceeded"
    assert (await stage.make(small, 403, kind="execution", library="alice/risk"))["code"] == "scopes_exceeded"
    assert (await stage.make(small, 403, kind="subtoken", machine="gpu"))["code"] == "scope_missing"
    assert (await stage.make(small))["scopes"] == ["catalog:read", "token:admin"]
    assert (await stage.make(scopes=["server:admin"], status=403))["code"] == "scopes_exceeded"
    assert (await stage.make(scopes=["everything"], status=403))["code"] == "scopes_exceeded"


async def test_nobody_hands_out_for_longer_than_they_have(stage: Stage, clock: Any) -> None:
    short = await stage.make(expires_in_seconds=DAY_SECONDS)
    long = await stage.make(short["token"], expires_in_seconds=90 * DAY_SECONDS)
    assert long["expires_at"] == short["expires_at"] == clock.wall + DAY_MS
    rotated = await stage(short["token"], "POST", f"/tokens/{short['id']}/rotate", 201, json={})
    assert rotated["expires_at"] == short["expires_at"]


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "subtoken"},
        {"kind": "execution"},
        {"kind": "user", "library": "alice/risk"},
        {"kind": "execution", "library": "alice/risk", "scopes": ["catalog:read"]},
        {"kind": "execution", "library": "alice/risk", "function": "f"},
        {"kind": "subtoken", "machine": "gpu", "object": "x"},
        {"kind": "machine"},
        {"kind": "user", "expires_in_seconds": 0},
        {"kind": "user", "expires_in_seconds": 366 * DAY_SECONDS},
        {"kind": "user", "nonsense": 1},
    ],
)
async def test_tokens_that_make_no_sense_are_refused(stage: Stage, body: dict[str, Any]) -> None:
    await stage.make(status=422, **body)


async def test_only_what_is_one_s_own_is_bound_to(stage: Stage) -> None:
    await stage.make("bob", 404, kind="execution", library="alice/risk")
    await stage.make("bob", 404, kind="subtoken", machine=stage.machine_id)
    await stage.grant("read")
    await stage.make("bob", 403, kind="execution", library="alice/risk")
    await stage.make("alice", 404, kind="execution", library="alice/risk", object="none")
    await stage.make("alice", 404, kind="subtoken", machine="gpu", allowed_users=["nobody"])


async def test_an_execution_token_knows_its_limits_and_its_library_s_owner_sees_it(stage: Stage) -> None:
    await stage.grant("admin")
    made = await stage.make("bob", kind="execution", library="alice/risk")

    told = await stage(made["token"], "GET", "/whoami")

    assert (told["kind"], told["library"], told["user"], told["scopes"]) == ("execution", "alice/risk", "alice", [])
    listed = await stage("alice", "GET", "/tokens?kind=execution")
    assert [item["id"] for item in listed["items"]] == [made["id"]]
    await stage("alice", "DELETE", f"/tokens/{made['id']}?reason=enough", 204)
    assert (await stage(made["token"], "GET", "/whoami", 401))["code"] == "token_revoked"
    assert (await stage("alice", "GET", f"/tokens/{made['id']}"))["revoked_reason"] == "enough"


async def test_rotating_ends_the_old_token_now_or_later(stage: Stage, clock: Any) -> None:
    old = await stage.make(scopes=["catalog:read"])
    new = await stage("alice", "POST", f"/tokens/{old['id']}/rotate", 201, json={"overlap_seconds": 60})
    await stage(old["token"], "GET", "/whoami")
    clock.advance(60_000)
    assert (await stage(old["token"], "GET", "/whoami", 401))["code"] == "token_expired"
    assert (await stage(new["token"], "GET", "/whoami"))["scopes"] == ["catalog:read"]

    newer = await stage("alice", "POST", f"/tokens/{new['id']}/rotate", 201, json={})
    assert (await stage(new["token"], "GET", "/whoami", 401))["code"] == "token_revoked"
    assert newer["rotated_from"] == new["id"]
    assert (await stage("alice", "POST", f"/tokens/{new['id']}/rotate", 401, json={}))["code"] == "token_revoked"


async def test_tokens_of_others_are_not_there(stage: Stage) -> None:
    mine = await stage.make()
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/rotate", {}),
    ):
        await stage("bob", method, f"/tokens/{mine['id']}{path}", 404, json=body)
    await stage(mine["token"], "GET", "/whoami")


async def test_tokens_come_in_pages_newest_first(stage: Stage, clock: Any) -> None:
    made = []
    for _ in range(5):
        made.append((await stage.make("carol"))["id"])
        clock.advance(len(made) % 2)
    found, cursor = [], ""
    while cursor is not None:
        page = await stage("carol", "GET", f"/tokens?limit=2{cursor}")
        found += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert len(found) == len(set(found)) == 6
    assert set(made) < set(found)


async def test_settings_say_how_long_tokens_live(stage: Stage, clock: Any) -> None:
    root = stage.people.token(stage.people.user("admin", admin=True), USER_SCOPES)
    assert (await stage.make())["expires_at"] == clock.wall + 90 * DAY_MS
    await stage(root, "PATCH", "/settings", json={"user_token_days": 7})
    assert (await stage.make())["expires_at"] == clock.wall + 7 * DAY_MS
    assert (await stage(root, "GET", "/settings"))["user_token_days"] == 7


async def test_everybody_reads_their_own_doings_and_auditors_all(stage: Stage) -> None:
    root = stage.people.token(stage.people.user("admin", admin=True), USER_SCOPES)
    await stage.grant("read")
    await stage("alice", "DELETE", "/users", 405)
    await stage("alice", "GET", "/users", 403)

    mine = [line["action"] for line in (await stage("alice", "GET", "/audit"))["items"]]
    assert "grant.put" in mine and "denied" in mine
    assert {line["actor_user"] for line in (await stage("alice", "GET", "/audit"))["items"]} == {"alice"}
    assert (await stage("bob", "GET", "/audit?actor=alice"))["items"] == []
    assert (await stage(root, "GET", "/audit?actor=alice&action=grant.*"))["items"][0]["target"] == "library alice/risk"
    assert (await stage(root, "GET", "/audit/verify"))["ok"] is True
    await stage("alice", "GET", "/audit/verify", 403)


async def test_a_subtoken_opens_a_machine_by_its_owner_s_name(stage: Stage) -> None:
    made = await stage.make(kind="subtoken", machine="gpu", allowed_users=["bob"])
    assert made["machine_id"] == stage.machine_id

    def opens(session: Session) -> str:
        return tokens.check_subtoken(session, stage.people.pepper, made["token"], user="bob")

    assert stage.people.database.query(opens) == stage.machine_id
    found = stage.people.database.query(lambda session: bindings.machine_at(session, "alice/gpu", "nobody"))
    assert found is not None and found.id == stage.machine_id
    assert PERSON_SCOPES < USER_SCOPES
