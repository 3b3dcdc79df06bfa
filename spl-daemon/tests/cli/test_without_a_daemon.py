"""What the command line does where no daemon runs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from spl.daemon.cli.application import run as run_command
from spl.daemon.home import Home

from .conftest import process


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a daemon, and a user whose default home is empty."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "user"))
    return tmp_path / "empty-home"


def test_status_ends_with_3_and_says_how_to_start_one(here: Any):
    outcome = here("status")

    assert outcome.code == 3
    assert outcome.out.splitlines()[0] == "not running"
    assert "spl-daemon serve" in outcome.err


def test_status_as_json_is_one_document(here: Any):
    outcome = here("status", "--json", "--quiet")

    assert (outcome.code, outcome.err) == (3, "")
    assert outcome.document["status"] == "not_running"


@pytest.mark.parametrize(
    "command", [["health"], ["object-list"], ["run", "x"], ["env-list"], ["run-list"], ["logs", "--run", "r"]]
)
def test_everything_else_ends_with_7(here: Any, command: list[str]):
    outcome = here(*command)

    assert (outcome.code, outcome.out) == (7, "")
    assert "error: " in outcome.err
    assert "next: " in outcome.err
    assert "spl-daemon serve" in outcome.err


def test_a_failure_as_json_is_one_document_too(here: Any):
    outcome = here("object-list", "--json")

    assert outcome.document["error"]["code"] == "daemon_unreachable"
    assert outcome.document["error"]["hint"]


def test_stop_has_nothing_to_stop(here: Any):
    assert here("stop").code == 0
    assert here("stop", "--json").document == {"status": "not_running"}


def test_logs_say_where_they_would_be(here: Any, nobody: Path):
    outcome = here("logs", "--home", str(nobody))

    assert outcome.code == 5
    assert str(nobody / "daemon.log") in outcome.err


def test_logs_of_a_daemon_that_has_ended_can_be_read(here: Any, nobody: Path):
    nobody.mkdir()
    (nobody / "daemon.log").write_text("".join(f"line {n}\n" for n in range(300)))

    assert here("logs", "--home", str(nobody)).out.splitlines() == [f"line {n}" for n in range(200, 300)]
    assert here("logs", "--home", str(nobody), "-n", "1", "--json").document["lines"] == ["line 299"]


def test_doctor_says_what_is_wrong_and_how_to_mend_it(here: Any, nobody: Path):
    outcome = here("doctor", "--json", "--home", str(nobody))
    checks = {check["name"]: check for check in outcome.document["checks"]}

    assert outcome.code == 1
    assert not outcome.document["ok"]
    assert checks["daemon"]["outcome"] == "failed"
    assert "spl-daemon serve" in checks["daemon"]["fix"]
    assert checks["python"]["outcome"] == "ok"
    assert [check["number"] for check in outcome.document["checks"]] == list(range(1, len(checks) + 1))


@pytest.mark.skipif(sys.platform == "win32", reason="a profile is private by its access list there")
def test_doctor_finds_a_home_that_others_may_read(here: Any, nobody: Path):
    nobody.mkdir(mode=0o755)
    nobody.chmod(0o755)
    checks = {check["name"]: check for check in here("doctor", "--json", "--home", str(nobody)).document["checks"]}

    assert checks["home"]["outcome"] == "failed"
    assert checks["home"]["fix"] == f"chmod 700 {nobody}"


def test_doctor_finds_a_stale_endpoint_and_a_damaged_database(here: Any, nobody: Path):
    home = Home(nobody)
    home.prepare()
    endpoint = {"url": "http://127.0.0.1:1", "token": "spld_x", "pid": 2**22 + 1, "home": str(nobody)}
    home.endpoint_file.write_text(json.dumps(endpoint))
    home.database.write_bytes(b"not a database" * 1000)
    checks = {check["name"]: check for check in here("doctor", "--json", "--home", str(nobody)).document["checks"]}

    assert checks["endpoint file"]["outcome"] == "warning"
    assert "is gone" in checks["endpoint file"]["found"]
    assert checks["database"]["outcome"] == "failed"


def test_doctor_as_text_numbers_its_checks(here: Any, nobody: Path):
    lines = here("doctor", "--home", str(nobody)).out.splitlines()

    assert lines[0].startswith(" 1. ok       python: ")
    assert any(line.strip().startswith("fix: ") for line in lines)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::"])
def test_serve_listens_to_other_machines_only_when_it_is_understood(here: Any, nobody: Path, host: str):
    outcome = here("serve", "--home", str(nobody), "--host", host)

    assert outcome.code == 2
    assert "--i-understand" in outcome.err
    assert not nobody.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--isolation", "magic"], "magic"),
        (["--port", "many"], "--port"),
        (["--max-workers", "0"], "max_workers is at least 1"),
        (["--log-level", "chatty"], "chatty"),
        (["--host", "example.org"], "example.org"),
    ],
)
def test_serve_refuses_settings_that_are_none(here: Any, nobody: Path, arguments: list[str], said: str):
    outcome = here("serve", "--home", str(nobody), *arguments)

    assert outcome.code == 2
    assert said in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["run"],
        ["status", "--nonsense"],
        ["run", "x", "--kwargs", "{seed: 1}"],
        ["run-list", "--state", "lost"],
    ],
)
def test_a_wrong_command_line_ends_with_2_and_says_where_help_is(here: Any, arguments: list[str]):
    outcome = here(*arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert "--help" in outcome.err
    assert here(*arguments, "--json").document["error"]["code"] == "invalid_request"


def test_removing_without_a_terminal_needs_yes(here: Any):
    outcome = here("object-forget", "x")

    assert outcome.code == 2
    assert "--yes" in outcome.err


class TestServerCommands:
    """What the commands about the server say before a daemon is asked."""

    def test_tokens_on_the_command_line_are_taken_with_a_warning(self, here: Any):
        outcome = here(
            "server-connect", "--server-url", "https://splime.io/api", "--machine-token", "splm_secret",
            "--user-token", "splu_secret", "--machine-id", "m-1", "--display-name", "Kirill laptop",
        )  # fmt: skip

        assert outcome.code == 7
        assert outcome.err.count("warning:") == 2
        assert "secret" not in outcome.out + outcome.err

    def test_tokens_may_come_from_files_or_the_environment(self, here: Any, tmp_path: Path, monkeypatch: Any):
        file = tmp_path / "token"
        file.write_text("splm_secret\n")
        monkeypatch.setenv("SPL_USER_TOKEN", "splu_secret")
        outcome = here("server-connect", "--machine-token-file", str(file))

        assert outcome.code == 7
        assert "warning" not in outcome.err

    def test_a_missing_token_is_asked_for_only_where_somebody_can_answer(self, here: Any):
        outcome = here("server-connect", "--machine-token", "x")

        assert outcome.code == 2
        assert "--user-token-file" in outcome.err

    def test_a_token_file_that_is_not_there_is_said(self, here: Any, tmp_path: Path):
        assert here("server-connect", "--machine-token-file", str(tmp_path / "no")).code == 2

    @pytest.mark.parametrize("command", ["server-disconnect", "server-connection", "server-policy"])
    def test_the_others_need_a_daemon(self, here: Any, command: str):
        outcome = here(command, "--json")

        assert outcome.code == 7
        assert outcome.document["error"]["code"] == "daemon_unreachable"

    def test_a_code_is_asked_for_only_where_somebody_can_answer(self, here: Any):
        assert here("join", "http://127.0.0.1:9876").code == 2

    def test_two_policies_at_once_are_refused(self, here: Any):
        assert here("server-policy", "--allow", "alice/*/*", "--only-mine").code == 2


def test_version_names_the_program(here: Any):
    from spl.daemon import __version__

    assert here("--version").out == f"spl-daemon {__version__}\n"
    assert here("version").out.startswith(f"spl-daemon {__version__} (Python 3.")
    assert here("version", "--json").document["spl_daemon"] == __version__


def test_global_options_may_stand_before_the_command(here: Any):
    assert here("--json", "--quiet", "status").document["status"] == "not_running"


def test_colour_is_for_terminals_only(here: Any):
    assert "\x1b" not in here("status").err + here("doctor").out


def test_help_names_every_command_and_every_command_has_help(here: Any):
    import typer

    from spl.daemon.cli.application import build

    commands = typer.main.get_command(build()).commands
    listed = here("--help").out

    assert all(name in listed and command.help for name, command in commands.items())


DOCUMENTED = [
    "serve",
    "health",
    "env-add",
    "env-list",
    "env-remove",
    "env-build-list",
    "env-build-show",
    "env-build-rebuild",
    "env-build-prune",
    "object-add",
    "object-list",
    "object-show",
    "object-signature",
    "object-inputs",
    "object-outputs",
    "object-versions",
    "object-forget",
    "run",
    "run-list",
    "run-show",
    "run-cancel",
    "run-result",
    "run-prune",
    "artifact-list",
    "artifact-get",
    "status",
    "doctor",
    "logs",
    "stop",
    "version",
    "server-connect",
    "server-disconnect",
    "server-connection",
    "server-policy",
    "join",
]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_command_is_there(here: Any, name: str):
    assert here(name, "--help").code == 0


def test_a_fault_of_ours_is_told_in_one_line(here: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("spl.daemon.cli.command.Cli.client", property(lambda self: 1 / 0))
    outcome = here("health")

    assert outcome.code == 1
    assert outcome.err.startswith("error: ZeroDivisionError")
    assert "SPL_DEBUG" in outcome.err


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch):
    def interrupted(self: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("spl.daemon.cli.command.Cli.client", property(interrupted))

    assert run_command(["health"]) == 130


def test_python_m_is_the_same_program():
    outcome = process("--version")

    assert outcome.code == 0
    assert outcome.out.startswith("spl-daemon ")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path: Path):
    import subprocess

    home = tmp_path / "logs"
    home.mkdir()
    (home / "daemon.log").write_text("x" * 100 + "\n" + "\n".join("y" * 100 for _ in range(50_000)))
    command = f'"{sys.executable}" -m spl.daemon logs --home "{home}" -n 50000 | head -n 1'
    ended = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, env=os.environ, timeout=60)

    assert ended.stderr == b""
    assert ended.returncode == 0


def test_a_terminal_without_the_characters_shows_escapes():
    outcome = process("logs", "--home", "größe", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert outcome.code == 5
    assert r"gr\xf6\xdfe" in outcome.err
