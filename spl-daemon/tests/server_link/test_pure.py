"""Where credentials may go, what a machine lets in, and how long a failed server is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spl.core.errors import InvalidRequest, NotFound
from spl.daemon.server_link.address import Address
from spl.daemon.server_link.backoff import LEAST_SECONDS, LONGEST_SECONDS, Backoff
from spl.daemon.server_link.policy import MachinePolicy, checked
from spl.daemon.server_link.proxy import check

HASH = "a" * 64


@pytest.mark.parametrize(
    ("text", "origin", "prefix"),
    [
        ("https://splime.io/api", "https://splime.io", "/api"),
        ("https://splime.io:443/api/", "https://splime.io", "/api"),
        ("https://SPLime.io", "https://splime.io", ""),
        ("https://10.0.0.7:9876", "https://10.0.0.7:9876", ""),
        ("http://127.0.0.1:9876", "http://127.0.0.1:9876", ""),
        ("http://localhost:9876/api", "http://localhost:9876", "/api"),
        ("http://[::1]:9876", "http://[::1]:9876", ""),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", ""),
    ],
)
def test_these_are_servers(text: str, origin: str, prefix: str) -> None:
    address = Address.parse(text)

    assert (address.origin, address.prefix) == (origin, prefix)


@pytest.mark.parametrize(
    "text",
    [
        "", "splime.io", "//splime.io", "ftp://splime.io", "file:///etc/passwd", "https://", "https:///api",
        "http://splime.io", "http://10.0.0.7", "http://0.0.0.0:9876", "https://0.0.0.0", "https://[::]",
        "https://alice:secret@splime.io", "https://splime.io@evil.example", "https://@splime.io",
        "http://127.0.0.1@evil.example", "http://127.0.0.1:80@evil.example:80",
        "https://bücher.example", "https://splime。io", "https://ｓplime.io", "http://①②⑦.0.0.1",
        "https://[::ffff:10.0.0.1]", "http://[::ffff:127.0.0.1]:9876", "https://[2002:7f00:1::]", "https://[::1%25eth0]",
        "http://2130706433:9876", "http://0x7f.0.0.1", "http://0x7f000001", "http://0177.0.0.1", "http://127.1",
        "http://127.0.0.1.evil.example", "http://localhost.evil.example", "https://splime.io#x", "https://splime.io?x=1",
        "https://splime.io/a?b", "https://splime.io/../admin", "https://splime.io/./a", "https://splime.io/a//b",
        "https://splime.io/%2e%2e/x", "https://splime.io\\@evil.example", "https://splime.io /api",
        "https://splime.io\t/api", "https://splime.io\r\nHost: evil", "https://splime.io:0", "https://splime.io:99999",
        "https://splime.io:x", "https://-splime.io", "https://splime..io", "https://" + "a" * 300,
        "javascript:alert(1)", "https://splime.io:443:443", "https://spl_ime.io",
    ],
)  # fmt: skip
def test_these_are_not(text: str) -> None:
    with pytest.raises(InvalidRequest):
        Address.parse(text)


def test_a_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(InvalidRequest) as refused:
        Address.parse("https://alice:secret@splime.io")

    assert "secret" not in str(refused.value)


def test_without_a_word_the_owners_own_objects_run() -> None:
    policy = MachinePolicy()

    assert policy.allows("alice", "alice/risk/score", version=1, content_hash=HASH)
    assert not policy.allows("alice", "bob/risk/score", version=1, content_hash=HASH)


@pytest.mark.parametrize(
    ("pattern", "subject", "allowed"),
    [
        ("*/*/*", "bob/risk/score", True),
        ("bob/*/*", "bob/risk/score", True),
        ("bob/ri*/score", "bob/risk/score", True),
        ("bob/risk/score@3", "bob/risk/score", True),
        ("bob/risk/score@4", "bob/risk/score", False),
        (f"bob/risk/score@{HASH}", "bob/risk/score", True),
        ("bob/risk/score", "bob/risk/score2", False),
        ("bob/*/score", "bob/risk/other", False),
        ("b*", "bob/risk/score", False),
        ("bob/*/*", "bobby/risk/score", False),
        ("bob/*/*", "bob/risk/score/more", False),
        ("bo./*/*", "bob/risk/score", False),
    ],
)
def test_a_pattern_lets_in_what_it_says(pattern: str, subject: str, allowed: bool) -> None:
    assert MachinePolicy((pattern,)).allows("alice", subject, version=3, content_hash=HASH) is allowed


@pytest.mark.parametrize(
    "pattern", ["bob", "bob/risk", "bob/risk/x/y", "bob//x", "bob/risk/x@", "a b/c/d", "../x/y" * 200]
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidRequest):
        checked([pattern])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_a_server_that_is_away_is_asked_at_most_twice_a_second_and_at_least_every_half_minute(
    chances: list[float],
) -> None:
    backoff = Backoff()

    waits = [backoff.failed(chance) for chance in chances]

    assert all(LEAST_SECONDS <= wait <= LONGEST_SECONDS for wait in waits)


def test_the_middle_of_the_waits_grows_to_half_the_longest() -> None:
    backoff = Backoff()

    waits = [backoff.failed(0.5) for _ in range(20)]

    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(15.25)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "objects"), ("GET", "objects/score"), ("GET", "objects/score@prod/signature"), ("GET", "libraries"),
        ("GET", "owners/alice/libraries/risk/objects/score/graph"), ("GET", "machines"), ("POST", "remote-runs"),
        ("GET", "remote-runs/run_1/events"), ("POST", "remote-runs/run_1/cancel"), ("PUT", f"blobs/{HASH}"),
        ("GET", "remote-runs/run_1/artifacts/plots/a.png"), ("GET", "remote-batches/bat_1/results"),
    ],
)  # fmt: skip
def test_what_clients_need_is_passed_on(method: str, path: str) -> None:
    assert check(method, path) == path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "tokens"), ("POST", "tokens"), ("GET", "users"), ("POST", "sync"), ("POST", "connections/connect"),
        ("POST", "remote-runs/run_1/start"), ("POST", "machine-token/rotate"), ("PUT", "grants"), ("GET", "audit"),
        ("POST", "daemon-enrollment"), ("POST", "owners/alice/libraries/risk/objects"), ("GET", "objects/../tokens"),
        ("GET", "remote-runs/run_1/artifacts/../../../tokens"), ("GET", "objects//x"), ("GET", "./tokens"),
        ("DELETE", "objects/score"), ("GET", "settings"), ("POST", "remote-runs/run_1/artifacts"), ("GET", ""),
        ("GET", "remote-runs/run_1/artifacts/x\r\nHost: evil"),
    ],
)  # fmt: skip
def test_what_administers_or_speaks_for_the_machine_is_not(method: str, path: str) -> None:
    with pytest.raises(NotFound):
        check(method, path)
