from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from spl.client import SPLClient
from spl.core.entities.bundle import Bundle, Module
from spl.core.entities.function import Function
from spl.core.entities.port import InputPort
from spl.core.errors import EnvironmentBuildFailed, EnvironmentNotFound, InvalidBundle, RunFailed, WaitTimedOut
from spl.core.ir.files import bundle_from_text, dump_bundle

from .daemon import FakeDaemon

BUNDLE = Bundle(
    "add",
    modules=(Module("main", "main.py", "def add(a):\n    return a + 1\n"),),
    functions=(Function("add", (InputPort("a"),), module="main", qualname="add"),),
)


@pytest.fixture
def registered(daemon: FakeDaemon) -> FakeDaemon:
    daemon.envs["default"] = {"name": "default", "python": sys.executable}
    return daemon


def test_a_bundle_is_published_as_it_is(client: SPLClient, registered: FakeDaemon):
    published = client.publish(BUNDLE, name="demo_add", display_name="Add", isolation="reuse")

    asked = registered.published[0]
    assert bundle_from_text(asked.pop("yaml")) == BUNDLE
    assert asked == {"name": "demo_add", "env": "default", "display_name": "Add", "isolation": "reuse"}
    assert (published.name, published.version, published.entrypoint, published.env) == ("demo_add", 1, "add", "default")
    assert repr(published) == "Published demo_add v1 (env=default)"


def test_yaml_is_published_from_its_text(client: SPLClient, registered: FakeDaemon):
    client.publish_yaml(dump_bundle(BUNDLE), name="demo_add", entrypoint="add", env="default")

    asked = registered.published[0]
    assert (asked["yaml"], asked["entrypoint"]) == (dump_bundle(BUNDLE), "add")


@pytest.mark.parametrize("kind", [str, Path])
def test_yaml_is_published_from_a_file(client: SPLClient, registered: FakeDaemon, tmp_path: Path, kind: type):
    (tmp_path / "bundle.yaml").write_text(dump_bundle(BUNDLE))

    client.publish_yaml(kind(tmp_path / "bundle.yaml"), "demo_add")

    assert registered.published[0]["yaml"] == dump_bundle(BUNDLE)


def test_a_file_that_is_not_there_is_said(client: SPLClient, registered: FakeDaemon):
    with pytest.raises(InvalidBundle, match=r"nowhere\.yaml"):
        client.publish_yaml("nowhere.yaml", "demo")


def test_the_first_publish_registers_this_interpreter_and_says_so(
    client: SPLClient, daemon: FakeDaemon, capsys: pytest.CaptureFixture[str]
):
    published = client.publish(BUNDLE, name="demo_add")

    assert daemon.envs["default"]["python"] == sys.executable
    assert "Registered this interpreter" in capsys.readouterr().err
    assert "Registered this interpreter" in published.notes[0]
    assert published.version == 1


def test_another_environment_is_never_made_up(client: SPLClient, daemon: FakeDaemon):
    with pytest.raises(EnvironmentNotFound, match="'gpu'"):
        client.publish(BUNDLE, name="demo_add", env="gpu")

    assert daemon.envs == {}


def test_ready_waits_until_it_can_run(client: SPLClient, registered: FakeDaemon):
    registered.readiness = [
        {"ready": False, "status": "building", "line": "Downloading numpy"},
        {"ready": False, "status": "importing", "line": ""},
        {"ready": True, "status": "ready", "line": ""},
    ]
    published = client.publish(BUNDLE, name="demo_add")

    assert published.ready() is published
    assert registered.paths().count("/objects/demo_add/ready") == 3


@pytest.mark.parametrize(
    "error",
    [
        EnvironmentBuildFailed("No solution: nopackage==1 was not found.", reason="env_build_failed"),
        RunFailed("main.py can't be imported: no module named 'zz'.", reason="import_failed"),
    ],
)
def test_ready_raises_what_went_wrong(client: SPLClient, registered: FakeDaemon, error: RunFailed):
    registered.readiness = [{"ready": False, "status": "failed", "line": "", "error": error.problem()}]

    with pytest.raises(type(error), match=error.message[:20]):
        client.publish(BUNDLE, name="demo_add").ready()


def test_ready_waits_no_longer_than_asked(client: SPLClient, registered: FakeDaemon):
    registered.readiness = [{"ready": False, "status": "building", "line": ""}]

    with pytest.raises(WaitTimedOut, match="goes on"):
        client.publish(BUNDLE, name="demo_add").ready(timeout=0)


def test_a_python_is_registered_by_name(client: SPLClient, daemon: FakeDaemon):
    assert client.register_env("here")["python"] == sys.executable
    assert client.register_env("there", "/opt/python")["python"] == "/opt/python"
    assert list(client.envs()) == ["here", "there"]
    assert client.remove_env("here")["removed"]
    assert list(client.envs()) == ["there"]
    assert json.loads(daemon.heard[0].body) == {"name": "here", "python": sys.executable}
