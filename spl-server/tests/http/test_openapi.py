"""The picture of the API: committed, complete, and the same as the code."""

from __future__ import annotations

import json
from pathlib import Path

from daemon_server.app import openapi_document
from daemon_server.composition import api
from daemon_server.http.rulebook import Rulebook

COMMITTED = Path(__file__).resolve().parents[2] / "openapi.json"
# It describes itself badly.
UNPICTURED = {"/openapi.json"}


def test_the_committed_picture_is_what_the_routes_say() -> None:
    """Write it anew with `python3 tools/dev.py docs`."""
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == json.loads(json.dumps(openapi_document()))


def test_every_route_is_in_it_with_who_may_come_in() -> None:
    paths = openapi_document()["paths"]

    for entry in Rulebook(api().routes).entries:
        if entry.template in UNPICTURED:
            continue
        for method in entry.methods:
            operation = paths[entry.template.replace(":path}", "}")][method.lower()]
            assert operation["x-spl-credentials"], (method, entry.template)
            assert "x-spl-rule" not in operation
            assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}


def test_only_what_must_be_is_open_to_anybody() -> None:
    entries = Rulebook(api().routes).entries
    public = {(method, entry.template) for entry in entries if entry.rule.public for method in entry.methods}

    assert ("GET", "/health") in public
    assert {path for _, path in public} <= {"/health", "/session"}
