from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from spl.core.wire.endpoint import (
    Endpoint,
    read_endpoint,
    registered,
    registry_file,
    remove_endpoint,
    state_folder,
    write_endpoint,
)

HERE = Endpoint(
    "http://127.0.0.1:8765", "spld_secret", pid=12, home="/home/a/.spl-daemon", version="1.0.0", started_at=5
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPL_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def test_what_is_written_is_read_back(tmp_path: Path):
    write_endpoint(tmp_path / "home" / "daemon-endpoint.json", HERE)

    assert read_endpoint(tmp_path / "home" / "daemon-endpoint.json") == HERE


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_nobody_else_can_read_the_token(tmp_path: Path):
    old_mask = os.umask(0)
    try:
        write_endpoint(tmp_path / "new" / "e.json", HERE)
    finally:
        os.umask(old_mask)

    assert stat.S_IMODE((tmp_path / "new" / "e.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_writing_again_replaces_and_leaves_nothing_beside(tmp_path: Path):
    write_endpoint(tmp_path / "e.json", HERE)
    write_endpoint(tmp_path / "e.json", Endpoint("http://127.0.0.1:1", "other"))

    assert [path.name for path in tmp_path.iterdir()] == ["e.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"url": 3, "token": "t"}', '{"url": "x"}', '{"url":"x","token":"t","pid":"y"}']
)
def test_a_damaged_file_is_no_endpoint(tmp_path: Path, text: str):
    (tmp_path / "e.json").write_text(text)

    assert read_endpoint(tmp_path / "e.json") is None


def test_a_missing_file_is_no_endpoint(tmp_path: Path):
    assert read_endpoint(tmp_path / "nothing.json") is None


def test_the_token_is_not_in_the_repr():
    assert "spld_secret" not in repr(HERE)


def test_a_process_removes_only_its_own_file(tmp_path: Path):
    write_endpoint(tmp_path / "e.json", HERE)

    remove_endpoint(tmp_path / "e.json", pid=99)
    assert (tmp_path / "e.json").exists()

    remove_endpoint(tmp_path / "e.json", pid=12)
    assert not (tmp_path / "e.json").exists()


def test_the_latest_daemon_is_registered_first():
    for port, started in ((8765, 1), (8766, 9), (8767, 5)):
        write_endpoint(registry_file(port), Endpoint(f"http://127.0.0.1:{port}", "t", started_at=started))

    assert [endpoint.port for endpoint in registered()] == [8766, 8767, 8765]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_a_file_that_others_can_write_is_not_believed():
    write_endpoint(registry_file(8765), HERE)
    registry_file(8765).chmod(0o666)

    assert registered() == []


def test_without_a_folder_nobody_is_registered():
    assert registered() == []


def test_the_state_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("SPL_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert state_folder() == tmp_path / "xdg" / "spl"

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert state_folder() == tmp_path / "local" / "spl"

    monkeypatch.setattr(sys, "platform", "darwin")
    assert state_folder() == Path.home() / "Library" / "Application Support" / "spl"
