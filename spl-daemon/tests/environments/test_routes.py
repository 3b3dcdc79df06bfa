"""Environments over HTTP, as clients meet them."""

from __future__ import annotations

import sys
from typing import Any

import pytest

PATH = "/environment-builds"


@pytest.fixture
def api(shared_daemon: Any) -> Any:
    with shared_daemon.http() as client:
        yield client


def test_an_environment_is_registered_listed_and_forgotten(api: Any) -> None:
    created = api.post("/envs", json={"name": "default", "python": sys.executable})

    assert created.status_code == 201
    assert created.json()["version"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    assert api.get("/envs").json() == {"items": [created.json()], "next": None}
    assert api.delete("/envs/default").status_code == 204
    assert api.get("/envs").json()["items"] == []


def test_what_is_no_python_is_refused(api: Any) -> None:
    answer = api.post("/envs", json={"name": "default", "python": "/bin/ls"})

    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_python")
    assert answer.json()["hint"]


@pytest.mark.parametrize("name", ["", "../x", "a b", "1x", "x" * 201, "ä", "a/b"])
def test_a_name_that_is_none_is_refused(api: Any, name: str) -> None:
    answer = api.post("/envs", json={"name": name, "python": sys.executable})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_forgetting_what_is_not_there_is_told(api: Any) -> None:
    answer = api.delete("/envs/nobody")

    assert (answer.status_code, answer.json()["code"]) == (404, "environment_not_found")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{PATH}/{'0' * 32}", None),
        ("DELETE", f"{PATH}/{'0' * 32}", None),
        ("POST", f"{PATH}/{'0' * 32}/rebuild", {}),
    ],
)
def test_an_unknown_build_is_not_found(api: Any, method: str, path: str, body: Any) -> None:
    answer = api.request(method, path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (404, "env_build_not_found")


@pytest.mark.parametrize("spec_hash", ["xyz", "0" * 31, "0" * 33, "..%2f..%2fetc", "A" * 32])
def test_a_hash_that_is_none_is_refused(api: Any, spec_hash: str) -> None:
    assert api.get(f"{PATH}/{spec_hash}").status_code in (404, 422)


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "W10", "WzEsMl0", "é", "W3RydWUsICJhIl0"])
def test_a_cursor_that_is_none_is_refused(api: Any, cursor: str) -> None:
    answer = api.get(PATH, params={"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("limit", [0, -1, 501, "many"])
def test_a_page_has_a_size(api: Any, limit: Any) -> None:
    assert api.get(PATH, params={"limit": limit}).status_code == 422


def test_a_prune_that_says_nothing_uses_the_settings(api: Any) -> None:
    assert api.post(f"{PATH}/prune", json={}).json() == {"items": [], "freed_bytes": 0, "dry_run": False}


@pytest.mark.parametrize("body", [{"older_than_days": -1}, {"max_bytes": -1}, {"surprise": 1}, [], "x"])
def test_a_prune_that_makes_no_sense_is_refused(api: Any, body: Any) -> None:
    assert api.post(f"{PATH}/prune", json=body).status_code == 422
