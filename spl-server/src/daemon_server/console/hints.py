"""Changes, as hints of what to look at again: a ring in memory that every open stream reads at its own pace.

A hint is a kind and an id, no more; whether somebody may know of it is asked when it is told. A place in the ring is a
cursor: whoever comes back with one that is still in it misses nothing, and whoever comes with another is told to begin
anew.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

from daemon_server.db import Topics
from daemon_server.db.topics import EVERYTHING
from daemon_server.identity.telling import ACCESS, TOKENS
from daemon_server.libraries.telling import SHOWN as LIBRARIES
from daemon_server.machines.service import SHOWN as MACHINES

type HintKind = Literal["run", "machine", "library", "access", "token"]

# Minutes of a busy server. A page that was away for longer loads everything once more, in one request.
KEPT = 20_000

_KINDS: dict[str, HintKind] = {
    "run:": "run",
    MACHINES: "machine",
    LIBRARIES: "library",
    ACCESS: "access",
    TOKENS: "token",
}


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that may look another way now: a run, a machine, a library with all that is in it, or what a user may
    do or hold. `seq` counts all hints of this server process.
    """

    seq: int
    kind: HintKind
    id: str


class Hints:
    """The ring of one server process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ring: deque[Hint] = deque(maxlen=KEPT)
        self._seq = 0
        self._life = secrets.token_hex(6)

    def heard(self, topic: str) -> None:
        """A topic was woken; called from any thread."""
        prefix, colon, name = topic.partition(":")
        kind = _KINDS.get(prefix + colon)
        with self._lock:
            if topic == EVERYTHING:  # some wake-ups were missed: no cursor is good any more
                self._life = secrets.token_hex(6)
                self._ring.clear()
            elif kind is not None:
                self._seq += 1
                self._ring.append(Hint(self._seq, kind, name))

    def cursor(self, seq: int | None = None) -> str:
        """The place behind a hint; behind the newest without one."""
        with self._lock:
            return f"{self._life}-{self._seq if seq is None else seq}"

    def after(self, cursor: str) -> tuple[list[Hint], str] | None:
        """What came behind a cursor, and the cursor behind that; None where some of it is not in the ring any more."""
        life, _, number = cursor.partition("-")
        with self._lock:
            if life != self._life or not (number.isascii() and number.isdigit()) or len(number) > 18:
                return None
            seq = int(number)
            oldest = self._ring[0].seq if self._ring else self._seq + 1
            if not oldest - 1 <= seq <= self._seq:
                return None
            fresh = []
            for hint in reversed(self._ring):
                if hint.seq <= seq:
                    break
                fresh.append(hint)
            return fresh[::-1], f"{self._life}-{self._seq}"


_HINTS: WeakKeyDictionary[Topics, Hints] = WeakKeyDictionary()
_MAKING = threading.Lock()


def hints_of(topics: Topics) -> Hints:
    """The ring of a server process; it begins when it is first asked for."""
    with _MAKING:
        hints = _HINTS.get(topics)
        if hints is None:
            hints = _HINTS[topics] = Hints()
            topics.listen(EVERYTHING, hints.heard)
        return hints
