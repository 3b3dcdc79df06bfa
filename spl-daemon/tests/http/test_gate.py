"""Who is let in: every header a browser could send, and every way to name the wrong host or token."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from spl.daemon.http.gate import Gate, allowed_hosts

pytestmark = pytest.mark.anyio

PATHS = [("GET", "/runs"), ("POST", "/runs"), ("POST", "/stop"), ("DELETE", "/objects/x"), ("GET", "/nowhere")]


class Handler:
    """What stands behind the gate; counts who came through."""

    def __init__(self) -> None:
        self.reached = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        await PlainTextResponse("inside")(scope, receive, send)


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def gate(handler: Handler, wire: Any) -> ASGIApp:
    return Gate(handler, token=wire.TOKEN, hosts=allowed_hosts("127.0.0.1", wire.PORT))


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765"])
async def test_our_own_clients_come_in(gate: ASGIApp, handler: Handler, wire: Any, host: str) -> None:
    answer = await wire.ask(gate, "GET", "/runs", [("Host", host), ("Authorization", f"Bearer {wire.TOKEN}")])

    assert (answer.status, handler.reached) == (200, 1)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1",
        "127.0.0.1:8766",
        "127.0.0.1:08765",
        "127.0.0.1:8765.",
        "127.0.0.1:8765 ",
        "127.0.0.2:8765",
        "localhost",
        "LOCALHOST.:8765",
        "localhost.evil.example:8765",
        "127.0.0.1.nip.example:8765",
        "0.0.0.0:8765",
        "[::]:8765",
        "evil.example:8765",
        "evil.example",
        "127.0.0.1:8765, evil.example",
        "user@127.0.0.1:8765",
        "2130706433:8765",
        "0x7f.1:8765",
    ],
)
@pytest.mark.parametrize(("method", "path"), [*PATHS, ("GET", "/health")])
async def test_any_other_host_is_misdirected(
    gate: ASGIApp, handler: Handler, wire: Any, host: str, method: str, path: str
) -> None:
    answer = await wire.ask(gate, method, path, [("Host", host), ("Authorization", f"Bearer {wire.TOKEN}")])

    assert (answer.status, answer.code, handler.reached) == (421, "host_not_allowed", 0)


async def test_no_host_is_no_host(gate: ASGIApp, handler: Handler, wire: Any) -> None:
    answer = await wire.ask(gate, "GET", "/runs", [("Authorization", f"Bearer {wire.TOKEN}")])

    assert (answer.status, handler.reached) == (421, 0)


async def test_two_hosts_are_one_too_many(gate: ASGIApp, handler: Handler, wire: Any) -> None:
    answer = await wire.ask(gate, "GET", "/runs", wire.good(("Host", wire.HOST)))

    assert (answer.status, handler.reached) == (421, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Origin", "https://evil.example"),
        ("Origin", "http://127.0.0.1:8765"),
        ("Origin", "http://localhost:3000"),
        ("Origin", "null"),
        ("Cookie", "a=b"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "NONE"),
        ("Sec-Fetch-Site", ""),
    ],
)
@pytest.mark.parametrize(("method", "path"), [*PATHS, ("GET", "/health"), ("OPTIONS", "/runs")])
async def test_browsers_are_refused_with_or_without_the_token(
    gate: ASGIApp, handler: Handler, wire: Any, name: str, value: str, method: str, path: str
) -> None:
    answer = await wire.ask(gate, method, path, wire.good((name, value)))

    assert (answer.status, answer.code, handler.reached) == (403, "browser_refused", 0)
    assert not [header for header in answer.headers if header.startswith("access-control")]


async def test_a_typed_address_is_no_web_page(gate: ASGIApp, handler: Handler, wire: Any) -> None:
    """`Sec-Fetch-Site: none` is a user's own navigation: harmless, and then the token is asked for."""
    answer = await wire.ask(gate, "GET", "/runs", [("Host", wire.HOST), ("Sec-Fetch-Site", "none")])

    assert (answer.status, handler.reached) == (401, 0)


