"""The form of credentials: what is accepted, and that nothing else is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon_server.identity import token_format
from daemon_server.identity.token_format import KINDS, PREFIXES, Malformed, Token, TokenKind, mint, parse
from daemon_server.ids import ALPHABET

KIND = st.sampled_from(list(PREFIXES))
BASE62 = st.text(ALPHABET, min_size=10, max_size=10), st.text(ALPHABET, min_size=34, max_size=34)


@given(KIND, *BASE62)
def test_every_token_reads_back_as_itself(kind: TokenKind, id: str, secret: str) -> None:
    token = Token(kind, id, secret)

    assert parse(token.raw) == token
    assert len(token.raw) == token_format.LENGTH == 55


@given(KIND, *BASE62, st.integers(0, 54), st.characters(codec="utf-8"))
def test_any_character_changed_is_noticed(kind: TokenKind, id: str, secret: str, place: int, character: str) -> None:
    raw = Token(kind, id, secret).raw
    changed = raw[:place] + character + raw[place + 1 :]

    if changed != raw:
        with pytest.raises(Malformed):
            parse(changed)


@given(KIND, *BASE62, st.data())
def test_a_secret_read_under_another_kind_is_noticed(
    kind: TokenKind, id: str, secret: str, data: st.DataObject
) -> None:
    """The checksum holds the prefix too: a machine's token is no user's by four letters."""
    other = data.draw(st.sampled_from([prefix for prefix in KINDS if prefix != PREFIXES[kind]]))

    with pytest.raises(Malformed):
        parse(other + Token(kind, id, secret).raw[4:])


@given(st.text(max_size=200) | st.from_regex(r"spl[a-z]_[0-9A-Za-z]{40,60}\s?", fullmatch=True))
def test_garbage_is_refused_and_never_more_than_that(text: str) -> None:
    try:
        token = parse(text)
    except Malformed:
        return
    assert token.raw == text


@given(KIND, *BASE62, st.text(max_size=20), st.text(max_size=20))
def test_one_expression_finds_tokens_in_any_text(
    kind: TokenKind, id: str, secret: str, before: str, after: str
) -> None:
    raw = Token(kind, id, secret).raw

    assert raw in re.findall(token_format.PATTERN, f"{before} {raw}, {after}")


def test_digits_of_other_alphabets_are_none_of_ours() -> None:
    raw = Token("user", "0" * 10, "0" * 34).raw

    with pytest.raises(Malformed):
        parse(raw.replace("0", "٠", 1))


def test_a_secret_is_in_no_repr() -> None:
    token = mint("user")

    assert token.secret not in repr(token)
    assert token.id in repr(token)


def test_minted_tokens_differ() -> None:
    assert len({mint("machine").raw for _ in range(1000)}) == 1000


def test_a_hint_names_kind_and_the_beginning_of_the_id() -> None:
    assert token_format.hint("user", "8fK2abcdef") == "splu_8fK2…"


def test_the_checksum_is_the_one_that_was_released() -> None:
    """Tokens that people hold must stay valid: the way of computing it never changes."""
    assert Token("user", "0123456789", "A" * 34).check == "4IK5X7"
