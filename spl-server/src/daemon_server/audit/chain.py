"""The hash chain of the audit rows: h_n = SHA-256(h_(n-1), row). Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass

# The hash before the first line.
GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Line:
    """What one audit row says. Every field is part of its hash; `detail` as the JSON text that is stored."""

    seq: int
    at: int
    actor_kind: str
    actor_token: str
    actor_user_id: str
    actor_user: str
    action: str
    target: str
    detail: str


def link(before: bytes, line: Line) -> bytes:
    """The hash of a line that follows the one whose hash is `before`."""
    # As a JSON array, so that no two rows have the same bytes however their fields are cut.
    row = json.dumps(astuple(line), ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return hashlib.sha256(before + row).digest()


def detail_text(detail: dict[str, object]) -> str:
    """What is stored of a detail: JSON, keys in order."""
    return json.dumps(detail, sort_keys=True, separators=(",", ":"), default=str)
