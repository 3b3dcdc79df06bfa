"""The user's pip settings reach uv, in uv's words; what they set for uv itself wins."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from spl.daemon.environments.index_settings import index_settings, pip_files, pip_settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the files are named differently there")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A user without any settings."""
    (tmp_path / "user").mkdir()
    return {"HOME": str(tmp_path / "user"), "XDG_CONFIG_DIRS": str(tmp_path / "machine")}


def user_file(environ: dict[str, str], text: str) -> Path:
    path = Path(environ["HOME"]) / ".config" / "pip" / "pip.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def machine_file(environ: dict[str, str], text: str) -> None:
    path = Path(environ["XDG_CONFIG_DIRS"]) / "pip" / "pip.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture(autouse=True)
def _without_this_machines_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from spl.daemon.environments import index_settings as module

    original = module._machine_files
    monkeypatch.setattr(
        module,
        "_machine_files",
        lambda environ, name: (path for path in original(environ, name) if path != Path("/etc/pip.conf")),
    )


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PIP_INDEX_URL", "https://a/packages", {"UV_DEFAULT_INDEX": "https://a/packages"}),
        (
            "PIP_EXTRA_INDEX_URL",
            "https://a/packages https://b/packages",
            {"UV_INDEX": "https://a/packages https://b/packages", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ("PIP_FIND_LINKS", "/a /b", {"UV_FIND_LINKS": "/a,/b"}),
        ("PIP_FIND_LINKS", "https://a/wheels", {"UV_FIND_LINKS": "https://a/wheels"}),
        ("PIP_TRUSTED_HOST", "a b", {"UV_INSECURE_HOST": "a b"}),
        ("PIP_CERT", "/ca.pem", {"SSL_CERT_FILE": "/ca.pem"}),
        ("PIP_CLIENT_CERT", "/me.pem", {"SSL_CLIENT_CERT": "/me.pem"}),
        ("PIP_PROXY", "http://p:1", {"HTTPS_PROXY": "http://p:1", "HTTP_PROXY": "http://p:1"}),
        ("PIP_TIMEOUT", "7", {"UV_HTTP_TIMEOUT": "7"}),
        ("PIP_DEFAULT_TIMEOUT", "7", {"UV_HTTP_TIMEOUT": "7"}),
        ("PIP_RETRIES", "2", {"UV_HTTP_RETRIES": "2"}),
        ("PIP_KEYRING_PROVIDER", "subprocess", {"UV_KEYRING_PROVIDER": "subprocess"}),
        ("PIP_KEYRING_PROVIDER", "import", {}),
        ("PIP_PRE", "1", {"UV_PRERELEASE": "allow"}),
        ("PIP_NO_COLOR", "1", {}),
    ],
)
def test_each_setting_of_pip_has_its_word_in_uv(
    environ: dict[str, str], variable: str, value: str, expected: dict[str, str]
) -> None:
    assert index_settings({**environ, variable: value}).environment == expected


def test_no_index_is_an_argument(environ: dict[str, str]) -> None:
    assert index_settings({**environ, "PIP_NO_INDEX": "true"}).arguments == ("--no-index",)
    assert index_settings({**environ, "PIP_NO_INDEX": "0"}).arguments == ()


@pytest.mark.parametrize(
    ("pip", "uv"),
    [
        ({"PIP_INDEX_URL": "https://pip"}, {"UV_DEFAULT_INDEX": "https://uv"}),
        ({"PIP_INDEX_URL": "https://pip"}, {"UV_INDEX_URL": "https://uv"}),
        ({"PIP_EXTRA_INDEX_URL": "https://pip"}, {"UV_INDEX": "https://uv"}),
        ({"PIP_EXTRA_INDEX_URL": "https://pip"}, {"UV_EXTRA_INDEX_URL": "https://uv"}),
        ({"PIP_FIND_LINKS": "/pip"}, {"UV_FIND_LINKS": "/uv"}),
        ({"PIP_CERT": "/pip.pem"}, {"SSL_CERT_FILE": "/uv.pem"}),
        ({"PIP_PROXY": "http://pip"}, {"ALL_PROXY": "http://uv"}),
    ],
)
def test_what_the_user_set_for_uv_wins(environ: dict[str, str], pip: dict[str, str], uv: dict[str, str]) -> None:
    assert index_settings({**environ, **pip, **uv}).environment == {}


