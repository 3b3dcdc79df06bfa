"""The daemon's folder: private, held by one, and tidy."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from spl.core.errors import HomeLocked, Unavailable
from spl.core.wire.endpoint import Endpoint, read_endpoint, registry_file
from spl.daemon.home import Home, filesystem

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def fresh(tmp_path: Path) -> Home:
    return Home(tmp_path / "fresh")


def endpoint(home: Home, *, pid: int | None = None, port: int = 8765) -> Endpoint:
    return Endpoint(
        url=f"http://127.0.0.1:{port}",
        token="spld_x",
        pid=os.getpid() if pid is None else pid,
        home=str(home.root),
        version="1.0.0",
        started_at=1,
    )


@posix
def test_a_home_is_private(fresh: Home) -> None:
    fresh.prepare()

    assert mode(fresh.root) == 0o700
    assert {entry.name for entry in fresh.root.iterdir()} == {
        "objects",
        "bundles",
        "environment-builds",
        "blobs",
        "runs",
        "runtime",
    }


@posix
def test_a_home_that_others_could_read_is_closed_to_them(fresh: Home) -> None:
    fresh.root.mkdir(mode=0o755)

    fresh.prepare()

    assert mode(fresh.root) == 0o700


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_home_is_refused(fresh: Home) -> None:
    fresh.root.mkdir()
    os.chown(fresh.root, 12345, -1)

    with pytest.raises(Unavailable, match="belongs to another user"):
        fresh.prepare()


def test_a_home_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Unavailable, match="can't be made"):
        Home(tmp_path / "file" / "home").prepare()


def test_a_home_on_a_network_file_system_is_refused(fresh: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spl.daemon.home.filesystem", lambda folder: "nfs4")

    with pytest.raises(Unavailable, match=r"network file system \(nfs4\)"):
        fresh.prepare()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_the_file_system_of_a_folder_is_known() -> None:
    assert filesystem(Path("/proc")) == "proc"


def test_one_daemon_holds_a_home_at_a_time(fresh: Home) -> None:
    with fresh.lock():
        holding = subprocess.run(
            [sys.executable, "-c", LOCK, str(fresh.root)], capture_output=True, text=True, check=False
        )
    free = subprocess.run([sys.executable, "-c", LOCK, str(fresh.root)], capture_output=True, text=True, check=False)

    assert "HomeLocked" in holding.stderr
    assert free.returncode == 0


LOCK = """
import sys
from pathlib import Path
from spl.daemon.home import Home
with Home(Path(sys.argv[1])).lock():
    pass
"""


def test_the_refusal_names_the_other_daemon(fresh: Home) -> None:
    with fresh.lock():
        fresh.publish(endpoint(fresh, pid=4242, port=9999))
        with pytest.raises(HomeLocked, match=r"http://127\.0\.0\.1:9999 \(pid 4242\)") as refused, fresh.lock():
            raise AssertionError("two daemons hold one home")

    assert refused.value.hint
    assert refused.value.details == {"url": "http://127.0.0.1:9999", "pid": 4242}


def test_a_clean_end_is_told_from_a_kill(fresh: Home) -> None:
    with fresh.lock() as unclean:
        assert not unclean
    with fresh.lock() as unclean:
        assert not unclean
    with pytest.raises(RuntimeError), fresh.lock():
        raise RuntimeError("killed")
    with fresh.lock() as unclean:
        assert unclean


@posix
def test_the_token_is_made_once_and_kept(fresh: Home) -> None:
    fresh.prepare()

    token = fresh.token()

    assert token.startswith("spld_")
    assert len(token) >= 40
    assert fresh.token() == token
    assert mode(fresh.token_file) == 0o600


@posix
@pytest.mark.parametrize("bits", [0o640, 0o604, 0o666, 0o660])
def test_a_token_others_may_have_read_is_refused(fresh: Home, bits: int) -> None:
    fresh.prepare()
    fresh.token()
    fresh.token_file.chmod(bits)

    with pytest.raises(Unavailable, match="Others may have read"):
        fresh.token()


@posix
def test_a_token_file_that_is_a_link_is_refused(fresh: Home, tmp_path: Path) -> None:
    fresh.prepare()
    (tmp_path / "elsewhere").write_text("spld_planted")
    fresh.token_file.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(Unavailable, match="not a file of this user"):
        fresh.token()


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_token_file_of_another_user_is_refused(fresh: Home) -> None:
    fresh.prepare()
    fresh.token()
    os.chown(fresh.token_file, 12345, -1)

    with pytest.raises(Unavailable, match="not a file of this user"):
        fresh.token()


def test_an_empty_token_file_is_replaced(fresh: Home) -> None:
    fresh.prepare()
    fresh.token_file.touch(mode=0o600)

    assert fresh.token().startswith("spld_")


def test_clients_find_a_published_daemon_in_both_places(fresh: Home) -> None:
    fresh.prepare()
    mine = endpoint(fresh)

    fresh.publish(mine)

    assert read_endpoint(fresh.endpoint_file) == mine
    assert read_endpoint(registry_file(8765)) == mine


def test_stale_endpoint_files_are_replaced(fresh: Home) -> None:
    fresh.prepare()
    fresh.endpoint_file.write_text("{ half a docu")
    fresh.publish(endpoint(fresh, pid=1))

    fresh.publish(endpoint(fresh))

    found = read_endpoint(fresh.endpoint_file)
    assert found is not None
    assert found.pid == os.getpid()


def test_at_the_end_the_endpoint_goes(fresh: Home) -> None:
    fresh.prepare()
    fresh.publish(endpoint(fresh))

    fresh.unpublish(endpoint(fresh))

    assert not fresh.endpoint_file.exists()
    assert not registry_file(8765).exists()


def test_a_successors_endpoint_stays(fresh: Home) -> None:
    fresh.prepare()
    fresh.publish(endpoint(fresh, pid=4242))

    fresh.unpublish(endpoint(fresh))

    assert fresh.endpoint_file.exists()


def test_a_state_folder_that_can_not_be_written_costs_only_the_short_cut(
    fresh: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    monkeypatch.setenv("SPL_STATE_DIR", str(tmp_path / "blocked"))
    fresh.prepare()

    fresh.publish(endpoint(fresh))

    assert read_endpoint(fresh.endpoint_file) is not None
    fresh.unpublish(endpoint(fresh))


def test_the_picture_in_the_docstring_is_the_layout() -> None:
    import spl.daemon.home as module

    drawn = module.__doc__ or ""
    home = Home(Path("/h"))
    for place in vars(Home).values():
        if isinstance(place, property):
            assert place.fget is not None
            name = place.fget(home).name
            assert name in drawn, f"{name} is missing in the picture"
