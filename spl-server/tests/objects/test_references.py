"""Objects of other libraries: shown by reference, copied, and who uses them."""

from __future__ import annotations

import pytest

from daemon_server.objects.bundle.remote import is_below

from .conftest import PIPELINE, TOTAL

pytestmark = pytest.mark.anyio

NEWER = TOTAL.replace("a + b\n", "b + a\n")
HERE = "/owners/bob/libraries/tools"
TARGET = {"owner": "alice", "library": "risk", "object": "total"}


@pytest.fixture
async def shared(alice, bob, grant) -> None:
    """alice/risk/total, readable by bob, and a library bob/tools."""
    await alice.publish(library="risk")
    await grant("bob", "read", library="alice/risk")
    await bob("POST", "/libraries", 201, json={"name": "tools"})


async def test_a_reference_shows_the_object_with_the_rights_that_one_has_there(alice, bob, grant, shared) -> None:
    made = await bob("POST", f"{HERE}/references", 201, json={**TARGET, "name": "sum"})
    shown = await bob("GET", f"{HERE}/objects/sum")

    assert made == {"name": "sum", "owner": "bob", "library": "tools", "target": TARGET, "version": None}
    assert (shown["owner"], shown["library"], shown["name"], shown["via"]) == (
        "alice",
        "risk",
        "total",
        "bob/tools/sum",
    )
    # It is his library, but not his object.
    assert shown["can"] == ["read"]
    assert (await bob("GET", f"{HERE}/objects/sum?include_yaml=1", 403))["code"] == "permission_denied"
    assert (await bob("GET", f"{HERE}/objects/sum/signature"))["object"] == "total"
    assert (await bob("DELETE", f"{HERE}/objects/sum", 403))["code"] == "permission_denied"
    assert (await bob("GET", f"{HERE}/references"))["items"] == [made]


async def test_a_reference_follows_the_latest_or_stays_at_its_version(alice, bob, shared) -> None:
    await bob("POST", f"{HERE}/references", 201, json={**TARGET, "name": "moving"})
    await bob("POST", f"{HERE}/references", 201, json={**TARGET, "name": "still", "version": 1})

    await alice.publish(NEWER, library="risk")

    assert (await bob("GET", f"{HERE}/objects/moving"))["version"] == 2
    assert (await bob("GET", f"{HERE}/objects/still"))["version"] == 1


async def test_losing_access_to_the_object_breaks_the_reference(alice, bob, shared) -> None:
    await bob("POST", f"{HERE}/references", 201, json={**TARGET, "name": "sum"})
    await alice("PUT", "/grants", json={"library": "alice/risk", "user": "bob", "permissions": []})

    broken = await bob("GET", f"{HERE}/objects/sum/signature", 404)

    assert broken["code"] == "reference_broken"
    assert "bob/tools/sum" in broken["detail"]
    # Nothing is told of what it refers to.
    assert "alice" not in broken["detail"] + broken["hint"]
    assert (await bob("GET", f"{HERE}/references"))["items"][0]["target"] is None
    assert (await bob("POST", f"{HERE}/references", 404, json=TARGET))["code"] == "library_not_found"


async def test_a_deleted_object_breaks_the_reference(alice, bob, shared) -> None:
    await bob("POST", f"{HERE}/references", 201, json=TARGET)
    await alice("DELETE", "/owners/alice/libraries/risk/objects/total")

    assert (await bob("GET", f"{HERE}/objects/total", 404))["code"] == "reference_broken"


async def test_a_library_has_one_thing_by_each_name(alice, bob, shared) -> None:
    await bob("POST", f"{HERE}/references", 201, json=TARGET)

    again = await bob("POST", f"{HERE}/references", 409, json=TARGET)
    over = await bob.publish(library="tools", status=409)
    await bob.publish(library="tools", name="mine")
    object_first = await bob("POST", f"{HERE}/references", 409, json={**TARGET, "name": "mine"})

    assert again["code"] == over["code"] == object_first["code"] == "name_taken"


async def test_a_reference_is_taken_away_and_the_object_stays(alice, bob, shared) -> None:
    await bob("POST", f"{HERE}/references", 201, json=TARGET)
    await bob("DELETE", f"{HERE}/references/total")

    assert (await bob("GET", f"{HERE}/objects/total", 404))["code"] == "object_not_found"
    assert (await bob("DELETE", f"{HERE}/references/total", 404))["code"] == "reference_not_found"
    await alice("GET", "/owners/alice/libraries/risk/objects/total")


async def test_only_who_administers_a_library_refers_from_it(alice, bob, shared) -> None:
    assert (await bob("POST", "/owners/alice/libraries/risk/references", 403, json=TARGET))["details"][
        "missing"
    ] == "admin"


async def test_a_copy_is_ones_own(alice, bob, grant, shared) -> None:
    asked = {**TARGET, "name": "mine"}
    refused = await bob("POST", f"{HERE}/copies", 403, json=asked)
    await grant("bob", "source", library="alice/risk")

    made = await bob("POST", f"{HERE}/copies", 201, json=asked)
    again = await bob("POST", f"{HERE}/copies", 200, json=asked)

    assert refused["details"]["missing"] == "source"
    assert (made["owner"], made["library"], made["name"], made["version"]) == ("bob", "tools", "mine", 1)
    assert again["created"] is False
    await alice("DELETE", "/owners/alice/libraries/risk/objects/total")
    shown = await bob("GET", f"{HERE}/objects/mine?include_yaml=1")
    assert shown["yaml"] == TOTAL
    assert shown["via"] is None


async def test_an_object_knows_who_uses_it(alice, bob, grant) -> None:
    await alice.publish(library="risk", name="score")
    await bob.publish(PIPELINE)
    await grant("bob", "read", library="alice/risk")
    at = "/owners/alice/libraries/risk/objects/score/used-by"
    await bob("POST", "/owners/bob/libraries/default/references", 201, json={**TARGET, "object": "score"})

    for_bob = await bob("GET", at)
    for_alice = await alice("GET", at)

    assert for_bob["items"] == [
        {
            "kind": "pipeline", "owner": "bob", "library": "default", "name": "report", "version": 1,
            "node": "score", "function": None, "pins": "latest",
        },
        {
            "kind": "reference", "owner": "bob", "library": "default", "name": "score", "version": None,
            "node": None, "function": None, "pins": None,
        },
    ]  # fmt: skip
    # She administers it, and may not see his library: she learns that there are users, not who.
    assert for_alice == {"items": [], "hidden": 2}
    assert for_bob["hidden"] == 0


@pytest.mark.parametrize(
    ("url", "own", "is_ours"),
    [
        ("https://splime.io", "https://splime.io", True),
        ("https://splime.io/api", "https://splime.io", True),
        ("https://splime.io.elsewhere.example", "https://splime.io", False),
        ("https://splime.io/tools/api", "https://splime.io/tools", True),
        ("https://splime.io/toolshed", "https://splime.io/tools", False),
        ("https://splime.io", "", False),
    ],
)
def test_a_longer_name_is_another_server(url: str, own: str, is_ours: bool):
    assert is_below(url, own) is is_ours
