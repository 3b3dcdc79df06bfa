"""Publishing: idempotent by content, versions that never change, tags that move, deletion that breaks no run."""

from __future__ import annotations

import asyncio

import pytest

from daemon_server.objects import service
from spl.core.ir.files import bundle_from_text
from spl.core.ir.hashing import content_hash

from .conftest import PIPELINE, TOTAL, Caller

pytestmark = pytest.mark.anyio

NEWER = TOTAL.replace("a + b\n", "b + a\n")
LIBRARY = "/owners/alice/libraries/default"


async def test_the_first_publish_makes_library_object_and_version(alice) -> None:
    made = await alice.publish(display_name="The total")

    assert (made["owner"], made["library"], made["name"], made["version"]) == ("alice", "default", "total", 1)
    assert made["created"] is True
    assert made["content_hash"] == content_hash(bundle_from_text(TOTAL))
    shown = await alice("GET", "/objects/total")
    assert shown["display_name"] == "The total"
    assert shown["can"] == ["read", "source", "execute", "write", "admin"]
    libraries = await alice("GET", "/libraries")
    assert [one["name"] for one in libraries["items"]] == ["default"]


async def test_the_same_content_is_the_same_version(alice) -> None:
    first = await alice.publish()
    # Layout and comments say nothing.
    again = await alice.publish(f"# again\n{TOTAL}", status=200)

    assert again["created"] is False
    assert (again["id"], again["version"]) == (first["id"], 1)


async def test_other_content_is_the_next_version_and_the_first_stays_as_it_was(alice) -> None:
    await alice.publish()
    second = await alice.publish(NEWER)
    back = await alice.publish(status=200)

    assert (second["version"], second["created"]) == (2, True)
    assert (back["version"], back["created"]) == (1, False)
    # What was published last is what a call by name runs.
    assert (await alice("GET", "/objects/total"))["version"] == 1
    first = await alice("GET", "/objects/total", params={"version": 1, "include_yaml": 1})
    assert first["yaml"] == TOTAL


async def test_another_environment_is_another_version(alice) -> None:
    await alice.publish(env="py312")
    other = await alice.publish(env="py313")

    assert (other["version"], other["env"]) == (2, "py313")


async def test_two_publishes_at_a_time_get_two_numbers(alice) -> None:
    texts = [TOTAL.replace("a + b\n", f"a + b + {n}\n") for n in range(8)]

    made = await asyncio.gather(*(alice.publish(text) for text in texts))

    assert sorted(one["version"] for one in made) == list(range(1, 9))


