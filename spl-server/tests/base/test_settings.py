"""Settings do what their sentence says: at least, each is read by somebody."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

import daemon_server
from daemon_server.errors import BadSetting
from daemon_server.settings import Settings

PACKAGE = Path(daemon_server.__file__).parent
# Read by its property `proxies`.
BY_ANOTHER_NAME = {"trusted_proxies": "proxies"}
SOURCES = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.name != "settings.py"]


def is_read(name: str) -> bool:
    return any(f"settings.{name}" in text or f'"{name}"' in text for text in SOURCES)


@pytest.mark.parametrize("name", [entry.name for entry in fields(Settings)])
def test_every_setting_is_read(name: str) -> None:
    assert is_read(BY_ANOTHER_NAME.get(name, name)), f"{name} does nothing"


def test_one_that_is_not_there_is_not_read() -> None:
    assert not is_read("no_such_setting")


@pytest.mark.parametrize(
    "address",
    ["https://splime.io", "http://127.0.0.1:9876", "https://splime.io/tools/spl-1.0/", "https://splime.io/api"],
)
def test_a_public_address_may_have_a_path(address: str) -> None:
    assert Settings(home=Path("/home"), public_url=address).public_url == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "splime.io",
        "ftp://splime.io",
        "https://me@splime.io",
        "https://splime.io/a?b",
        "https://splime.io/a#b",
        "https://splime.io/a/../b",
        "https://splime.io/a//b",
        "https://splime.io/%2e",
        'https://splime.io/"onload=',
        "https://splime.io:port",
        "https://[::1",
    ],
)
def test_a_public_address_is_plain(address: str) -> None:
    with pytest.raises(BadSetting, match="public_url"):
        Settings(home=Path("/home"), public_url=address)
