"""One unit of work, as services see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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

    __slots__ = ("_connection", "_database_time", "_now", "clock", "woken")

    def __init__(self, connection: Connection, clock: Clock, *, database_time: bool | None = None) -> None:
        """`database_time`: whether `now` is asked of the database; by default it is on PostgreSQL."""
        self._connection = connection
        self._now: int | None = None
        self._database_time = self.dialect == "postgresql" if database_time is None else database_time
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
            if self._database_time:
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

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What the block does is undone if it raises, and the unit may go on: a constraint can be met and caught."""
        self._connection.exec_driver_sql("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._connection.exec_driver_sql("ROLLBACK TO SAVEPOINT part")
            raise
        finally:
            self._connection.exec_driver_sql("RELEASE SAVEPOINT part")
