from __future__ import annotations

import logging
import traceback

import pytest

from spl.core.errors import InternalError, InvalidRequest, ServerUnreachable, SPLError, Unauthorized
from spl.server_client import SPLServerClient
from spl.server_client.origin import checked_url

from ..wire.server import Handler, serving
from .conftest import TOKEN


@pytest.mark.parametrize(
    "url", ["https://splime.io/api", "http://127.0.0.1:9876", "http://localhost:1/api", "http://[::1]:2"]
)
def test_a_token_goes_to_https_and_to_this_machine(url: str):
    assert checked_url(url + "/") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://splime.io/api",
        "http://10.0.0.7:9876",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "ftp://splime.io",
        "splime.io/api",
        "https://user:password@splime.io/api",
        "https://splime.io@evil.example/api",
        "https://splime.io/api?token=1",
        "https://splime.io/api#x",
        "https://",
    ],
)
def test_any_other_address_is_refused_before_it_is_asked(url: str):
    with pytest.raises(InvalidRequest):
        SPLServerClient(TOKEN, base_url=url)


@pytest.mark.parametrize("token", ["", " ", "splu_a b", "splu_a\nX-Evil: 1", "splü_"])
def test_a_token_that_is_none_is_refused_without_being_shown(token: str):
    with pytest.raises(InvalidRequest) as caught:
        SPLServerClient(token)

    assert not token.strip() or token.strip() not in str(caught.value)


def test_a_token_is_in_nothing_that_is_shown(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    client = SPLServerClient(TOKEN, base_url="http://127.0.0.1:9/api")

    try:
        client.signature("f")
    except ServerUnreachable as error:
        shown = "".join(traceback.format_exception(error)) + repr(vars(error))

    shown += repr(client) + repr(client.libraries) + caplog.text
    assert TOKEN[12:] not in shown


def test_a_redirect_is_not_followed_and_the_token_stays():
    def moved(handler: Handler) -> None:
        handler.reply(b"", 307, Location="http://127.0.0.1:1/elsewhere")

    with serving(moved) as there, pytest.raises(ServerUnreachable, match="sends us elsewhere"):
        SPLServerClient(TOKEN, base_url=there.url).whoami()

    assert len(there.heard) == 1


def test_what_is_no_server_is_told():
    page = serving(lambda handler: handler.reply(b"<html>nginx</html>", 404))
    with page as there, pytest.raises(ServerUnreachable, match="not an SPL server"):
        SPLServerClient(TOKEN, base_url=there.url).whoami()


def test_a_token_that_is_not_taken_is_told_in_the_servers_words():
    body = b'{"code": "token_revoked", "status": 401, "detail": "It was revoked by alice.", "hint": "Ask her."}'
    with serving(lambda handler: handler.reply(body, 401)) as there, pytest.raises(Unauthorized) as caught:
        SPLServerClient(TOKEN, base_url=there.url).whoami()

    assert (caught.value.code, caught.value.message, caught.value.hint) == (
        "token_revoked", "It was revoked by alice.", "Ask her.",
    )  # fmt: skip


def test_a_server_error_is_not_asked_again():
    with serving(lambda handler: handler.reply(b"oops", 500)) as there, pytest.raises(InternalError):
        SPLServerClient(TOKEN, base_url=there.url).whoami()

    assert len(there.heard) == 1


def test_a_busy_server_is_asked_again_when_it_says():
    answers = [429, 503, 200]

    def busy(handler: Handler) -> None:
        status = answers.pop(0)
        if status == 200:
            handler.reply(b'{"user": "me"}')
        else:
            handler.reply(b'{"code": "rate_limited", "detail": "Too fast."}', status, Retry_After="0")

    with serving(busy) as there:
        assert SPLServerClient(TOKEN, base_url=there.url).whoami()["user"] == "me"


def test_what_must_not_be_sent_twice_is_sent_once():
    with serving(lambda handler: handler.hang_up()) as there, pytest.raises(SPLError):
        SPLServerClient(TOKEN, base_url=there.url).tokens.issue(name="x")

    assert len(there.heard) == 1


def test_a_keyed_request_whose_answer_was_lost_is_sent_again_with_the_same_key():
    def first_lost(handler: Handler) -> None:
        if len(there.heard) == 1:
            handler.hang_up()
        else:
            handler.reply(b'{"id": "run_1", "object": "f", "state": "queued", "mode": "server"}')

    with serving(first_lost) as there:
        run = SPLServerClient(TOKEN, base_url=there.url).start("f")

    assert run.id == "run_1"
    assert len(there.heard) == 2
    assert there.heard[0][2] == there.heard[1][2]
    assert b"idempotency_key" in there.heard[0][2]
