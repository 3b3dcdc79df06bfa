"""Settings do what their sentence says: at least, each is read by somebody."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

import daemon_server
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