def test_a_strategy_of_the_users_own_stays(environ: dict[str, str]) -> None:
    found = index_settings({**environ, "PIP_EXTRA_INDEX_URL": "https://a", "UV_INDEX_STRATEGY": "first-index"})

    assert found.environment == {"UV_INDEX": "https://a"}


def test_a_users_file_is_read(environ: dict[str, str]) -> None:
    user_file(
        environ,
        "[global]\nindex-url = https://a/packages\nextra-index-url =\n    https://b/packages\n    https://c/packages\n",
    )

    found = index_settings(environ).environment

    assert found["UV_DEFAULT_INDEX"] == "https://a/packages"
    assert found["UV_INDEX"] == "https://b/packages https://c/packages"


def test_the_users_file_wins_over_the_machines(environ: dict[str, str]) -> None:
    machine_file(environ, "[global]\nindex-url = https://machine\ncert = /ca.pem\n")
    user_file(environ, "[global]\nindex_url = https://user\n")

    assert pip_settings(environ) == {"index-url": "https://user", "cert": "/ca.pem"}


def test_what_is_said_for_install_wins_over_what_is_said_for_all(environ: dict[str, str]) -> None:
    machine_file(environ, "[install]\nindex-url = https://install\n")
    user_file(environ, "[global]\nindex-url = https://global\n[list]\nindex-url = https://list\n")

    assert pip_settings(environ)["index-url"] == "https://install"


def test_an_interpreters_own_file_and_the_named_one_come_last(environ: dict[str, str], tmp_path: Path) -> None:
    user_file(environ, "[global]\nindex-url = https://user\n")
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://prefix\n")
    (tmp_path / "named.conf").write_text("[global]\nindex-url = https://named\n")

    assert pip_settings(environ, prefix=tmp_path)["index-url"] == "https://prefix"
    named = {**environ, "PIP_CONFIG_FILE": str(tmp_path / "named.conf")}
    assert pip_settings(named, prefix=tmp_path)["index-url"] == "https://named"
    assert pip_settings({**named, "PIP_INDEX_URL": "https://env"}, prefix=tmp_path)["index-url"] == "https://env"


def test_files_can_be_switched_off(environ: dict[str, str]) -> None:
    user_file(environ, "[global]\nindex-url = https://user\n")

    assert pip_settings({**environ, "PIP_CONFIG_FILE": os.devnull}) == {}


def test_the_old_place_is_still_read(environ: dict[str, str]) -> None:
    old = Path(environ["HOME"]) / ".pip" / "pip.conf"
    old.parent.mkdir()
    old.write_text("[global]\nindex-url = https://old\n")

    assert pip_settings(environ)["index-url"] == "https://old"


@pytest.mark.parametrize("text", ["no section at all", "[global\nindex-url", "[global]\nx = %(y)s\n", "\x00\x01"])
def test_a_broken_file_is_passed_over(environ: dict[str, str], text: str) -> None:
    user_file(environ, text)

    assert "UV_DEFAULT_INDEX" not in index_settings(environ).environment


def test_a_percent_in_a_password_is_just_a_percent(environ: dict[str, str]) -> None:
    user_file(environ, "[global]\nindex-url = https://u:p%40ss@a/packages\n")

    assert index_settings(environ).environment["UV_DEFAULT_INDEX"] == "https://u:p%40ss@a/packages"


def test_pip_itself_reads_the_same_files(environ: dict[str, str], tmp_path: Path) -> None:
    """The order is pip's own, as its documentation gives it."""
    named = {**environ, "PIP_CONFIG_FILE": str(tmp_path / "named.conf")}

    names = [str(path).removeprefix(str(tmp_path)) for path in pip_files(named, prefix=tmp_path / "prefix")]

    if sys.platform == "linux":
        assert names == [
            "/machine/pip/pip.conf",
            "/user/.pip/pip.conf",
            "/user/.config/pip/pip.conf",
            "/prefix/pip.conf",
            "/named.conf",
        ]
