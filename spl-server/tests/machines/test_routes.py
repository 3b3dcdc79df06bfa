"""Machines over HTTP: enrolled with a code or a token, seen by those who may use them, and taken off the server."""

from __future__ import annotations

import httpx
import pytest

pytestmark = pytest.mark.anyio


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def alice(people):
    return people.user("alice")


@pytest.fixture
def token(people, alice) -> str:
    return people.token(alice)


async def enrolled(client: httpx.AsyncClient, token: str, **body: object) -> dict:
    answer = await client.post("/daemon-enrollment", json=body, headers=bearer(token))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_machine_comes_in_with_a_code_once(any_client, token) -> None:
    place = await enrolled(any_client, token, name="gpu")
    assert place["command"] == f"spl-daemon join http://localhost {place['code']}"

    came = await any_client.post(
        "/daemon-enrollment/redeem",
        json={"daemon_version": "1.2", "display_name": "Alice's GPU box"},
        headers=bearer(place["code"]),
    )
    again = await any_client.post(
        "/daemon-enrollment/redeem", json={"daemon_version": "1.2"}, headers=bearer(place["code"])
    )

    assert came.status_code == 200, came.text
    assert came.json()["machine_id"] == place["machine_id"]
    assert came.json()["owner"] == "alice"
    assert again.status_code == 401
    shown = await any_client.get("/machines/gpu", headers=bearer(token))
    assert shown.json()["display_name"] == "Alice's GPU box"
    assert shown.json()["status"] == "offline"
    whoami = await any_client.get(f"/machines/{place['machine_id']}", headers=bearer(came.json()["machine_token"]))
    assert whoami.status_code == 200


async def test_a_machine_is_found_by_a_part_of_either_name(any_client, token) -> None:
    for name in ("gpu_1", "gpux1", "nas"):
        await enrolled(any_client, token, name=name, display_name=f"The Box {name}")

    for wanted, found in (("GPU_", ["gpu_1"]), ("gpu", ["gpu_1", "gpux1"]), ("box NAS", ["nas"]), ("%", [])):
        page = await any_client.get("/machines", params={"q": wanted}, headers=bearer(token))
        assert [one["name"] for one in page.json()["items"]] == found, wanted


async def test_the_machine_token_of_the_enrolment_works_too(any_client, token) -> None:
    place = await enrolled(any_client, token, machine_id="alice-gpu-01", issue="token")

    assert place["code"] is None
    assert place["command"] is None
    assert place["name"] == "alice-gpu-01"
    shown = await any_client.get("/machines/alice-gpu-01", headers=bearer(place["machine_token"]))
    assert shown.json()["id"] == "alice-gpu-01"


async def test_a_machine_that_lost_its_token_gets_new_credentials_under_its_id(any_client, token) -> None:
    first = await enrolled(any_client, token, name="gpu")
    second = await enrolled(any_client, token, machine_id=first["machine_id"])

    assert second["machine_id"] == first["machine_id"]
    assert second["name"] == "gpu"
    assert second["code"] != first["code"]


async def test_an_owner_has_one_machine_by_each_name(any_client, token) -> None:
    await enrolled(any_client, token, name="gpu")

    again = await any_client.post("/daemon-enrollment", json={"name": "gpu"}, headers=bearer(token))

    assert again.status_code == 409
    assert again.json()["code"] == "machine_exists"


async def test_nobody_takes_over_anothers_machine(any_client, people, token) -> None:
    bob = people.token(people.user("bob"))
    await enrolled(any_client, bob, machine_id="bobs-box")

    answer = await any_client.post("/daemon-enrollment", json={"machine_id": "bobs-box"}, headers=bearer(token))

    assert answer.status_code == 409
    assert answer.json()["code"] == "machine_id_taken"
    for method, path in (
        ("GET", "/machines/bobs-box"),
        ("PATCH", "/machines/bobs-box"),
        ("DELETE", "/machines/bobs-box"),
    ):
        refused = await any_client.request(method, path, headers=bearer(token), json={} if method == "PATCH" else None)
        assert refused.status_code == 404
        assert refused.json()["code"] == "machine_not_found"


async def test_a_machine_may_not_do_what_its_owners_credential_may_not(any_client, people, alice) -> None:
    weak = people.token(alice, ["machine:admin", "run:create"])

    asked = await any_client.post("/daemon-enrollment", json={"may": ["publish"]}, headers=bearer(weak))
    usual = await enrolled(any_client, weak)

    assert asked.status_code == 403
    assert asked.json()["code"] == "scope_missing"
    assert usual["scopes"] == ["machine:call", "machine:sync"]


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "a/b", "-x", "x" * 81, "é", "a\x00"])
async def test_a_name_that_can_not_stand_in_a_url_is_refused(app_client, token, name: str) -> None:
    answer = await app_client.post("/daemon-enrollment", json={"name": name}, headers=bearer(token))

    assert answer.status_code == 422


