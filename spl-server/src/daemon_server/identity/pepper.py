"""The key that turns a credential into what the database keeps of it. It is never in the database itself."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from daemon_server.errors import Refusal
from daemon_server.identity.token_format import Token

FILE = "pepper"
# A secret is no setting: it is in no file of settings and no option, which others could read.
VARIABLE = "SPL_SERVER_PEPPER"
VARIABLE_OF_FILE = "SPL_SERVER_PEPPER_FILE"
# As long as the hash it keys.
PEPPER_BYTES = 32
# Shorter ones could be tried out by whoever has the database.
SHORTEST_TEXT = 32
MAC_BYTES = 32


class UnusablePepper(Refusal):
    """The pepper can't be used."""

    code = "pepper_unusable"
    status = 503


@dataclass(frozen=True, slots=True)
class Pepper:
    """A secret key with a public name; the name in a token's row says which key it was kept under."""

    key: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """8 hexadecimal characters that tell two keys apart and say nothing else of them."""
        return hmac.digest(self.key, b"key id", "sha256").hex()[:8]

    def mac(self, text: str) -> bytes:
        """32 bytes for a text."""
        return hmac.digest(self.key, text.encode("utf-8"), "sha256")

    def of(self, token: Token) -> bytes:
        """What the database keeps of a token."""
        return self.mac(token.proved)


def load(home: Path, *, text: str | None = None, file: Path | None = None) -> Pepper:
    """The server's pepper: given as text, in a file that is named, or in `<home>/pepper`, which is made at first.

    Raises:
        UnusablePepper: it is too short, others can read its file, or the file that is named isn't there.
    """
    if text is not None:
        return _from_text(text, VARIABLE)
    if file is not None:
        return _read(file)
    path = home / FILE
    with suppress(FileExistsError):
        _create(path)
    return _read(path)


def from_environment(home: Path) -> Pepper:
    """The pepper as the server's environment or its home has it.

    Raises:
        UnusablePepper: it can't be used.
    """
    named = os.environ.get(VARIABLE_OF_FILE)
    return load(home, text=os.environ.get(VARIABLE), file=Path(named) if named else None)


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written beside and linked into place: whoever finds the file finds it whole, and two that start at once agree.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(secrets.token_hex(PEPPER_BYTES) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _read(path: Path) -> Pepper:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise UnusablePepper(f"The pepper {path} can't be read: {error}.") from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise UnusablePepper(f"Others can read the pepper {path}. Take their rights away: chmod 600 {path}")
    return _from_text(text, str(path))


def _from_text(text: str, origin: str) -> Pepper:
    text = text.strip()
    if len(text) < SHORTEST_TEXT:
        raise UnusablePepper(f"The pepper of {origin} has {len(text)} characters; {SHORTEST_TEXT} are the least.")
    return Pepper(hashlib.sha256(text.encode("utf-8")).digest())
