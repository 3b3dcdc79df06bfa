"""What the OpenAPI documents say is what the server and the daemon do, whatever is sent to them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .pages import ROOT
from .stage import Stack

EXAMPLES = int(os.environ.get("SPL_TEST_API_EXAMPLES", "25"))
"""For each operation and phase; a release is tested with a thousand."""

FEWEST_CASES = 15_000
"""Over all credentials: what the suite is worth. It counts what was sent, not what was planned."""

# `use_after_free` and friends need links that we don't draw; streams and files are checked by their own tests.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
    "unsupported_method",
    "ignored_auth",
)

pytestmark = [pytest.mark.alone, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Place:
    url: str
    credentials: dict[str, str]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("api")) as stack:
        for name in ("REQUESTS", "MACHINE_REQUESTS", "RUNS", "PUBLISHES", "LOGINS", "FAILURES"):
            stack.env[f"SPL_SERVER_{name}_PER_MINUTE"] = "100000000"
        stack.env |= {"SPL_SERVER_MAX_WAIT_SECONDS": "0.1", "SPL_SERVER_BODY_SECONDS": "5"}
        yield stack


@pytest.fixture(scope="module")
def server(stack: Stack) -> Place:
    """A server with a machine and a library, and a credential of each kind that comes alone."""
    server = stack.server()
    alice = server.person("alice")
    machine = server.request("POST", "/daemon-enrollment", {"machine_id": "box", "issue": "token"}, token=alice)
    server.request("POST", "/libraries", {"name": "risk"}, token=alice)
    body = {"kind": "execution", "name": "billing", "library": "alice/risk"}
    execution = server.request("POST", "/tokens", body, token=alice)
    return Place(
        server.url,
        {  # those that can take the others away come last
            "execution": execution["token"],
            "machine": machine["machine_token"],
            "user": alice,
            "administrator": server.token,
        },
    )


# A daemon without a server says 503 `server_not_connected` where only a server could answer: that is no fault of it.
WITHOUT_SERVER = """
[[operations]]
include-path = "/server/pull"
[operations.checks.not_a_server_error]
expected-statuses = ["2xx", "4xx", "503"]

[[operations]]
include-path = "/server/kept-runs"
[operations.checks.not_a_server_error]
expected-statuses = ["2xx", "4xx", "503"]
"""


def explored(document: Path, url: str, token: str, folder: Path, *, configuration: str = "") -> tuple[int, str]:
    """How many cases of what a document says were sent to `url`, and what was found."""
    (folder / "schemathesis.toml").write_text(configuration)
    command = [
        str(Path(sys.executable).with_name("st")), "run", str(document), "--url", url,
        "-H", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS), "-n", str(EXAMPLES),
        "--phases", "examples,coverage,fuzzing",
        "--suppress-health-check", "all", "--warnings", "off", "--seed", "1", "--request-timeout", "20", "--no-color",
        "--exclude-path-regex", "/events$|/stop$",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    told = done.stdout + done.stderr
    counted = re.search(r"([\d,]+) generated", told)
    return (int(counted[1].replace(",", "")) if counted else 0), ("" if done.returncode == 0 else told[-6000:])


def test_the_server_does_what_its_document_says_to_every_kind_of_credential(server: Place, tmp_path: Path):
    cases = 0
    for kind, token in server.credentials.items():
        count, found = explored(ROOT / "spl-server" / "openapi.json", server.url, token, tmp_path)
        cases += count
        print(f"{kind}: {count} cases")
        assert not found, f"as {kind}:\n{found}"
    assert cases >= FEWEST_CASES


def test_the_daemon_does_what_its_document_says(stack: Stack, tmp_path: Path):
    daemon = stack.daemon("daemon")
    token = json.loads((daemon.home / "daemon-endpoint.json").read_text())["token"]

    count, found = explored(
        ROOT / "docs" / "reference" / "daemon-openapi.json", daemon.url, token, tmp_path, configuration=WITHOUT_SERVER
    )

    assert count > 2_000
    assert not found, found
