"""What is granted: one row for each permission on a library or a machine, to a user or a team."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from daemon_server.db.schema import metadata
from daemon_server.identity.tables import teams, users

Milliseconds = BigInteger().with_variant(Integer, "sqlite")

grants = Table(
    "grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("library_id", Text),
    Column("machine_id", Text),
    Column("object", Text),
    Column("user_id", Text, ForeignKey(users.c.id)),
    Column("team_id", Text, ForeignKey(teams.c.id, ondelete="CASCADE")),
    Column("permission", Text, nullable=False),
    Column("created_at", Milliseconds, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Milliseconds),
    CheckConstraint("(library_id IS NULL) <> (machine_id IS NULL)", name="grants_resource"),
    CheckConstraint("(user_id IS NULL) <> (team_id IS NULL)", name="grants_subject"),
    CheckConstraint(
        "(machine_id IS NULL AND permission IN ('read', 'source', 'execute', 'write', 'admin'))"
        " OR (library_id IS NULL AND object IS NULL AND permission = 'use')",
        name="grants_permission",
    ),
    Index("grants_library", "library_id", "user_id", "team_id"),
    Index("grants_machine", "machine_id", "user_id", "team_id"),
    Index("grants_user", "user_id"),
    Index("grants_team", "team_id"),
    sqlite_strict=True,
)
