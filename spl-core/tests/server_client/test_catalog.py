from __future__ import annotations

import json

import pytest

from spl.core.errors import Forbidden, InvalidRequest
from spl.server_client import ExternalClient, SPLServerClient

from .server import FakeServer

SIGNATURE_OF_ADD = ["a", "b"]
OWNER_ONLY = {
    "libraries", "machines", "tokens", "grants", "access", "teams", "users", "audit", "objects", "get_object",
    "versions", "cancel", "retry", "queue", "map", "runs", "publish_yaml", "forget", "tag", "compare", "whoami",
}  # fmt: skip


def test_a_signature_is_that_of_the_library(server: SPLServerClient, fake: FakeServer):
    found = server.signature("add", owner="alice", library="risk", version="prod")

    assert [port["name"] for port in found["inputs"]] == SIGNATURE_OF_ADD
    assert "owner=alice&library=risk&version=prod" in fake.heard[-1].path
    assert "a" in server.describe("add")
    assert [port["name"] for port in server.inputs("add", library="alice/risk")] == SIGNATURE_OF_ADD
    assert [port["read"] for port in server.outputs("add")] == ["result.value"]


def test_a_function_inside_is_named_either_way(server: SPLServerClient, fake: FakeServer):
    server.signature("add::inner")
    server.signature("add", function="inner")

    assert fake.heard[-1].path == fake.heard[-2].path


def test_an_owner_said_twice_must_be_the_same(server: SPLServerClient):
    with pytest.raises(InvalidRequest, match="says owner 'alice'"):
        server.signature("add", owner="bob", library="alice/risk")


def test_source_is_there_for_whoever_may_read_it(server: SPLServerClient):
    assert server.get_object("add", library="default", include_yaml=True)["yaml"] == "spl: 1\n"
    with pytest.raises(Forbidden, match="source"):
        server.get_object("add", owner="alice", library="risk", include_yaml=True)


def test_objects_are_a_list_that_shows_their_library(server: SPLServerClient):
    rows = server.objects(compact=True)

    assert [(row["owner"], row["library"], row["name"]) for row in rows] == [("me", "default", "add")]
    assert "default" in rows.text()
    assert "text/html" in rows._repr_mimebundle_()
    assert [row["version"] for row in server.versions("add")] == [1]


def test_administration_says_what_is_meant(server: SPLServerClient, fake: FakeServer):
    server.libraries.create("risk", default_machine="alice-gpu-01")
    server.grants.set(library="risk", user="bob", permissions=["read", "execute"])
    server.grants.remove(library="alice/risk", team="analysts")
    server.machines.enroll("alice-gpu-01", display_name="Alice's GPU box")
    server.access.explain(library="alice/risk", permission="execute")
    server.tag("add", "prod", 3, library="risk")
    server.libraries.change("risk", visibility="public")
    server.publish_yaml("spl: 1\nentrypoint: f\n", "f", library="risk", tag="prod")

    said = {name: rows[-1] for name, rows in fake.documents.items()}
    assert said["POST /libraries"] == {"name": "risk", "default_machine": "alice-gpu-01"}
    assert said["PUT /grants"] == {"library": "me/risk", "user": "bob", "permissions": ["read", "execute"]}
    assert said["DELETE /grants"] == {"library": "alice/risk", "team": "analysts"}
    assert said["POST /daemon-enrollment"]["machine_id"] == "alice-gpu-01"
    assert said["GET /access/explain"]["permission"] == "execute"
    assert said["PUT /owners/{owner}/libraries/{library}/objects/{name}/tags/{tag}"] == {
        "owner": "me", "library": "risk", "name": "add", "tag": "prod", "version": 3,
    }  # fmt: skip
    assert said["PATCH /owners/{owner}/libraries/{library}"]["visibility"] == "public"
    assert said["POST /owners/{owner}/libraries/{library}/objects"]["tag"] == "prod"


def test_a_grant_is_on_one_thing_for_one_subject(server: SPLServerClient, fake: FakeServer):
    with pytest.raises(InvalidRequest):
        server.grants.set(library="risk", user="bob", team="all", permissions=["read"])
    with pytest.raises(InvalidRequest):
        server.grants.set(user="bob", permissions=["read"])

    assert not fake.heard


def test_a_secret_is_taken_by_name_and_never_shown(server: SPLServerClient):
    issued = server.tokens.issue(name="ci", scopes=["catalog:read"])
    enrolled = server.machines.enroll("gpu")

    assert issued["token"] == "splu_secretsecret"
    for answer in (issued, enrolled):
        shown = repr(answer) + answer.text() + json.dumps(answer._repr_mimebundle_())
        assert "secret" not in shown


def test_an_external_client_reads_calls_and_nothing_else(external: ExternalClient, fake: FakeServer):
    assert [port["name"] for port in external.inputs("add", library="risk")] == SIGNATURE_OF_ADD
    result = external.call("add", library="risk", kwargs={"a": 1}, wait_timeout_seconds=30)
    run = external.start("add", library="risk", kwargs={"a": 2})

    assert (result.value, run.result(), external.run(run.id).status) == (3, 4, "succeeded")
    assert not OWNER_ONLY & set(dir(external))
    assert not {"cancel", "retry", "future"} & set(dir(run))
    assert not isinstance(external, SPLServerClient)
    assert "target_machine" not in json.loads(next(one for one in fake.heard if one.method == "POST").body)


def test_external_token_makes_one(monkeypatch: pytest.MonkeyPatch):
    external = SPLServerClient.external_token(token="splx_abcdefgh", base_url="https://splime.example/api")

    assert type(external) is ExternalClient
    assert repr(external) == "ExternalClient('https://splime.example/api', token='splx_abcd…')"
