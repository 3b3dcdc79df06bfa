"""Which poll of a connection is the newest: an older one that still waits answers at once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

# Connections are remembered so long that all that a server holds fit in many times over.
MOST_CONNECTIONS: Final = 50_000


class Polls:
    """The newest poll of each connection that this process has seen."""

    def __init__(self) -> None:
        self._newest: OrderedDict[str, int] = OrderedDict()

    def arrived(self, connection_id: str, poll: int) -> bool:
        """A poll has come in; whether it is newer than all before, so that those have to go."""
        before = self._newest.get(connection_id, 0)
        self._newest[connection_id] = max(before, poll)
        self._newest.move_to_end(connection_id)
        if len(self._newest) > MOST_CONNECTIONS:
            self._newest.popitem(last=False)
        return poll > before

    def is_newest(self, connection_id: str, poll: int) -> bool:
        return self._newest.get(connection_id, 0) <= poll


# Ids of connections are never given twice, so that one register does for every server of a process.
POLLS: Final = Polls()
