"""Machines in the database."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, insert, or_, select, update

from daemon_server.db.session import Session
from daemon_server.identity.tables import users
from daemon_server.machines.record import Machine
from daemon_server.machines.tables import machines

_COLUMNS = [
    users.c.name.label("owner") if name == "owner" else machines.c[name] for name in Machine.__dataclass_fields__
]
_JOINED = select(*_COLUMNS).join_from(machines, users, users.c.id == machines.c.owner_id)
# Asked at each sign of life of each machine, so that they are made once.
_BY_ID = _JOINED.where(machines.c.id == bindparam("machine"))
_BEAT = (
    update(machines)
    .where(
        machines.c.id == bindparam("machine"),
        machines.c.connection_id == bindparam("connection"),
        machines.c.revoked_at.is_(None),
    )
    .values(
        last_seen_at=bindparam("now"),
        lease_expires_at=bindparam("lease"),
        capacity=func.coalesce(bindparam("offered"), machines.c.capacity),
    )
)


class MachineStore:
    """Machines, on one session."""

    __slots__ = ("session",)

    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, machine_id: str) -> Machine | None:
        row = self.session.row(_BY_ID, {"machine": machine_id})
        return None if row is None else _machine(row)

    def named(self, owner_id: str, name: str) -> Machine | None:
        return self._one(machines.c.owner_id == owner_id, machines.c.name == name, machines.c.revoked_at.is_(None))

    def meant(self, reference: str, visible: ColumnElement[bool]) -> list[Machine]:
        """The visible machines that `reference` may mean: by id, by name, or by `owner/name`."""
        owner, slash, name = reference.partition("/")
        called = or_(machines.c.id == reference, machines.c.name == reference)
        if slash:
            called = and_(users.c.name == owner, machines.c.name == name)
        query = _JOINED.where(called, visible, machines.c.revoked_at.is_(None)).order_by(machines.c.id)
        return [_machine(row) for row in self.session.rows(query)]

    def page(
        self,
        visible: ColumnElement[bool],
        *,
        limit: int,
        after: tuple[str, str] | None = None,
        revoked: bool = False,
    ) -> list[Machine]:
        """Visible machines by name, then id."""
        query = _JOINED.where(visible).order_by(machines.c.name, machines.c.id).limit(limit)
        if not revoked:
            query = query.where(machines.c.revoked_at.is_(None))
        if after is not None:
            name, machine_id = after
            same = and_(machines.c.name == name, machines.c.id > machine_id)
            query = query.where(or_(machines.c.name > name, same))
        return [_machine(row) for row in self.session.rows(query)]

    def matching(self, *conditions: ColumnElement[bool]) -> list[Machine]:
        """Machines that are not revoked, by id."""
        query = _JOINED.where(machines.c.revoked_at.is_(None), *conditions).order_by(machines.c.id)
        return [_machine(row) for row in self.session.rows(query)]

    def add(self, values: dict[str, Any]) -> None:
        self.session.execute(insert(machines).values(_row(values)))

    def change(self, machine_id: str, values: dict[str, Any], *conditions: ColumnElement[bool]) -> bool:
        """Whether there is such a machine, and the conditions hold; it has been changed then."""
        statement = update(machines).where(machines.c.id == machine_id, *conditions).values(_row(values))
        return self.session.execute(statement).rowcount == 1

    def beat(self, machine_id: str, connection_id: str, *, lease_expires_at: int, capacity: int | None) -> bool:
        """Whether the connection is still the machine's; it is known to be there until then."""
        beat = {
            "machine": machine_id,
            "connection": connection_id,
            "now": self.session.now,
            "lease": lease_expires_at,
            "offered": capacity,
        }
        return self.session.execute(_BEAT, beat).rowcount == 1

    def _one(self, *conditions: ColumnElement[bool]) -> Machine | None:
        row = self.session.row(_JOINED.where(*conditions))
        return None if row is None else _machine(row)


def _row(values: dict[str, Any]) -> dict[str, Any]:
    row = dict(values)
    for name in ("labels", "policy", "snapshot"):
        if name in row:
            row[name] = json.dumps(row[name], separators=(",", ":"), ensure_ascii=False)
    if "draining" in row:
        row["draining"] = int(row["draining"])
    return row


def _machine(row: Row[Any]) -> Machine:
    fields = dict(row._mapping)
    for name in ("labels", "policy"):
        fields[name] = tuple(json.loads(fields[name]))
    fields["snapshot"] = json.loads(fields["snapshot"])
    fields["draining"] = bool(fields["draining"])
    return Machine(**fields)
