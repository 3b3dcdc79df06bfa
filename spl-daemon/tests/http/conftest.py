"""Requests as bytes on the wire would be parsed: raw headers, any method, bodies in pieces."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import ASGIApp, Message

TOKEN = "spld_" + "t" * 44
PORT = 8765
HOST = f"127.0.0.1:{PORT}"


@dataclass
class Answer:
    """What an app answered."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    problem: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str | None:
        return self.problem.get("code")

    def json(self) -> Any:
        return json.loads(self.body)


async def ask(
    app: ASGIApp,
    method: str = "GET",
    path: str = "/",
    headers: Iterable[tuple[str, str]] = (),
    body: Iterable[bytes] = (),
    *,
    query: str = "",
    receive: Callable[[], Awaitable[Message]] | None = None,
) -> Answer:
    """Send one request with exactly these headers."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", PORT),
        "state": {},
    }
    pieces = list(body)
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": i + 1 < len(pieces)} for i, piece in enumerate(pieces)
    ] or [{"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Message] = []

    async def from_list() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive or from_list, send)
    start = sent[0]
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    content = b"".join(message.get("body", b"") for message in sent[1:])
    problem = json.loads(content) if found.get("content-type", "").startswith("application/problem+json") else {}
    return Answer(start["status"], found, content, problem)


def good(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The headers our own clients send, and some more."""
    return [("Host", HOST), ("Authorization", f"Bearer {TOKEN}"), *more]


@pytest.fixture
def wire() -> Any:
    """`ask`, `good`, `TOKEN`, `HOST` and `PORT` of this module."""

    class Wire:
        pass

    wire: Any = Wire()
    wire.ask, wire.good, wire.TOKEN, wire.HOST, wire.PORT = ask, good, TOKEN, HOST, PORT
    return wire
