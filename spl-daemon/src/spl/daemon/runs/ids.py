"""Ids that sort by the time they were given: UUIDs of version 7."""

from __future__ import annotations

import os
import time

_last = 0


def new_id() -> str:
    """The id of a run or a batch; later ones of one process always sort behind earlier ones."""
    global _last
    # 48 bits of milliseconds, then 12 that count on within one of them.
    now = max(int(time.time() * 1000) << 12, _last + 1)
    _last = now
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    number = ((now >> 12) << 80) | (7 << 76) | ((now & 0xFFF) << 64) | (2 << 62) | random
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
