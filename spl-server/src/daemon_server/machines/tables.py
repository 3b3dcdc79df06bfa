"""What is kept of machines."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text

from daemon_server.db.schema import metadata
from daemon_server.identity.tables import users

# SQLite's integers are of any size and its strict tables know no other name for them.
Milliseconds = BigInteger().with_variant(Integer, "sqlite")

machines = Table(
    "machines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner_id", Text, ForeignKey(users.c.id), nullable=False),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("max_concurrent", Integer),
    Column("draining", Integer, CheckConstraint("draining IN (0, 1)", name="machines_draining"), nullable=False),
    Column("connection_id", Text),
    Column("boot_id", Text),
    Column("daemon_version", Text),
    Column("capacity", Integer, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("lease_expires_at", Milliseconds),
    Column("connected_at", Milliseconds),
    Column("last_seen_at", Milliseconds),
    Column("created_at", Milliseconds, nullable=False),
    Column("revoked_at", Milliseconds),
    Column("generation_seen", Integer, nullable=False),
    sqlite_strict=True,
)

# A name is free again once the machine that had it was revoked.
_NOT_REVOKED = text("revoked_at IS NULL")
Index(
    "machines_name",
    machines.c.owner_id,
    machines.c.name,
    unique=True,
    sqlite_where=_NOT_REVOKED,
    postgresql_where=_NOT_REVOKED,
)
Index("machines_lease", machines.c.lease_expires_at)
