"""One row for each library."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from daemon_server.db.schema import metadata
from daemon_server.identity.tables import Milliseconds, users

libraries = Table(
    "libraries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner_id", Text, ForeignKey(users.c.id), nullable=False),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("execution_policy", Text, nullable=False),
    Column("default_machine_id", Text),
    Column("required_labels", Text, nullable=False),
    Column("max_concurrent", Integer),
    Column("created_at", Milliseconds, nullable=False),
    Column("updated_at", Milliseconds, nullable=False),
    Column("deleted_at", Milliseconds),
    UniqueConstraint("owner_id", "name", name="libraries_name"),
    CheckConstraint("visibility IN ('private', 'public')", name="libraries_visibility"),
    CheckConstraint("execution_policy IN ('grants', 'public', 'off')", name="libraries_execution_policy"),
    CheckConstraint("max_concurrent >= 1", name="libraries_max_concurrent"),
    sqlite_strict=True,
)
