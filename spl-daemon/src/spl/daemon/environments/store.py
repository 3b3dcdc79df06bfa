"""Rows of environments and builds; each function is part of a unit of work."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from spl.daemon.environments.spec import DependencySpec, Identity, Interpreter
from spl.daemon.environments.tables import environment_builds, environments

Status = Literal["building", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Registration:
    """An interpreter under its name, and when it was last asked about itself (epoch milliseconds)."""

    interpreter: Interpreter
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class BuildRow:
    """What is remembered of a build; the disk says whether it can be used."""

    spec: DependencySpec
    status: Status
    error: str | None
    created_at: int
    finished_at: int | None
    last_used_at: int
    size_bytes: int | None
    duration_ms: int | None


def put_environment(connection: Connection, interpreter: Interpreter, now: int) -> None:
    facts = {
        "python": str(interpreter.python),
        "base_python": str(interpreter.base_python),
        "prefix": str(interpreter.prefix),
        "version": interpreter.identity.version,
        "implementation": interpreter.identity.implementation,
        "platform": interpreter.identity.platform,
        "updated_at": now,
    }
    statement = insert(environments).values(name=interpreter.env, created_at=now, **facts)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=facts))


def get_environment(connection: Connection, name: str) -> Registration | None:
    row = connection.execute(select(environments).where(environments.c.name == name)).one_or_none()
    return None if row is None else _registration(row)


def all_environments(connection: Connection) -> list[Registration]:
    return [_registration(row) for row in connection.execute(select(environments).order_by(environments.c.name))]


def drop_environment(connection: Connection, name: str) -> bool:
    return connection.execute(delete(environments).where(environments.c.name == name)).rowcount > 0


def begin_build(connection: Connection, spec: DependencySpec, now: int) -> None:
    """A build of `spec` is under way; what an earlier one left behind is forgotten, but not when it was made."""
    values = {
        "env": spec.env,
        "python": str(spec.python),
        "spec": json.dumps({**spec.to_json(), "prefix": str(spec.prefix)}),
        "status": "building",
        "error": None,
        "finished_at": None,
        "last_used_at": now,
        "size_bytes": None,
        "duration_ms": None,
    }
    statement = insert(environment_builds).values(spec_hash=spec.hash, created_at=now, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["spec_hash"], set_=values))


def end_build(
    connection: Connection, spec_hash: str, now: int, *, status: Status, duration_ms: int, error: str | None = None
) -> None:
    values = {"status": status, "error": error, "finished_at": now, "duration_ms": duration_ms, "last_used_at": now}
    connection.execute(update(environment_builds).where(environment_builds.c.spec_hash == spec_hash).values(values))


def unfinished_builds(connection: Connection) -> list[str]:
    """Builds that were under way when the daemon ended."""
    statement = select(environment_builds.c.spec_hash).where(environment_builds.c.status == "building")
    return list(connection.execute(statement).scalars())


def settle_builds(connection: Connection, now: int, finished: Collection[str]) -> None:
    """Give builds that were under way when the daemon ended the end the disk shows."""
    building = update(environment_builds).where(environment_builds.c.status == "building")
    connection.execute(
        building.where(environment_builds.c.spec_hash.in_(finished)).values(status="ready", finished_at=now)
    )
    words = "The daemon ended while this was being built."
    connection.execute(building.values(status="failed", error=words, finished_at=now))


def note_size(connection: Connection, spec_hash: str, size: int) -> None:
    connection.execute(
        update(environment_builds).where(environment_builds.c.spec_hash == spec_hash).values(size_bytes=size)
    )


def note_uses(connection: Connection, uses: Mapping[str, int]) -> None:
    for spec_hash, used_at in uses.items():
        connection.execute(
            update(environment_builds).where(environment_builds.c.spec_hash == spec_hash).values(last_used_at=used_at)
        )


def get_build(connection: Connection, spec_hash: str) -> BuildRow | None:
    row = connection.execute(
        select(environment_builds).where(environment_builds.c.spec_hash == spec_hash)
    ).one_or_none()
    return None if row is None else _build(row)


def list_builds(connection: Connection, *, limit: int, after: tuple[int, str] | None = None) -> list[BuildRow]:
    """Builds, the one made last first; those behind (created_at, spec_hash) `after`."""
    table = environment_builds.c
    statement = select(environment_builds).order_by(table.created_at.desc(), table.spec_hash).limit(limit)
    if after is not None:
        created_at, spec_hash = after
        later = (table.created_at == created_at) & (table.spec_hash > spec_hash)
        statement = statement.where((table.created_at < created_at) | later)
    return [_build(row) for row in connection.execute(statement)]


def drop_build(connection: Connection, spec_hash: str) -> bool:
    return (
        connection.execute(delete(environment_builds).where(environment_builds.c.spec_hash == spec_hash)).rowcount > 0
    )


def _registration(row: Row[Any]) -> Registration:
    interpreter = Interpreter(
        env=row.name,
        python=Path(row.python),
        base_python=Path(row.base_python),
        prefix=Path(row.prefix),
        identity=Identity(row.version, row.implementation, row.platform),
    )
    return Registration(interpreter, row.created_at, row.updated_at)


def _build(row: Row[Any]) -> BuildRow:
    document = json.loads(row.spec)
    return BuildRow(
        spec=DependencySpec.from_json(
            document, env=row.env or "", python=row.python, prefix=document.get("prefix", "")
        ),
        status=row.status,
        error=row.error,
        created_at=row.created_at,
        finished_at=row.finished_at,
        last_used_at=row.last_used_at,
        size_bytes=row.size_bytes,
        duration_ms=row.duration_ms,
    )
