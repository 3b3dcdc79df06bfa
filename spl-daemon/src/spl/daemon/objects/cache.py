"""The versions a call can start from without touching the database or the disk."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from spl.daemon.environments import Interpreter
from spl.daemon.objects.version import ObjectVersion

# A version is a few kilobytes of signatures; this many are more than one machine calls in turn.
VERSIONS_KEPT = 1_024
# An environment's name may come to stand for another Python. Asking costs a look at the disk, so it is asked this often
# at most: too seldom for a call to feel it, too often for a person to notice.
FRESH_SECONDS = 0.25


@dataclass(slots=True)
class Loaded:
    """A version, the interpreter it was loaded for, and when that was last found to be still the one."""

    version: ObjectVersion
    interpreter: Interpreter
    checked: float = field(default_factory=time.monotonic)

    @property
    def fresh(self) -> bool:
        return time.monotonic() - self.checked < FRESH_SECONDS

    def renew(self) -> None:
        self.checked = time.monotonic()


class VersionCache:
    """Loaded versions, by object name and number; the latest also under None.

    A load that began before a publish must not bring the old latest back: whoever loads notes the `age` first, and
    `put` ignores what was loaded at another age.
    """

    def __init__(self) -> None:
        self.age = 0
        self._entries: OrderedDict[tuple[str, int | None], Loaded] = OrderedDict()

    def get(self, name: str, version: int | None) -> Loaded | None:
        return self._entries.get((name, version))

    def put(self, loaded: Loaded, *, latest: bool, age: int) -> None:
        if age != self.age:
            return
        name, number = loaded.version.object, loaded.version.version
        self._entries[name, number] = loaded
        if latest:
            self._entries[name, None] = loaded
        while len(self._entries) > VERSIONS_KEPT:
            self._entries.popitem(last=False)

    def drop(self, name: str) -> None:
        """Forget everything of an object, also what is being loaded now."""
        self.age += 1
        for key in [key for key in self._entries if key[0] == name]:
            del self._entries[key]

    def clear(self) -> None:
        self.age += 1
        self._entries.clear()
