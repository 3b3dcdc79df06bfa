"""What is kept of remote runs: a narrow row for lists and for claims, and beside it what a run carries.

Times are epoch milliseconds. A JSON text is stored as it came and opened by whoever needs it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)

from daemon_server.db.schema import metadata
from daemon_server.runs.lifecycle import ACTIVE, LEASED, STATES

# SQLite has one integer; PostgreSQL's usual one ends in the year 1970 when it counts milliseconds.
Long = BigInteger().with_variant(Integer, "sqlite")


def _in(states: frozenset[str] | tuple[str, ...]) -> str:
    return "state IN (" + ", ".join(f"'{state}'" for state in sorted(states)) + ")"


_CLAIM_ORDER = ("lane", text("priority DESC"), "created_at", "id")
_QUEUED = text("state = 'queued'")
_LIMITED = text("state = 'queued' AND library_max IS NOT NULL")
_LEASED = text(_in(LEASED))
_LEASE_IS_WHOLE = f"NOT ({_in(LEASED)}) OR (fence IS NOT NULL AND machine_id IS NOT NULL)"
_ACTIVE = text(_in(ACTIVE))
# Ends that somebody looks for among many good ones.
_BAD = text(_in(("failed", "cancelled", "timed_out", "lost", "expired")))

batches = Table(
    "batches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("object", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("library", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("function", Text),
    Column("total", Integer, nullable=False),
    Column("caller_id", Text, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("token_id", Text),
    Column("created_at", Long, nullable=False),
    Index("batches_by_age", "created_at"),
    sqlite_strict=True,
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    # what is called
    Column("owner_id", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("library_id", Text, nullable=False),
    Column("library", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("version_id", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entrypoint", Text, nullable=False),
    Column("env", Text, nullable=False),
    Column("function", Text),
    Column("output", Text),
    # by whom
    Column("caller_id", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("token_kind", Text, nullable=False),
    Column("token_id", Text, nullable=False),
    Column("caller_machine_id", Text),
    Column("parent_run_id", Text),
    Column("retry_of", Text),
    Column("batch_id", Text),
    Column("batch_index", Integer),
    Column("correlation_id", Text),
    # where
    Column("lane", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("target_machine_id", Text),
    Column("machine_owner_id", Text),
    Column("waiting", Text),
    Column("waiting_text", Text),
    # how
    Column("priority", Integer, nullable=False),
    Column("library_max", Integer),
    Column("isolation", Text),
    Column("object_isolation", Text),
    Column("timeout_ms", Long),
    Column("allow_pickle", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("lost_after_ms", Long, nullable=False),
    Column("queue_expires_at", Long, nullable=False),
    # how it stands
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("phase", Text),
    Column("progress", Text),
    Column("machine_id", Text),
    Column("attempt", Integer, nullable=False),
    Column("starts", Integer, nullable=False),
    Column("fence", Long),
    Column("lease_expires_at", Long),
    Column("not_before", Long, nullable=False),
    Column("nacks", Integer, nullable=False),
    Column("nack_reason", Text),
    Column("suspected_at", Long),
    Column("cancel_asked_at", Long),
    Column("event_seq", Integer, nullable=False),
    Column("artifacts", Integer, nullable=False),
    Column("created_at", Long, nullable=False),
    Column("claimed_at", Long),
    Column("started_at", Long),
    Column("finished_at", Long),
    Column("timings", Text),
    CheckConstraint(_in(STATES), name="runs_state_is_known"),
    CheckConstraint(_LEASE_IS_WHOLE, name="runs_lease_is_whole"),
    Index("runs_waiting", *_CLAIM_ORDER, sqlite_where=_QUEUED, postgresql_where=_QUEUED),
    Index("runs_limited", "lane", "library_id", "library_max", sqlite_where=_LIMITED, postgresql_where=_LIMITED),
    Index("runs_expiring", "queue_expires_at", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
    Index("runs_leases", "lease_expires_at", sqlite_where=_LEASED, postgresql_where=_LEASED),
    Index("runs_of_machine", "machine_id", sqlite_where=_LEASED, postgresql_where=_LEASED),
    Index("runs_of_library", "library_id", sqlite_where=_LEASED, postgresql_where=_LEASED),
    Index("runs_leased_of_owner", "owner_id", sqlite_where=_LEASED, postgresql_where=_LEASED),
    Index("runs_by_caller", "caller_id", "created_at", "id"),
    Index("runs_by_owner", "owner_id", "created_at", "id"),
    Index("runs_by_machine_owner", "machine_owner_id", "created_at", "id"),
    Index("runs_by_object", "object", "created_at", "id"),
    Index("runs_active", "created_at", "id", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    Index("runs_gone_wrong", "created_at", "id", sqlite_where=_BAD, postgresql_where=_BAD),
    Index("runs_of_batch", "batch_id", "batch_index"),
    Index("runs_ended", "finished_at"),
    Index("runs_of_parent", "parent_run_id"),
    sqlite_strict=True,
)  # fmt: skip


def in_states(*states: str) -> ColumnElement[bool]:
    """Runs in one of these states, said in the statement's own text.

    Only so do both databases know, when they prepare it, that an index of runs in such a state has them all: where the
    states are parameters, SQLite prepares the statement anew each time that it is run.
    """
    named = [literal_column(f"'{state}'", Text) for state in sorted(states)]
    return runs.c.state == named[0] if len(named) == 1 else runs.c.state.in_(named)


# What a run was called with. Written once.
run_payloads = Table(
    "run_payloads",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("args", Text, nullable=False),
    Column("kwargs", Text, nullable=False),
    Column("context", Text),
    sqlite_strict=True,
)

# What became of it. A row comes with the end and never changes: the first outcome is the only one there is room for.
run_results = Table(
    "run_results",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("fence", Long),
    Column("result", Text),
    Column("error", Text),
    Column("artifacts", Text),
    sqlite_strict=True,
)

attempts = Table(
    "attempts",
    metadata,
    Column("fence", Long, primary_key=True, autoincrement=False),
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("machine_id", Text, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("poll", Long, nullable=False),
    Column("capability_id", Text, nullable=False, unique=True),
    Column("claimed_at", Long, nullable=False),
    Column("started_at", Long),
    Column("ended_at", Long),
    Column("observed_started_at", Long),
    Column("observed_ended_at", Long),
    Column("outcome", Text),
    Column("reason", Text),
    Column("late", Text),
    UniqueConstraint("run_id", "attempt", name="attempts_are_counted"),
    Index("attempts_of_poll", "machine_id", "boot_id", "poll"),
    sqlite_strict=True,
)

run_events = Table(
    "run_events",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Long, nullable=False),
    Column("data", Text),
    PrimaryKeyConstraint("run_id", "seq"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

run_logs = Table(
    "run_logs",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("stream", Text, nullable=False),
    Column("start", Long, nullable=False),
    Column("size", Integer, nullable=False),
    Column("dropped", Long, nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "attempt", "stream", "start"),
    sqlite_strict=True,
)

# Events of machines that were worked off, with what was answered: a second delivery gets the first one's answer.
inbox = Table(
    "inbox",
    metadata,
    Column("machine_id", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("at", Long, nullable=False),
    Column("status", Text, nullable=False),
    Column("code", Text),
    PrimaryKeyConstraint("machine_id", "event_id"),
    Index("inbox_by_age", "at"),
    sqlite_strict=True,
)

# Keys of requests that create something: the second with the same key gets what the first made.
idempotency = Table(
    "idempotency",
    metadata,
    Column("user_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("run_id", Text),
    Column("batch_id", Text),
    Column("digest", Text, nullable=False),
    Column("at", Long, nullable=False),
    PrimaryKeyConstraint("user_id", "key"),
    Index("idempotency_by_age", "at"),
    sqlite_strict=True,
)

# One row: which life of the database this is (it grows at every restore), and the last fence given on SQLite.
fences = Table(
    "fences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("generation", Long, nullable=False),
    Column("seq", Long, nullable=False),
    CheckConstraint("id = 1", name="fences_is_one_row"),
    sqlite_strict=True,
)

# On PostgreSQL a sequence counts instead: claimers would queue for the row.
fence_seq = Sequence("fence_seq", metadata=metadata)
