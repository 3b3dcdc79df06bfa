"""The ways to the database: `write` and `read`, awaited from an event loop, whichever engine is behind them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from daemon_server.clock import Clock
from daemon_server.db.session import Dialect, Session
from daemon_server.db.topics import Topics

type Work[T] = Callable[[Session], T]


class Database(ABC):
    """Units of work, each in one transaction.

    `write` returns after the commit is on the disk; topics the unit woke are delivered then. A unit works on the
    database alone and may be called a second time, so it has no other effects. One that raises is undone.
    """

    dialect: Dialect

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.topics = Topics()

    @abstractmethod
    async def write[T](self, work: Work[T], *, essential: bool = False) -> T:
        """Run `work` in a transaction; its result, once it is on the disk.

        `essential` work, what ends a run and what makes room, is accepted also where other work is refused.

        Raises:
            QueueFull: too many units are waiting.
            DiskFull: there is no room on the disk.
            DatabaseGone: the database can't be reached.
        """

    @abstractmethod
    async def read[T](self, work: Work[T]) -> T:
        """Run `work` on a connection that can only read; all it reads is of one moment."""

    @abstractmethod
    def transact[T](self, work: Work[T]) -> T:
        """`write` for who has no event loop; blocks."""

    @abstractmethod
    def query[T](self, work: Work[T]) -> T:
        """`read` for who has no event loop; blocks."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """How many units of work wait for their turn."""

    @property
    def disk_full(self) -> bool:
        """Whether the last writes found no room on the disk."""
        return False

    def make_room_again(self) -> None:
        """Set room aside (again) for the day the disk is full; blocks for as long as the disk needs."""
        return

    @abstractmethod
    def close(self) -> None:
        """Finish what waits, then let go of the database."""
