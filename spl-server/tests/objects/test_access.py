"""Who may see what: foreign is 404, a missing right 403, and neither tells more than it must."""

from __future__ import annotations

import pytest

from daemon_server.http.principal import Principal
from daemon_server.http.problems import ServerProblem
from daemon_server.objects import service

from .conftest import PIPELINE, TOTAL, Caller

pytestmark = pytest.mark.anyio

READS = ("", "/signature", "/inputs", "/outputs", "/graph", "/versions", "/compare?a=1&b=1", "/used-by")
AT = "/owners/alice/libraries/risk/objects/total"


async def test_a_private_object_is_not_there_for_others(alice, bob) -> None:
    await alice.publish(library="risk")

    for path in READS:
        hidden = await bob("GET", AT + path, 404)
        missing = await bob("GET", AT.replace("risk", "none") + path, 404)
        assert hidden["code"] == missing["code"] == "library_not_found"
        assert hidden["detail"].replace("risk", "none") == missing["detail"]
    await bob("POST", f"{AT}/validate", 404, json={})
    await bob("DELETE", AT, 404)
    await bob("PUT", f"{AT}/tags/prod", 404, json={"version": 1})
    assert (await bob("GET", "/objects"))["items"] == []
    assert (await bob("GET", "/libraries"))["items"] == []


async def test_read_shows_the_card_and_neither_source_nor_more(alice, bob, grant) -> None:
    await alice.publish(library="risk")
    await grant("bob", "read", library="alice/risk")

    for path in READS:
        await bob("GET", AT + path)
    (line,) = (await bob("GET", "/objects"))["items"]
    refused = await bob("GET", f"{AT}?include_yaml=1", 403)

    assert line["can"] == ["read"]
    assert refused["code"] == "permission_denied"
    assert refused["details"]["missing"] == "source"
    assert (await bob("GET", f"{AT}/compare?a=1&b=1"))["source"] is None
    assert (await bob("DELETE", AT, 403))["code"] == "permission_denied"
    assert (await bob("PUT", f"{AT}/tags/prod", 403, json={"version": 1}))["details"]["missing"] == "write"


async def test_source_needs_the_grant_and_the_scope(alice, bob, calling, grant) -> None:
    await alice.publish(library="risk")
    await grant("bob", "read", "source", library="alice/risk")
    narrow = calling("bob", "catalog:read")

    assert (await bob("GET", f"{AT}?include_yaml=1"))["yaml"] == TOTAL
    assert (await narrow("GET", f"{AT}?include_yaml=1", 403))["code"] == "scope_missing"
    assert (await narrow("GET", f"{AT}/compare?a=1&b=1"))["source"] is None


async def test_a_grant_on_one_object_shows_that_one_alone(alice, bob, grant) -> None:
    await alice.publish(library="risk")
    await alice.publish(library="risk", name="secret_total")
    await grant("bob", "read", library="alice/risk", object="total")

    assert [one["name"] for one in (await bob("GET", "/objects"))["items"]] == ["total"]
    in_library = await bob("GET", "/owners/alice/libraries/risk/objects")
    assert [one["name"] for one in in_library["items"]] == ["total"]
    await bob("GET", AT)
    hidden = await bob("GET", AT.replace("total", "secret_total"), 404)
    guessed = await bob("GET", AT.replace("total", "secret_totl"), 404)
    assert "secret_total'?" not in guessed["detail"]
    assert hidden["code"] == guessed["code"]


async def test_a_public_library_is_read_by_everybody_and_run_by_whom_its_policy_says(alice, bob, any_server) -> None:
    await alice.publish(library="risk")
    await alice("PATCH", "/owners/alice/libraries/risk", json={"visibility": "public"})
    assert (await bob("GET", AT))["can"] == ["read"]
    await alice("PATCH", "/owners/alice/libraries/risk", json={"execution_policy": "public"})
    assert (await bob("GET", AT))["can"] == ["read", "execute"]
    await alice("PATCH", "/owners/alice/libraries/risk", json={"execution_policy": "off"})
    assert (await bob("GET", AT))["can"] == ["read"]
    assert "execute" not in (await alice("GET", AT))["can"]


