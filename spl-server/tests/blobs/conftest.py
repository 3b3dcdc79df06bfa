"""Content with runs that are only told of: the gate that runs stand behind is a fake here."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from daemon_server import composition
from daemon_server.blobs.cas import BlobStore
from daemon_server.db import Session
from daemon_server.http.context import Server
from daemon_server.http.principal import Principal
from daemon_server.http.problems import Conflict, NotFound


class StaleClaim(Conflict):
    """Another attempt of this run is current."""

    code = "stale_claim"


@dataclass
class Gate:
    """The port to runs, kept as plain data.

    Attributes:
        readers: user ids that may read a run, by run.
        holders: the machine and fence that hold a run, by run.
    """

    readers: dict[str, set[str]] = field(default_factory=dict)
    holders: dict[str, tuple[str, int]] = field(default_factory=dict)

    def readable(self, session: Session, principal: Principal, run_id: str) -> None:
        if principal.user_id not in self.readers.get(run_id, ()):
            raise NotFound

    def held(self, session: Session, principal: Principal, run_id: str, fence: int) -> None:
        machine, current = self.holders.get(run_id, ("", 0))
        if principal.machine_id != machine:
            raise NotFound
        if fence != current:
            raise StaleClaim


def bearer(token: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **headers}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def piece(token: str, offset: int, data: bytes) -> dict[str, dict[str, str] | bytes]:
    """What a PATCH of an upload is sent with."""
    headers = bearer(token, **{"Upload-Offset": str(offset), "Content-Digest": digest(data)})
    return {"headers": headers, "content": data}


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def gated_server(any_server: Server, gate: Gate) -> Server:
    return dataclasses.replace(any_server, run_gate=gate)


@pytest.fixture
async def client(gated_server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to a server on each kind of database in turn."""
    transport = httpx.ASGITransport(composition.create_app(gated_server), client=("192.0.2.1", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def broken_off(server: Server, method: str, path: str, headers: dict[str, str], data: bytes) -> int:
    """Send a part of a body, then go away; the status that nobody reads."""
    arriving = [{"type": "http.request", "body": data, "more_body": True}, {"type": "http.disconnect"}]
    statuses: list[int] = []

    async def receive() -> Message:
        return arriving.pop(0)

    async def send(message: Message) -> None:
        statuses.append(message.get("status", 0))

    fields = {"Host": "localhost", "Content-Length": str(2 * len(data)), **headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in fields.items()],
        "client": ("192.0.2.1", 50_000),
        "server": ("localhost", 80),
    }
    await composition.create_app(server)(scope, receive, send)
    return statuses[0]


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs", tmp_path / "uploads")


def files_below(folder: Path) -> list[str]:
    """Every file and link below a folder, by its path there."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
