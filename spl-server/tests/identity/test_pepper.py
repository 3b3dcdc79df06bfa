"""The key that tokens are kept under: made once, readable by nobody else, and never in the way of a second server."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from daemon_server.identity.pepper import Pepper, UnusablePepper, from_environment, load


def test_it_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = load(tmp_path)

    assert load(tmp_path) == first
    assert (tmp_path / "pepper").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["pepper"]


def test_servers_that_start_at_once_agree(tmp_path: Path) -> None:
    found: list[Pepper] = []
    threads = [threading.Thread(target=lambda: found.append(load(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8 and len(set(found)) == 1


def test_one_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "pepper").chmod(0o640)

    with pytest.raises(UnusablePepper, match="chmod 600"):
        load(tmp_path)


def test_a_short_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusablePepper, match="31 characters"):
        load(tmp_path, text="x" * 31)


def test_it_comes_from_the_environment_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPL_SERVER_PEPPER_FILE", str(tmp_path / "none"))
    with pytest.raises(UnusablePepper, match="can't be read"):
        from_environment(tmp_path)
    monkeypatch.setenv("SPL_SERVER_PEPPER", "y" * 40)

    assert from_environment(tmp_path) == load(tmp_path, text="y" * 40)
    assert not (tmp_path / "pepper").exists()


def test_two_keys_are_told_apart_by_their_names_which_say_nothing_of_them() -> None:
    one, other = Pepper(b"1" * 32), Pepper(b"2" * 32)

    assert one.key_id != other.key_id
    assert one.key.hex() not in repr(one) and "111" not in repr(one)