async def test_what_a_call_means_is_found_with_the_right_to_execute(alice, bob, grant, people, any_server) -> None:
    made = await alice.publish(PIPELINE, library="risk", tag="prod")
    await grant("bob", "read", library="alice/risk")
    carol = people.user("carol")
    caller = Principal("user", "0123456789", carol.id, "carol")
    asked = {"owner": "alice", "library": "risk"}

    async def resolve(name: str, **more: object):
        return await any_server.db.read(lambda session: service.resolve(session, caller, name=name, **asked, **more))

    async def refusal(name: str, **more: object) -> str:
        with pytest.raises(ServerProblem) as caught:
            await resolve(name, **more)
        return caught.value.code

    assert await refusal("report") == "library_not_found"
    await grant("carol", "read", library="alice/risk")
    assert await refusal("report") == "permission_denied"
    await grant("carol", "execute", library="alice/risk")
    found = await resolve("report@prod::prepare")
    assert (found.path, found.version, found.function) == ("alice/risk/report", 1, "prepare")
    assert (found.version_id, found.content_hash) == (made["id"], made["content_hash"])
    assert [(node.node, node.name, node.owner) for node in found.remote_nodes] == [("score", "score", "alice")]
    assert await refusal("report@dev") == "version_not_found"
    assert await refusal("report", version=7) == "version_not_found"
    assert await refusal("report", function="none") == "function_not_found"
    assert await refusal("none") == "object_not_found"
    await alice("PATCH", "/owners/alice/libraries/risk", json={"execution_policy": "off"})
    assert await refusal("report") == "execution_off"


async def test_an_execution_token_reads_what_it_is_bound_to_and_nothing_else(
    alice, any_client, people, calling
) -> None:
    await alice.publish(library="risk")
    await alice.publish(PIPELINE, library="risk")
    await alice.publish(library="other")
    library = (await alice("GET", "/owners/alice/libraries/risk"))["id"]
    bound = calling("alice", kind="execution", library_id=library)
    narrow = calling("alice", kind="execution", library_id=library, object="report", function="prepare")

    for path in ("", "/signature", "/inputs", "/outputs"):
        await bound("GET", f"/objects/total{path}")
        await bound("GET", f"/objects/total{path}?library=risk")
        await bound("GET", AT + path)
        await bound("GET", AT.replace("risk", "other") + path, 404)
        await bound("GET", f"/objects/total{path}?library=other", 404)
        await narrow("GET", AT + path, 404)
    for path in ("/objects", "/libraries", f"{AT}/versions", f"{AT}/graph", f"{AT}/used-by"):
        assert (await bound("GET", path, 403))["code"] == "wrong_credential_kind"
    assert (await bound("GET", f"{AT}?include_yaml=1", 403))["code"] == "permission_denied"
    assert (await narrow("GET", "/objects/report/signature"))["function"] == "prepare"
    assert (await narrow("GET", "/objects/report::finish/signature", 404))["code"] == "function_not_found"


async def test_scopes_are_asked_for(alice, calling) -> None:
    await alice.publish()
    nothing = calling("alice", "run:read")
    reader = calling("alice", "catalog:read")

    assert (await nothing("GET", "/objects", 403))["code"] == "scope_missing"
    assert (await reader("DELETE", "/objects/total", 403))["code"] == "scope_missing"
    assert (await reader("POST", "/libraries", 403, json={"name": "x"}))["code"] == "scope_missing"
    assert (await reader.publish(status=403))["code"] == "scope_missing"


async def test_a_machine_reads_what_its_owner_may(alice, bob, any_client, people, grant) -> None:
    carol = people.user("carol")
    _, token = people.machine(carol)
    machine = Caller(any_client, token, "carol")
    await alice.publish(library="risk")

    await machine("GET", AT, 404)
    await grant("carol", "read", library="alice/risk")
    await machine("GET", AT)
    assert (await machine("GET", f"{AT}?include_yaml=1&version=1", 403))["details"]["missing"] == "source"


async def test_a_machine_gets_the_source_of_what_it_holds(alice, any_server, people, monkeypatch) -> None:
    from daemon_server.objects.gate import yaml_for_holder

    made = await alice.publish(library="risk")
    await alice("DELETE", "/owners/alice/libraries/risk/objects/total")
    machine = Principal("machine", "0123456789", "usr_carol", "carol", machine_id="mch_1")

    class Gate:
        def holds_version(self, session: object, machine_id: str, version_id: str) -> bool:
            return (machine_id, version_id) == ("mch_1", made["id"])

    def ask(gate: object, number: int):
        return any_server.db.query(
            lambda session: yaml_for_holder(session, gate, machine, "alice", "risk", "total", number)
        )

    assert ask(Gate(), 1)["yaml"] == TOTAL
    assert ask(Gate(), 2) is None
    assert ask(object(), 1) is None
