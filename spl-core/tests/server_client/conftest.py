from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spl.server_client import ExternalClient, SPLServerClient

from .server import FakeServer

URL = "https://splime.example/api"
TOKEN = "splu_0123456789secretsecretsecretsecretsecretse0a1b2c"


def add(a: int, b: int = 2) -> int:
    return a + b


@pytest.fixture
def fake(tmp_path: Path) -> FakeServer:
    server = FakeServer(tmp_path / "server")
    server.add(add)
    return server


@pytest.fixture
def server(fake: FakeServer) -> Iterator[SPLServerClient]:
    with SPLServerClient(TOKEN, base_url=URL, transport=lambda url, token: fake) as client:
        yield client


@pytest.fixture
def external(fake: FakeServer) -> Iterator[ExternalClient]:
    with ExternalClient("splx_abcd", base_url=URL, transport=lambda url, token: fake) as client:
        yield client
