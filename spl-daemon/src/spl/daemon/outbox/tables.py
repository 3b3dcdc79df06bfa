"""What waits to be told to a server or asked of it, and the attempts at its runs that this machine has taken."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from spl.daemon.db.schema import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("run_id", Text),
    Column("fence", Text),
    Column("body", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("answer", Text),
    Column("created_at", Integer, nullable=False),
    sqlite_strict=True,
)

remote_attempts = Table(
    "remote_attempts",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("fence", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("local_run", Text),
    Column("job", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("updated_at", Integer, nullable=False),
    sqlite_strict=True,
)

kept_calls = Table(
    "kept_calls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("cancel", Integer, nullable=False),
    Column("run_id", Text),
    Column("error", Text),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("ended_at", Integer),
    UniqueConstraint("origin", "owner", "key"),
    sqlite_strict=True,
)
