"""One unit of work, as services see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, CursorResult, Executable, Row, text

from daemon_server.clock import Clock

type Dialect = Literal["sqlite", "postgresql"]
type Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_DATABASE_NOW = text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")


class Session:
    """A transaction somebody else begins and commits. It may be rolled back and done again, so a unit of work that uses
    it has no effects but those on the database and `wake`.

    Attributes:
        clock: the server's own time.
        woken: the topics to be woken once this is committed.
    """

    __slots__ = ("_connection", "_now", "clock", "woken")

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._now: int | None = None
        self.clock = clock
        self.woken: dict[str, None] = {}

    @property
    def connection(self) -> Connection:
        return self._connection

    @property
    def dialect(self) -> Dialect:
        return "postgresql" if self._connection.dialect.name == "postgresql" else "sqlite"

    @property
    def now(self) -> int:
        """Epoch milliseconds, the same throughout the unit: several servers beside one database share its clock."""
        if self._now is None:
            if self.dialect == "postgresql":
                self._now = int(self._connection.execute(_DATABASE_NOW).scalar_one())
            else:
                self._now = self.clock.wall_ms()
        return self._now

    def execute(self, statement: Executable, parameters: Parameters = None) -> CursorResult[Any]:
        return self._connection.execute(statement, parameters)

    def rows(self, statement: Executable, parameters: Parameters = None) -> Sequence[Row[Any]]:
        return self._connection.execute(statement, parameters).all()

    def row(self, statement: Executable, parameters: Parameters = None) -> Row[Any] | None:
        """The one row there is, or None."""
        return self._connection.execute(statement, parameters).one_or_none()

    def scalar(self, statement: Executable, parameters: Parameters = None) -> Any:
        return self._connection.execute(statement, parameters).scalar()

    def wake(self, topic: str) -> None:
        """Tell whoever waits for `topic`, in any server process, once this unit is on the disk."""
        self.woken[topic] = None
