"""Settings come from one place, say what they mean, and are checked at the door."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from spl.core.errors import InvalidRequest
from spl.daemon.settings import Settings, described, variable_of


def test_without_anything_said_the_documented_defaults_apply() -> None:
    settings = Settings.load({})

    assert (settings.host, settings.port) == ("127.0.0.1", 8765)
    assert settings.home == Path.home() / ".spl-daemon"
    assert settings.max_workers >= 1


def test_each_setting_has_a_variable() -> None:
    settings = Settings.load(
        {
            "SPL_DAEMON_PORT": "0",
            "SPL_DAEMON_HOME": "/tmp/x",
            "SPL_DAEMON_KILL_GRACE_SECONDS": "0.5",
            "SPL_DAEMON_COMPILE_BYTECODE": "yes",
            "SPL_DAEMON_ISOLATION": "fresh",
        }
    )

    assert settings.port == 0
    assert settings.home == Path("/tmp/x")
    assert settings.kill_grace_seconds == 0.5
    assert settings.compile_bytecode is True
    assert settings.isolation == "fresh"


def test_what_is_chosen_wins_over_the_environment() -> None:
    assert Settings.load({"SPL_DAEMON_PORT": "1"}, port=2).port == 2


def test_an_option_that_was_not_given_leaves_the_environment_alone() -> None:
    assert Settings.load({"SPL_DAEMON_PORT": "1"}, port=None).port == 1


def test_a_home_is_the_same_wherever_it_is_looked_at_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert Settings.load({}, home=Path("./.spl-daemon")).home == tmp_path / ".spl-daemon"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SPL_DAEMON_PORT", "many", "SPL_DAEMON_PORT should be a whole number"),
        ("SPL_DAEMON_PORT", "70000", "between 0 and 65535"),
        ("SPL_DAEMON_DRAIN_SECONDS", "soon", "SPL_DAEMON_DRAIN_SECONDS should be a number"),
        ("SPL_DAEMON_COMPILE_BYTECODE", "perhaps", "should be true or false"),
        ("SPL_DAEMON_ISOLATION", "none", "isolation is one of"),
        ("SPL_DAEMON_MAX_WORKERS", "0", "at least 1"),
        ("SPL_DAEMON_HOST", "example.org", "host is an IP address"),
        ("SPL_DAEMON_DRAIN_SECONDS", "-1", "not negative"),
        ("SPL_DAEMON_DRAIN_SECONDS", "nan", "not negative"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(name: str, value: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        Settings.load({name: value})


def test_localhost_is_the_loopback_address() -> None:
    assert Settings.load({}, host="localhost").host == "127.0.0.1"


def test_settings_are_handed_down_not_changed() -> None:
    settings: Any = Settings.load({})

    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1


def test_every_setting_is_described_by_a_sentence() -> None:
    described_names = [entry.name for entry in described()]

    assert described_names == [entry.name for entry in dataclasses.fields(Settings)]
    for entry in described():
        assert entry.sentence.endswith("."), entry.name
        assert entry.variable == variable_of(entry.name)
        assert entry.default


def test_a_described_default_names_no_machine() -> None:
    assert not [entry for entry in described() if str(Path.home()) in entry.default]