async def test_the_same_publish_many_times_at_once_is_one_version(alice) -> None:
    await alice("POST", "/libraries", 201, json={"name": "default"})

    async def publish() -> dict:
        headers = {"Authorization": f"Bearer {alice.token}"}
        answer = await alice.client.post(f"{LIBRARY}/objects", json={"yaml": TOTAL}, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    made = await asyncio.gather(*(publish() for _ in range(8)))

    assert {one["version"] for one in made} == {1}
    assert [one["created"] for one in made].count(True) == 1


async def test_a_claimed_hash_that_differs_is_refused(alice) -> None:
    right = content_hash(bundle_from_text(TOTAL))
    refused = await alice.publish(content_hash="0" * 64, status=422)

    assert refused["code"] == "content_hash_mismatch"
    assert (await alice.publish(content_hash=right))["version"] == 1


async def test_a_bundle_that_is_none_is_refused_with_path_and_line(alice) -> None:
    refused = await alice.publish(TOTAL.replace("in: main", "in: mian"), status=422)

    assert refused["code"] == "invalid_bundle"
    assert refused["details"] == {"path": "functions[0].in", "line": 7}
    assert "functions[0].in, line 7" in refused["detail"]


@pytest.mark.parametrize("name", ["", "1x", "a/b", "a b", "a@b", "a::b", "é", "x" * 201, "a\n"])
async def test_a_name_that_could_not_be_asked_for_is_refused(alice, name) -> None:
    await alice.publish(name=name, status=422)


async def test_another_entrypoint_is_kept_in_what_is_stored(alice) -> None:
    made = await alice.publish(PIPELINE, entrypoint="prepare", name="prep")

    stored = await alice("GET", "/objects/prep", params={"include_yaml": 1})
    assert (made["kind"], stored["entrypoint"]) == ("function", "prepare")
    assert content_hash(bundle_from_text(stored["yaml"])) == made["content_hash"]


async def test_nobody_publishes_to_anothers_library_without_a_grant(alice, bob, grant) -> None:
    await alice.publish(library="risk")
    unseen = await bob.publish(owner="alice", library="risk", status=404)
    await grant("bob", "read", library="alice/risk")
    seen = await bob.publish(owner="alice", library="risk", status=403)
    await grant("bob", "read", "write", library="alice/risk")
    allowed = await bob.publish(NEWER, owner="alice", library="risk")

    assert unseen["code"] == "library_not_found"
    assert seen["code"] == "permission_denied"
    assert seen["details"]["missing"] == "write"
    assert (allowed["owner"], allowed["version"]) == ("alice", 2)
    # A library of somebody else's is never made by the way.
    assert (await bob.publish(owner="alice", library="new", status=404))["code"] == "library_not_found"


async def test_a_machine_publishes_to_its_owners_libraries_alone(any_client, alice, people, grant) -> None:
    carol = people.user("carol")
    _, token = people.machine(carol)
    machine = Caller(any_client, token, "carol")
    await alice.publish(library="risk")
    await grant("carol", "read", "write", library="alice/risk")

    made = await machine.publish()
    refused = await machine.publish(NEWER, owner="alice", library="risk", status=403)

    shown = await machine("GET", "/objects/total")
    assert (made["owner"], shown["created_by"]) == ("carol", "carol")
    assert shown["machine_id"] is not None
    assert "owner's libraries alone" in refused["hint"]


async def test_tags_point_to_versions_and_move(alice) -> None:
    await alice.publish(tag="prod")
    await alice.publish(NEWER)
    at_first = await alice("GET", "/objects/total@prod")
    moved = await alice("PUT", f"{LIBRARY}/objects/total/tags/prod", json={"version": "latest"})
    at_last = await alice("GET", "/objects/total/signature", params={"version": "prod"})

    assert (at_first["version"], at_first["tags"]) == (1, ["prod"])
    assert moved == {"name": "total", "tag": "prod", "version": 2, "before": 1}
    assert at_last["version"] == 2
    listed = await alice("GET", "/objects/total/versions")
    assert [(one["version"], one["latest"], one["tags"]) for one in listed["items"]] == [
        (2, True, ["prod"]),
        (1, False, []),
    ]
    assert (await alice("GET", "/objects"))["items"][0]["tags"] == {"prod": 2}


async def test_a_tag_has_to_be_one_and_to_point_somewhere(alice) -> None:
    await alice.publish()

    assert (await alice("PUT", "/objects/total/tags/latest", 422, json={"version": 1}))["code"] == "invalid_name"
    assert (await alice("PUT", "/objects/total/tags/1st", 422, json={"version": 1}))["code"] == "invalid_name"
    assert (await alice("PUT", "/objects/total/tags/prod", 404, json={"version": 9}))["code"] == "version_not_found"
    assert (await alice("GET", "/objects/total@prod", 404))["code"] == "version_not_found"
    assert (await alice("DELETE", "/objects/total/tags/prod", 404))["code"] == "version_not_found"
    assert (await alice("GET", "/objects/total@1", 422, params={"version": 2}))["code"] == "invalid_request"


async def test_a_version_that_a_tag_points_to_stays_until_the_tag_is_gone(alice) -> None:
    await alice.publish(tag="prod")
    await alice.publish(NEWER)

    kept = await alice("DELETE", "/objects/total/versions/1", 409)
    await alice("DELETE", "/objects/total/tags/prod")
    gone = await alice("DELETE", "/objects/total/versions/1")

    assert kept["code"] == "version_tagged"
    assert gone == {"name": "total", "versions": [1]}
    assert (await alice("GET", "/objects/total", 404, params={"version": 1}))["code"] == "version_not_found"


async def test_the_latest_is_what_is_left_and_the_object_goes_with_its_last_version(alice) -> None:
    await alice.publish()
    await alice.publish(NEWER)

    await alice("DELETE", "/objects/total/versions/2")
    assert (await alice("GET", "/objects/total"))["version"] == 1
    await alice("DELETE", "/objects/total/versions/1")
    assert (await alice("GET", "/objects/total", 404))["code"] == "object_not_found"
    assert (await alice("GET", "/objects"))["items"] == []


async def test_what_was_deleted_is_still_there_for_the_runs_that_hold_it(alice, any_server) -> None:
    made = await alice.publish(tag="prod")
    forgotten = await alice("DELETE", "/objects/total")
    job = await any_server.db.read(lambda session: service.version_for_job(session, made["id"]))

    assert forgotten == {"name": "total", "versions": [1]}
    assert job.yaml == TOTAL
    assert job.content_hash == made["content_hash"]


async def test_no_number_ever_means_two_things(alice) -> None:
    first = await alice.publish(tag="prod")
    await alice("DELETE", "/objects/total")
    other = await alice.publish(NEWER)
    back = await alice.publish(TOTAL)

    assert (other["version"], back["version"]) == (2, 1)
    assert back["id"] == first["id"]
    assert (await alice("GET", "/objects/total"))["tags"] == []


async def test_what_is_done_is_in_the_audit(alice, any_server) -> None:
    await alice.publish(tag="prod")
    await alice.publish(status=200)
    await alice("DELETE", "/objects/total")

    lines = await alice("GET", "/audit")

    done = [line["action"] for line in lines["items"] if line["action"].startswith(("object.", "library."))]
    assert sorted(done) == ["library.create", "object.delete", "object.publish"]
