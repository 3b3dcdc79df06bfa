"""What a machine lets in is decided by patterns alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon_server.machines import policy

HASH = "a" * 64


@pytest.mark.parametrize(
    ("pattern", "subject", "expected"),
    [
        ("alice/*/*", "alice/risk/report", True),
        ("alice/*/*", "bob/risk/report", False),
        ("alice/*/*", "alice2/risk/report", False),
        ("*/*/*", "bob/any/thing", True),
        ("alice/risk/report", "alice/risk/report", True),
        ("alice/risk/report", "alice/risk/reports", False),
        ("alice/risk-*/*", "alice/risk-eu/report", True),
        ("alice/risk-*/*", "alice/risk/report", False),
        ("alice/*-*-x/*", "alice/a-b-x/o", True),
        ("alice/*-*-x/*", "alice/a-x/o", False),
        ("alice/aXa*aXa/*", "alice/aXa/o", False),
        ("alice/a**b/o", "alice/ab/o", True),
        ("alice/*", "alice/risk/report", False),
        ("alice/*/*", "alice/risk/report/more", False),
    ],
)
def test_a_wildcard_stands_for_characters_within_its_part(pattern: str, subject: str, expected: bool) -> None:
    assert policy.allows([pattern], subject) is expected


@pytest.mark.parametrize(
    ("pattern", "version", "content_hash", "expected"),
    [
        ("alice/risk/report@7", 7, None, True),
        ("alice/risk/report@7", 8, None, False),
        ("alice/risk/report@7", None, None, False),
        (f"alice/risk/*@{HASH}", 3, HASH, True),
        (f"alice/risk/*@{HASH}", 3, "b" * 64, False),
    ],
)
def test_a_pinned_pattern_lets_in_its_version_alone(
    pattern: str, version: int | None, content_hash: str | None, expected: bool
) -> None:
    allowed = policy.allows([pattern], "alice/risk/report", version=version, content_hash=content_hash)

    assert allowed is expected


def test_one_pattern_that_fits_is_enough_and_none_lets_nothing_in() -> None:
    assert policy.allows(["bob/*/*", "alice/risk/*"], "alice/risk/report")
    assert not policy.allows([], "alice/risk/report")


def test_by_default_a_machine_runs_what_its_owner_published() -> None:
    patterns = policy.default("alice")

    assert policy.checked(patterns) == patterns
    assert policy.allows(patterns, "alice/any/thing")
    assert not policy.allows(patterns, "bob/any/thing")


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "alice",
        "alice/risk",
        "a/b/c/d",
        "a//c",
        "a/b/c@",
        "a/b/c@0",
        "a/b/c@latest",
        "a/b c/d",
        "a/b/c\n",
        "x" * 900,
    ],
)
def test_a_pattern_that_says_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(policy.InvalidPattern):
        policy.checked([pattern])


def test_a_policy_has_a_limit() -> None:
    at_limit = [f"alice/l{n}/*" for n in range(policy.MOST_PATTERNS)]

    assert len(policy.checked(at_limit)) == policy.MOST_PATTERNS
    with pytest.raises(policy.InvalidPattern):
        policy.checked([*at_limit, "one/more/*"])


PART = st.text("ab*", min_size=1, max_size=8)
NAME = st.text("ab", min_size=1, max_size=10)


def _by_definition(pattern: str, name: str) -> bool:
    """A wildcard is nothing, or one character and the wildcard again."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return _by_definition(pattern[1:], name) or bool(name and _by_definition(pattern, name[1:]))
    return bool(name) and name[0] == pattern[0] and _by_definition(pattern[1:], name[1:])


@given(PART, NAME)
def test_wildcards_match_as_their_definition_has_it(part: str, name: str) -> None:
    assert policy.allows([f"x/{part}/y"], f"x/{name}/y") is _by_definition(part, name)
