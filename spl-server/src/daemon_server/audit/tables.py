"""What was done, one row each, chained by hashes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from daemon_server.db.schema import metadata

_BIG = BigInteger().with_variant(Integer(), "sqlite")

audit = Table(
    "audit",
    metadata,
    Column("seq", _BIG, primary_key=True, autoincrement=False),
    Column("at", _BIG, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_token", Text, nullable=False),
    Column("actor_user_id", Text, nullable=False),
    Column("actor_user", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("audit_by_user", "actor_user_id", "seq"),
    Index("audit_by_action", "action", "seq"),
    Index("audit_by_target", "target", "seq"),
    sqlite_strict=True,
)

# Where the chain ends: one row, taken by whoever adds to it. It also tells of lines cut off at the end, and, after old
# lines were let go, from which hash on the chain is checked.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", _BIG, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("base_seq", _BIG, nullable=False),
    Column("base_hash", LargeBinary, nullable=False),
    sqlite_strict=True,
)
