"""What is known of content: who brought it, what runs refer to it, what is still arriving."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from daemon_server.db.schema import metadata
from daemon_server.identity.tables import users

# SQLite's integers are of any size and its strict tables know no other name for them.
Big = BigInteger().with_variant(Integer, "sqlite")

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", Text, CheckConstraint("length(sha256) = 64", name="blobs_sha256"), primary_key=True),
    Column("size", Big, CheckConstraint("size >= 0", name="blobs_size"), nullable=False),
    Column("created_at", Big, nullable=False),
    sqlite_strict=True,
)

# Whoever has brought content may refer to it; to know a hash is not enough.
blob_uploads = Table(
    "blob_uploads",
    metadata,
    Column("sha256", Text, ForeignKey(blobs.c.sha256), primary_key=True),
    Column("user_id", Text, ForeignKey(users.c.id), primary_key=True),
    Column("created_at", Big, nullable=False),
    sqlite_strict=True,
)
Index("blob_uploads_created", blob_uploads.c.created_at)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("fence", Big, nullable=False),
    Column("user_id", Text, ForeignKey(users.c.id), nullable=False),
    Column("role", Text, CheckConstraint("role IN ('artifact', 'result')", name="uploads_role"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", Big, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("offset", Big, CheckConstraint('"offset" BETWEEN 0 AND size', name="uploads_offset"), nullable=False),
    Column("created_at", Big, nullable=False),
    Column("completed_at", Big),
    sqlite_strict=True,
)
Index("uploads_run", uploads.c.run_id, uploads.c.fence, uploads.c.role, uploads.c.name, unique=True)
Index("uploads_created", uploads.c.created_at)

run_artifacts = Table(
    "run_artifacts",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("fence", Big, nullable=False),
    Column("sha256", Text, ForeignKey(blobs.c.sha256), nullable=False),
    Column("size", Big, nullable=False),
    Column("media_type", Text, nullable=False),
    sqlite_strict=True,
)
Index("run_artifacts_sha256", run_artifacts.c.sha256)

run_blobs = Table(
    "run_blobs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("sha256", Text, ForeignKey(blobs.c.sha256), primary_key=True),
    Column("role", Text, CheckConstraint("role IN ('argument', 'result')", name="run_blobs_role"), primary_key=True),
    sqlite_strict=True,
)
Index("run_blobs_sha256", run_blobs.c.sha256)
