"""Environments by name, and what is known of the builds in `environment-builds/`."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, Table, Text

from spl.daemon.db.schema import metadata

environments = Table(
    "environments",
    metadata,
    Column("name", Text, primary_key=True),
    Column("python", Text, nullable=False),
    Column("base_python", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("implementation", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("updated_at", Integer, nullable=False),
    sqlite_strict=True,
)

environment_builds = Table(
    "environment_builds",
    metadata,
    Column("spec_hash", Text, primary_key=True),
    Column("env", Text),
    Column("python", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("status", Text, CheckConstraint("status IN ('building', 'ready', 'failed')"), nullable=False),
    Column("error", Text),
    Column("created_at", Integer, nullable=False),
    Column("finished_at", Integer),
    Column("last_used_at", Integer, nullable=False),
    Column("size_bytes", Integer),
    Column("duration_ms", Integer),
    sqlite_strict=True,
)
