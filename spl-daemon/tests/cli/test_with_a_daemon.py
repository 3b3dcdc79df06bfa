"""Every command against a real daemon, started by `spl-daemon serve`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spl.daemon.cli.quick import quickly

from .conftest import BUNDLE, environment, process
from .serving import Served, serving

TROUBLE = """\
spl: 1
entrypoint: trouble
python:
  requires: '>=3.9'
functions:
- name: trouble
  in: main
  inputs:
  - {name: kind, type: str, schema: {type: string}}
  outputs:
  - {name: default}
modules:
- name: main
  path: main.py
  source: |
    import os, pathlib, sys, time


    def trouble(kind):
        print("about to", kind, flush=True)
        if kind == "raise":
            raise ValueError("it was asked for")
        if kind == "sleep":
            time.sleep(600)
        if kind == "leave a file":
            pathlib.Path("artifacts").mkdir(exist_ok=True)
            pathlib.Path("artifacts", "note.txt").write_text("left behind")
        if kind == "pause":
            time.sleep(1.5)
        return {"kind": kind, "größe": [1, 2, (3, 4)]}
"""


SPLIME = """\
- !DFunction
  name: combine
  inputs:
  - {name: a, type: int, default: null}
  - {name: b, type: int, default: '2'}
  outputs:
  - {name: default, type: dict}
  body: |-
    return {'a': a, 'b': b, 'n': js.dumps([a])}