@pytest.mark.parametrize("display_name", ["a\x00b", "a\nb", "a\u202eb", "x" * 201])
async def test_a_display_name_that_could_deceive_is_refused(app_client, token, display_name: str) -> None:
    answer = await app_client.post("/daemon-enrollment", json={"display_name": display_name}, headers=bearer(token))

    assert answer.status_code == 422


async def test_a_rotated_token_works_and_the_one_before_stays_good_for_a_day(any_client, token, clock) -> None:
    place = await enrolled(any_client, token, issue="token")
    old = place["machine_token"]

    answer = await any_client.post("/machine-token/rotate", headers=bearer(old))
    new = answer.json()["machine_token"]

    path = f"/machines/{place['machine_id']}"
    for credential in (old, new):
        assert (await any_client.get(path, headers=bearer(credential))).status_code == 200
    clock.advance(25 * 3_600_000)
    assert (await any_client.get(path, headers=bearer(old))).status_code == 401
    assert (await any_client.get(path, headers=bearer(new))).status_code == 200


async def test_a_machine_is_renamed_labelled_drained_and_limited(any_client, token) -> None:
    place = await enrolled(any_client, token, name="gpu")
    path = f"/machines/{place['machine_id']}"

    changed = await any_client.patch(
        path, json={"name": "a100", "labels": ["gpu"], "draining": True, "max_concurrent": 2}, headers=bearer(token)
    )
    freed = await any_client.patch("/machines/a100", json={"max_concurrent": None}, headers=bearer(token))

    assert changed.status_code == 200, changed.text
    assert changed.json()["labels"] == ["gpu"]
    assert changed.json()["max_concurrent"] == 2
    assert changed.json()["can"] == ["admin", "see", "use"]
    assert freed.json()["max_concurrent"] is None
    assert freed.json()["draining"] is True


async def test_a_name_that_is_taken_can_not_be_given_again(any_client, token) -> None:
    await enrolled(any_client, token, name="one")
    await enrolled(any_client, token, name="two")

    answer = await any_client.patch("/machines/one", json={"name": "two"}, headers=bearer(token))

    assert answer.status_code == 409


async def test_a_revoked_machine_is_gone_at_once_and_its_name_is_free(any_client, token) -> None:
    place = await enrolled(any_client, token, name="gpu")

    gone = await any_client.delete("/machines/gpu", headers=bearer(token))

    assert gone.json() == {"id": place["machine_id"], "name": "gpu", "status": "revoked"}
    for credential in (place["machine_token"], place["code"]):
        refused = await any_client.post("/machine-token/rotate", headers=bearer(credential))
        assert refused.status_code == 401
    assert (await any_client.get("/machines/gpu", headers=bearer(token))).status_code == 404
    assert (await any_client.get("/machines", headers=bearer(token))).json()["items"] == []
    listed = await any_client.get("/machines?revoked=true", headers=bearer(token))
    assert [item["status"] for item in listed.json()["items"]] == ["revoked"]
    assert (await enrolled(any_client, token, name="gpu"))["machine_id"] != place["machine_id"]


async def test_a_revoked_machine_may_be_enrolled_again_by_its_owner(any_client, token) -> None:
    await enrolled(any_client, token, machine_id="box")
    await any_client.delete("/machines/box", headers=bearer(token))

    await enrolled(any_client, token, machine_id="box")

    assert (await any_client.get("/machines/box", headers=bearer(token))).json()["status"] == "offline"


async def test_a_list_comes_in_pages_and_shows_ones_own_alone(any_client, people, token) -> None:
    bob = people.token(people.user("bob"))
    await enrolled(any_client, bob, name="bobs")
    for name in ("c", "a", "b"):
        await enrolled(any_client, token, name=name)

    first = (await any_client.get("/machines?limit=2", headers=bearer(token))).json()
    second = (await any_client.get(f"/machines?limit=2&cursor={first['next']}", headers=bearer(token))).json()

    assert [item["name"] for item in first["items"] + second["items"]] == ["a", "b", "c"]
    assert second["next"] is None


async def test_a_machine_sees_itself_and_its_owners_others_only_if_it_may_call(any_client, token) -> None:
    await enrolled(any_client, token, name="other")
    still = await enrolled(any_client, token, name="still", may=[], issue="token")
    calling = await enrolled(any_client, token, name="calling", may=["call"], issue="token")

    seen = [
        [item["name"] for item in (await any_client.get("/machines", headers=bearer(each))).json()["items"]]
        for each in (still["machine_token"], calling["machine_token"])
    ]

    assert seen == [["still"], ["calling", "other", "still"]]


async def test_what_was_done_to_a_machine_is_in_the_audit(any_client, people, alice, token) -> None:
    await enrolled(any_client, token, name="gpu")
    await any_client.patch("/machines/gpu", json={"draining": True}, headers=bearer(token))
    await any_client.delete("/machines/gpu", headers=bearer(token))

    def actions(session):
        from sqlalchemy import text

        return [row.action for row in session.rows(text("SELECT action FROM audit ORDER BY seq"))]

    done = people.database.query(actions)
    assert [action for action in done if action.startswith("machine.")] == [
        "machine.enrol",
        "machine.change",
        "machine.revoke",
    ]
