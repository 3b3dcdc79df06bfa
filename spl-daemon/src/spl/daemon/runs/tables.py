"""What is kept of runs: a narrow row for lists, and what a run carries beside it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from spl.daemon.db.schema import metadata

batches = Table(
    "batches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("object", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("function", Text),
    Column("total", Integer, nullable=False),
    Column("created_at", Integer, nullable=False),
    sqlite_strict=True,
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("object", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("version_id", Text, nullable=False),
    Column("function", Text),
    Column("output", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("isolation", Text),
    Column("priority", Integer, nullable=False),
    Column("batch_id", Text),
    Column("batch_index", Integer),
    Column("timeout_ms", Integer),
    Column("attempt", Integer, nullable=False),
    Column("pid", Integer),
    Column("boot_id", Text),
    Column("created_at", Integer, nullable=False),
    Column("started_at", Integer),
    Column("finished_at", Integer),
    Column("timings", Text),
    Column("progress", Text),
    Column("artifacts", Integer, nullable=False),
    Column("idempotency_key", Text, unique=True),
    Column("origin", Text),
    sqlite_strict=True,
)

run_payloads = Table(
    "run_payloads",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("arguments", Text),
    Column("result", Text),
    Column("error", Text),
    Column("artifacts", Text),
    sqlite_strict=True,
)
