"""The servers this machine is known to, and what each of them has of its objects."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from spl.daemon.db.schema import metadata

server_connections = Table(
    "server_connections",
    metadata,
    Column("id", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("machine_id", Text, nullable=False),
    Column("display_name", Text),
    Column("capabilities", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("active", Integer, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("connected_at", Integer),
    UniqueConstraint("origin", "owner"),
    sqlite_strict=True,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("library", Text, nullable=False),
    Column("version", Integer),
    Column("delivered_at", Integer),
    sqlite_strict=True,
)
