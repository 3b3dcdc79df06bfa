"""What is published: one row for each object, one for each of its versions."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from spl.daemon.db.schema import metadata

objects = Table(
    "objects",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("latest", Integer, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("updated_at", Integer, nullable=False),
    sqlite_strict=True,
)

object_versions = Table(
    "object_versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("object", Text, ForeignKey("objects.name", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entrypoint", Text, nullable=False),
    Column("env", Text, nullable=False),
    Column("spec_hash", Text, nullable=False),
    Column("yaml", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("capture", Text),
    Column("isolation", Text),
    Column("size_bytes", Integer, nullable=False),
    Column("created_at", Integer, nullable=False),
    UniqueConstraint("object", "version"),
    UniqueConstraint("object", "content_hash", "env"),
    sqlite_strict=True,
)

mirrored_versions = Table(
    "mirrored_versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("library", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("env", Text, nullable=False),
    Column("isolation", Text),
    Column("yaml", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    UniqueConstraint("origin", "owner", "library", "name", "version", "content_hash"),
    sqlite_strict=True,
)

object_sharing = Table(
    "object_sharing",
    metadata,
    Column("version_id", Text, primary_key=True),
    Column("share", Integer, nullable=False),
    Column("library", Text, nullable=False),
    sqlite_strict=True,
)
