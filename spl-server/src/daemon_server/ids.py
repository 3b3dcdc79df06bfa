"""Names for new rows: a word that says what it is, and 20 random characters (119 bits) that nobody guesses."""

from __future__ import annotations

import secrets
import string
from typing import Literal

type Kind = Literal["usr", "team", "lib", "obj", "ver", "mch", "run", "bat", "grt", "upl", "con", "evt", "ses"]

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_CHARACTERS = 20
_POSSIBLE = len(ALPHABET) ** RANDOM_CHARACTERS


def new(kind: Kind) -> str:
    """A fresh id, such as `run_3kT...`."""
    number = secrets.randbelow(_POSSIBLE)  # one question to the system's random numbers, where a digit each would be 20
    digits = []
    for _ in range(RANDOM_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return f"{kind}_{''.join(digits)}"