@pytest.mark.parametrize("path", ["/runs", "/health", "/nowhere"])
async def test_nobody_is_told_of_cross_origin_options(gate: ASGIApp, handler: Handler, wire: Any, path: str) -> None:
    answer = await wire.ask(gate, "OPTIONS", path, wire.good())

    assert (answer.status, answer.code, handler.reached) == (405, "method_not_allowed", 0)
    assert "OPTIONS" not in answer.headers["allow"]


async def test_the_allowed_methods_are_those_of_the_path(gate: ASGIApp, wire: Any) -> None:
    answer = await wire.ask(gate, "OPTIONS", "/runs/r1", wire.good())

    assert answer.headers["allow"] == "DELETE, GET"


@pytest.mark.parametrize(
    "credentials",
    [
        [],
        [""],
        ["Bearer"],
        ["Bearer "],
        ["Bearer wrong"],
        ["bearer {token}"],
        ["Basic {token}"],
        ["{token}"],
        ["Bearer {token} "],
        ["Bearer  {token}"],
        ["Bearer {token}x"],
        ["Bearer {short}"],
        ["Bearer {token}", "Bearer {token}"],
        ["Bearer {token}", "Bearer wrong"],
        ["Bearer \xff\xfe"],
    ],
)
@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_without_the_token_nothing_is_said(
    gate: ASGIApp, handler: Handler, wire: Any, credentials: list[str], method: str, path: str
) -> None:
    sent = [("Authorization", text.format(token=wire.TOKEN, short=wire.TOKEN[:-1])) for text in credentials]

    answer = await wire.ask(gate, method, path, [("Host", wire.HOST), *sent])

    assert (answer.status, answer.code, handler.reached) == (401, "unauthorized", 0)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert wire.TOKEN.encode() not in answer.body


async def test_a_token_in_the_query_opens_nothing(gate: ASGIApp, handler: Handler, wire: Any) -> None:
    answer = await wire.ask(gate, "GET", "/runs", [("Host", wire.HOST)], query=f"token={wire.TOKEN}")

    assert (answer.status, handler.reached) == (401, 0)


async def test_health_is_for_everybody_on_this_machine(gate: ASGIApp, handler: Handler, wire: Any) -> None:
    answer = await wire.ask(gate, "GET", "/health", [("Host", wire.HOST)])

    assert (answer.status, handler.reached) == (200, 1)


@pytest.mark.parametrize(("method", "path"), [("POST", "/health"), ("GET", "/health/"), ("GET", "//health")])
async def test_only_health_itself_is_public(gate: ASGIApp, handler: Handler, wire: Any, method: str, path: str) -> None:
    answer = await wire.ask(gate, method, path, [("Host", wire.HOST)])

    assert (answer.status, handler.reached) == (401, 0)


async def test_answers_are_not_kept_and_not_guessed_about(gate: ASGIApp, wire: Any) -> None:
    answer = await wire.ask(gate, "GET", "/runs", wire.good())

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_web_sockets_are_closed(gate: ASGIApp, handler: Handler) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await gate({"type": "websocket", "headers": []}, None, send)  # type: ignore[arg-type]

    assert [message["type"] for message in sent] == ["websocket.close"]
    assert handler.reached == 0


def test_only_port_80_may_go_unnamed() -> None:
    assert b"localhost" in allowed_hosts("127.0.0.1", 80)
    assert b"localhost" not in allowed_hosts("127.0.0.1", 8765)


def test_a_daemon_on_all_addresses_is_addressed_by_a_name_of_this_machine() -> None:
    assert allowed_hosts("0.0.0.0", 8765) == allowed_hosts("127.0.0.1", 8765)
    assert allowed_hosts("::", 8765) == allowed_hosts("127.0.0.1", 8765)


def test_an_ipv6_daemon_is_addressed_in_brackets() -> None:
    assert b"[::1]:8765" in allowed_hosts("::1", 8765)
    assert b"127.0.0.5:8765" in allowed_hosts("127.0.0.5", 8765)