- !DImport {module: json, alias: js}
"""

COMMANDS = [
    "health",
    "status",
    "doctor",
    "version",
    "env-list",
    "env-build-list",
    "object-list",
    "object-list --compact",
    "object-show total",
    "object-show total --yaml",
    "object-signature total",
    "object-signature total::double",
    "object-inputs total",
    "object-outputs total",
    "object-versions total",
    "run total --kwarg a=1",
    "run-list",
    "run total --kwarg a=1 --no-wait",
    "run-prune --dry-run",
    "env-build-prune --dry-run",
    "logs",
    "object-show nope",
    "run trouble --kwarg kind=raise",
    "server-connection",
    "run-list --state nope",
]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with serving(folder) as served:
        for name, text in (("total", BUNDLE), ("trouble", TROUBLE)):
            file = folder / f"{name}.yaml"
            file.write_text(text)
            subprocess.run(served.command("env-add", "default", sys.executable), check=True, capture_output=True)
            subprocess.run(
                served.command("object-add", name, str(file), "--wait"), check=True, capture_output=True, timeout=120
            )
        yield served


@pytest.fixture
def cli(daemon: Served, here: Callable[..., Any]) -> Callable[..., Any]:
    """A command for the daemon, in this process."""
    return lambda *arguments: here(*arguments, "--home", str(daemon.home))


class TestExitCodes:
    """One by one, each in a process of its own."""

    def code(self, daemon: Served, *arguments: str) -> int:
        return process(*arguments, "--home", str(daemon.home)).code

    def test_0_when_it_worked(self, daemon: Served):
        assert self.code(daemon, "run", "total", "--kwarg", "a=2") == 0

    def test_1_when_the_run_failed(self, daemon: Served):
        assert self.code(daemon, "run", "trouble", "--kwarg", "kind=raise") == 1

    def test_1_when_the_run_took_longer_than_it_may(self, daemon: Served):
        assert self.code(daemon, "run", "trouble", "--kwarg", "kind=sleep", "--timeout", "0.3") == 1

    def test_2_when_the_arguments_do_not_fit(self, daemon: Served):
        assert self.code(daemon, "run", "total", "--kwarg", "b=2") == 2

    def test_4_when_the_token_is_wrong(self, daemon: Served, tmp_path: Path):
        url = daemon.endpoint.url
        wrong = {"SPL_DAEMON_TOKEN": "spld_wrong", "SPL_STATE_DIR": str(tmp_path), "HOME": str(tmp_path)}

        assert process("status", "--url", url, **wrong).code == 4

    def test_5_when_there_is_no_such_thing(self, daemon: Served):
        assert self.code(daemon, "run", "nope") == 5
        assert self.code(daemon, "object-show", "total", "--version", "99") == 5
        assert self.code(daemon, "run", "total", "--kwarg", "a=1", "--function", "nope") == 5
        assert self.code(daemon, "run", "total", "--kwarg", "a=1", "--output", "nope") == 5
        assert self.code(daemon, "run-show", "nope") == 5
        assert self.code(daemon, "env-build-show", "0" * 32) == 5

    def test_6_when_waiting_took_too_long_and_the_run_goes_on(self, daemon: Served):
        outcome = process(
            "run", "trouble", "--kwarg", "kind=sleep", "--wait-timeout", "0.3", "--json", "--home", str(daemon.home)
        )
        run = outcome.document["error"]["detail"].split()[1]

        assert outcome.code == 6
        assert f"run-result {run} --wait" in outcome.err
        assert self.code(daemon, "run-result", run) == 1
        assert self.code(daemon, "run-cancel", run) == 0

    def test_8_when_the_run_was_cancelled(self, daemon: Served):
        run = process("run", "trouble", "--kwarg", "kind=sleep", "--no-wait", "--home", str(daemon.home)).out.strip()
        assert self.code(daemon, "run-cancel", run) == 0
        assert self.code(daemon, "run-result", run, "--wait") == 8

    @pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
    def test_130_after_ctrl_c_and_the_run_goes_on(self, daemon: Served):
        waiting = subprocess.Popen(
            daemon.command("run", "trouble", "--kwarg", "kind=sleep"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        assert waiting.stderr is not None
        seen = b""
        while b"about to sleep" not in seen:
            seen += waiting.stderr.read1()
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=30)
        said = (seen + err).decode()
        run = said.split("run-cancel ")[1].split("`")[0]

        assert waiting.returncode == 130, said
        assert out == b""
        assert "goes on" in said
        assert json.loads(process("run-show", run, "--json", "--home", str(daemon.home)).out)["state"] == "running"
        assert self.code(daemon, "run-cancel", run) == 0


class TestJson:
    """With `--json`, stdout is one document and nothing else, in every command."""

    @pytest.mark.parametrize("command", COMMANDS)
    def test_a_document_and_nothing_else(self, cli: Any, command: str):
        outcome = cli(*command.split(), "--json")

        assert outcome.document is not None
        assert outcome.out.endswith("\n")

    def test_a_run_with_its_value(self, cli: Any):
        document = cli("run", "total", "--kwarg", "a=2", "--json").document

        assert document["value"] == {"result": {"default": 6}}
        assert document["state"] == "succeeded"
        assert document["timings"]

    def test_a_failure_with_the_users_own_lines(self, cli: Any):
        error = cli("run", "trouble", "--kwarg", "kind=raise", "--json").document["error"]

        assert error["code"] == "run_failed"
        assert error["run"]["reason"] == "user_exception"
        assert error["run"]["type"] == "ValueError"
        assert error["run"]["frames"][-1]["source"].strip() == 'raise ValueError("it was asked for")'


class TestObjects:
    def test_the_list_names_what_is_published(self, cli: Any):
        outcome = cli("object-list")

        assert outcome.out.splitlines()[0].startswith("NAME")
        assert "(a: int, b: int = 1) -> result" in outcome.out

    def test_the_compact_list_is_by_name(self, cli: Any):
        document = cli("object-list", "--compact", "--json").document

        assert document["total"]["kind"] == "pipeline"
        assert [port["name"] for port in document["total"]["inputs"]] == ["a", "b"]

    def test_a_query_finds_part_of_a_name(self, cli: Any):
        assert set(cli("object-list", "--query", "OUBL", "--compact", "--json").document) == {"trouble"}
        assert "Nothing is called like" in cli("object-list", "--query", "%").err

    def test_the_signature_is_the_description(self, cli: Any):
        text = cli("object-signature", "total").out

        assert text.startswith("total v1 (pipeline)")
        assert 'output="result"' in text
        assert "total::double" in cli("object-signature", "total::double").out
        assert "total::double" in cli("object-signature", "total", "--function", "double").out

    def test_inputs_and_outputs_are_tables(self, cli: Any):
        assert cli("object-inputs", "total").out.splitlines()[2].split() == ["b", "int", "no", "1"]
        assert "result" in cli("object-outputs", "total").out

    def test_show_prints_the_text_that_was_published(self, cli: Any):
        assert cli("object-show", "total", "--yaml").out == BUNDLE
        assert cli("object-show", "total", "--yaml", "--json").document["yaml"] == BUNDLE
        assert "entrypoint   total" in cli("object-show", "total").out

    def test_an_object_is_also_found_by_the_id_of_a_version(self, cli: Any):
        version_id = cli("object-versions", "total", "--json").document[0]["id"]

        assert cli("object-show", version_id, "--json").document["name"] == "total"

    def test_add_versions_and_forget(self, cli: Any, bundle: Path):
        added = cli("object-add", "passing", str(bundle), "--entrypoint", "add")
        assert added.out == "passing published as version 1\n"
        assert cli("object-add", "passing", str(bundle), "--entrypoint", "add").out == "passing is already version 1\n"
        assert cli("object-add", "passing", str(bundle)).out == "passing published as version 2\n"
        assert [row["version"] for row in cli("object-versions", "passing", "--json").document] == [2, 1]
        assert [row["version"] for row in cli("object-versions", "passing", "--version", "1", "--json").document] == [1]

        assert cli("object-forget", "passing", "--version", "2", "--yes", "--json").document["versions"] == [2]
        assert cli("object-forget", "passing", "--yes").code == 0
        assert cli("object-show", "passing").code == 5

    def test_a_bundle_may_come_from_stdin(self, daemon: Served):
        outcome = process("object-add", "piped", "-", "--home", str(daemon.home), stdin=BUNDLE)

        assert outcome.out == "piped published as version 1\n"

    def test_a_bundle_of_splime_is_added_and_runs(self, cli: Any, tmp_path: Path):
        file = tmp_path / "splime.yaml"
        file.write_text(SPLIME)

        assert cli("object-add", "combine", str(file), "--wait").code == 0
        assert json.loads(cli("run", "combine", "--kwarg", "a=1").out) == {"a": 1, "b": 2, "n": "[1]"}

    def test_a_broken_bundle_is_refused_with_its_place(self, cli: Any, tmp_path: Path):
        file = tmp_path / "broken.yaml"
        file.write_text(BUNDLE.replace("in: main", "inn: main"))
        outcome = cli("object-add", "broken", str(file))

        assert outcome.code == 1
        assert "functions[0].inn, line 7" in outcome.err

    def test_an_unknown_environment_is_refused_with_the_way_out(self, cli: Any, bundle: Path):
        outcome = cli("object-add", "x", str(bundle), "--env", "gpu")

        assert outcome.code == 5
        assert "env-add gpu" in outcome.err


class TestRuns:
    def test_the_value_is_what_stdout_holds(self, daemon: Served):
        """Quoted as it is on Windows, and as a Unix shell hands it over."""
        outcome = process("run", "total", "--kwargs", '{"a": 2}', "--wait", "--home", str(daemon.home))

        assert json.loads(outcome.out) == {"result": {"default": 6}}

    def test_arguments_may_come_from_a_file_and_by_position(self, cli: Any, daemon: Served):
        outcome = process("run", "total", "--kwargs-file", "-", "--home", str(daemon.home), stdin='{"a": 20}')

        assert json.loads(outcome.out) == {"result": {"default": 42}}
        assert cli("run", "total::add", "--args", "[40, 2]").out == "42\n"

    def test_one_output_or_one_function_of_a_pipeline(self, cli: Any):
        assert json.loads(cli("run", "total", "--kwarg", "a=1", "--output", "add").out) == {"default": 2}
        assert cli("run", "total", "--function", "double", "--kwarg", "x=21").out == "42\n"

    def test_what_a_run_prints_goes_to_stderr(self, cli: Any):
        outcome = cli("run", "trouble", "--kwarg", "kind=nothing")

        assert "about to nothing\n" in outcome.err
        assert json.loads(outcome.out) == {"kind": "nothing", "größe": [1, 2, [3, 4]]}
        assert "größe" in outcome.out
        assert "about to" not in cli("run", "trouble", "--kwarg", "kind=nothing", "--quiet").err

    def test_a_failure_shows_the_traceback_the_reason_and_where_to_look(self, cli: Any):
        outcome = cli("run", "trouble", "--kwarg", "kind=raise")

        assert outcome.out == ""
        assert 'raise ValueError("it was asked for")' in outcome.err
        assert "ValueError: it was asked for" in outcome.err
        assert "next: `spl-daemon logs --run " in outcome.err

    def test_wrong_arguments_are_all_named_at_once(self, cli: Any):
        outcome = cli("run", "total", "--kwarg", "b=x", "--kwarg", "c=1")

        assert "'a' is missing" in outcome.err
        assert "'c' is not one of its inputs" in outcome.err
        assert "'b'" in outcome.err

    def test_slow_runs_tell_what_they_are_about(self, daemon: Served):
        outcome = process("run", "trouble", "--kwarg", "kind=pause", "--home", str(daemon.home))

        assert outcome.code == 0
        assert ": running\n" in outcome.err

    def test_list_show_and_result(self, cli: Any):
        run = cli("run", "total", "--kwarg", "a=3", "--no-wait").out.strip()
        assert cli("run-result", run, "--wait").out == cli("run-result", run).out
        assert run in cli("run-list").out
        assert run in [
            row["id"] for row in cli("run-list", "--object", "total", "--state", "succeeded", "--json").document
        ]
        shown = cli("run-show", run).out
        assert f"run        {run}" in shown
        assert "succeeded" in shown
        assert len(cli("run-list", "--limit", "1", "--json").document) == 1

    def test_artifacts_are_listed_and_fetched(self, cli: Any, tmp_path: Path):
        folder = tmp_path / "fetched"
        ended = cli("run", "trouble", "--kwarg", "kind=leave a file", "--artifacts-dir", str(folder), "--json").document
        run = ended["id"]

        assert (folder / "note.txt").read_text() == "left behind"
        assert ended["downloaded_artifacts"] == {"note.txt": str(folder / "note.txt")}
        assert "note.txt" in cli("artifact-list", run).out
        assert cli("artifact-get", run, "note.txt", str(tmp_path / "other.txt")).code == 0
        assert (tmp_path / "other.txt").read_text() == "left behind"
        assert cli("artifact-get", run, "nope", str(tmp_path)).code == 5

    def test_logs_of_a_run(self, cli: Any, daemon: Served):
        run = cli("run", "trouble", "--kwarg", "kind=nothing", "--json").document["id"]

        assert cli("logs", "--run", run).out == "about to nothing\n"
        assert cli("logs", "--run", run, "--stream", "stderr").out == ""
        assert cli("logs", "--run", run, "--json").document["text"] == "about to nothing\n"
        assert process("logs", "-f", "--run", run, "--home", str(daemon.home)).out == "about to nothing\n"

    def test_pruning_forgets_ended_runs(self, cli: Any):
        cli("run", "total", "--kwarg", "a=1")
        before = len(cli("run-list", "--state", "succeeded", "--json").document)

        assert cli("run-prune", "--state", "succeeded", "--dry-run").code == 0
        assert len(cli("run-list", "--state", "succeeded", "--json").document) == before > 0
        assert cli("run-prune", "--state", "succeeded", "--yes").code == 0
        assert cli("run-list", "--state", "succeeded", "--json").document == []


class TestEnvironments:
    def test_add_list_and_remove(self, cli: Any):
        added = cli("env-add", "mine", sys.executable)
        assert added.out.startswith("mine is Python 3.")
        assert "mine" in cli("env-list").out
        assert cli("env-remove", "mine", "--yes").code == 0
        assert "mine" not in cli("env-list").out

    def test_what_is_no_python_is_refused(self, cli: Any, tmp_path: Path):
        file = tmp_path / "python"
        file.write_text("#!/bin/sh\necho no\n")
        file.chmod(0o755)
        outcome = cli("env-add", "x", str(file))

        assert outcome.code == 2
        assert "is not a Python" in outcome.err

    def test_builds_are_listed_shown_and_rebuilt(self, cli: Any):
        (build, *_) = cli("env-build-list", "--json").document
        spec_hash = build["spec_hash"]

        assert spec_hash in cli("env-build-list").out
        assert "standard library is enough" in cli("env-build-show", spec_hash[:12]).out
        assert cli("env-build-rebuild", spec_hash, "--wait", "--json").document["status"] == "ready"


class TestDiagnostics:
    def test_status_fits_one_screen(self, cli: Any, daemon: Served):
        outcome = cli("status")

        assert outcome.code == 0
        assert daemon.endpoint.url in outcome.out
        assert len(outcome.out.splitlines()) <= 20

    @pytest.mark.parametrize("command", ["status", "health"])
    def test_what_scripts_ask_all_the_time_imports_nothing_heavy(self, daemon: Served, command: str):
        heavy = "{'typer', 'click', 'pydantic', 'rich', 'sqlalchemy', 'fastapi', 'uvicorn', 'yaml', 'httpx', 'asyncio'}"
        script = (
            "import sys; from spl.daemon.cli.quick import quickly; "
            f"code = quickly(sys.argv[1:]); print(code, {heavy} & set(sys.modules))"
        )
        asked = [sys.executable, "-c", script, command, "--quiet", "--json", "--home", str(daemon.home)]
        ended = subprocess.run(asked, capture_output=True, env=environment(), timeout=60, check=True)

        assert ended.stdout.decode().splitlines()[-1] == "0 set()"

    def test_the_short_cut_leaves_everything_else_to_the_parser(self):
        for arguments in (
            [],
            ["run", "x"],
            ["status", "--watch"],
            ["status", "--home"],
            ["status", "--help"],
            ["status", "x"],
        ):
            assert quickly(arguments) is None

    def test_health_says_ok(self, cli: Any):
        assert cli("health").out == "ok\n"

    def test_doctor_finds_nothing_wrong(self, cli: Any):
        outcome = cli("doctor")

        assert outcome.code == 0, outcome.out
        assert "Nothing is wrong." in outcome.err

    def test_the_daemons_log_is_in_its_home(self, cli: Any, daemon: Served):
        assert (daemon.home / "daemon.log").is_file()
        assert cli("logs", "-n", "5").code == 0

    def test_a_second_daemon_on_the_home_is_told_of_the_first(self, daemon: Served):
        before = (daemon.home / "daemon.log").read_bytes()
        outcome = process("serve", "--home", str(daemon.home), "--port", "0")

        assert outcome.code == 1
        assert f"pid {daemon.process.pid}" in outcome.err
        assert (daemon.home / "daemon.log").read_bytes() == before

    def test_logs_can_be_followed(self, daemon: Served):
        following = subprocess.Popen(
            daemon.command("logs", "-f", "-n", "0"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        assert following.stdout is not None
        try:
            log = daemon.home / "daemon.log"
            deadline = time.monotonic() + 30
            os.set_blocking(following.stdout.fileno(), False)
            seen = b""
            while b"a new line" not in seen:
                assert time.monotonic() < deadline
                with log.open("a") as file:
                    file.write("a new line\n")
                time.sleep(0.05)
                seen += following.stdout.read() or b""
        finally:
            following.kill()
            following.wait()
            following.stdout.close()


def test_stop_ends_the_daemon_and_waits_for_it(tmp_path: Path, here: Any):
    with serving(tmp_path) as served:
        outcome = here("stop", "--home", str(served.home))

        assert outcome.code == 0
        assert "has stopped" in outcome.err
        assert served.process.wait(10) == 0
        assert here("status", "--home", str(served.home)).code == 3


def test_serve_takes_its_settings_from_options_and_variables(
    tmp_path: Path, here: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SPL_DAEMON_MAX_WORKERS", "3")
    with serving(tmp_path, "--isolation", "fresh") as served:
        status = here("status", "--json", "--home", str(served.home)).document

    assert status["workers"]["max"] == 3
    assert status["isolation"] == "fresh"
