"""Libraries over HTTP: made, listed, changed, and taken away once they are empty."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def ask(any_client: httpx.AsyncClient):
    async def asked(token: str, method: str, path: str, status: int = 200, json: Any = None) -> Any:
        answer = await any_client.request(method, path, json=json, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    return asked


@pytest.fixture
def alice(people) -> str:
    return people.token(people.user("alice"))


@pytest.fixture
def bob(people) -> str:
    return people.token(people.user("bob"))


async def test_a_library_is_private_and_runs_nothing_for_others_until_it_says_so(ask, alice) -> None:
    made = await ask(alice, "POST", "/libraries", 201, {"name": "risk", "display_name": "Risk"})

    assert (made["owner"], made["name"], made["display_name"]) == ("alice", "risk", "Risk")
    assert (made["visibility"], made["execution_policy"], made["default_machine_id"]) == ("private", "grants", None)
    assert made["can"] == ["read", "source", "execute", "write", "admin"]
    assert await ask(alice, "GET", "/owners/alice/libraries/risk") == made


async def test_an_owner_has_one_library_by_each_name(ask, alice, bob) -> None:
    await ask(alice, "POST", "/libraries", 201, {"name": "risk"})
    again = await ask(alice, "POST", "/libraries", 409, {"name": "risk"})
    await ask(bob, "POST", "/libraries", 201, {"name": "risk"})

    assert again["code"] == "library_exists"


@pytest.mark.parametrize("name", ["", ".", "a/b", "a b", "*", "é", "-a", "x" * 101, "a\n", "~"])
async def test_a_name_that_could_not_be_asked_for_is_refused(ask, alice, name) -> None:
    await ask(alice, "POST", "/libraries", 422, {"name": name})


@pytest.mark.parametrize(
    "body",
    [
        {"visibility": "open"},
        {"execution_policy": "all"},
        {"max_concurrent": 0},
        {"max_concurrent": True},
        {"required_labels": ["a b"]},
        {"required_labels": [""]},
        {"display_name": ""},
        {"owner": "bob"},
        {"visibility": None},
    ],
)
async def test_a_change_that_is_none_is_refused(ask, alice, body) -> None:
    await ask(alice, "POST", "/libraries", 201, {"name": "risk"})

    await ask(alice, "PATCH", "/owners/alice/libraries/risk", 422, body)


async def test_what_is_changed_is_changed_and_the_rest_stays(ask, alice, people) -> None:
    await ask(alice, "POST", "/libraries", 201, {"name": "risk", "description": "About risk.", "max_concurrent": 2})
    changed = await ask(
        alice, "PATCH", "/owners/alice/libraries/risk", 200, {"visibility": "public", "required_labels": ["gpu", "b"]}
    )
    cleared = await ask(alice, "PATCH", "/owners/alice/libraries/risk", 200, {"max_concurrent": None})

    assert (changed["visibility"], changed["description"], changed["max_concurrent"]) == ("public", "About risk.", 2)
    assert changed["required_labels"] == ["b", "gpu"]
    assert cleared["max_concurrent"] is None


async def test_the_default_machine_is_named_as_people_name_it(ask, people) -> None:
    carol = people.user("carol")
    token = people.token(carol)
    machine_id, _ = people.machine(carol, "gpu-01")
    await ask(token, "POST", "/libraries", 201, {"name": "risk", "default_machine": "gpu-01"})

    shown = await ask(token, "GET", "/owners/carol/libraries/risk")
    by_id = await ask(token, "PATCH", "/owners/carol/libraries/risk", 200, {"default_machine_id": machine_id})
    unknown = await ask(token, "PATCH", "/owners/carol/libraries/risk", 404, {"default_machine": "none"})
    cleared = await ask(token, "PATCH", "/owners/carol/libraries/risk", 200, {"default_machine": None})

    assert shown["default_machine_id"] == by_id["default_machine_id"] == machine_id
    assert unknown["code"] == "machine_not_found"
    assert cleared["default_machine_id"] is None


async def test_lists_show_what_one_may_see_by_owner_and_name(ask, alice, bob) -> None:
    for name in ("c", "a", "b"):
        await ask(
            alice, "POST", "/libraries", 201, {"name": name, "visibility": "public" if name == "b" else "private"}
        )
    await ask(bob, "POST", "/libraries", 201, {"name": "a"})

    first = await ask(alice, "GET", "/libraries?limit=2")
    second = await ask(alice, "GET", f"/libraries?limit=2&cursor={first['next']}")
    for_bob = await ask(bob, "GET", "/libraries")

    assert [(one["owner"], one["name"]) for one in first["items"] + second["items"]] == [
        ("alice", "a"),
        ("alice", "b"),
        ("alice", "c"),
    ]
    assert second["next"] is None
    assert [(one["owner"], one["name"], one["can"][0]) for one in for_bob["items"]] == [
        ("alice", "b", "read"),
        ("bob", "a", "read"),
    ]
    assert [one["name"] for one in (await ask(bob, "GET", "/libraries?owner=bob"))["items"]] == ["a"]
    assert [one["name"] for one in (await ask(alice, "GET", "/libraries?q=B"))["items"]] == ["b"]


async def test_foreign_libraries_are_not_there_and_public_ones_are_not_changed(ask, alice, bob) -> None:
    await ask(alice, "POST", "/libraries", 201, {"name": "risk"})

    hidden = await ask(bob, "GET", "/owners/alice/libraries/risk", 404)
    await ask(bob, "PATCH", "/owners/alice/libraries/risk", 404, {"visibility": "public"})
    await ask(bob, "DELETE", "/owners/alice/libraries/risk", 404)
    await ask(alice, "PATCH", "/owners/alice/libraries/risk", 200, {"visibility": "public"})

    assert hidden["code"] == "library_not_found"
    refused = await ask(bob, "PATCH", "/owners/alice/libraries/risk", 403, {"visibility": "private"})
    assert refused["details"]["missing"] == "admin"


async def test_a_library_goes_when_it_is_empty_and_its_name_is_free_again(ask, alice) -> None:
    first = await ask(alice, "POST", "/libraries", 201, {"name": "risk"})
    bundle = (
        "spl: 1\nentrypoint: f\nfunctions:\n- {name: f, in: main}\n"
        "modules:\n- {name: main, path: main.py, source: 'def f(): pass'}\n"
    )
    await ask(alice, "POST", "/owners/alice/libraries/risk/objects", 201, {"yaml": bundle})

    full = await ask(alice, "DELETE", "/owners/alice/libraries/risk", 409)
    await ask(alice, "DELETE", "/owners/alice/libraries/risk/objects/f")
    await ask(alice, "DELETE", "/owners/alice/libraries/risk")
    await ask(alice, "GET", "/owners/alice/libraries/risk", 404)
    assert (await ask(alice, "GET", "/libraries"))["items"] == []
    again = await ask(alice, "POST", "/libraries", 201, {"name": "risk"})

    assert full["code"] == "library_not_empty"
    assert again["id"] != first["id"]
