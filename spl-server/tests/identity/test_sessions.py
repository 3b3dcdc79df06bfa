"""Signing in to the console, staying signed in, and not for ever."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from daemon_server.http.rules import USER_SCOPES
from daemon_server.identity import console_sessions, tokens, users
from daemon_server.identity.console_sessions import FRESH_MS, IDLE_MS, LONGEST_MS
from daemon_server.identity.scopes import PERSON_SCOPES

pytestmark = pytest.mark.anyio


class Browser:
    """Signs in and goes on as a browser would."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.csrf = ""

    async def sign_in(self, status: int = 201, **body: str) -> httpx.Response:
        answer = await self.client.post("/session", json=body)
        assert answer.status_code == status, answer.text
        if status == 201:
            self.csrf = answer.json()["csrf"]
        return answer

    async def ask(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        headers = {"Origin": "http://localhost", "X-SPL-CSRF": self.csrf, "Sec-Fetch-Site": "same-origin"}
        answer = await self.client.request(method, path, headers=headers, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@pytest.fixture
def browser(any_client: httpx.AsyncClient, people: Any) -> Browser:
    return Browser(any_client)


def code_for(people: Any, name: str) -> str:
    return people.database.transact(lambda session: tokens.login_code(session, people.pepper, name, by=None)).raw


async def test_a_token_opens_a_session_with_its_scopes(browser: Browser, people: Any) -> None:
    raw = people.token(people.user("alice"), ["catalog:read"])
    answer = await browser.sign_in(token=raw)

    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie
    assert raw not in answer.text + cookie
    told = await browser.ask("GET", "/whoami")
    assert (told["kind"], told["user"], told["scopes"]) == ("session", "alice", ["catalog:read"])
    assert (await browser.ask("GET", "/session"))["csrf"] == browser.csrf


async def test_a_code_opens_one_session_with_all_its_user_may(browser: Browser, people: Any) -> None:
    people.user("alice")
    code = code_for(people, "alice")
    answer = await browser.sign_in(code=code)
    assert set(answer.json()["scopes"]) == PERSON_SCOPES

    assert (await browser.sign_in(401, code=code)).json()["code"] == "code_used"
    assert set((await browser.sign_in(code=code_for(people, "root"))).json()["scopes"]) == USER_SCOPES


async def test_a_code_runs_out(browser: Browser, people: Any, clock: Any) -> None:
    code = code_for(people, "root")
    clock.advance(10 * 60_000)
    assert (await browser.sign_in(401, code=code)).json()["code"] == "token_expired"


async def test_other_credentials_open_no_session(browser: Browser, people: Any) -> None:
    alice = people.user("alice")
    await browser.sign_in(403, token=people.machine(alice)[1])
    await browser.sign_in(401, token="splu_" + "0" * 50)
    await browser.sign_in(422)
    await browser.sign_in(422, token="a", code="b")
    assert browser.client.cookies.get(console_sessions.DEVELOPMENT_COOKIE) is None


async def test_signing_out_ends_the_session(browser: Browser, people: Any) -> None:
    await browser.sign_in(token=people.token(people.user("alice")))
    cookie = browser.client.cookies.get(console_sessions.DEVELOPMENT_COOKIE)
    await browser.ask("DELETE", "/session", 204)

    browser.client.cookies.set(console_sessions.DEVELOPMENT_COOKIE, cookie or "")
    await browser.ask("GET", "/whoami", 401)


async def test_a_session_ends_when_nobody_is_there(browser: Browser, people: Any, clock: Any, any_server: Any) -> None:
    await browser.sign_in(token=people.token(people.user("alice")))
    for _ in range(3):
        clock.advance(IDLE_MS - 1)
        await browser.ask("GET", "/whoami")
        await any_server.credentials.flush()
    clock.advance(IDLE_MS)
    assert (await browser.ask("GET", "/whoami", 401))["code"] == "session_ended"


async def test_a_session_ends_with_the_day(browser: Browser, people: Any, clock: Any, any_server: Any) -> None:
    await browser.sign_in(token=people.token(people.user("alice")))
    for _ in range(LONGEST_MS // (IDLE_MS // 2) - 1):
        clock.advance(IDLE_MS // 2)
        await browser.ask("GET", "/whoami")
        await any_server.credentials.flush()
    clock.advance(IDLE_MS // 2)
    await browser.ask("GET", "/whoami", 401)


async def test_a_session_ends_with_the_token_it_was_opened_with(browser: Browser, people: Any) -> None:
    raw = people.token(people.user("alice"))
    await browser.sign_in(token=raw)
    await browser.ask("DELETE", f"/tokens/{raw[5:15]}", 204)
    await browser.ask("GET", "/whoami", 401)


@pytest.mark.parametrize("change", [{"admin": False}, {"disabled": True}])
async def test_a_session_ends_when_privileges_change(browser: Browser, people: Any, change: dict[str, bool]) -> None:
    people.user("alice", admin=True)
    await browser.sign_in(code=code_for(people, "alice"))
    await browser.ask("GET", "/users")

    people.database.transact(lambda session: users.change(session, "alice", by=None, **change))

    await browser.ask("GET", "/users", 401)


async def test_credentials_are_handed_out_right_after_signing_in(browser: Browser, people: Any, clock: Any) -> None:
    await browser.sign_in(code=code_for(people, "root"))
    await browser.ask("POST", "/tokens", 201, json={"name": "mine"})
    clock.advance(FRESH_MS)
    refused = await browser.ask("POST", "/tokens", 403, json={"name": "mine"})
    assert refused["code"] == "reauthentication_needed"


async def test_a_session_hands_out_for_no_longer_than_its_token_lives(
    browser: Browser, people: Any, clock: Any
) -> None:
    await browser.sign_in(token=people.token(people.user("alice"), life_ms=86_400_000))
    made = await browser.ask("POST", "/tokens", 201, json={"name": "mine"})
    assert made["expires_at"] == clock.wall + 86_400_000


async def test_two_cookies_of_the_name_are_none(browser: Browser, people: Any) -> None:
    await browser.sign_in(token=people.token(people.user("alice")))
    name = console_sessions.DEVELOPMENT_COOKIE
    cookie = browser.client.cookies.get(name)
    browser.client.cookies.clear()
    answer = await browser.client.get("/whoami", headers={"Cookie": f"{name}={cookie}; {name}=x"})
    assert answer.status_code == 401


async def test_a_new_user_signs_in_with_the_code_that_came_with_it(browser: Browser, people: Any) -> None:
    await browser.sign_in(code=code_for(people, "root"))
    made = await browser.ask("POST", "/users", 201, json={"name": "dave"})
    assert made["login_code"] not in str(await browser.ask("GET", "/users"))
    assert (await browser.ask("POST", "/users", 409, json={"name": "dave"}))["code"] == "user_exists"
    for name in ("", "Dave", "a b", "a/b", "-x", "x" * 65):
        await browser.ask("POST", "/users", 422, json={"name": name})
    await browser.sign_in(code=made["login_code"])
    assert (await browser.ask("GET", "/whoami"))["user"] == "dave"


def test_over_https_the_cookie_is_one_that_no_neighbour_can_set() -> None:
    assert console_sessions.cookie_name("https://splime.io") == "__Host-spl_session"
    assert console_sessions.cookie_name("") == console_sessions.cookie_name("http://localhost") == "spl_session_dev"
