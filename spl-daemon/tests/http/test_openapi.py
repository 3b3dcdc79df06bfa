"""The API does what its description says, whatever is thrown at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from spl.daemon.app import openapi_document
from spl.daemon.http.policy import POLICIES, shape

# Some thousand requests over all operations, in a quarter of a minute.
EXAMPLES = 30

# What a schema can't say: that a version exists, that bytes have a hash, that a text is a bundle.
BEYOND_A_SCHEMA = "positive_data_acceptance"


def test_every_route_is_described() -> None:
    document = openapi_document()
    described = {(method.upper(), shape(path)) for path, verbs in document["paths"].items() for method in verbs}
    declared = {(method, shape(path.replace(":path}", "}"))) for method, path in POLICIES}

    assert described == declared - {("GET", "/openapi.json")}


def test_every_answer_that_is_an_error_is_a_problem() -> None:
    for path, verbs in openapi_document()["paths"].items():
        for method, operation in verbs.items():
            errors = [code for code in operation["responses"] if code.startswith(("4", "5"))]
            assert not errors, f"{method} {path} describes {errors} beside the problem document"
            assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_every_reference_leads_somewhere() -> None:
    document = openapi_document()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()

    assert references(document) <= known


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed")
def test_no_request_breaks_what_the_description_promises(daemon_factory: Any, tmp_path: Path) -> None:
    daemon = daemon_factory(max_wait_seconds=0.2)
    description = tmp_path / "openapi.json"
    description.write_text(json.dumps(daemon.request("GET", "/openapi.json").json()))

    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "st"), "run", str(description), "--url", daemon.url),
            *("--header", f"Authorization: Bearer {daemon.token}"),
            # there is no server here, and 503 is what these have to say
            *("--exclude-path", "/server/pull", "--exclude-path", "/server/kept-runs"),
            *("--exclude-path", "/stop", "--exclude-path", "/runs/{run_id}/events"),
            *("--exclude-checks", BEYOND_A_SCHEMA, "--phases", "coverage,fuzzing"),
            *("--max-examples", str(EXAMPLES), "--request-timeout", "20", "--no-color"),
        ],
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-6000:]
    assert "Traceback" not in daemon.said()
    assert daemon.request("GET", "/status").status_code == 200
