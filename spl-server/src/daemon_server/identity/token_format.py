"""What a credential looks like. Pure.

    splu_8fK2mQ0ZxA<34 characters of secret><6 of checksum>
    ^kind ^id10     ^what is proved          ^a typing error is told from a wrong secret without asking the database

55 characters, base62 and one underscore: a double click selects it whole, and one regular expression finds it in any
text. The id is public: lists, audit rows and log lines name a credential by it.
"""

from __future__ import annotations

import re
import secrets
import zlib
from dataclasses import dataclass, field
from typing import Literal

from daemon_server.ids import ALPHABET

type TokenKind = Literal["user", "machine", "subtoken", "execution", "enrolment", "capability", "login"]

PREFIXES: dict[TokenKind, str] = {
    "user": "splu",
    "machine": "splm",
    "subtoken": "spls",
    "execution": "splx",
    "enrolment": "sple",
    "capability": "splc",
    "login": "spll",
}
KINDS: dict[str, TokenKind] = {prefix: kind for kind, prefix in PREFIXES.items()}

# 59 bits: two of a million credentials meet with a chance of one in a million, and then the table's key refuses one.
ID_CHARACTERS = 10
# 202 bits, which nobody guesses and no table holds.
SECRET_CHARACTERS = 34
# What a CRC-32 needs in base62.
CHECK_CHARACTERS = 6
LENGTH = 5 + ID_CHARACTERS + SECRET_CHARACTERS + CHECK_CHARACTERS
# What a hint shows of the id: enough to find the line in one's own list.
HINT_CHARACTERS = 4

# For scanners of secrets and for the filters of logs; the local daemon's own token (`spld_`) has the same form.
PATTERN = r"\bspl[umsxecld]_[0-9A-Za-z]{50}\b"
_FORM = re.compile(r"(spl[umsxecl])_([0-9A-Za-z]{10})([0-9A-Za-z]{34})([0-9A-Za-z]{6})", re.ASCII)


class Malformed(ValueError):
    """The text is no credential of ours: another form, or a character of it was lost."""


@dataclass(frozen=True, slots=True)
class Token:
    """A credential taken apart. The secret is in no repr.

    Attributes:
        kind: what its prefix says.
        id: the public part, 10 characters.
        secret: 34 characters.
    """

    kind: TokenKind
    id: str
    secret: str = field(repr=False)

    @property
    def raw(self) -> str:
        """The credential as its holder keeps it."""
        return f"{PREFIXES[self.kind]}_{self.id}{self.secret}{self.check}"

    @property
    def check(self) -> str:
        return checksum(self.proved)

    @property
    def proved(self) -> str:
        """What its HMAC is taken over: prefix, id and secret, so that no part can be exchanged."""
        return f"{PREFIXES[self.kind]}_{self.id}{self.secret}"


def mint(kind: TokenKind) -> Token:
    """A fresh credential."""
    return Token(kind, new_id(), characters(SECRET_CHARACTERS))


def new_id() -> str:
    return characters(ID_CHARACTERS)


def characters(count: int) -> str:
    """So many random characters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def parse(raw: str) -> Token:
    """Take a credential apart.

    Raises:
        Malformed: it has another form, or its checksum is wrong.
    """
    match = _FORM.fullmatch(raw)
    if match is None:
        raise Malformed("not a token of this server")
    token = Token(KINDS[match[1]], match[2], match[3])
    if token.check != match[4]:
        raise Malformed("the token's checksum is wrong: a character of it was lost or changed")
    return token


def checksum(text: str) -> str:
    """The CRC-32 of a text in base62, always 6 characters."""
    return base62(zlib.crc32(text.encode("ascii")), CHECK_CHARACTERS)


def base62(number: int, width: int) -> str:
    """The lowest `width` digits of a number."""
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def hint(kind: TokenKind, token_id: str) -> str:
    """How a list shows a credential: `splu_8fK2…`."""
    return f"{PREFIXES[kind]}_{token_id[:HINT_CHARACTERS]}…"
