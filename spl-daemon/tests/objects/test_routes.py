"""The registry over HTTP, against a real daemon."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from spl.core.ir.files import dump_bundle
from spl.daemon.http.paging import cursor_of

from .conftest import pinned, pipeline_bundle, yaml


@pytest.fixture
def http(daemon: Any) -> Iterator[Any]:
    with daemon.http() as http:
        assert http.post("/envs", json={"name": "default", "python": sys.executable}).status_code == 201
        yield http


REFUSED = [
    ("GET", "/objects/nope", None, 404, "object_not_found"),
    ("GET", "/objects/nope/signature", None, 404, "object_not_found"),
    ("GET", "/objects/nope/versions", None, 404, "object_not_found"),
    ("GET", "/objects/nope/ready", None, 404, "object_not_found"),
    ("DELETE", "/objects/nope", None, 404, "object_not_found"),
    ("GET", "/objects/add?version=9", None, 404, "version_not_found"),
    ("GET", "/objects/add?version=newest", None, 422, "invalid_request"),
    ("GET", "/objects/add?version=99999999999", None, 422, "invalid_request"),
    ("DELETE", "/objects/add/versions/9", None, 404, "version_not_found"),
    ("GET", "/objects/add/signature?function=nope", None, 404, "function_not_found"),
    ("GET", "/objects/add::x/signature?function=y", None, 422, "invalid_request"),
    ("GET", "/objects?limit=0", None, 422, "invalid_request"),
    ("GET", "/objects?limit=501", None, 422, "invalid_request"),
    ("GET", "/objects?cursor=bm8", None, 422, "invalid_request"),
    ("POST", "/objects", {"yaml": "spl: 1\n"}, 422, "invalid_bundle"),
    ("POST", "/objects", {"yaml": ""}, 422, "invalid_bundle"),
    ("POST", "/objects", {"yaml": "- !!python/object:os.system {}\n"}, 422, "invalid_bundle"),
    ("POST", "/objects", {"yaml": "/etc/passwd"}, 422, "invalid_bundle"),
    ("POST", "/objects", {"yaml": yaml(), "name": "../up"}, 422, "invalid_name"),
    ("POST", "/objects", {"yaml": yaml(), "env": "gpu"}, 404, "environment_not_found"),
    ("POST", "/objects", {"yaml": yaml(), "nmae": "typo"}, 422, "invalid_request"),
    ("POST", "/objects", {"yaml": yaml(), "isolation": "magic"}, 422, "invalid_request"),
    ("POST", "/objects", {"yaml": yaml(requires_python=">=3.99")}, 422, "invalid_request"),
    ("POST", "/objects", {}, 422, "invalid_request"),
]


def publish(http: Any, text: str, **about: Any) -> Any:
    return http.post("/objects", json={"yaml": text, **about})


def test_a_publish_is_201_and_the_same_again_200(http: Any):
    first = publish(http, yaml(), name="demo_add", display_name="Adds", capture={"functions": ["main:add"]})
    again = publish(http, yaml(), name="demo_add")

    assert (first.status_code, again.status_code) == (201, 200)
    document = first.json()
    assert document["environment_build"] == {"spec_hash": document["spec_hash"], "status": "building"}
    assert (document["name"], document["version"], document["created"]) == ("demo_add", 1, True)
    assert (document["kind"], document["entrypoint"], document["env"]) == ("function", "add", "default")
    assert document["capture"] == {"functions": ["main:add"]}
    assert again.json()["created"] is False


def test_an_object_shows_all_that_is_known_of_it(http: Any):
    publish(http, yaml(dependencies=pinned("six==1.17.0")), capture={"notes": ["seen"]}, isolation="spare")
    shown = http.get("/objects/add").json()

    assert shown["dependencies"] == ["six==1.17.0"]
    assert shown["capture"] == {"notes": ["seen"]}
    assert (shown["isolation"], shown["latest"], shown["yaml"]) == ("spare", 1, None)
    assert http.get("/objects/add?include_yaml=true").json()["yaml"] == yaml(dependencies=pinned("six==1.17.0"))
    assert http.get("/objects/add::add").json()["name"] == "add"


def test_a_signature_is_of_the_object_or_of_a_function_inside(http: Any):
    publish(http, dump_bundle(pipeline_bundle()))
    whole = http.get("/objects/total/signature").json()
    part = http.get("/objects/total/signature?function=double").json()

    assert (whole["kind"], whole["name"], whole["function"]) == ("pipeline", "total", None)
    assert whole["aliases"] == {"result": "double"}
    assert whole["functions"] == ["add", "double"]
    assert whole["outputs"][0]["selector"] == "result"
    assert whole["outputs"][0]["read"] == 'result.value["default"]'
    assert (part["kind"], part["name"], part["function"]) == ("function", "total::double", "double")
    assert part["inputs"] == [
        {
            "name": "x",
            "type": "int",
            "required": True,
            "default": None,
            "kind": "standard",
            "schema": {"type": "integer"},
        }
    ]
    assert http.get("/objects/total::double/signature").json() == part


def test_versions_come_newest_first_in_pages(http: Any):
    for body in ("return a", "return b", "return a + b"):
        publish(http, yaml(body=body))
    page = http.get("/objects/add/versions?limit=2").json()
    rest = http.get(f"/objects/add/versions?limit=2&cursor={page['next']}").json()

    assert [row["version"] for row in page["items"]] == [3, 2]
    assert [row["latest"] for row in page["items"]] == [True, False]
    assert ([row["version"] for row in rest["items"]], rest["next"]) == ([1], None)
    assert http.get(f"/objects/add/versions?cursor={cursor_of(10**30)}").status_code == 422


def test_the_list_comes_by_name_in_pages_and_can_be_searched(http: Any):
    for name in ("beta", "alpha", "gamma_5"):
        publish(
            http,
            yaml(),
            name=name,
            display_name=f"The {name.upper()} 50% one" if "5" in name else f"The {name.upper()} one",
        )
    page = http.get("/objects?limit=2").json()
    rest = http.get(f"/objects?limit=2&cursor={page['next']}").json()

    assert [row["name"] for row in page["items"]] == ["alpha", "beta"]
    assert ([row["name"] for row in rest["items"]], rest["next"]) == (["gamma_5"], None)
    assert page["items"][0]["inputs"][0] == {
        "name": "a", "type": "int", "required": True, "default": None, "kind": "standard",
    }  # fmt: skip
    assert [row["name"] for row in http.get("/objects?q=ALPH").json()["items"]] == ["alpha"]
    assert [row["name"] for row in http.get("/objects", params={"q": "0%"}).json()["items"]] == ["gamma_5"]
    assert http.get("/objects", params={"q": "_"}).json()["items"] == rest["items"]
    assert http.get("/objects?q=the%20BETA").json()["items"][0]["name"] == "beta"


def test_ready_tells_that_it_can_run(http: Any):
    publish(http, yaml())
    outcome = http.get("/objects/add/ready?wait=60").json()

    assert (outcome["object"], outcome["version"]) == ("add", 1)
    assert (outcome["ready"], outcome["status"], outcome["error"]) == (True, "ready", None)


def test_ready_tells_why_it_can_not(http: Any):
    broken = yaml().replace("def add(", "import nowhere_to_be_found\n    def add(")
    assert publish(http, broken).status_code == 201
    outcome = http.get("/objects/add/ready?wait=60").json()

    assert (outcome["ready"], outcome["status"]) == (False, "failed")
    assert "nowhere_to_be_found" in outcome["error"]["detail"]


def test_forgetting_tells_what_is_gone(http: Any):
    publish(http, yaml())
    publish(http, yaml(body="return a"))

    assert http.delete("/objects/add/versions/1").json() == {"name": "add", "versions": [1]}
    assert http.delete("/objects/add").json() == {"name": "add", "versions": [2]}
    assert http.get("/objects/add").json()["code"] == "object_not_found"


def test_what_is_wrong_is_refused_with_its_code(http: Any):
    publish(http, yaml())
    for method, path, body, status, code in REFUSED:
        answer = http.request(method, path, json=body)

        assert (answer.status_code, answer.json()["code"]) == (status, code), (method, path, body, answer.text)
        assert answer.json()["detail"]
