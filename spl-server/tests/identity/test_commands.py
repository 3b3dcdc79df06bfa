"""What the server's host can do, with real processes on a real home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

type Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("user-add", "bob")`: exit code, JSON of stdout, stderr."""

    def command(*words: str) -> tuple[int, Any, str]:
        done = subprocess.run(
            [sys.executable, "-m", "daemon_server", *words, "--home", str(tmp_path / "home"), "--json"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"COLUMNS": "200"},
        )
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr

    return command


def test_the_first_administrator_is_made_once(run: Run) -> None:
    code, made, _ = run("init-admin", "root", "--login-code")
    assert code == 0
    assert (made["user"], made["token"][:5], made["login_code"][:5]) == ("root", "splu_", "spll_")

    code, told, errors = run("init-admin", "second")
    assert (code, told["error"]["code"]) == (1, "already_initialized")
    assert "recover-admin" in errors

    code, recovered, _ = run("recover-admin", "second")
    assert code == 0 and recovered["login_code"].startswith("spll_")


def test_users_tokens_and_their_record(run: Run, tmp_path: Path) -> None:
    assert run("init-admin", "root")[0] == 0
    _, alice, _ = run("user-add", "alice", "--scope", "catalog:read", "--days", "1")
    _, more, _ = run("token-issue", "--user", "alice", "--scope", "run:create", "--scope", "run:read")
    assert alice["token"] != more["token"]

    assert run("token-revoke", alice["id"])[1]["changed"] is True
    assert run("token-revoke", alice["id"])[1]["changed"] is False
    assert run("token-revoke", "nonsense")[1]["error"]["code"] == "token_not_found"
    assert run("user-disable", "alice")[1]["state"] == "disabled"
    assert run("user-disable", "alice", "--enable")[1]["state"] == "enabled"
    assert run("user-disable", "root")[1]["error"]["code"] == "last_admin"
    assert run("user-add", "alice")[1]["error"]["code"] == "user_exists"
    assert run("token-issue", "--user", "nobody")[1]["error"]["code"] == "user_not_found"
    assert run("token-issue", "--user", "alice", "--scope", "nonsense")[1]["error"]["code"] == "unknown_scope"
    assert run("token-issue", "--user", "alice", "--kind", "execution")[0] == 2
    code, _, _ = run("token-issue", "--user", "alice", "--kind", "execution", "--library", "alice/none")
    assert code == 1

    out = tmp_path / "token"
    _, hidden, _ = run("token-issue", "--user", "alice", "--out", str(out))
    assert hidden["token"] is None
    assert out.stat().st_mode & 0o777 == 0o600 and out.read_text().startswith("splu_")
    assert run("token-issue", "--user", "alice", "--out", str(out))[0] == 2

    assert run("clock-reset")[0] == 0
    code, verdict, _ = run("audit", "verify")
    assert (code, verdict["ok"]) == (0, True)
    assert verdict["checked"] > 8


def test_a_changed_audit_ends_with_a_failure(run: Run, tmp_path: Path) -> None:
    import sqlite3

    assert run("init-admin", "root")[0] == 0
    connection = sqlite3.connect(tmp_path / "home" / "server.sqlite3")
    connection.execute("UPDATE audit SET target = 'user somebody' WHERE seq = 1")
    connection.commit()
    connection.close()

    code, verdict, _ = run("audit", "verify")

    assert (code, verdict["ok"], verdict["broken_at"]) == (1, False, 1)
